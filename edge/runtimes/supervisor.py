"""The runtime that comes with Mainstay: supervisord, kept up by the keeper of its host."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edge.hosts import SUPERVISED, Host
from mainstay import gate, supervisor
from mainstay.descriptor.system import System
from mainstay.errors import RuntimeLost
from mainstay.places import Places
from mainstay.runtime import Name, Part, Running

ALONE = ("-I", "-S", "-B")  # its script needs nothing that is installed, and is read by no other
SEE_SECONDS = 30.0  # it waits itself for a supervisord that is just being started


@dataclass(frozen=True)
class Supervisor:
    host: Host
    home: str  # of the installation, on that host

    @property
    def root(self) -> str:
        """Its own folder there."""
        return f"{self.home}/{supervisor.RUNTIME}"

    def files(self, site: System, environment: str, release: str, variables: Mapping[str, str]) -> Mapping[str, str]:
        return supervisor.files(Places(site, environment, self.home), self.host.name, release, variables)

    def up(self, part: Part, *, patience_seconds: float | None = None) -> tuple[str, ...]:
        configuration = _configuration(part)
        patience = part.drain_seconds if patience_seconds is None else patience_seconds
        return gate.act(self._words("up", str(part.name), part.release, configuration, part.gate, f"{patience:g}"))

    def down(self, name: Name) -> tuple[str, ...]:
        return gate.act(self._words("down", str(name)))

    def lacks(self, part: Part) -> bool:
        return self.host.placed(part.folder) and self.host.size(_configuration(part)) is None

    def seen(self, system: str, environment: str) -> tuple[Running, ...]:
        output = self.host.ask(self._words("see", f"{system}.{environment}"), deadline_seconds=SEE_SECONDS)
        if output.exit != 0:
            raise RuntimeLost(f"What runs on {self.host.name} cannot be seen: {output.text.strip()}")
        return supervisor.read_seen(output.text)

    def log(self, name: Name) -> str:
        return str(Path(self.root, supervisor.log_name(name)))

    def _words(self, verb: str, *words: str) -> tuple[str, ...]:
        return (sys.executable, *ALONE, self.host.shipped(SUPERVISED), self.root, verb, *words)


def _configuration(part: Part) -> str:
    return f"{part.folder}/{supervisor.configuration_name(part.name)}"
