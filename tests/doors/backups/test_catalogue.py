"""What a store tells of its sets: only what was signed here, only what is whole, all of it from the store alone."""

import random
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge import clock
from edge.backups import catalogue
from edge.backups.catalogue import read_catalogue, read_set
from edge.backups.keyring import keyring
from edge.backups.lending import lent
from edge.backups.proofs.listing import LEAP, proof_keys
from edge.backups.signing import NotOurs, check, sign
from edge.store import open_place
from edge.store.port import Entry, Store
from mainstay import records
from mainstay.backups.sets import BEGUN, MANIFEST, SIGNATURE, Begun, Proof, piece_key, proofs_folder
from mainstay.errors import BadInput, Refused, StoreLost
from tests.doors.backups.prune_rig import Disturbed
from tests.doors.backups.set_rig import ENVIRONMENT, SYSTEM, Shelf

WHERE = (SYSTEM, ENVIRONMENT)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf.at(tmp_path)
    (shelf.folder / "file").write_text("content")
    return shelf


def everything(shelf: Shelf) -> catalogue.Catalogue:
    return read_catalogue(shelf.store, shelf.keys.writer_public, *WHERE)


def test_sets_are_told_from_the_store_alone(shelf: Shelf) -> None:
    first, second = shelf.take(), shelf.take()
    found = {each.set.id: (each.set, each.level) for each in everything(shelf).kept}
    assert found == {first.id: (first, 0), second.id: (second, 0)}


def test_a_set_that_is_being_taken_is_none(shelf: Shelf) -> None:
    taking, folder = shelf.begin()
    catalogue.begin(shelf.store, *WHERE, Begun(taking.id, "full", clock.now(), "anna", "main"))
    folder.read()
    found = everything(shelf)
    assert (found.kept, [each.id for each in found.unfinished]) == ((), [taking.id])
    with pytest.raises(BadInput, match="There is no set"):
        read_set(shelf.store, shelf.keys.writer_public, *WHERE, taking.id)


@pytest.mark.parametrize("how", ["changed", "unsigned", "another key", "moved"])
def test_a_manifest_that_is_not_ours_is_never_trusted(shelf: Shelf, tmp_path: Path, how: str) -> None:
    good, bad = shelf.take(), shelf.take()
    folder = tmp_path / "store" / "sets" / SYSTEM / ENVIRONMENT
    manifest, signature = folder / bad.id / MANIFEST, folder / bad.id / SIGNATURE
    if how == "changed":
        manifest.write_bytes(records.encode(replace(bad, who="somebody"), nonce=bad.id))
    elif how == "unsigned":
        signature.unlink()
    elif how == "another key":
        signature.write_bytes(sign(keyring(tmp_path / "stranger").writer, manifest.read_bytes()))
    else:
        manifest.write_bytes((folder / good.id / MANIFEST).read_bytes())
        signature.write_bytes((folder / good.id / SIGNATURE).read_bytes())
    found = everything(shelf)
    assert [each.set for each in found.kept] == [good]
    assert len(found.strange) == 1 and bad.id in found.strange[0] and "is not trusted" in found.strange[0]
    with pytest.raises(NotOurs):
        read_set(shelf.store, shelf.keys.writer_public, *WHERE, bad.id)


def test_a_set_is_published_once(shelf: Shelf) -> None:
    made = shelf.take()
    catalogue.publish(shelf.store, shelf.keys.writer, made)
    with pytest.raises(StoreLost, match="somebody else"):
        catalogue.publish(shelf.store, shelf.keys.writer, replace(made, who="somebody"))
    assert [each.set for each in everything(shelf).kept] == [made]


def test_a_later_proof_speaks_for_what_an_earlier_one_found(shelf: Shelf) -> None:
    made = shelf.take()
    for level, good, expected in [(1, True, 1), (3, True, 3), (2, False, None), (1, True, None), (3, True, 3)]:
        catalogue.record_proof(shelf.store, *WHERE, Proof(made.id, level, good, "looked at", clock.now()))
        assert everything(shelf).kept[0].level == expected


