"""A tar as it passes: which members it has, and the sha256 of what each holds. The bytes themselves go their way.

Only what GNU tar writes as ``--format=posix`` is known, because that is who writes ours.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from mainstay.backups.files.headers import BLOCK, is_whole, member_name, number
from mainstay.errors import MainstayError

NOTHING = sha256().hexdigest()
_ZEROS = bytes(1 << 20)
_FILE, _LINKED, _FOLDER, _WORDS, _ALL_WORDS = b"0", b"1", b"5", b"x", b"g"
_BARE = (_LINKED, b"2", b"3", b"4", _FOLDER, b"6")  # links, devices, folders, pipes: a header is all they have


class DamagedTar(MainstayError):
    """What is wrong, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Member:
    """``sha256`` is that of the whole content, holes included; of a link to a file that passed before, of that one."""

    name: bytes
    is_file: bool
    sha256: str
    is_folder: bool = False


class PassingTar:
    """Fed with a tar, chunk by chunk of any size. ``members`` are those that have passed whole; ``length`` is known
    when its end was seen: what follows only fills up.
    """

    def __init__(self) -> None:
        self.members: list[Member] = []
        self.length: int | None = None
        self._fed = 0
        self._hashes: dict[bytes, str] = {}
        self._gathered = bytearray()
        self._padding = 0
        self._words: dict[bytes, bytes] = {}
        self._content: _Content | _Words | None = None
        self._empty_blocks = 0

    def feed(self, data: bytes) -> None:
        view, at, end = memoryview(data), 0, len(data)
        while at < end:
            if self._content is not None:
                taken = min(self._content.left, end - at)
                self._content.take(view[at : at + taken])
                at += taken
                self._finish_content()
            elif self._padding:
                taken = min(self._padding, end - at)
                self._padding -= taken
                at += taken
            else:
                taken = min(BLOCK - len(self._gathered), end - at)
                self._gathered += view[at : at + taken]
                at += taken
                if len(self._gathered) == BLOCK:
                    block = bytes(self._gathered)
                    self._gathered.clear()
                    self._header(block)
                    if self._empty_blocks == 2 and self.length is None:
                        self.length = self._fed + at
        self._fed += end

    def close(self) -> None:
        """Its end was seen: whoever wrote it came to it."""
        if self.length is None:
            raise DamagedTar(f"it breaks off after {len(self.members)} members")

    def _header(self, block: bytes) -> None:
        if not block.strip(b"\0"):
            self._empty_blocks += 1
            return
        if self._empty_blocks:
            raise DamagedTar("something stands after its end")
        if not is_whole(block):
            raise DamagedTar(f"the header after {len(self.members)} members is not whole")
        kind = block[156:157]
        if kind in (_WORDS, _ALL_WORDS):
            self._begin(_Words(number(block[124:136]), keep=kind == _WORDS))
            return
        words, self._words = self._words, {}
        size = int(words.get(b"size") or number(block[124:136]))
        name = words.get(b"GNU.sparse.name") or words.get(b"path") or member_name(block)
        if kind in _BARE:
            leads = words.get(b"linkpath") or block[157:257].partition(b"\0")[0]
            sha256 = self._hashes.get(leads, NOTHING)
            self._passed(Member(name.rstrip(b"/"), kind == _LINKED, sha256, kind == _FOLDER))
            return
        if kind != _FILE:
            raise DamagedTar(f"{name!r} is of the unknown kind {kind!r}")
        self._begin(_Content(name, size, _whole_size(words)))

    def _passed(self, member: Member) -> None:
        self.members.append(member)
        self._hashes[member.name] = member.sha256

    def _begin(self, content: "_Content | _Words") -> None:
        self._content, self._padding = content, -content.left % BLOCK
        self._finish_content()

    def _finish_content(self) -> None:
        content = self._content
        if content is None or content.left:
            return
        self._content = None
        if isinstance(content, _Content):
            self._passed(content.member())
        elif content.keep:
            self._words = dict(content.pairs())


class _Content:
    """What a file holds. Of one with holes: first a map of what is no hole, then that."""

    def __init__(self, name: bytes, size: int, whole: int | None) -> None:
        self.left = size
        self._name, self._hash, self._whole = name, sha256(), whole
        self._map = None if whole is None else bytearray()
        self._parts: Iterator[tuple[int, int]] = iter(())
        self._at = self._until = 0  # in the whole file: where we are, and where the part we are in ends

    def take(self, piece: memoryview) -> None:
        self.left -= len(piece)
        if self._whole is None:
            self._hash.update(piece)
        elif self._map is not None:
            self._read_map(piece)
        else:
            self._place(piece)

    def member(self) -> Member:
        if self._whole is not None:
            self._hole(self._whole)
        return Member(self._name, True, self._hash.hexdigest())

    def _read_map(self, piece: memoryview) -> None:
        assert self._map is not None
        self._map += piece
        found = _sparse_map(bytes(self._map))
        if found is not None:
            parts, length = found
            rest, self._map, self._parts = bytes(self._map[length:]), None, iter(parts)
            self._place(memoryview(rest))

    def _place(self, piece: memoryview) -> None:
        while piece:
            if self._at == self._until:
                begin, size = next(self._parts, (0, 0))
                if not size and not begin:
                    raise DamagedTar(f"{self._name!r} holds more than its map says")
                self._hole(begin)
                self._until = begin + size
                continue
            part = piece[: self._until - self._at]
            self._hash.update(part)
            self._at += len(part)
            piece = piece[len(part) :]

    def _hole(self, until: int) -> None:
        while self._at < until:
            zeros = min(len(_ZEROS), until - self._at)
            self._hash.update(memoryview(_ZEROS)[:zeros])
            self._at += zeros
        self._until = self._at


class _Words:
    """What a header has no room for: ``length key=value`` lines, for the member that follows."""

    def __init__(self, size: int, *, keep: bool) -> None:
        self.left, self.keep, self._text = size, keep, bytearray()

    def take(self, piece: memoryview) -> None:
        self.left -= len(piece)
        self._text += piece

    def pairs(self) -> Iterator[tuple[bytes, bytes]]:
        at, text = 0, bytes(self._text)
        while at < len(text):
            space = text.find(b" ", at)
            length = int(text[at:space])
            key, _, value = text[space + 1 : at + length - 1].partition(b"=")
            yield key, value
            at += length


def _whole_size(words: dict[bytes, bytes]) -> int | None:
    if words.get(b"GNU.sparse.major") != b"1":
        return None
    return int(words[b"GNU.sparse.realsize"])


def _sparse_map(text: bytes) -> tuple[list[tuple[int, int]], int] | None:
    """The parts, and how many bytes of blocks their map takes; None: it is not whole yet."""
    lines = text.split(b"\n")
    if len(lines) < 2:
        return None
    count = int(lines[0])
    wanted = 1 + 2 * count
    if len(lines) <= wanted:
        return None
    length = sum(len(line) + 1 for line in lines[:wanted])
    length += -length % BLOCK
    numbers = [int(line) for line in lines[1:wanted]]
    return (list(zip(numbers[::2], numbers[1::2], strict=True)), length) if len(text) >= length else None
