"""The door to the hosts: whatever changes one goes through its gate."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Protocol

from edge import private, processes, release_folders
from edge.durable import told
from edge.processes import Output
from mainstay import gate, keys
from mainstay.errors import CommandFailed
from mainstay.gate import Call, GateAnswer

LONGEST_TAIL = 4_000_000  # bytes at a time
SHELL = ("/bin/sh",)  # named, not left to the first line: a disk may be mounted noexec
GATE, SUPERVISED, BEGIN = (
    "gate.sh",
    "supervised.py",
    "begin.sh",
)  # what we ship to every host, one copy for each version
_HERE = Path(__file__).parent


class Host(Protocol):
    @property
    def name(self) -> str: ...

    def shipped(self, name: str) -> str:
        """Where our script of this very version stands; safe at any time, also beside running ones."""
        ...

    def ask(self, argv: Sequence[str], *, deadline_seconds: float) -> Output:
        """A command that only looks. Whatever changes the host goes through its gate."""
        ...

    def size(self, file: str) -> int | None:
        """In bytes; None: it is not there."""
        ...

    def modified_at(self, file: str) -> float | None:
        """In seconds since 1970; None: it is not there."""
        ...

    def tail(self, file: str, offset: int) -> bytes:
        """What a file that grows holds from there on; nothing, if it is not there or is shorter."""
        ...

    def placed(self, folder: str) -> bool:
        """A release stands there, whole."""
        ...

    def place(self, folder: str, archive: BinaryIO, *, digest: str, files: Mapping[str, str]) -> None:
        """The artifact in ``app/`` and these files beside it, all of it or nothing; what stands there is kept."""
        ...

    def provide(self, folder: str, files: Mapping[str, str]) -> None:
        """The same files and no others beside an artifact that is placed already."""
        ...

    def releases(self, folder: str) -> tuple[str, ...]:
        """Those that are placed in it; what was placed or provided for last comes first."""
        ...

    def forget(self, folder: str) -> None:
        """Gone at once, also if it never was there."""
        ...

    def free_bytes(self, folder: str) -> int:
        """How much room is left where that folder is, or will be."""
        ...

    def gate(self, call: Call) -> GateAnswer:
        """What the gate saw when it had done it; ``Superseded``, ``HostBusy`` or ``CommandFailed`` if it did not."""
        ...


@dataclass(frozen=True)
class LocalHost:
    state: Path  # what the gate must remember over a reboot
    name: str = "localhost"
    shell: tuple[str, ...] = SHELL

    def shipped(self, name: str) -> str:
        text = (_HERE / name).read_bytes()
        stem, _, suffix = name.partition(".")
        script = self.state / f"{stem}-{sha256(text).hexdigest()[:12]}.{suffix}"
        try:
            if not script.is_file() or script.read_bytes() != text:
                script.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                private.write(script, text.decode(), mode=0o755)  # never over one that a shell is reading
        except OSError as reason:
            raise CommandFailed(
                f"{name} is not on {self.name}, and without it nothing is done there: {told(reason, self.state)}"
            ) from reason
        return str(script)

    def ask(self, argv: Sequence[str], *, deadline_seconds: float) -> Output:
        return processes.run(argv, deadline_seconds=deadline_seconds, bare=True)

    def size(self, file: str) -> int | None:
        found = _stat(file)
        return None if found is None else found.st_size

    def modified_at(self, file: str) -> float | None:
        found = _stat(file)
        return None if found is None else found.st_mtime

    def tail(self, file: str, offset: int) -> bytes:
        try:
            with Path(file).open("rb") as growing:
                growing.seek(offset)
                return growing.read(LONGEST_TAIL)
        except FileNotFoundError:
            return b""

    def placed(self, folder: str) -> bool:
        return release_folders.placed(Path(folder))

    def place(self, folder: str, archive: BinaryIO, *, digest: str, files: Mapping[str, str]) -> None:
        release_folders.place(Path(folder), archive, digest=digest, files=files)

    def provide(self, folder: str, files: Mapping[str, str]) -> None:
        release_folders.provide(Path(folder), files)

    def releases(self, folder: str) -> tuple[str, ...]:
        return release_folders.newest_first(Path(folder))

    def forget(self, folder: str) -> None:
        release_folders.forget(Path(folder))

    def free_bytes(self, folder: str) -> int:
        return release_folders.free_bytes(Path(folder))

    def gate(self, call: Call) -> GateAnswer:
        script = self.shipped(GATE)
        state = self.state / keys.checked(f"{call.system}/{call.environment}")
        argv = gate.argv(self.shell, script, str(state), call)
        # What an act starts may be what it was for. So it carries no mark by which it would be ended with us, and
        # none of our secrets; what must end with the act is known to the gate, by its own mark.
        output = processes.run(argv, deadline_seconds=gate.longest_seconds(call), bare=True)
        return gate.judged(gate.read_answer(output.exit, output.text), call, self.name)


def _stat(file: str) -> os.stat_result | None:
    try:
        return Path(file).stat()
    except FileNotFoundError:
        return None
