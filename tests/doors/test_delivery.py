"""Whatever the other side, the store or the disk do: nobody waits long, and no notice is lost in silence."""

import shutil
import stat
import time
from pathlib import Path

import pytest

from edge import notices, owed
from edge.notices import waiting_room
from edge.notices.alarms import alarms
from edge.secrets import redaction
from edge.store.directory import DirectoryStore, open_directory
from edge.store.port import Published
from mainstay import keys, news
from mainstay.notices import Destination, MailTo, WebhookTo
from tests.doors.bad_receiver import receiving
from tests.doors.telling import MIDNIGHT, MINUTE, TRIAL, at_most, keys_in, told


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return open_directory(tmp_path / "store")


class HungStore(DirectoryStore):
    """A directory whose disk does not answer."""

    def publish(self, key: str, data: bytes) -> Published:
        time.sleep(30)
        return super().publish(key, data)


def test_what_was_delivered_leaves_nothing_behind(store: DirectoryStore, home: Path) -> None:
    with receiving("200") as receiver:
        assert told(TRIAL, receiver.address, store, home).delivered
    assert len(receiver.bodies) == 1
    assert keys_in(store) == [] and not home.exists()


@pytest.mark.parametrize(
    "script", [("500", "200"), ("reset", "reset", "200"), ("429 0", "503", "200"), ("429 1", "200")]
)
def test_a_hiccup_is_outlasted_within_the_budget(store: DirectoryStore, home: Path, script: tuple[str, ...]) -> None:
    with receiving(*script) as receiver:
        assert told(TRIAL, receiver.address, store, home, budget_seconds=5).delivered
    assert len(receiver.bodies) == 1 and keys_in(store) == []


@pytest.mark.parametrize("word", ["500", "hang", "reset", "404", "302 /", "429 3600"])
def test_what_is_not_delivered_waits_in_the_store_and_nobody_waits_for_it(
    store: DirectoryStore, home: Path, word: str
) -> None:
    with receiving(word) as receiver:
        receipt = told(TRIAL, receiver.address, store, home)
    assert not receipt.delivered and receipt.said and receipt.kept_in == store.address
    (key,) = keys_in(store)
    assert key.startswith(keys.UNDELIVERED)


def test_the_same_news_is_not_queued_twice(store: DirectoryStore, home: Path) -> None:
    with receiving("404") as receiver:
        for _ in range(3):
            told(TRIAL, receiver.address, store, home)
        told(news.trial("other", "production"), receiver.address, store, home)
    assert len(keys_in(store)) == 2


@pytest.mark.parametrize("lost", ["none", "gone", "hung"])
def test_without_a_store_it_waits_on_this_machine_for_us_alone(tmp_path: Path, home: Path, lost: str) -> None:
    found: DirectoryStore | None = None
    if lost == "gone":
        found = open_directory(tmp_path / "store")
        shutil.rmtree(tmp_path / "store")
    elif lost == "hung":
        open_directory(tmp_path / "store")
        found = HungStore(tmp_path / "store")
    with receiving("500") as receiver:
        receipt = told(TRIAL, receiver.address, found, home)
        assert receipt.kept_in == str(home / owed.ASIDE)
        kept = [path for path in (home / owed.ASIDE).rglob("*")]
        assert all(stat.S_IMODE(path.stat().st_mode) in (0o600, 0o700) for path in kept)
        receiver.script = ["200"]
        (later,) = notices.redeliver(None, MIDNIGHT + MINUTE, home=home)
    assert later.delivered and list(waiting_room.waiting(owed.aside(home), MIDNIGHT)) == []


def test_with_neither_store_nor_disk_it_is_still_sent_and_nothing_is_raised(tmp_path: Path, home: Path) -> None:
    home.write_text("a file where a folder should be")
    with receiving("200") as receiver:
        assert told(TRIAL, receiver.address, None, home).delivered
    receipt = told(TRIAL, receiver.address, None, home)
    assert not receipt.delivered and receipt.kept_in is None and receipt.said


def test_one_dead_destination_does_not_keep_the_others_from_hearing(store: DirectoryStore, home: Path) -> None:
    with receiving("hang") as dead, receiving("200") as alive:
        mute = MailTo("127.0.0.1:1", "a@shop.example", ("b@shop.example",))
        wrong = WebhookTo("env://NOT_SET_ANYWHERE")
        to: list[Destination] = [WebhookTo(dead.address), mute, wrong, WebhookTo(alive.address)]
        with at_most(owed.INSIDE_A_CHANGE_SECONDS):
            receipts = notices.deliver(TRIAL, to, store, MIDNIGHT, home=home)
    assert [each.delivered for each in receipts] == [False, False, False, True]
    assert "NOT_SET_ANYWHERE" in receipts[2].said and len(keys_in(store)) == 3


def test_no_notice_carries_a_secret_to_a_receiver_or_into_the_store(tmp_path: Path, home: Path) -> None:
    canary = "kanarienvogel-notice-5"
    redaction.learn(canary)
    store = open_directory(tmp_path / "store")
    said = news.change_undone(f"shop {canary}", canary, f"c1 {canary}", f"it said {canary}")
    with receiving("200") as alive, receiving("404") as dead:
        told(said, alive.address, store, home)
        told(said, dead.address, store, home)
        notices.redeliver(store, MIDNIGHT + 20 * MINUTE, home=home)
    assert alive.bodies and canary not in str(alive.bodies)
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert len(keys_in(store)) == 2 and not [file for file in files if canary.encode() in file.read_bytes()]


def test_the_address_of_a_webhook_is_kept_as_a_reference_only(
    tmp_path: Path, store: DirectoryStore, home: Path
) -> None:
    with receiving("404") as receiver:
        (tmp_path / "hook").write_text(f"{receiver.address}/kanarienvogel-key-9")
        (tmp_path / "hook").chmod(0o600)
        receipt = told(TRIAL, f"file://{tmp_path}/hook", store, home)
        notices.redeliver(store, MIDNIGHT + 20 * MINUTE, home=home)
    assert "kanarienvogel" not in repr((receipt, alarms(store)))
    kept = [file for file in (tmp_path / "store").rglob("*") if file.is_file()]
    assert not [file for file in kept if b"kanarienvogel" in file.read_bytes()]


def test_a_ping_never_raises() -> None:
    with receiving("200") as outsider:
        assert notices.ping(outsider.address, ok=True)
    assert not notices.ping(outsider.address, ok=True, budget_seconds=1)
    assert not notices.ping("env://NOT_SET_ANYWHERE", ok=True)
    assert not notices.ping("kanarienvogel", ok=True)
