"""An object of a bucket: the mark that tells that it is the same, and what there is of it beside its bytes."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from mainstay.errors import MainstayError


class UnreadableObjects(MainstayError):
    """What is wrong, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class ObjectWords:
    """Not of it: who may read it, and what a lifecycle does with it. That belongs to its bucket."""

    path: str  # the file it is in the archives
    key: str  # below the prefix
    etag: str
    version: str | None  # where the bucket keeps versions
    modified: str
    bytes: int
    headers: Mapping[str, str] = field(default_factory=dict)  # by the names that put-object takes
    metadata: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


def mark(etag: str, size: int, modified: datetime) -> bytes:
    """In the shape of what ``find`` says of a file, so that both are compared in one way."""
    seconds = int(modified.timestamp())  # a list tells parts of one, an object does not
    return b" ".join((b"f", b"%d" % size, b"%d" % seconds, b"%d" % seconds, plain_etag(etag).encode(), b"1"))


def plain_etag(etag: str) -> str:
    return etag.strip('"').replace(" ", "")


def line(words: ObjectWords) -> bytes:
    return json.dumps({key: value for key, value in asdict(words).items() if value}, ensure_ascii=True).encode() + b"\n"


def read_lines(text: bytes) -> Iterator[ObjectWords]:
    for each in text.splitlines():
        try:
            read = {"etag": "", "version": None, "modified": "", "bytes": 0, **json.loads(each)}
            yield ObjectWords(**read)
        except (ValueError, TypeError) as reason:
            raise UnreadableObjects(f"{each[:80]!r} is no line of it") from reason
