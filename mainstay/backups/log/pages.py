"""How much of an unfinished segment is written, told from its bytes: what is not yet is zeros.

A record may end in zeros itself, so the last of them is looked at: if its checksum fits, it is there to its end.
"""

import struct
from collections.abc import Iterator

PAGE_BYTES = 8192
LOOK_BACK = 8  # pages: a record that began before them is told by its last byte that is no zero
_RECORD_HEADER, _BEFORE_CHECKSUM = 24, 20
_LONG, _OVERWRITTEN = 0x2, 0x8  # flags of a page: a longer header; the record that should go on here never did
_TABLE = [0] * 256
for _byte in range(256):
    _value = _byte
    for _ in range(8):
        _value = _value >> 1 ^ (0x82F63B78 if _value & 1 else 0)
    _TABLE[_byte] = _value


def written(segment: bytes) -> int:
    """So many bytes of it hold the log."""
    if not (last := len(segment.rstrip(b"\0"))):
        return 0
    page = max(0, (last - 1) // PAGE_BYTES - LOOK_BACK) * PAGE_BYTES
    for whole, stop in _records(segment, page, last):
        if stop >= last:
            return stop if whole else last
    return last


def _records(segment: bytes, page: int, last: int) -> Iterator[tuple[bool, int]]:
    """Of each that begins from a page on: whether it is whole (asked only of the one at the end), and its end."""
    at = _after_header(segment, page)
    at = _aligned(_through(segment, at, _rest(segment, page))[0])
    while at + 4 <= len(segment):
        if at % PAGE_BYTES == 0:
            at = _after_header(segment, at)
        (length,) = struct.unpack_from("<I", segment, at)
        if length < _RECORD_HEADER:
            return
        end, parts = _through(segment, at, length)
        if (broken_off := _overwritten(segment, at, end)) is not None:
            at = _after_header(segment, broken_off)
            continue
        at = _aligned(end)
        yield at < last or (end <= len(segment) and _fits(b"".join(parts))), at


def _through(segment: bytes, at: int, length: int) -> tuple[int, list[bytes]]:
    """The end of so many bytes of a record, and these: at the beginning of each page stands a header."""
    parts = list[bytes]()
    while length > 0:
        if at % PAGE_BYTES == 0:
            if at >= len(segment):
                return at + length, parts
            at = _after_header(segment, at)
        took = min(length, PAGE_BYTES - at % PAGE_BYTES)
        parts.append(segment[at : at + took])
        at, length = at + took, length - took
    return at, parts


def _overwritten(segment: bytes, at: int, end: int) -> int | None:
    """The page on which a record breaks off: PostgreSQL was killed in the middle of it, and went on without it."""
    first = at - at % PAGE_BYTES + PAGE_BYTES
    return next(
        (page for page in range(first, min(end, len(segment)), PAGE_BYTES) if _flag(segment, page, _OVERWRITTEN)), None
    )


def _after_header(segment: bytes, page: int) -> int:
    return page + (40 if _flag(segment, page, _LONG) else 24)


def _flag(segment: bytes, page: int, flag: int) -> bool:
    return bool(struct.unpack_from("<H", segment, page + 2)[0] & flag)


def _rest(segment: bytes, page: int) -> int:
    """So much of a page belongs to a record that began on an earlier one; of several pages, so much from here on."""
    rest: int = struct.unpack_from("<I", segment, page + 16)[0]
    return rest


def _aligned(at: int) -> int:
    return at + -at % 8


def _fits(record: bytes) -> bool:
    checksum = 0xFFFFFFFF
    for byte in record[_RECORD_HEADER:] + record[:_BEFORE_CHECKSUM]:
        checksum = _TABLE[(checksum ^ byte) & 0xFF] ^ checksum >> 8
    found: int = struct.unpack_from("<I", record, _BEFORE_CHECKSUM)[0]
    return checksum ^ 0xFFFFFFFF == found
