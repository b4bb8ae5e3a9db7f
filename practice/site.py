"""The site to practise on, as small as can be: a web server that looks at its flags on every request.

``maintenance.on`` in the flags folder shows its words with a 503; otherwise the site greets.
The folder is read on every request, so a change is seen at once and nothing is ever reloaded.
"""

import argparse
import html
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

PAGE = "maintenance.on"


class Site(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, flags: Path, *call: object) -> None:
        self._flags = flags
        super().__init__(*call)  # type: ignore[arg-type] # the three words every handler of a socket server gets

    def do_GET(self) -> None:
        words = self._page()
        if self.path == "/alive":
            self._answer(200, "alive\n")
        elif words is not None:
            self._answer(503, f"<h1>Back soon</h1><p>{html.escape(words)}</p>\n")
        else:
            self._answer(200, "<h1>Practice CRM</h1><p>Open for work.</p>\n")

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: whoever measures the site looks from outside."""

    def _page(self) -> str | None:
        try:
            return (self._flags / PAGE).read_text()
        except FileNotFoundError:
            return None

    def _answer(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    words = argparse.ArgumentParser(prog="practice.site", description="The site to practise on.")
    words.add_argument("at", nargs="+", metavar="PORT=FLAGS", help="a port on loopback, and the folder of its flags")
    servers = [_server(*place.split("=", 1)) for place in words.parse_args().at]
    for server in servers[1:]:
        Thread(target=server.serve_forever, daemon=True).start()
    servers[0].serve_forever()


def _server(port: str, flags: str) -> ThreadingHTTPServer:
    return ThreadingHTTPServer(("127.0.0.1", int(port)), partial(Site, Path(flags)))


if __name__ == "__main__":
    main()
