"""What the store holds of a log is whole, in order and ours, or it is not believed."""

import random
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest

from edge import clock
from edge.backups import signing
from edge.backups.keyring import SealedToAnother, keyring
from edge.backups.log.store import Diverged, Shipping, fetch, reach, read_record
from edge.backups.opening import BadSet, Opened
from edge.store import open_place
from mainstay import records
from mainstay.backups.log.shipped import Log
from tests.doors.store_rig import KINDS, place

SEGMENT = 1 << 20  # as small as PostgreSQL makes them
LOG = Log("shop", "production", "7300", SEGMENT)
WHERE = ("shop", "production", "7300", 1)
NAMES = [LOG.name(1, number * SEGMENT) for number in range(6)]


def content(number: int) -> bytes:
    return random.Random(number).randbytes(SEGMENT)


class Shore:
    """A store with nothing of the log in it yet, and the keys."""

    def __init__(self, root: Path, address: str) -> None:
        self.root, self.ring, self.store = root, keyring(root / "home"), open_place(address)
        self.ring.new_recovery_key()
        self.shipping = Shipping(self.store, LOG, self.ring)

    def ship(self, *numbers: int) -> None:
        for number in numbers:
            self.shipping.whole(NAMES[number], content(number), clock.now())

    def part(self, number: int, start: int, stop: int) -> None:
        self.shipping.partial(NAMES[number], content(number)[start:stop], start, clock.now())

    def reach(self, since: int) -> int:
        return reach(self.store, self.ring.writer_public, *WHERE, since, segment_bytes=SEGMENT)

    def fetch(self, start: int, stop: int) -> dict[str, bytes]:
        folder = self.root / clock.new_nonce()
        folder.mkdir()
        opened = Opened(self.store, self.ring.proving_key(), self.root / "home")
        fetch(opened, self.ring.writer_public, *WHERE, start, stop, folder, segment_bytes=SEGMENT)
        return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.fixture(params=KINDS)
def shore(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shore]:
    with place(request.param, tmp_path) as address:
        yield Shore(tmp_path, address)


@pytest.fixture
def here(tmp_path: Path) -> Shore:
    """In a directory, so that a test can spoil it."""
    return Shore(tmp_path, str(tmp_path / "store"))


def test_what_was_shipped_comes_back_and_nothing_is_read_beyond_a_gap(shore: Shore) -> None:
    shore.ship(1, 2, 4)
    shore.part(5, 0, 300)
    assert shore.reach(SEGMENT + 5) == 3 * SEGMENT
    assert shore.fetch(SEGMENT + 5, 3 * SEGMENT) == {NAMES[1]: content(1), NAMES[2]: content(2)}
    with pytest.raises(BadSet, match="gap: nothing holds it from 0/300000 to 0/400000"):
        shore.fetch(SEGMENT + 5, 5 * SEGMENT)


def test_an_unfinished_segment_is_put_together_and_filled_up_with_zeros(shore: Shore) -> None:
    shore.ship(1)
    for start, stop in ((0, 1000), (1000, 1700), (0, 5000), (5000, 5003)):
        shore.part(2, start, stop)
    assert shore.reach(SEGMENT) == 2 * SEGMENT + 5003
    whole = content(2)[:5003] + bytes(SEGMENT - 5003)
    assert shore.fetch(SEGMENT, 2 * SEGMENT + 5003) == {NAMES[1]: content(1), NAMES[2]: whole}
    with pytest.raises(BadSet, match="gap"):
        shore.fetch(SEGMENT, 2 * SEGMENT + 5004)


def test_parts_with_a_hole_count_up_to_the_hole(here: Shore) -> None:
    for start, stop in ((0, 1000), (1200, 1700)):
        here.part(1, start, stop)
    assert here.reach(SEGMENT) == SEGMENT + 1000


def test_nothing_there_reaches_nowhere(here: Shore) -> None:
    assert here.reach(SEGMENT + 5) == SEGMENT + 5


def test_shipping_twice_is_shipping_once(shore: Shore) -> None:
    shore.ship(1)
    before = {entry.key for entry in shore.store.listing("wal")}
    shore.ship(1)
    shore.part(2, 0, 10)
    shore.part(2, 0, 10)
    assert len(before) == 2
    assert len({entry.key for entry in shore.store.listing("wal")} - before) == 2


