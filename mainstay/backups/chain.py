"""From which sets something is restored, in which order, and what must stand there in the end."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mainstay.backups.sets import BackupSet, Folder
from mainstay.errors import BadInput, MainstayError


class BrokenChain(MainstayError):
    """A set that another one needs is not there."""


@dataclass(frozen=True)
class Layer:
    """One set's part of a folder: first what went is removed, then what changed is laid out."""

    set: str
    folder: Folder


def chain(known: Mapping[str, BackupSet], id: str) -> tuple[BackupSet, ...]:
    """The set and all it needs, oldest first."""
    found: list[BackupSet] = []
    wanted: str | None = id
    while wanted is not None:
        if wanted not in known:
            raise BrokenChain(
                f"The set {id} cannot be restored: it needs {wanted}, and that is not there or not trusted. Choose"
                " another set: mainstay backups lists them."
            )
        if any(each.id == wanted for each in found):
            raise BrokenChain(f"The set {id} cannot be restored: {wanted} is its own ancestor, as nothing we write is.")
        found.append(known[wanted])
        wanted = known[wanted].parent
    return tuple(found[::-1])


def layers(sets: Sequence[BackupSet], name: str) -> tuple[Layer, ...]:
    """Of one folder. ``sets``: a chain, oldest first."""
    found = [Layer(each.id, folder) for each in sets for folder in each.folders if folder.name == name]
    if not found:
        known = ", ".join(dict.fromkeys(folder.name for each in sets for folder in each.folders)) or "none"
        raise BadInput(f"The set {sets[-1].id} holds no files {name!a}. It holds: {known}.")
    return tuple(found)


class Laid:
    """What stands in a folder after some layers, by name: the sha256 of each file."""

    def __init__(self) -> None:
        self.sums: dict[bytes, str] = {}

    def remove(self, gone: Iterable[bytes]) -> None:
        for name in gone:
            self.sums.pop(name, None)

    def add(self, sums: Iterable[tuple[bytes, str]]) -> None:
        self.sums.update(sums)
