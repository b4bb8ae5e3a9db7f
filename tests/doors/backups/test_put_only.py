"""Whoever may only put, get and list takes whole sets, and cannot destroy one; whether that is so is found out."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge import clock
from edge.backups import catalogue
from edge.backups.copies import protecting
from edge.store import open_place
from mainstay.backups import sets
from mainstay.backups.sets import BackupSet
from mainstay.errors import StoreLost
from mainstay.store import MEBIBYTE
from tests.doors.backups.set_rig import ENVIRONMENT, SYSTEM, Shelf, seen
from tests.doors.guarded_s3 import PUT_ONLY, Owned, Strict, strict_server
from tests.doors.store_rig import ROOT

EVERYTHING = ("s3:*",)


@pytest.fixture(scope="module")
def server() -> Iterator[Strict]:
    with strict_server() as made:
        yield made


@pytest.fixture
def owned(server: Strict) -> Iterator[Owned]:
    with server.bucket_for(PUT_ONLY, versions=True) as made:
        yield made


def test_the_document_names_just_the_rights_that_are_tried_here() -> None:
    policy = (ROOT / "docs" / "operating.md").read_text().partition("**Put only.**")[2].partition("Without versions")[0]
    assert set(re.findall(r"s3:\w+", policy)) == set(PUT_ONLY)


def complete(shelf: Shelf, made: BackupSet) -> sets.Proof:
    listed = shelf.store.listing(sets.set_folder(SYSTEM, ENVIRONMENT, made.id))
    proof = sets.complete(made, {entry.key: entry.size for entry in listed}, clock.now())
    catalogue.record_proof(shelf.store, SYSTEM, ENVIRONMENT, proof)
    return proof


def test_sets_are_taken_proven_listed_and_brought_back_without_the_right_to_delete(
    owned: Owned, tmp_path: Path
) -> None:
    shelf = Shelf.at(tmp_path, owned.address)
    (shelf.folder / "long").write_bytes(bytes(range(256)) * 4096 * 12)
    first = shelf.take()
    (shelf.folder / "more").write_bytes(b"more")
    second = shelf.take("incremental", parent=first)
    assert complete(shelf, first).good and complete(shelf, second).good
    found = catalogue.read_catalogue(shelf.store, shelf.keys.writer_public, SYSTEM, ENVIRONMENT)
    assert [(each.set.id, each.level) for each in found.kept] == [(second.id, 1), (first.id, 1)]
    shelf.bring_back(second, tmp_path / "back")
    assert seen(tmp_path / "back" / "uploads") == seen(shelf.folder)


def test_what_is_broken_off_leaves_parts_that_nobody_sees(server: Strict, owned: Owned) -> None:
    """We may not abort it: the bucket's lifecycle rule does."""
    store = open_place(owned.address)
    with pytest.raises(RuntimeError, match="died"), store.upload("long") as upload:
        upload.write(bytes(9 * MEBIBYTE))
        raise RuntimeError("the producer died")
    assert list(store.listing("")) == [] and store.read("long") is None
    with server.unasked():
        assert owned.unfinished() == 1
    with store.upload("long") as upload:
        upload.write(bytes(9 * MEBIBYTE))
        upload.commit()
    assert [entry.size for entry in store.listing("")] == [9 * MEBIBYTE]


def test_to_delete_is_refused_and_it_is_said_which_right_is_missing(owned: Owned) -> None:
    store = open_place(owned.address)
    store.publish("a", b"1")
    with pytest.raises(StoreLost, match="AccessDenied: our credentials may not do this"):
        store.delete("a")


@pytest.mark.parametrize(
    ("rights", "locks", "versions", "safe", "words"),
    [
        (PUT_ONLY, False, True, True, "cannot be deleted from this machine (put only, without a lock)"),
        (PUT_ONLY, True, True, True, "a lock holds"),
        (PUT_ONLY, False, False, False, "may be overwritten"),
        (EVERYTHING, False, False, False, "may be deleted"),
        (EVERYTHING, False, True, False, "may be deleted"),
        (EVERYTHING, True, True, False, "may be deleted"),
    ],
    ids=[
        *("put only, versions", "put only, locks", "put only, no versions"),
        *("everything", "everything, versions", "everything, also to pass over locks"),
    ],
)
def test_whether_sets_may_be_destroyed_is_found_out_by_trying(
    server: Strict, rights: tuple[str, ...], locks: bool, versions: bool, safe: bool, words: str
) -> None:
    with server.bucket_for(rights, locks=locks, versions=versions) as owned:
        found = protecting.find_out(open_place(owned.address))
        assert found.safe is safe and words in found.sentence, found.sentence


def test_a_directory_may_be_deleted_by_whoever_has_this_machine(tmp_path: Path) -> None:
    assert not protecting.find_out(open_place(str(tmp_path / "store"))).safe
