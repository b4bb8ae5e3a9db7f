"""A cancellation reaches a run whose worker has died: nobody else would pass it on, and it would go on to its end."""

import logging
from collections.abc import Callable

from edge import clock, processes, turns
from edge.prefect_server import PrefectServer
from edge.processes import Identity
from edge.store.port import Store
from mainstay.errors import ServerLost

PATIENCE_SECONDS = 35.0  # a worker that lives passes it on at once, and ends a run that is still there after 30 s

log = logging.getLogger("keeper")


class Cancelling:
    """A chore. Each run is asked once: a second signal would tear the way back that the first one began."""

    def __init__(self, server: PrefectServer, store: Callable[[], Store]) -> None:
        self._server, self._store = server, store
        self._since: dict[str, float] = {}
        self._asked: set[str] = set()

    def __call__(self) -> None:
        now = clock.monotonic()
        try:
            cancelling = {run.id for run in self._server.in_progress() if run.type == "CANCELLING"}
        except ServerLost:
            return  # whose own program report says it
        self._since = {run: self._since.get(run, now) for run in cancelling}
        self._asked &= cancelling
        for run, since in self._since.items():
            if run not in self._asked and now - since >= PATIENCE_SECONDS:
                self._asked.add(run)
                self._pass_on(run)

    def _pass_on(self, run: str) -> None:
        for _, _, turn in turns.read_turns(self._store()):
            if turn.holder is not None and turn.holder.run == run and turns.alive(turn.holder):
                log.warning("run %s is being cancelled and nobody told its process %d: it is now", run, turn.holder.pid)
                processes.ask_to_end(Identity(turn.holder.pid, turn.holder.started))
