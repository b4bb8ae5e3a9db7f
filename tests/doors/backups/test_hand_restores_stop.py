"""A person who restores by hand is stopped by whatever is not what was signed: a manifest, a piece, the log."""

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from edge.backups import signing
from edge.backups.keyring import keyring
from mainstay.backups.sets import MANIFEST, SIGNATURE, BackupSet, piece_key
from tests.doors.backups.base_rig import STREAMS, Line, embedded, line
from tests.doors.backups.dump_rig import CRM, Server
from tests.doors.backups.hand_rig import by_hand, needs_public_tools, with_a_key
from tests.doors.backups.set_rig import ENVIRONMENT, SYSTEM, Shelf

pytestmark = needs_public_tools
WHERE = (SYSTEM, ENVIRONMENT)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return with_a_key(Shelf.at(tmp_path), tmp_path)


@pytest.fixture
def chain(shelf: Shelf) -> Sequence[BackupSet]:
    (shelf.folder / "contract").write_text("ours")
    full = shelf.take()
    (shelf.folder / "later").write_text("ours too")
    return full, shelf.take("incremental", parent=full)


def overwritten(file: Path, data: bytes) -> None:
    file.chmod(0o600)
    file.write_bytes(data)


def manifests(root: Path, made: BackupSet) -> tuple[Path, Path]:
    """Where what a set says of itself lies, and its signature."""
    there = tuple(root / "store" / piece_key(*WHERE, made.id, name) for name in (MANIFEST, SIGNATURE))
    return there[0], there[1]


def stopped(told: "subprocess.CompletedProcess[str]", why: str) -> None:
    assert told.returncode != 0 and why in told.stderr, told.stdout + told.stderr


def test_by_a_piece_that_is_damaged(shelf: Shelf, chain: Sequence[BackupSet], tmp_path: Path) -> None:
    archive = tmp_path / "store" / chain[0].folders[0].archives[0].key
    data = bytearray(archive.read_bytes())
    data[-20] ^= 1
    overwritten(archive, bytes(data))
    stopped(by_hand(shelf, tmp_path), "is not what was signed")


def test_by_files_that_somebody_sealed_to_the_same_key(
    shelf: Shelf, chain: Sequence[BackupSet], tmp_path: Path
) -> None:
    """Whole, and with the hashes that belong to them: everybody may seal."""
    (shelf.folder / "contract").write_text("a stranger's")
    first, strange = chain[0], shelf.take("files")
    for ours, theirs in zip(first.folders[0].pieces, strange.folders[0].pieces, strict=True):
        overwritten(tmp_path / "store" / ours.key, (tmp_path / "store" / theirs.key).read_bytes())
    stopped(by_hand(shelf, tmp_path, SET=first.id), "is not what was signed")
    assert list((tmp_path / "by hand").iterdir()) == []


def test_by_a_dump_that_is_another_piece_of_ours(shelf: Shelf, server: Server, tmp_path: Path) -> None:
    """Signed too, and of another set."""
    crm, target = server.empty(*CRM), server.empty()
    first, second = shelf.take(database=crm.reference), shelf.take(database=crm.reference)
    assert first.database is not None and second.database is not None
    there = (tmp_path / "store" / first.database.piece.key).read_bytes()
    overwritten(tmp_path / "store" / second.database.piece.key, there)
    stopped(by_hand(shelf, tmp_path, DATABASE=target.address), "is not what was signed")
    assert target.tables == []


def test_by_a_manifest_that_was_changed(shelf: Shelf, chain: Sequence[BackupSet], tmp_path: Path) -> None:
    manifest, _ = manifests(tmp_path, chain[-1])
    overwritten(manifest, manifest.read_bytes().replace(b"anna", b"eve "))
    stopped(by_hand(shelf, tmp_path, SET=chain[-1].id), f"{chain[-1].id}/set.json is not ours")
    assert not (tmp_path / "by hand").exists()


def test_by_a_parent_that_a_stranger_signed(shelf: Shelf, chain: Sequence[BackupSet], tmp_path: Path) -> None:
    manifest, signature = manifests(tmp_path, chain[0])
    overwritten(signature, signing.sign(keyring(tmp_path / "stranger").writer, manifest.read_bytes()))
    stopped(by_hand(shelf, tmp_path, SET=chain[-1].id), f"{chain[0].id}/set.json is not ours")
    assert not (tmp_path / "by hand").exists()


def test_by_another_set_of_ours_in_the_place_of_a_parent(
    shelf: Shelf, chain: Sequence[BackupSet], tmp_path: Path
) -> None:
    other = shelf.take("database")
    for there, theirs in zip(manifests(tmp_path, chain[0]), manifests(tmp_path, other), strict=True):
        overwritten(there, theirs.read_bytes())
    stopped(by_hand(shelf, tmp_path, SET=chain[-1].id), f"{chain[0].id} holds another set")
    assert not (tmp_path / "by hand").exists()


def test_by_a_base_or_a_log_that_is_not_what_was_signed(place: Path, tmp_path: Path) -> None:
    with line(embedded(place), tmp_path, *STREAMS) as ours:
        with_a_key(ours.shelf, tmp_path)
        base = ours.base()
        point = ours.point(base)
    for number, (file, data, why) in enumerate(spoiled(ours, base, tmp_path)):
        before = file.read_bytes()
        overwritten(file, data)
        stopped(by_hand(ours.shelf, tmp_path, SET=point.id, TARGET=f"{tmp_path}/by hand {number}"), why)
        overwritten(file, before)
    told = by_hand(ours.shelf, tmp_path, SET=point.id)
    assert told.returncode == 0, told.stdout + told.stderr


def spoiled(ours: Line, base: BackupSet, root: Path) -> Iterator[tuple[Path, bytes, str]]:
    """What somebody writes where, and what the person is told."""
    stranger, held = keyring(root / "stranger"), base.base
    assert held is not None
    manifest, signature = manifests(root, base)
    yield signature, signing.sign(stranger.writer, manifest.read_bytes()), f"{base.id}/set.json is not ours"
    other = (root / "store" / base.descriptor.key).read_bytes()
    yield root / "store" / held.piece.key, other, f"{held.piece.key} is not what was signed"
    record = max((root / "store" / "wal").rglob("*.signed"))
    signed, _, _ = record.read_bytes().partition(b"\n")
    yield record, signed + b"\n" + signing.sign(stranger.writer, signed + b"\n"), f"so {record} is not either"
    elsewhere = signed.replace(b"wal/shop/production", b"wal/shop/staging") + b"\n"
    yield record, elsewhere + signing.sign(ours.shelf.keys.writer, elsewhere), "is of another log"
    segment = next(record.parent.glob(f"{record.name.removesuffix('.signed')}-*"))
    yield segment, other, "is not what was signed"
