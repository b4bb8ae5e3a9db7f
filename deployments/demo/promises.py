"""What the demonstration measures, and what must come out for a promise to be held."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

NAMES = (
    "first-release",
    "zero-failed-switch",
    "boot-failure-unseen",
    "bad-release-switched-back",
    "killed-worker-healed",
    "backup-proven",
    "table-restored",
)


@dataclass(frozen=True)
class Promise:
    name: str
    target: str
    measured: float | None  # None: it did not come so far
    unit: str
    held: bool

    @property
    def row(self) -> str:
        found = "not measured" if self.measured is None else f"{self.measured:g} {self.unit}"
        return f"{self.name:26} {self.target:20} {found:32} {'held' if self.held else 'NOT HELD'}"


def all_of(measured: Sequence[Promise]) -> tuple[Promise, ...]:
    """In their order, with those that nothing was measured of: an unkept promise is never left out."""
    found = {each.name: each for each in measured}
    return tuple(found.get(name, Promise(name, "", None, "", held=False)) for name in NAMES)


def table(promises: Sequence[Promise], seconds: float) -> str:
    head = f"{'promise':26} {'target':20} measured"
    return "\n".join([head, *(each.row.rstrip() for each in promises), f"{seconds:.0f} s in all"])


def write(place: Path, promises: Sequence[Promise], seconds: float) -> None:
    said = {"seconds": round(seconds, 1), "promises": [asdict(each) for each in promises]}
    place.write_text(json.dumps(said, indent=2) + "\n")
