"""The keys of a bucket as names of files, so that a person can open what was kept of it with tar, and back again.

Most keys stay as they are. What no file can be called is written with a percent sign:

- ``%41``: the byte 41, where a name may not hold it, and for ``%`` itself;
- ``%-``: nothing. It stands for an empty name, and makes two out of ``a`` that is an object and ``a`` that is a folder;
- ``%+`` at the end of a name: the next name goes on with it, because no file system takes one that is longer.
"""

import re
from collections.abc import Iterable, Iterator

LONGEST_NAME = 240  # bytes; some file systems take 255, some tools less
_ESCAPED = re.compile(rb"[\x00-\x1f\x7f%\\]")
_DOTS = re.compile(rb"\.{1,2}")
_BYTE = re.compile(rb"%([0-9A-F]{2})")
_NOTHING, _GOES_ON = b"%-", b"%+"


class Names:
    """Which file each key is. A key keeps its file for as long as somebody remembers that."""

    def __init__(self, known: Iterable[bytes] = ()) -> None:
        self._taken = set(known)
        self._renamed = {key: path for path in self._taken if _plain(key := key_of(path)) != path}
        self._folders = {folder for path in self._taken for folder in _folders(path)}

    def path(self, key: str) -> bytes:
        plain = _plain(key)
        path = self._renamed.get(key, plain)
        if path not in self._taken:  # nobody else's can be the same: it would be the same key
            path = self._free(plain)
            if path != plain:
                self._renamed[key] = path
            self._taken.add(path)
            self._folders.update(_folders(path))
        return path

    def _free(self, path: bytes) -> bytes:
        """No file is a folder too: whoever comes later has another name."""
        names = path.split(b"/")
        for number in range(1, len(names)):
            while b"/".join(names[:number]) in self._taken:
                names[number - 1] += _NOTHING
        while b"/".join(names) in self._folders:
            names[-1] += _NOTHING
        return b"/".join(names)


def key_of(path: bytes) -> str:
    whole = path.replace(_GOES_ON + b"/", b"").replace(_NOTHING, b"")
    return _BYTE.sub(lambda found: bytes([int(found[1], 16)]), whole).decode(errors="surrogateescape")


def _plain(key: str) -> bytes:
    return b"/".join(b"/".join(_name(part)) for part in key.encode(errors="surrogateescape").split(b"/"))


def _name(part: bytes) -> Iterator[bytes]:
    escaped = _ESCAPED.sub(lambda found: b"%%%02X" % found[0][0], part)
    if _DOTS.fullmatch(part):
        escaped = escaped.replace(b".", b"%2E")
    while len(escaped) > LONGEST_NAME:
        cut = _cut(escaped)
        yield escaped[:cut] + _GOES_ON
        escaped = escaped[cut:]
    yield escaped or _NOTHING


def _cut(escaped: bytes) -> int:
    """Where a name may be cut: not in an escape, not in a letter."""
    cut = LONGEST_NAME
    while escaped[cut] & 0xC0 == 0x80:
        cut -= 1
    within = escaped.rfind(b"%", cut - 2, cut)
    return cut if within < 0 else within


def _folders(path: bytes) -> Iterator[bytes]:
    at = path.find(b"/")
    while at >= 0:
        yield path[:at]
        at = path.find(b"/", at + 1)
