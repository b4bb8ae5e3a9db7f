"""Starts a run so that it outlives the worker that asked for it.

A worker that is stopped ends its runs hard, and tells nobody. A change in the middle must not die of
that, nor of a worker that gave up because the server is gone. So the run gets a session of its own and
a log of its own, and a signal is passed on only when a person really cancelled the run.
"""

import sys

from edge import logs, processes
from edge.settings import read_run, read_settings


def main() -> None:
    settings, run = read_settings(), read_run()
    log = logs.of_run(settings.logs, run)
    sys.exit(processes.follow([sys.executable, "-m", "deployments.engine"], log=log, stop_when=lambda: _cancelled(run)))


def _cancelled(run: str) -> bool:
    """A server that does not answer has not asked us to stop anything."""
    from edge.own_server import server_of_this_run  # only now: it costs more than the whole launch
    from mainstay.errors import ServerLost, ServerRefused

    try:
        server = server_of_this_run(read_settings())
        found = server.run(run) if server else None
    except (ServerLost, ServerRefused):
        return False
    return found is not None and found.type in ("CANCELLING", "CANCELLED")


if __name__ == "__main__":
    main()
