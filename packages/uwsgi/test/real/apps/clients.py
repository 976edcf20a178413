"""uWSGI as the client: each path makes it send packets to the address in GATEWIRE_TEST_PEER."""

import json
import os

import uwsgi

PEER = os.environ["GATEWIRE_TEST_PEER"]


def text(value):
    return value.decode("latin-1") if isinstance(value, bytes) else value


ACTIONS = {
    "/call": lambda: uwsgi.rpc(PEER.encode(), b"reverse", b"abc", b"\xff\x00"),
    "/large": lambda: uwsgi.rpc(PEER.encode(), b"large", b"x"),
    "/set": lambda: uwsgi.cache_set("k\u00e9", b"value\x00", 30, "things@" + PEER),
    "/get": lambda: uwsgi.cache_get("k", "things@" + PEER),
    "/miss": lambda: uwsgi.cache_get("missing", "things@" + PEER),
    "/exists": lambda: uwsgi.cache_exists("k", "things@" + PEER),
    "/del": lambda: uwsgi.cache_del("k", "things@" + PEER),
    "/signal": lambda: uwsgi.signal(17, PEER),
}


def application(environ, start_response):
    result = ACTIONS[environ["PATH_INFO"]]()
    start_response("200 OK", [])
    return [json.dumps(text(result)).encode()]
