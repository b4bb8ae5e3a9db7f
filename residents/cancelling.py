"""Cancellations that nobody would carry out: of a run whose worker died, or of one whose process is gone.

A run outlives its worker, and a worker passes on only what it started itself and only while it can watch.
Prefect refuses every end but Cancelled to a run that is being cancelled, so one whose process is gone would
be shown as Cancelling for ever.
"""

import logging
from collections.abc import Callable
from pathlib import Path

from edge import clock, marks, processes, programs
from edge.identities import descends
from edge.prefect_server import PrefectServer, Run
from edge.processes import Identity

WORKER_SECONDS = 45.0  # a worker that passes it on ends the process within 30 s
GONE_SECONDS = 10.0  # of a process that just ended its worker may be about to tell

log = logging.getLogger("keeper")


class Cancelling:
    """A chore. It remembers since when it sees each run being cancelled, and whom it has told."""

    def __init__(self, home: Path, server: PrefectServer, server_is_ready: Callable[[], bool]) -> None:
        self._home, self._server, self._server_is_ready = home, server, server_is_ready
        self._since: dict[str, float] = {}
        self._told: set[Identity] = set()

    def __call__(self) -> None:
        if not self._server_is_ready():
            return
        runs = [run for run in self._server.in_progress() if run.type == "CANCELLING"]
        now = clock.monotonic()
        self._since = {run.id: self._since.get(run.id, now) for run in runs}
        for run in runs:
            self._look_after(run, now - self._since[run.id])

    def _look_after(self, run: Run, seconds: float) -> None:
        of_the_run = [identity for identity, said in marks.carriers(marks.RUN) if said[marks.RUN] == run.id]
        if not of_the_run and seconds >= GONE_SECONDS:
            self._server.set_state(run.id, "CANCELLED", "Cancelled", "Its process has ended.")
        for process in of_the_run:
            worker = programs.living_identity(self._home, "worker")
            if marks.carries_out_a_run(process) and (seconds >= WORKER_SECONDS or not descends(process, worker)):
                self._tell(run, process)

    def _tell(self, run: Run, process: Identity) -> None:
        """Once: a second signal would interrupt the way back."""
        if process not in self._told:
            log.warning("run %s is being cancelled and no worker passes that on: its process is told now", run.id)
            self._told.add(process)
            processes.ask_to_end(process)
