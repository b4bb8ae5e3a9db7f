"""What every store can do, and promises.

*publish once*: whatever stands under a key is whole, and was put there by exactly one writer.
*swap*: of all who saw one version, exactly one replaces it.
Both are given records (``mainstay.records``): their nonce lets a writer recognise his own bytes,
so an answer that was lost on the way can be asked for again.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import BinaryIO, Protocol


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

    def commit(self) -> Published: ...


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

    def listing(self, prefix: str) -> Iterator[Entry]:
        """Every whole object below the prefix, in the order of the keys."""
        ...

    def upload(self, key: str) -> AbstractContextManager[Upload]:
        """Leaving it without ``commit``, by exception or death, leaves nothing under the key."""
        ...

    def open(self, key: str) -> AbstractContextManager[BinaryIO]:
        """The bytes as a stream; memory does not grow with the object."""
        ...

    def delete(self, key: str) -> None:
        """Gone afterwards, also if it never was there."""
        ...
