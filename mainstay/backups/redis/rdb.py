"""A snapshot of Redis (RDB) as it passes: whether it is whole, and how many keys it holds.

What it says of its keys is read where that stands right at the beginning; the values themselves are not understood.
"""

from dataclasses import dataclass

from mainstay.backups.redis.crc64 import crc64
from mainstay.errors import MainstayError

_MAGIC = b"REDIS"
_BEGINNING_BYTES = 1 << 20  # what stands before the first key is much shorter, unless there are functions
_CHECKSUM_BYTES = 8
_WORD, _FUNCTION, _DATABASE, _SIZES, _END = 0xFA, 0xF5, 0xFE, 0xFB, 0xFF
_NEEDS_CHECKSUM = 5  # the version from which it has one


class DamagedRdb(MainstayError):
    """What is wrong, as the end of a sentence."""


@dataclass(frozen=True)
class Rdb:
    version: int  # of the format
    server: str  # the version of Redis, as it says itself; empty: it does not
    first_keys: int | None  # in the first of its databases, those included whose time is over; None: not found
    checked: bool  # it has a checksum, and that is right


class _Short(Exception):
    """What has passed does not reach that far."""


class PassingRdb:
    """Fed with it, chunk by chunk of any size."""

    def __init__(self) -> None:
        self._beginning, self._end, self._crc = bytearray(), b"", 0

    def feed(self, data: bytes) -> None:
        if len(self._beginning) < _BEGINNING_BYTES:
            self._beginning += data[: _BEGINNING_BYTES - len(self._beginning)]
        both = self._end + data
        passed, self._end = both[:-_CHECKSUM_BYTES], both[-_CHECKSUM_BYTES:]
        self._crc = crc64(passed, self._crc)

    def close(self) -> Rdb:
        """Its end was seen, and the checksum there is that of what passed."""
        head = bytes(self._beginning)
        if not head.startswith(_MAGIC) or not head[5:9].isdigit():
            raise DamagedRdb("it does not begin as one")
        version = int(head[5:9])
        if version < _NEEDS_CHECKSUM:
            raise DamagedRdb(f"it is of the version {version} of that format, which cannot be checked")
        told = int.from_bytes(self._end, "little")
        if len(self._end) < _CHECKSUM_BYTES or told not in (0, self._crc):
            raise DamagedRdb("its checksum is another one")
        server, first_keys = _told(head)
        return Rdb(version, server, first_keys, told != 0)


def _told(head: bytes) -> tuple[str, int | None]:
    reader, server = _Reader(head, 9), ""
    try:
        while True:
            code = reader.byte()
            if code == _WORD:
                name, word = reader.text(), reader.text()
                server = word.decode(errors="replace") if name == b"redis-ver" else server
            elif code == _FUNCTION:
                reader.text()
            elif code == _DATABASE:
                reader.number()
            elif code in (_SIZES, _END):
                return server, reader.number() if code == _SIZES else 0
            else:
                return server, None
    except _Short:
        return server, None


class _Reader:
    """Lengths and texts, as that format writes them."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data, at

    def byte(self) -> int:
        return self._take(1)[0]

    def number(self) -> int:
        length, special = self._length()
        if special:
            raise _Short
        return length

    def text(self) -> bytes:
        length, special = self._length()
        if not special:
            return self._take(length)
        if length < 3:  # a number of 1, 2 or 4 bytes
            return str(int.from_bytes(self._take(1 << length), "little", signed=True)).encode()
        packed, _plain = self.number(), self.number()
        self._take(packed)
        return b""  # packed: of no word that we ask for

    def _length(self) -> tuple[int, bool]:
        first = self.byte()
        kind, rest = first >> 6, first & 0x3F
        if kind == 0:
            return rest, False
        if kind == 1:
            return rest << 8 | self.byte(), False
        if kind == 2:
            return int.from_bytes(self._take(8 if rest else 4), "big"), False
        return rest, True

    def _take(self, size: int) -> bytes:
        if self._at + size > len(self._data):
            raise _Short
        self._at += size
        return self._data[self._at - size : self._at]
