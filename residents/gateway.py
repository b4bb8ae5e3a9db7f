"""What others may ask of us over HTTP: today, whether we are there. Webhooks will come in here."""

import argparse
import importlib.metadata
import json
from collections.abc import Callable, Sequence

from edge import clock
from edge.http_server import Answer, Request, serve


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="gateway", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    serve(parser.parse_args(argv).port, answers(clock.monotonic()))


def answers(started_at: float) -> Callable[[Request], Answer]:
    version = importlib.metadata.version("mainstay")

    def answer(request: Request) -> Answer:
        if (request.method, request.path) == ("GET", "/health"):
            return _json(200, {"version": version, "uptime_seconds": round(clock.monotonic() - started_at, 1)})
        return _json(404, {"error": f"there is nothing at {request.path}; ask /health"})

    return answer


def _json(status: int, value: dict[str, str | float]) -> Answer:
    return Answer(status, json.dumps(value).encode() + b"\n")


if __name__ == "__main__":
    main()
