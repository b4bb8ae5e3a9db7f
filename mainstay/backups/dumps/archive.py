"""What pg_dump writes in its custom format, as it passes: what is in it, and whether all of it came.

The format has no end mark, and ``pg_restore --list`` is content with the first kilobytes of it. But its table of
contents says which entries have data, and each of these is a block that ends. So all came when every block did.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from mainstay.errors import MainstayError

MAGIC = b"PGDMP"
OLDEST, NEWEST = (1, 14), (1, 16)  # the format, as PostgreSQL 12 to 18 write it
_CUSTOM = 1
_PACKED = ("", "gzip", "lz4", "zstd")
_ROWS, _LARGE_OBJECTS = 1, 3  # kinds of blocks
_END = bytes(5)  # the length of the chunk after the last one
_INT_BYTES = 4
_ICU = re.compile(r"provider = icu|COLLATE pg_catalog\.(\"[^\"]*-x-icu\"|unicode\b)")


class DamagedDump(MainstayError):
    """What is wrong, as the end of a sentence."""


class _Short(Exception):
    """Not all of it has come yet."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the table of contents."""

    id: int
    kind: str  # TABLE, TABLE DATA, INDEX, …
    schema: str
    name: str
    owner: str
    sql: str
    has_data: bool
    copied: bool  # its data are rows as COPY writes them
    needs: tuple[int, ...]


@dataclass(frozen=True)
class Table:
    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class Contents:
    database: str
    server: str  # the version that was dumped
    tool: str  # the version of pg_dump
    packed: str  # what pg_dump compressed it with; empty: nothing
    entries: tuple[Entry, ...]

    @property
    def tables(self) -> tuple[Table, ...]:
        return tuple(Table(each.schema, each.name) for each in self.entries if each.kind == "TABLE")

    @property
    def schemas(self) -> tuple[str, ...]:
        """Those that hold anything; a system may have one for each tenant."""
        named = {each.name for each in self.entries if each.kind == "SCHEMA"}
        return tuple(sorted(named | {each.schema for each in self.entries if each.schema}))

    @property
    def needs_icu(self) -> bool:
        """It sorts by rules that a PostgreSQL built without ICU does not have."""
        return any(_ICU.search(each.sql) for each in self.entries)

    def of(self, schema: str) -> tuple[Table, ...]:
        return tuple(table for table in self.tables if table.schema == schema)