def test_a_piece_without_its_record_is_not_believed_and_stands_in_nobodys_way(here: Shore) -> None:
    """As a death just before the record leaves it."""
    here.ship(1, 2)
    here.store.delete(LOG.whole_key(NAMES[2]))
    assert here.reach(SEGMENT) == 2 * SEGMENT
    here.ship(2)
    assert here.fetch(SEGMENT, 3 * SEGMENT)[NAMES[2]] == content(2)


def test_another_content_under_the_same_name_is_no_continuation(here: Shore) -> None:
    here.ship(1)
    with pytest.raises(Diverged, match="put back to an earlier state"):
        here.shipping.whole(NAMES[1], content(2), clock.now())


@pytest.mark.parametrize("how", ["unsigned", "changed", "moved", "another key"])
def test_a_record_that_is_not_ours_is_none(here: Shore, tmp_path: Path, how: str) -> None:
    here.ship(1, 2)
    file = tmp_path / "store" / LOG.whole_key(NAMES[2])
    line, signature = file.read_bytes().split(b"\n", 1)
    if how == "unsigned":
        file.write_bytes(line + b"\n")
    elif how == "changed":
        file.write_bytes(line.replace(b"200000", b"200001") + b"\n" + signature)
    elif how == "moved":
        file.write_bytes((tmp_path / "store" / LOG.whole_key(NAMES[1])).read_bytes())
    else:
        signing.make_key(tmp_path / "other")
        file.write_bytes(line + b"\n" + signing.sign(tmp_path / "other", line + b"\n"))
    assert here.reach(SEGMENT) == 2 * SEGMENT
    with pytest.raises(BadSet, match="is not trusted"):
        here.fetch(SEGMENT, 3 * SEGMENT)


@pytest.mark.parametrize("how", ["flipped", "cut", "gone", "exchanged"])
def test_a_piece_that_is_not_what_its_record_says_is_told(here: Shore, tmp_path: Path, how: str) -> None:
    here.ship(1, 2)
    file, other = (next((tmp_path / "store" / LOG.folder).glob(f"{name}-*.zst.age")) for name in (NAMES[2], NAMES[1]))
    sealed = bytearray(file.read_bytes())
    sealed[-40] ^= 1
    if how == "gone":
        file.unlink()
    else:
        file.write_bytes({"flipped": bytes(sealed), "cut": bytes(sealed[:-99]), "exchanged": other.read_bytes()}[how])
    with pytest.raises(BadSet, match="is not what was written there"):
        here.fetch(SEGMENT, 3 * SEGMENT)


def test_a_record_is_checked_by_hand_with_public_tools(here: Shore, tmp_path: Path) -> None:
    here.ship(1)
    file = tmp_path / "store" / LOG.whole_key(NAMES[1])
    line, signature = file.read_bytes().split(b"\n", 1)
    (tmp_path / "signers").write_text(here.ring.signers)
    (tmp_path / "signature").write_bytes(signature)
    argv = ["ssh-keygen", "-Y", "verify", "-f", str(tmp_path / "signers"), "-I", signing.WRITER, "-n"]
    words = [*argv, signing.NAMESPACE, "-s", str(tmp_path / "signature")]
    assert subprocess.run(words, input=line + b"\n", capture_output=True).returncode == 0
    assert subprocess.run(words, input=line + b" \n", capture_output=True).returncode != 0


def test_of_two_who_ship_at_once_both_are_content(here: Shore) -> None:
    """The other's record came between our look and our own."""
    here.ship(1)
    key = LOG.whole_key(NAMES[1])
    first = read_record(here.store, here.ring.writer_public, LOG, key)
    assert first is not None
    here.store.delete(key)
    late = records.encode(replace(first, received_at=clock.now()), nonce="late")
    here.store.publish(key, late + signing.sign(here.ring.writer, late))
    assert here.shipping.whole(NAMES[1], content(1), clock.now()).piece == first.piece


def test_a_log_that_is_sealed_to_another_key_is_not_called_bad(here: Shore) -> None:
    here.ship(1)
    (here.ring.folder / "proving").write_text(f"{pyrage.x25519.Identity.generate()}\n")  # the key was changed since
    with pytest.raises(SealedToAnother, match="Nothing was found against it"):
        here.fetch(SEGMENT, 2 * SEGMENT)
