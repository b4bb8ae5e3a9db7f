"""An S3 server for tests: says its address, and ends when its standard input does."""

import sys
import threading
from collections.abc import Callable, Iterable


def _serve() -> None:
    """moto checks a condition and writes in two steps; an S3 server does both at once, so one request at a time."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    application, alone = DomainDispatcherApplication(create_backend_app), threading.Lock()

    def one_at_a_time(environ: dict[str, object], start_response: Callable[..., object]) -> Iterable[bytes]:
        with alone:
            return list(application(environ, start_response))

    server = make_server("127.0.0.1", 0, one_at_a_time, threaded=True, request_handler=MotoRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"http://127.0.0.1:{server.port}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    _serve()