class Telling(Disturbed):
    """A store that counts what it told of its keys."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, lambda: None)
        self.told = 0

    def listing(self, prefix: str, *, after: str = "") -> Iterator[Entry]:
        for entry in self._store.listing(prefix, after=after):
            self.told += 1
            yield entry


def test_the_proofs_of_sets_that_are_gone_are_leapt_over(tmp_path: Path) -> None:
    """They stay for good, and before each deletion all of those that count are looked at anew."""
    store, folder = Telling(open_place(str(tmp_path))), tmp_path / "proofs" / "shop" / "production"
    store.publish("proofs/shop/production/20190101-a/1.json", b"1")  # whose it is
    kept, gone = ["20200101-a", "20200301-a", "20200301-b", "20200501-a"], [f"202002{day:02}-a" for day in range(1, 29)]
    for id in [*kept[:-1], *gone, "20191201-a", "20200601-a"]:
        (folder / id).mkdir(parents=True)
        for number in range(100):
            (folder / id / f"{number:03}.json").touch()
    found = proof_keys(store, "shop", "production", reversed(kept))
    whole = [f"{number:03}.json" for number in range(100)]
    assert {id: [key.rpartition("/")[2] for key in keys] for id, keys in found.items()} == dict.fromkeys(
        kept[:-1], whole
    )
    assert store.told < 100 + LEAP + 200 + 10, "of 2,800 that belong to nobody a page"


def test_without_a_recovery_key_nothing_is_sealed(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="mainstay recovery-key"):
        keyring(tmp_path).sealed_to()


def test_the_recovery_key_is_kept_nowhere_and_not_replaced_unasked(tmp_path: Path) -> None:
    ring = keyring(tmp_path)
    key = ring.new_recovery_key()
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and key in path.read_text()]
    before = ring.sealed_to()
    with pytest.raises(Refused, match="--instead"):
        ring.new_recovery_key()
    assert ring.sealed_to() == before == keyring(tmp_path).sealed_to()
    ring.new_recovery_key(instead=True)
    assert ring.sealed_to()["recovery"] != before["recovery"] and ring.sealed_to()["proving"] == before["proving"]


def test_private_halves_are_nobody_elses_to_read(tmp_path: Path) -> None:
    ring = keyring(tmp_path)
    assert {(ring.folder / name).stat().st_mode & 0o077 for name in ("proving", "writer")} == {0}


def test_a_signature_is_for_these_bytes(tmp_path: Path) -> None:
    ring = keyring(tmp_path)
    signature = sign(ring.writer, b"data")
    check(ring.writer_public, b"data", signature)
    with pytest.raises(NotOurs):
        check(ring.writer_public, b"date", signature)


def test_a_begun_record_that_cannot_be_read_hides_no_set(shelf: Shelf, tmp_path: Path) -> None:
    made = shelf.take()
    shelf.store.publish(piece_key(*WHERE, "20200101-000000-full-aaaaaa", BEGUN), b"nonsense")
    found = everything(shelf)
    assert [each.set for each in found.kept] == [made] and len(found.strange) == 1


def test_a_proof_that_cannot_be_read_hides_no_set_and_is_named(shelf: Shelf) -> None:
    made = shelf.take()
    catalogue.record_proof(shelf.store, *WHERE, Proof(made.id, 3, True, "restored", clock.now()))
    shelf.store.publish(f"{proofs_folder(*WHERE, made.id)}/20990101-000000-aaaaaa.json", b"nonsense")
    found = everything(shelf)
    assert [(each.set, each.level) for each in found.kept] == [(made, 3)]
    assert len(found.strange) == 1 and made.id in found.strange[0] and "Prove that set again" in found.strange[0]


def test_a_proof_of_another_set_proves_nothing(shelf: Shelf) -> None:
    """As when somebody copied the folder of one to another's."""
    proven, other = shelf.take(), shelf.take()
    said = Proof(proven.id, 3, True, "restored", clock.now())
    shelf.store.publish(
        f"{proofs_folder(*WHERE, other.id)}/20990101-000000-aaaaaa.json", records.encode(said, nonce="n")
    )
    found = everything(shelf)
    assert [each.level for each in found.kept] == [0, 0] and "speaks of" in found.strange[0]


def test_where_the_proving_key_is_not_sets_cannot_be_opened(tmp_path: Path) -> None:
    ring = keyring(tmp_path)
    assert "AGE-SECRET-KEY-1" in ring.proving_key()
    (ring.folder / "proving").unlink()
    with pytest.raises(Refused, match=r"Do this where the proving key is\. If that machine is gone: .* --recovery-key"):
        keyring(tmp_path).proving_key()
    key = ring.new_recovery_key()
    with lent(key):
        assert keyring(tmp_path).proving_key() == key


@pytest.mark.parametrize("name", ["proving", "writer"])
def test_a_private_half_whose_public_one_is_lost_is_kept_and_gets_it_again(tmp_path: Path, name: str) -> None:
    folder = keyring(tmp_path).folder
    before = {half: (folder / half).read_bytes() for half in (name, f"{name}.pub")}
    (folder / f"{name}.pub").unlink()
    keyring(tmp_path)
    assert {half: (folder / half).read_bytes() for half in before} == before


