"""What a release of the rig runs: tells what it is, and ends as its variables say."""

import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


class Tells(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        ours = {name: word for name, word in os.environ.items() if name.startswith("MAINSTAY_")}
        body = json.dumps({"argv": sys.argv[1:], "ours": ours, "secret": os.environ["SECRET"], "pid": os.getpid()})
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:
        say("asked")


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def drain(*_: object) -> None:
    say("asked to end")
    time.sleep(float(os.environ.get("DRAIN", "0")))
    say("ends")
    sys.exit(0)


signal.signal(signal.SIGTERM, drain)
say("begins")
if "DIES" in os.environ:
    sys.exit(3)
if "--port" in sys.argv:
    HTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])), Tells).serve_forever()
while True:
    time.sleep(1)
