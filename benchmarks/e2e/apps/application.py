# The application for uWSGI.
HELLO = b"hello world\n"
LARGE = b"x" * 16384


def application(environ, start_response):
    if environ["REQUEST_METHOD"] == "POST":
        body = b"%d\n" % len(environ["wsgi.input"].read())
    elif environ["PATH_INFO"].endswith("/16k"):
        body = LARGE
    else:
        body = HELLO
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
