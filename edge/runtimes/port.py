"""What a runtime must offer: it keeps programs running, and starts and stops them when a gate says so."""

from collections.abc import Mapping
from typing import Protocol

from mainstay.descriptor.system import System
from mainstay.runtime import Name, Part, Running


class Runtime(Protocol):
    """On one host. What it runs outlives whoever asked for it; what ended by itself is started again."""

    def files(self, site: System, environment: str, release: str, variables: Mapping[str, str]) -> Mapping[str, str]:
        """What the folder of a release must hold on this host, by name, beside the application. It holds secrets."""
        ...

    def up(self, part: Part, *, patience_seconds: float | None = None) -> tuple[str, ...]:
        """For the gate: all its processes run just this release. If they do already, nothing is done.

        What runs there of another release is asked to stop, and ended after this patience (otherwise: its drain).
        It does not wait until they are ready.
        """
        ...

    def down(self, name: Name) -> tuple[str, ...]:
        """For the gate: it is asked to end, and does after its drain at the latest; nobody waits for that in here."""
        ...

    def lacks(self, part: Part) -> bool:
        """The release stands there without this program: its service was described later."""
        ...

    def seen(self, system: str, environment: str) -> tuple[Running, ...]:
        """Every process of an environment that was ever brought up here, also of services no longer described."""
        ...

    def log(self, name: Name) -> str:
        """The file on the host that its processes write their words to."""
        ...
