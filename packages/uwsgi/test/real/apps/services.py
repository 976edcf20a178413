"""What the packets that are no web requests reach: signal handlers, functions, a spooler."""

import json
import os

import uwsgi

DIRECTORY = os.environ["GATEWIRE_TEST_DIR"]


def write(name, text):
    """Under another name first: whoever waits for the file must not see a part of it."""
    path = os.path.join(DIRECTORY, name)
    with open(path + ".new", "w", encoding="latin-1") as file:
        file.write(text)
    os.rename(path + ".new", path)


uwsgi.register_signal(17, "", lambda signal: write("signal", str(signal)))
uwsgi.register_rpc("join", lambda *args: b"|".join(args))
uwsgi.register_rpc("repeat", lambda text, times: text * int(times))


def spool(task):
    seen = {
        (name.decode("latin-1") if isinstance(name, bytes) else name): value.decode("latin-1")
        for name, value in task.items()
        if isinstance(value, bytes)
    }
    write("spooled-" + seen["job"], json.dumps(seen))
    return uwsgi.SPOOL_OK


uwsgi.spooler = spool


def application(environ, start_response):
    start_response("200 OK", [])
    return [b""]
