"""Runs of this machine that nobody would bring to their end.

A run outlives its worker, and a worker passes a cancellation on only to what it started itself, and tells of
an end only as long as it lives. So a run that is being cancelled is told here when no worker does, and one
whose process is gone does not stay Running or Cancelling for ever. A run on another machine, or in a
container, is its own keeper's business: here its process could not be seen.
"""

import logging
from collections.abc import Callable
from pathlib import Path

from edge import clock, logs, marks, processes, programs
from edge.identities import descends
from edge.prefect_server import PrefectServer, Run
from edge.processes import Identity

WORKER_SECONDS = 45.0  # a worker that passes it on ends the process within 30 s
CANCELLED_SECONDS = 10.0  # of a process that just ended its worker may be about to tell
CRASHED_SECONDS = 60.0

log = logging.getLogger("keeper")


class Runs:
    """A chore. It remembers since when it sees each run being cancelled or without a process, and whom it has told."""

    def __init__(
        self,
        home: Path,
        server: PrefectServer,
        server_is_ready: Callable[[], bool],
        *,
        cancelled_seconds: float = CANCELLED_SECONDS,
        crashed_seconds: float = CRASHED_SECONDS,
    ) -> None:
        self._home, self._server, self._server_is_ready = home, server, server_is_ready
        self._patience = {"CANCELLING": cancelled_seconds, "PENDING": crashed_seconds, "RUNNING": crashed_seconds}
        self._cancelling: dict[str, float] = {}
        self._gone: dict[str, float] = {}
        self._told: set[Identity] = set()

    def __call__(self) -> None:
        if not self._server_is_ready():
            return
        runs = [run for run in self._server.in_progress() if run.type in self._patience and self._is_here(run)]
        now, processes_of = clock.monotonic(), _processes() if runs else {}
        cancelling = [run for run in runs if run.type == "CANCELLING"]
        self._cancelling = {run.id: self._cancelling.get(run.id, now) for run in cancelling}
        self._gone = {run.id: self._gone.get(run.id, now) for run in runs if run.id not in processes_of}
        for run in cancelling:
            self._pass_on(run, processes_of.get(run.id, []), now - self._cancelling[run.id])
        for run in runs:
            if run.id in self._gone and now - self._gone[run.id] >= self._patience[run.type]:
                self._end(run)

    def _is_here(self, run: Run) -> bool:
        """Whatever begins here has its log here, also after the machine was started anew."""
        return logs.of_run(self._home / "logs", run.id).exists()

    def _end(self, run: Run) -> None:
        """As far as Prefect knows it goes on; what it left open in the store is settled by its journal."""
        if run.type == "CANCELLING":
            self._server.set_state(run.id, "CANCELLED", "Cancelled", "Its process has ended.")
        else:
            words = "Its process has ended without telling how: killed, or the machine was started anew."
            self._server.set_state(run.id, "CRASHED", "Crashed", words)
        log.warning("run %s was %s and its process is gone: Prefect knows now", run.id, run.type.lower())

    def _pass_on(self, run: Run, of_the_run: list[Identity], seconds: float) -> None:
        worker = programs.living_identity(self._home, "worker")
        for process in of_the_run:
            if marks.carries_out_a_run(process) and (seconds >= WORKER_SECONDS or not descends(process, worker)):
                self._tell(run, process)

    def _tell(self, run: Run, process: Identity) -> None:
        """Once: a second signal would interrupt the way back."""
        if process not in self._told:
            log.warning("run %s is being cancelled and no worker passes that on: its process is told now", run.id)
            self._told.add(process)
            processes.ask_to_end(process)


def _processes() -> dict[str, list[Identity]]:
    """All that belongs to a run, by run."""
    found: dict[str, list[Identity]] = {}
    for identity, environment in marks.carriers(marks.RUN):
        found.setdefault(environment[marks.RUN], []).append(identity)
    return found
