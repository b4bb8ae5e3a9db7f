"""What pg_basebackup writes, as it passes: a tar of a data directory, with PostgreSQL's own list of it at the end.

That list is picked out on its way. What the other members hold is not looked at: PostgreSQL's own sums stand in the
list, and ours are those of the whole.
"""

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from mainstay.backups.files.headers import BLOCK, is_whole, member_name, number
from mainstay.errors import MainstayError

LIST = "backup_manifest"
_ZEROS = bytes(BLOCK)
_SUM = re.compile(rb'"Manifest-Checksum": "([0-9a-f]{64})"\}\s*\Z')


class DamagedBase(MainstayError):
    """What is wrong, as the end of a sentence."""


@dataclass(frozen=True)
class Listed:
    """What PostgreSQL's list says of the base."""

    cluster: str | None  # since PostgreSQL 17
    timeline: int
    start: str
    stop: str
    files: int


class PassingBase:
    """Fed with the tar, chunk by chunk of any size. ``close`` says whether all of it came."""

    def __init__(self) -> None:
        self.members = 0
        self.manifest: bytes | None = None
        self._header = bytearray()
        self._content = self._padding = 0
        self._picked: bytearray | None = None  # the list, while it passes
        self._empty_blocks = 0

    def feed(self, data: bytes) -> None:
        view, at, end = memoryview(data), 0, len(data)
        while at < end:
            if self._content:
                taken = min(self._content, end - at)
                self._pass(view[at : at + taken])
            elif self._padding:
                taken = min(self._padding, end - at)
                self._padding -= taken
            else:
                taken = min(BLOCK - len(self._header), end - at)
                self._gather(view[at : at + taken])
            at += taken

    def close(self) -> bytes:
        """The list; all of what it stands at the end of has passed."""
        if self._empty_blocks < 2 or self._header:
            raise DamagedBase(f"it breaks off after {self.members} members")
        if self.manifest is None:
            raise DamagedBase(f"there is no {LIST} in it")
        return self.manifest

    def _gather(self, piece: memoryview) -> None:
        self._header += piece
        if len(self._header) == BLOCK:
            block = bytes(self._header)
            self._header.clear()
            self._begin(block)

    def _begin(self, block: bytes) -> None:
        if block == _ZEROS:
            self._empty_blocks += 1
            return
        if self._empty_blocks:
            raise DamagedBase("something stands after its end")
        if not is_whole(block):
            raise DamagedBase(f"the header after {self.members} members is not whole")
        self.members += 1
        self._content = number(block[124:136])
        self._padding = -self._content % BLOCK
        if member_name(block) == LIST.encode():
            self._picked = bytearray()

    def _pass(self, piece: memoryview) -> None:
        self._content -= len(piece)
        if self._picked is not None:
            self._picked += piece
            if not self._content:
                self.manifest, self._picked = bytes(self._picked), None


def read_list(manifest: bytes) -> Listed:
    """``DamagedBase`` if it is not whole: PostgreSQL writes a sum of it into its last line."""
    found = _SUM.search(manifest)
    if found is None or sha256(manifest[: manifest.rindex(b"\n", 0, found.start()) + 1]).hexdigest() != (
        found[1].decode()
    ):
        raise DamagedBase(f"its {LIST} is not whole")
    said: dict[str, Any] = json.loads(manifest)
    ranges = said["WAL-Ranges"]
    if len(ranges) != 1:
        raise DamagedBase("its server changed its timeline meanwhile")
    (only,) = ranges
    cluster = said.get("System-Identifier")
    return Listed(
        None if cluster is None else str(cluster), only["Timeline"], only["Start-LSN"], only["End-LSN"],
        len(said["Files"]),
    )  # fmt: skip
