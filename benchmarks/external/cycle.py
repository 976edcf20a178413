# The application for uWSGI. The environ, every name and value a string, is made before it is called.
BODY = b"b" * 1024
HEADERS = [("Content-Type", "text/plain"), ("Content-Length", str(len(BODY)))]


def application(environ, start_response):
    start_response("200 OK", HEADERS)
    return [BODY]
