"""What this machine remembers of the folders in a set, so that the next set need only read what changed.

It is not in the store: there it would be sealed, and whoever writes sets cannot open them. Where it is lost, the next
set is a full one.
"""

import zlib
from collections.abc import Iterable
from pathlib import Path

from edge import private
from mainstay.backups.files.scan import Marks

_FIELDS = 3  # name, mark, sha256


class Index:
    """Of one folder. No dataclass, on purpose: Prefect walks through those, and this may have a million names."""

    def __init__(self, marks: Marks, sums: "dict[bytes, str]") -> None:
        self.marks, self.sums = marks, sums


def remember(home: Path, system: str, environment: str, set: str, folder: str, index: Index) -> None:
    sums = index.sums
    fields: Iterable[bytes] = (
        field for name, mark in index.marks.items() for field in (name, mark, sums.get(name, "").encode())
    )
    data = b"\0".join(fields)
    file = private.folder(_folder(home, system, environment)) / f"{set}.{folder}"
    private.write_bytes(file, zlib.crc32(data).to_bytes(4, "big") + data)


def recall(home: Path, system: str, environment: str, set: str, folder: str) -> Index | None:
    """None: it is not here, or damaged."""
    try:
        data = (_folder(home, system, environment) / f"{set}.{folder}").read_bytes()
    except FileNotFoundError:
        return None
    if zlib.crc32(data[4:]).to_bytes(4, "big") != data[:4]:
        return None
    fields = data[4:].split(b"\0") if data[4:] else []
    names = fields[::_FIELDS]
    sums = [each.decode() for each in fields[2::_FIELDS]]
    return Index(dict(zip(names, fields[1::_FIELDS], strict=True)), dict(zip(names, sums, strict=True)))


def newest(home: Path, system: str, environment: str, folder: str) -> Index | None:
    """Of whatever set it was: to compare with, not to stand on."""
    files = sorted(_folder(home, system, environment).glob(f"*-*.{folder}"), reverse=True)
    found = (recall(home, system, environment, file.name.removesuffix(f".{folder}"), folder) for file in files)
    return next((each for each in found if each is not None), None)


def knows(home: Path, system: str, environment: str, set: str, folder: str) -> bool:
    """Without reading it, which takes time where there are many names."""
    return (_folder(home, system, environment) / f"{set}.{folder}").exists()


def forget_older(home: Path, system: str, environment: str, than: str) -> None:
    """Only a newest set is a parent. One that was begun later may be finished already: it stays."""
    for file in _folder(home, system, environment).glob("*.*"):
        if file.name < f"{than}.":
            file.unlink(missing_ok=True)


def _folder(home: Path, system: str, environment: str) -> Path:
    return home / "backup-indexes" / system / environment
