"""The server is told what this version declares, once after every change of it."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from edge import files, processes

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
        environment: Mapping[str, str],
    ) -> None:
        self._record = home / "bootstrapped"
        self._log = home / "logs" / "bootstrap.log"
        self._digest = digest
        self._server_is_ready = server_is_ready
        self._argv = argv
        self._environment = environment
        self.done = False

    def __call__(self) -> None:
        wanted = self._digest()
        self.done = self._recorded() == wanted
        if self.done or not self._server_is_ready():
            return
        output = processes.run(self._argv, deadline_seconds=DEADLINE_SECONDS, environment=self._environment)
        files.write_whole(self._log, output.text.encode(), durable=False)
        processes.check(output, f"telling the server what to run (whole output: {self._log})")
        files.write_whole(self._record, wanted.encode())
        self.done = True

    def _recorded(self) -> str:
        return self._record.read_text() if self._record.exists() else ""
