"""Runs that nobody else brings to their end in Prefect: their process is gone, or their worker is.

A worker speaks only for what it started itself, and only while it lives: a run whose process died with its
worker would be shown as Running for ever, and one that is cancelled after its worker died would never hear
of it. Prefect refuses every end but Cancelled to a run that is being cancelled.
"""

import logging
from collections.abc import Callable
from pathlib import Path

from edge import clock, logs, marks, processes, programs
from edge.identities import descends
from edge.prefect_server import PrefectServer, Run
from edge.processes import Identity

OURS_TO_END = ("PENDING", "RUNNING", "CANCELLING")
WORKER_SECONDS = 45.0  # a worker that passes a cancellation on ends the process within 30 s
GONE_SECONDS = 10.0  # of a process that just ended its worker may be about to tell
SAID = "Its process has ended without a word. What it left half-done is settled by an undo; see: mainstay audit"

log = logging.getLogger("keeper")


class Runs:
    """A chore. It remembers since when each run was as it is, and whom it has told. Others' machines are not asked."""

    def __init__(self, home: Path, server: PrefectServer, server_is_ready: Callable[[], bool]) -> None:
        self._home, self._server, self._server_is_ready = home, server, server_is_ready
        self._since: dict[tuple[str, str, bool], float] = {}
        self._told: set[Identity] = set()

    def __call__(self) -> None:
        if not self._server_is_ready():
            return
        runs = [run for run in self._server.in_progress() if run.type in OURS_TO_END and self._began_here(run)]
        carriers = [(said[marks.RUN], identity) for identity, said in marks.carriers(marks.RUN)] if runs else []
        processes_of = {run.id: [identity for id, identity in carriers if id == run.id] for run in runs}
        known = {(run.id, run.type, bool(processes_of[run.id])): run for run in runs}
        now = clock.monotonic()
        self._since = {sight: self._since.get(sight, now) for sight in known}
        for sight, run in known.items():
            self._look_after(run, processes_of[run.id], now - self._since[sight])

    def _began_here(self, run: Run) -> bool:
        return logs.of_run(self._home / "logs", run.id).exists()

    def _look_after(self, run: Run, living: list[Identity], seconds: float) -> None:
        cancelled = run.type == "CANCELLING"
        if not living and seconds >= GONE_SECONDS:
            type, name = ("CANCELLED", "Cancelled") if cancelled else ("CRASHED", "Crashed")
            log.warning("run %s is shown as %s and its process is gone: it is told as %s", run.id, run.state, name)
            self._server.set_state(run.id, type, name, SAID)
        for process in living if cancelled else ():
            worker = programs.living_identity(self._home, "worker")
            alone = seconds >= WORKER_SECONDS or not descends(process, worker)
            if alone and marks.carries_out_a_run(process):
                self._pass_on(run, process)

    def _pass_on(self, run: Run, process: Identity) -> None:
        """Once: a second signal would interrupt the way back."""
        if process not in self._told:
            log.warning("run %s is being cancelled and no worker passes that on: its process is told now", run.id)
            self._told.add(process)
            processes.ask_to_end(process)
