"""The door to the hosts: whatever changes one goes through its gate."""

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from edge import processes
from mainstay import gate, keys
from mainstay.gate import Call, GateAnswer

SHELL = ("/bin/sh",)  # named, not left to the first line: a disk may be mounted noexec
_SCRIPT = Path(__file__).with_name("gate.sh")


class Host(Protocol):
    @property
    def name(self) -> str: ...

    def install(self) -> None:
        """The gate of this very version stands there afterwards; safe at any time, also beside running gates."""
        ...

    def gate(self, call: Call) -> GateAnswer:
        """What the gate saw when it had done it; ``Superseded``, ``HostBusy`` or ``CommandFailed`` if it did not."""
        ...


@dataclass(frozen=True)
class LocalHost:
    state: Path  # what the gate must remember over a reboot
    name: str = "localhost"
    shell: tuple[str, ...] = SHELL

    def install(self) -> None:
        text = _SCRIPT.read_bytes()
        script = self._script(text)
        if not script.is_file() or script.read_bytes() != text:
            script.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _put(script, text)

    def gate(self, call: Call) -> GateAnswer:
        self.install()
        script = self._script(_SCRIPT.read_bytes())
        state = self.state / keys.checked(f"{call.system}/{call.environment}")
        argv = gate.argv(self.shell, str(script), str(state), call)
        # What an act starts may be what it was for. So it carries no mark by which it would be ended with us, and
        # none of our secrets; what must end with the act is known to the gate, by its own mark.
        output = processes.run(argv, deadline_seconds=gate.longest_seconds(call), bare=True)
        return gate.judged(gate.read_answer(output.exit, output.text), call, self.name)

    def _script(self, text: bytes) -> Path:
        return self.state / f"gate-{sha256(text).hexdigest()[:12]}.sh"


def _put(target: Path, data: bytes) -> None:
    """Whole or not at all: a shell reads its script while it runs, so it is never written over."""
    aside = target.with_name(f".{target.name}.{os.getpid()}")
    with aside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    aside.chmod(0o755)
    aside.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
