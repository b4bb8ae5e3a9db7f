"""The door to archives: plain tar, gzipped, that anybody unpacks by hand; the same tree gives the same bytes.

gzip and not zstd: Python 3.11 has no zstd, and an artifact is small and read once; what is kept for years is packed
elsewhere. Nothing that is unpacked lands outside of its folder, whoever made the archive.
"""

import gzip
import os
import shutil
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, cast

from mainstay.builds import Artifact
from mainstay.errors import MainstayError

CHUNK_BYTES = 1 << 20

_CLASHES = (FileExistsError, NotADirectoryError, IsADirectoryError)  # one name in it for two things


class ArchiveRefused(MainstayError):
    """It would not stay in its folder, or is not what it should be; what is wrong, as the end of a sentence."""


@dataclass
class _Counted:
    """Passes bytes on and knows what passed."""

    file: BinaryIO

    def __post_init__(self) -> None:
        self.hash, self.bytes = sha256(), 0

    def read(self, size: int = -1) -> bytes:
        return self._seen(self.file.read(size))

    def write(self, data: bytes) -> int:
        self.file.write(self._seen(data))
        return len(data)

    def flush(self) -> None:
        self.file.flush()

    def _seen(self, data: bytes) -> bytes:
        self.hash.update(data)
        self.bytes += len(data)
        return data


def pack(root: Path, paths: Sequence[str], out: BinaryIO, *, at: datetime) -> Artifact:
    """These paths and all below them, by name, as of one moment, and nobody's: no user, no time of its own."""
    entries = {str(path.relative_to(root)): path for named in paths for path in _below(_named(root, named), root)}
    counted, unpacked, files = _Counted(out), 0, 0
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=cast(IO[bytes], counted), mtime=0, compresslevel=6) as zipped,
        tarfile.open(fileobj=zipped, mode="w|", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name in sorted(entries):
            _refuse_unshipped(entries[name], root, entries)
            member = _member(name, entries[name], root, at)
            if member.isreg():
                with entries[name].open("rb") as file:
                    tar.addfile(member, file)
            else:
                tar.addfile(member)
            unpacked, files = unpacked + member.size, files + 1
    return Artifact(counted.hash.hexdigest(), counted.bytes, unpacked, files)


def unpack(archive: BinaryIO, target: Path, *, digest: str | None = None) -> None:
    """All of it, in a new folder. Links come last, so nothing is ever written through one."""
    counted, links = _Counted(archive), list[tuple[Path, str]]()
    target.mkdir()
    try:
        with tarfile.open(fileobj=cast(IO[bytes], counted), mode="r|*") as tar:
            for member in tar:
                path = target / _inside(member.name)
                links.append((path, member.linkname)) if member.issym() else _lay(tar, member, path)
        while counted.read(CHUNK_BYTES):
            continue  # what stands after its end is in the hash as well
    except (tarfile.TarError, EOFError, ValueError, OverflowError, *_CLASHES) as reason:
        raise ArchiveRefused(f"it is damaged or was tampered with ({reason})") from reason
    if digest is not None and counted.hash.hexdigest() != digest:
        raise ArchiveRefused(f"its sha256 is {counted.hash.hexdigest()}, not {digest}")
    for path, leads in links:
        _lay_link(path, leads, target)
    for path, _ in links:
        _stays(path, target)


def _named(root: Path, path: str) -> Path:
    found = root / PurePosixPath(path)
    if not os.path.lexists(found):
        there = ", ".join(sorted(each.name for each in root.iterdir())[:10])
        raise ArchiveRefused(f"build.artifact names {path}, and there is no such thing after the stages, only: {there}")
    if found != root and not _really(found.parent).is_relative_to(_really(root)):
        raise ArchiveRefused(f"build.artifact names {path}, which a link leads out of the source")
    return found


def _below(path: Path, root: Path) -> Iterator[Path]:
    """Itself and all below it, with the folders above it: links are links, wherever they lead."""
    yield from (above for above in path.parents if above != root and above.is_relative_to(root))
    if path != root:
        yield path
    if path.is_dir() and not path.is_symlink():
        for inner in path.iterdir():
            yield from _below(inner, root)


def _member(name: str, path: Path, root: Path, at: datetime) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.mtime = int(at.timestamp())
    if path.is_symlink():
        _stays(path, root)
        member.type, member.linkname = tarfile.SYMTYPE, str(path.readlink())
    elif path.is_dir():
        member.type, member.mode = tarfile.DIRTYPE, 0o755
    elif path.is_file():
        found = path.stat()
        member.size, member.mode = found.st_size, _mode(found.st_mode)
    else:
        raise ArchiveRefused(f"{name} is neither file, folder nor link (a socket or pipe?). Let a stage remove it")
    return member


def _stays(link: Path, root: Path) -> None:
    """Where it really leads, over all the links on its way."""
    written = link.readlink()
    if written.is_absolute() or not _really(link).is_relative_to(_really(root)):
        raise ArchiveRefused(
            f"{link.relative_to(root)} is a link to {written}, which leads out of the artifact. "
            "Ship what it leads to, or let a stage remove it"
        )


def _refuse_unshipped(path: Path, root: Path, shipped: Mapping[str, Path]) -> None:
    if path.is_symlink() and path.exists():
        leads = _really(path)
        if leads.is_relative_to(_really(root)) and str(leads.relative_to(_really(root))) not in {*shipped, "."}:
            raise ArchiveRefused(
                f"{path.relative_to(root)} is a link to {path.readlink()}, which build.artifact does not name. "
                "Name it there too"
            )


def _lay(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if member.isdir():
        path.mkdir(exist_ok=True)
        return
    content = tar.extractfile(member) if member.isreg() else None
    if content is None:
        raise ArchiveRefused(f"{member.name} in it is neither file, folder nor link")
    with path.open("xb") as out:
        shutil.copyfileobj(content, out, CHUNK_BYTES)
    path.chmod(_mode(member.mode))
    os.utime(path, (member.mtime, member.mtime))


def _lay_link(path: Path, leads: str, target: Path) -> None:
    if not _really(path.parent).is_relative_to(_really(target)):
        raise ArchiveRefused(f"{path.relative_to(target)} in it lies behind a link that leads out of it")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(leads)
    except _CLASHES as reason:
        raise ArchiveRefused(f"{path.relative_to(target)} in it is two things at once") from reason


def _inside(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise ArchiveRefused(f"{name} in it leads out of it")
    return path


def _mode(mode: int) -> int:
    return 0o755 if mode & 0o100 else 0o644


def _really(path: Path) -> Path:
    """Over all links; one that goes in a circle leads nowhere else."""
    return Path(os.path.realpath(path))
