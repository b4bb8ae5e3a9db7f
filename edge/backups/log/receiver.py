"""The door to pg_receivewal: a child that receives into a folder, and is tied to us."""

import os
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO

from edge import processes
from edge.backups.pg_tools import find_tools
from edge.interruptions import heard_after
from edge.postgres.addresses import read_address
from edge.secrets.redaction import redact, refuse_in_argv
from edge.streams import TONGUE
from mainstay.backups.log.receiver_words import Said, read
from mainstay.backups.pg_versions import choose_for_stream

NAME = "mainstay wal receiver"
PROGRAM = "pg_receivewal"
ASKED_SECONDS = 5.0


class Receiver:
    """Start it in the main thread: on Linux the kernel ends it with the thread that started it."""

    def __init__(self, address: str, slot: str) -> None:
        self._address, self._slot = address, slot
        self._child: subprocess.Popen[bytes] | None = None
        self._words: IO[bytes] | None = None

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def start(self, folder: Path, server: str, *, encrypted: bool) -> None:
        """Each transaction is on our disk as soon as it is received, and the server is told so."""
        target = read_address(self._address)
        able = [each for each in find_tools() if Path(each.folder, PROGRAM).exists()]
        tool = Path(choose_for_stream(able, server, tls=encrypted).folder, PROGRAM)
        how = ["--synchronous", "--no-loop", "--no-password", f"--slot={self._slot}", f"--directory={folder}"]
        argv = [str(tool), *how, target.argument]
        refuse_in_argv(argv)
        self._forget()
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the child
        with heard_after():
            environment = processes.marked({**target.environment(NAME), **TONGUE})
            self._child = processes.tied(argv, None, environment, subprocess.DEVNULL, self._words, self._words)

    def said(self) -> Said | None:
        """Why it ended; None if it was never started."""
        if self._child is None or self._words is None:
            return None
        self._words.seek(0)
        return read(redact(self._words.read().decode(errors="replace")), self._child.wait())

    def end(self) -> None:
        """It is asked first, so that it tells the server how far it came."""
        if self._child is not None and self._child.poll() is None:
            self._send(self._child, signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(ASKED_SECONDS)
            if self._child.poll() is None:
                self._send(self._child, signal.SIGKILL)
                self._child.wait()
        self._forget()

    def _send(self, child: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, number)

    def _forget(self) -> None:
        if self._words is not None:
            self._words.close()
        self._child = self._words = None