class PassingDump:
    """Fed with a dump, chunk by chunk of any size."""

    def __init__(self) -> None:
        self.contents: Contents | None = None  # known as soon as its table of contents has passed
        self._held = bytearray()
        self._next: Callable[[_Cursor], None] = self._header
        self._skip = 0  # bytes that say nothing
        self._entries: list[Entry] = []
        self._count = 0
        self._open: dict[int, Entry] = {}  # whose data have not come yet

    def feed(self, data: bytes) -> None:
        passed = min(self._skip, len(data))
        self._skip -= passed
        self._held += memoryview(data)[passed:]
        at = 0
        try:
            while not self._skip:
                cursor = _Cursor(self._held, at)
                self._next(cursor)
                passed = min(self._skip, len(self._held) - cursor.at)
                self._skip -= passed
                at = cursor.at + passed
        except _Short as reason:
            at = max(at, *reason.args)
        del self._held[:at]

    def close(self) -> None:
        """All of it was seen."""
        if self.contents is None:
            raise DamagedDump("it breaks off in its table of contents" if self._entries else "it is no dump of pg_dump")
        if self._open:
            missing = next(iter(self._open.values()))
            raise DamagedDump(f"the data of {len(self._open)} of its parts are missing, first {_called(missing)}")
        if self._held or self._skip or self._next != self._block:
            raise DamagedDump("something stands after its end")

    def _header(self, cursor: "_Cursor") -> None:
        if cursor.take(len(MAGIC)) != MAGIC:
            raise DamagedDump("it is no dump of pg_dump")
        version = (cursor.byte(), cursor.byte(), cursor.byte())[:2]
        sizes = (cursor.byte(), cursor.byte())
        if not OLDEST <= version <= NEWEST or sizes[0] != _INT_BYTES or cursor.byte() != _CUSTOM:
            raise DamagedDump(f"it is a dump in a format {version[0]}.{version[1]} that this Mainstay does not know")
        self._version, self._offset_bytes = version, sizes[1]
        self._packed = self._packing(cursor)
        for _ in range(7):
            cursor.number()  # when it was made
        self._words = cursor.text(), cursor.text(), cursor.text()
        self._count = cursor.number()
        self._next = self._entry if self._count else self._ended_contents

    def _packing(self, cursor: "_Cursor") -> str:
        if self._version < (1, 15):
            return "gzip" if cursor.number() else ""  # its level
        if (number := cursor.byte()) >= len(_PACKED):
            raise DamagedDump("it was packed in a way that this Mainstay does not know")
        return _PACKED[number]

    def _entry(self, cursor: "_Cursor") -> None:
        id, has_data = cursor.number(), bool(cursor.number())
        cursor.text(), cursor.text()  # what the catalogue of that server calls it
        name, kind = cursor.text(), cursor.text()
        cursor.number()  # the section
        sql, _, copy, schema = cursor.text(), cursor.text(), cursor.text(), cursor.text()
        cursor.text(), cursor.text()  # tablespace, access method
        if self._version >= (1, 16):
            cursor.number()
        owner = cursor.text()
        cursor.text()
        needs = tuple(int(each) for each in iter(cursor.text_or_none, None))
        cursor.take(1 + self._offset_bytes)  # where its data lie, which who writes into a pipe cannot know
        self._entries.append(Entry(id, kind, schema, name, owner, sql, has_data, bool(copy), needs))
        if len(self._entries) == self._count:
            self._next = self._ended_contents

    def _ended_contents(self, _: "_Cursor") -> None:
        database, server, tool = self._words
        self.contents = Contents(database, server, tool, self._packed, tuple(self._entries))
        self._open = {each.id: each for each in self._entries if each.has_data}
        self._next = self._block

    def _block(self, cursor: "_Cursor") -> None:
        kind, id = cursor.byte(), cursor.number()
        entry = self._open.get(id)
        if entry is None or kind not in (_ROWS, _LARGE_OBJECTS):
            raise DamagedDump("a part of it is not where its table of contents says")
        self._passing = entry
        if kind == _LARGE_OBJECTS:
            self._next = self._large_object
        else:
            self._next = self._chunk if self._packed or not entry.copied else self._rows

    def _rows(self, cursor: "_Cursor") -> None:
        """Each row is a chunk, and there are millions. Rows hold no zero bytes and are never empty, so that five of
        them in a row are the end, which is found without looking at each.
        """
        end = cursor.find(_END)
        if end < 0:
            raise _Short(cursor.end - len(_END) + 1)  # what may be the beginning of the end is kept
        cursor.at = end + len(_END)
        self._end_block()

    def _chunk(self, cursor: "_Cursor") -> None:
        self._skip = cursor.number()
        if not self._skip:
            self._end_block()

    def _large_object(self, cursor: "_Cursor") -> None:
        if cursor.number():
            self._next = self._piece
        else:
            self._end_block()

    def _piece(self, cursor: "_Cursor") -> None:
        self._skip = cursor.number()
        if not self._skip:
            self._next = self._large_object

    def _end_block(self) -> None:
        del self._open[self._passing.id]
        self._next = self._block


class _Cursor:
    def __init__(self, held: bytearray, at: int) -> None:
        self._held, self.at, self.end = held, at, len(held)

    def take(self, count: int) -> bytes:
        if self.at + count > self.end:
            raise _Short(0)
        self.at += count
        return bytes(self._held[self.at - count : self.at])

    def byte(self) -> int:
        return self.take(1)[0]

    def number(self) -> int:
        minus, number = self.byte(), int.from_bytes(self.take(_INT_BYTES), "little")
        return -number if minus else number

    def text_or_none(self) -> str | None:
        length = self.number()
        return None if length < 0 else self.take(length).decode(errors="surrogateescape")

    def text(self) -> str:
        return self.text_or_none() or ""

    def find(self, what: bytes) -> int:
        return self._held.find(what, self.at)


def _called(entry: Entry) -> str:
    return f"{entry.kind} {entry.schema}.{entry.name}" if entry.schema else f"{entry.kind} {entry.name}"