@pytest.mark.parametrize("name", ["proving", "writer"])
def test_what_lies_where_a_private_half_should_be_and_is_none_is_named_and_left(tmp_path: Path, name: str) -> None:
    folder = keyring(tmp_path).folder
    (folder / f"{name}.pub").unlink()
    (folder / name).write_text("what somebody put there")
    with pytest.raises(Refused, match=f"{folder / name} "):
        keyring(tmp_path)
    assert (folder / name).read_text() == "what somebody put there"
    (folder / name).unlink()
    assert keyring(tmp_path).writer_public and (folder / name).exists()


needs_ssh_keygen = pytest.mark.skipif(
    not shutil.which("ssh-keygen"), reason="ssh-keygen is not installed: apt-get install openssh-client"
)


@needs_ssh_keygen
@pytest.mark.parametrize("data", [b"", b"data", b"\0" * 100_000])
def test_what_we_sign_ssh_keygen_checks_and_what_it_signs_we_check(tmp_path: Path, data: bytes) -> None:
    ring = keyring(tmp_path)
    (tmp_path / "signers").write_text(f"{ring.signers}\n")
    (tmp_path / "ours").write_bytes(sign(ring.writer, data))
    words = ["-f", "signers", "-I", "mainstay", "-n", "mainstay-set", "-s", "ours"]
    verify = subprocess.run(["ssh-keygen", "-Y", "verify", *words], cwd=tmp_path, input=data, capture_output=True)
    assert verify.returncode == 0, verify.stderr
    by_hand = ["ssh-keygen", "-Y", "sign", "-q", "-f", str(ring.writer), "-n", "mainstay-set"]
    theirs = subprocess.run(by_hand, input=data, capture_output=True, check=True).stdout
    check(ring.writer_public, data, theirs)
    for_something_else = subprocess.run([*by_hand[:-1], "file"], input=data, capture_output=True, check=True).stdout
    with pytest.raises(NotOurs, match="for something else"):
        check(ring.writer_public, data, for_something_else)


@pytest.mark.parametrize("seed", range(40))
def test_a_signature_that_was_changed_or_cut_is_no_signature(tmp_path: Path, seed: int) -> None:
    ring, chance = keyring(tmp_path), random.Random(seed)
    signature = bytearray(sign(ring.writer, b"data"))
    if seed % 2:
        del signature[chance.randrange(len(signature) - 1) :]
    else:
        at = chance.randrange(31, len(signature) - 32)
        signature[at] = ord("A") if signature[at] != ord("A") else ord("B")
    with pytest.raises(NotOurs):
        check(ring.writer_public, b"data", bytes(signature))


def test_a_lost_writers_key_says_what_to_do(tmp_path: Path) -> None:
    ring = keyring(tmp_path)
    ring.writer.unlink()
    with pytest.raises(Refused, match="Bring that key back"):
        sign(ring.writer, b"data")


def test_a_bad_set_takes_down_what_stands_on_it_until_it_is_found_good_again(shelf: Shelf) -> None:
    full = shelf.take()
    child = shelf.take("incremental", parent=full)
    grandchild = shelf.take("incremental", parent=child)
    for made in (full, child, grandchild):
        catalogue.record_proof(shelf.store, *WHERE, Proof(made.id, 1, True, "said", clock.now()))
    other = shelf.take()

    def levels() -> list[dict[str, int | None]]:
        one_by_one = catalogue.newest_first(shelf.store, shelf.keys.writer_public, *WHERE)
        ways = (everything(shelf).kept, [each for each in one_by_one if isinstance(each, catalogue.Kept)])
        return [{each.set.id: each.level for each in way} for way in ways]

    assert levels() == [{other.id: 0, grandchild.id: 1, child.id: 1, full.id: 1}] * 2
    catalogue.record_proof(shelf.store, *WHERE, Proof(full.id, 3, False, "rotten", clock.now()))
    assert levels() == [{other.id: 0, grandchild.id: None, child.id: None, full.id: None}] * 2
    assert {each.leans_on_bad for each in everything(shelf).kept if each.level is None} == {"", full.id}
    catalogue.record_proof(shelf.store, *WHERE, Proof(full.id, 3, True, "whole", clock.now()))
    assert levels() == [{other.id: 0, grandchild.id: 1, child.id: 1, full.id: 3}] * 2
