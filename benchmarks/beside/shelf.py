"""Our own sets, taken by the doors that the flow uses, into a store that is measured."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import perf_counter

from edge import clock
from edge.backups.keyring import Keyring, keyring
from edge.backups.taking import Taking
from edge.store import open_place
from edge.store.port import Door
from mainstay.backups import sets
from mainstay.backups.sets import Kind, Piece

SYSTEM, ENVIRONMENT = "shop", "production"


@dataclass(frozen=True)
class Shelf:
    home: Path
    address: str

    @cached_property
    def store(self) -> Door:
        return open_place(self.address)

    @property
    def keys(self) -> Keyring:
        return keyring(self.home)

    def begin(self, kind: Kind) -> Taking:
        id = sets.new_id(kind, clock.now(), clock.new_nonce())
        return Taking(self.store, SYSTEM, ENVIRONMENT, id, clock.now(), self.keys.sealed_to())

    def forget(self, *pieces: Piece) -> None:
        for piece in pieces:
            self.store.delete(piece.key)


def new_home(home: Path) -> Path:
    """With keys to which sets can be sealed."""
    keyring(home).new_recovery_key()
    return home


class Clock:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._begun = perf_counter()

    @property
    def seconds(self) -> float:
        return perf_counter() - self._begun
