"""The server is told what this version declares, once after every change of it."""

import sys
from collections.abc import Callable
from pathlib import Path

from edge import private, processes

ARGV = (sys.executable, "-m", "deployments.bootstrap")
DEADLINE_SECONDS = 300


class Bootstrapping:
    """A chore: does nothing while the server is not ready or knows this version already.

    The command dies with us and is safe to be killed and repeated, so only its success is recorded.
    """

    def __init__(
        self,
        home: Path,
        digest: Callable[[], str],
        server_is_ready: Callable[[], bool],
        *,
        argv: tuple[str, ...] = ARGV,
    ) -> None:
        self._record = home / "bootstrapped"
        self._log = home / "logs" / "bootstrap.log"
        self._digest = digest
        self._server_is_ready = server_is_ready
        self._argv = argv
        self.done = False

    def __call__(self) -> None:
        wanted = self._digest()
        self.done = self._recorded() == wanted
        if not self.done and self._server_is_ready():
            self._tell(wanted)

    def _tell(self, wanted: str) -> None:
        output = processes.run(self._argv, deadline_seconds=DEADLINE_SECONDS)
        private.folder_if_missing(self._log.parent)
        private.write(self._log, output.text, durable=False)
        processes.check(output, f"telling the server what to run (whole output: {self._log})")
        private.write(self._record, wanted)
        self.done = True

    def _recorded(self) -> str:
        return self._record.read_text() if self._record.exists() else ""
