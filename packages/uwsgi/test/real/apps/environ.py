"""A WSGI application that answers with what it was given: the environ as JSON and a digest of the body."""

import hashlib
import json


def application(environ, start_response):
    body = environ["wsgi.input"].read()
    seen = {name: value for name, value in environ.items() if isinstance(value, str)}
    answer = {
        "environ": seen,
        "body_bytes": len(body),
        "body_sha256": hashlib.sha256(body).hexdigest(),
    }
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(answer).encode()]
