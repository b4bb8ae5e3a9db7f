"""The same tree is the same archive; and no archive, whoever made it, reaches beyond its folder."""

import gzip
import io
import os
import random
import socket
import subprocess
import tarfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from edge.archives import ArchiveRefused, pack, unpack
from mainstay.builds import Artifact

MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)


def tree(root: Path, *, umask: int = 0o022) -> Path:
    before = os.umask(umask)
    (root / "app" / "static").mkdir(parents=True)
    (root / "app" / "main.py").write_text("print(1)\n")
    (root / "app" / "static" / "имя.txt").write_text("x" * 100_000)
    (root / "run").write_text("#!/bin/sh\n")
    (root / "run").chmod(0o755)
    (root / "empty").mkdir()
    (root / "latest").symlink_to("app/static")
    os.umask(before)
    return root


def packed(root: Path, *paths: str) -> tuple[bytes, Artifact]:
    out = io.BytesIO()
    artifact = pack(root, paths or (".",), out, at=MIDNIGHT)
    return out.getvalue(), artifact


def names(data: bytes) -> list[str]:
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return tar.getnames()


def made(members: Iterable[tarfile.TarInfo]) -> io.BytesIO:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for each in members:
            tar.addfile(each)
    return io.BytesIO(out.getvalue())


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.type, found.linkname = kind, link
    return found


def test_the_same_tree_is_the_same_archive_whoever_made_it_when(tmp_path: Path) -> None:
    first, artifact = packed(tree(tmp_path / "a"))
    other = tree(tmp_path / "elsewhere" / "b", umask=0o077)
    os.utime(other / "run", (1, 1))
    assert packed(other)[0] == first
    assert artifact == Artifact(sha256(first).hexdigest(), len(first), 100_019, 7)


def test_what_is_packed_comes_back(tmp_path: Path) -> None:
    data, artifact = packed(tree(tmp_path / "a"))
    unpack(io.BytesIO(data), tmp_path / "b", digest=artifact.digest)
    assert packed(tmp_path / "b")[0] == data
    assert (tmp_path / "b" / "latest" / "имя.txt").stat().st_size == 100_000
    assert (tmp_path / "b" / "run").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "b" / "run").stat().st_mtime == MIDNIGHT.timestamp()


def test_anybody_unpacks_it_by_hand(tmp_path: Path) -> None:
    (tmp_path / "x.tar.gz").write_bytes(packed(tree(tmp_path / "a"))[0])
    (tmp_path / "b").mkdir()
    subprocess.run(["tar", "-xzf", str(tmp_path / "x.tar.gz"), "-C", str(tmp_path / "b")], check=True)
    assert (tmp_path / "b" / "app" / "main.py").read_text() == "print(1)\n"


def test_only_what_is_named_is_packed_with_the_folders_above_it(tmp_path: Path) -> None:
    data, _ = packed(tree(tmp_path / "a"), "app/static", "./run", "run", "app/static/имя.txt")
    assert names(data) == ["app", "app/static", "app/static/имя.txt", "run"]


def test_what_is_named_and_not_there_is_refused_with_what_is(tmp_path: Path) -> None:
    with pytest.raises(ArchiveRefused, match=r"names dist, and there is no such thing .*only: app, empty"):
        packed(tree(tmp_path / "a"), "dist")


@pytest.mark.parametrize("leads", ["/etc/passwd", "../outside", "app/../../outside", "knot/../x"])
def test_a_link_that_leads_out_is_refused(tmp_path: Path, leads: str) -> None:
    root = tree(tmp_path / "a")
    (root / "app" / "static" / "knot").symlink_to("../..")
    (root / "knot").symlink_to("app/static/knot")
    (root / "loop").symlink_to(leads)
    with pytest.raises(ArchiveRefused, match=r"loop is a link to .*leads out"):
        packed(root)


def test_a_link_to_what_is_not_shipped_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchiveRefused, match=r"latest is a link to app/static, which build.artifact does not name"):
        packed(tree(tmp_path / "a"), "latest", "run")


def test_a_path_that_a_link_leads_out_is_refused(tmp_path: Path) -> None:
    (tree(tmp_path / "a") / "etc").symlink_to("/etc")
    with pytest.raises(ArchiveRefused, match="which a link leads out of the source"):
        packed(tmp_path / "a", "etc/passwd")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    root = tree(tmp_path / "a")
    os.mkfifo(root / "pipe")
    with pytest.raises(ArchiveRefused, match="pipe is neither file, folder nor link"):
        packed(root)
    (root / "pipe").unlink()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(root / "socket"))
        with pytest.raises(ArchiveRefused, match="socket is neither"):
            packed(root)


LINK, HARD, FOLDER = tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE
HOSTILE = {
    "climbs": (member("../evil"),),
    "climbs later": (member("a/../../evil"),),
    "absolute": (member("/tmp/evil-archive"),),
    "absolute link": (member("a", LINK, "/etc"),),
    "climbing link": (member("a", LINK, "../evil"),),
    "through a link": (member("a", LINK, "b"), member("b", LINK, ".."), member("a/evil")),
    "links through links": (
        member("d/e", FOLDER),
        member("d/e/up", LINK, "../.."),
        member("out", LINK, "d/e/up/../evil"),
    ),
    "folder behind a link": (member("a", LINK, ".."), member("a/evil/x", LINK, "y")),
    "hard link": (member("a", HARD, "/etc/passwd"),),
    "inner hard link": (member("x"), member("a", HARD, "x")),
    "device": (member("a", tarfile.CHRTYPE),),
    "pipe": (member("a", tarfile.FIFOTYPE),),
    "twice": (member("a"), member("a")),
    "file and folder": (member("a"), member("a/b")),
    "link twice": (member("a", LINK, "x"), member("a", LINK, "y")),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused_and_reaches_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(ArchiveRefused):
        unpack(made(HOSTILE[name]), tmp_path / "in" / "target")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
    assert [path.name for path in (tmp_path / "in").iterdir()] == ["target"]


@pytest.mark.parametrize(
    "spoil", [lambda d: d[:-1], lambda d: d[: len(d) // 2], lambda d: d + b"x", lambda d: b"no" + d]
)
def test_an_archive_that_was_tampered_with_is_refused(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    data, artifact = packed(tree(tmp_path / "a"))
    with pytest.raises(ArchiveRefused):
        unpack(io.BytesIO(spoil(data)), tmp_path / "b", digest=artifact.digest)


def test_every_changed_byte_is_noticed(tmp_path: Path) -> None:
    data, artifact = packed(tree(tmp_path / "a"))
    for place in range(0, len(data), 37):
        spoiled = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        with pytest.raises(ArchiveRefused):
            unpack(io.BytesIO(spoiled), tmp_path / f"b{place}", digest=artifact.digest)


def test_whatever_somebody_writes_into_the_archive_is_noticed(tmp_path: Path) -> None:
    """The bytes inside are changed and packed again, as somebody would who can write to the store."""
    data, artifact = packed(tree(tmp_path / "a"))
    plain, chance = gzip.decompress(data)[:8192], random.Random(1)
    for number in range(300):
        spoiled = bytearray(plain)
        spoiled[chance.randrange(len(plain))] = chance.randrange(256)
        with pytest.raises(ArchiveRefused):
            unpack(io.BytesIO(gzip.compress(bytes(spoiled))), tmp_path / f"b{number}", digest=artifact.digest)
