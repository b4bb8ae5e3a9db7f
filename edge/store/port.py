"""What every store can do, and promises.

*publish once*: whatever stands under a key is whole, and was put there by exactly one writer.
*swap*: of all who saw one version, exactly one replaces it.
Both are given records (``mainstay.records``): their nonce lets a writer recognise his own bytes,
so an answer that was lost on the way can be asked for again.

Opening a place that cannot be a store raises ``StoreRefused``. Once it is open, whatever goes wrong
with it is ``StoreLost``, also a full disk or a permission that was taken away: to a change under
way they are all an outage, and the sentence says which.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import BinaryIO, Protocol, runtime_checkable

from mainstay.backups.copies.protection import Attempt


class Published(StrEnum):
    CREATED = "created"  # it was not there, now it is
    MINE = "mine"  # these very bytes are there already: an earlier try of mine succeeded
    ANOTHERS = "another's"  # something else is there, and stays


@dataclass(frozen=True)
class Stored:
    data: bytes
    version: str


@dataclass(frozen=True)
class Entry:
    key: str
    size: int
    modified_at: datetime


class Upload(Protocol):
    """A long object on its way. Nothing is visible under its key before ``commit``."""

    def write(self, chunk: bytes) -> None: ...

    def commit(self) -> Published:
        """Only after its producer is known to have succeeded."""
        ...


class Store(Protocol):
    """Failures to reach it are ``StoreLost``; it never answers with half an object."""

    @property
    def address(self) -> str:
        """Where it is, fit to be shown: no credentials."""
        ...

    def publish(self, key: str, data: bytes) -> Published: ...

    def swap(self, key: str, data: bytes, *, expected: str | None) -> str | None:
        """The new version; or None: what stands there is not ``expected`` (None: nothing stands there)."""
        ...

    def read(self, key: str) -> Stored | None: ...

    def listing(self, prefix: str, *, after: str = "") -> Iterator[Entry]:
        """Every whole object below the prefix, in the order of the keys; of these only what comes after a key.

        The prefix is a folder, with or without its last slash: ``a/b`` holds ``a/b/c`` and not ``a/bc``. Who stops
        reading it asks for no more: a bucket is listed a thousand keys at a time.
        """
        ...

    def folders(self, prefix: str) -> Iterator[str]:
        """The names right below that folder under which objects lie, in the order of the keys they begin; those are
        not listed.
        """
        ...

    def upload(self, key: str) -> AbstractContextManager[Upload]:
        """Leaving it without ``commit``, by exception or death, leaves nothing under the key."""
        ...

    def open(self, key: str) -> AbstractContextManager[BinaryIO]:
        """The bytes as a stream, ``NotThere`` if there are none; memory does not grow with the object."""
        ...

    def delete(self, key: str) -> None:
        """Gone afterwards, also if it never was there."""
        ...


@runtime_checkable
class Door(Store, Protocol):
    """A store as ``open_store`` gives it: what its self-test and its caretaker need besides."""

    @property
    def server(self) -> str | None:
        """What the server calls itself, where there is one. Some lie."""
        ...

    def sweep(self, prefix: str, *, older_than_seconds: float) -> None:
        """Remove what dead writers left unfinished. It was never visible; it only takes room."""
        ...


@runtime_checkable
class Guarded(Store, Protocol):
    """A store whose server can keep us, and whoever has our keys, from deleting what is there."""

    @property
    def locks(self) -> bool:
        """Whether this place of it does."""
        ...

    def locking(self, until: datetime) -> Store:
        """The same place; what is written this way cannot be deleted before. Where it has no locks, it is written."""
        ...

    def locked_until(self, key: str) -> datetime | None: ...

    def lock(self, key: str, until: datetime) -> None:
        """For so long at least, from now on."""
        ...

    def try_to_destroy(self, key: str, until: datetime) -> Attempt:
        """Write an object there, locked if this place has locks, and try to get rid of it in every way."""
        ...
