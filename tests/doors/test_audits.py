import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge import audits, machine
from edge.secrets import redaction
from edge.settings import read_origin
from edge.store.directory import DirectoryStore, open_directory
from edge.store.port import Published
from mainstay import keys
from mainstay.audit import AuditEntry

MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)
HOUSE = Path(__file__).parents[2]

WRITER = """
import sys
from pathlib import Path
from edge import audits, clock
from edge.store.directory import open_directory
store = open_directory(Path(sys.argv[1]))
for number in range(int(sys.argv[3])):
    audits.append(store, what=f"{sys.argv[2]}-{number}", outcome="completed", change="c", now=clock.now())
    print(number, flush=True)
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(place: Path) -> DirectoryStore:
    return open_directory(place)


def add(store: DirectoryStore, what: str, who: str | None = None) -> AuditEntry:
    return audits.append(store, what=what, outcome="completed", change="c1", now=MIDNIGHT, who=who)


def writer(place: Path, name: str, count: int) -> "subprocess.Popen[str]":
    argv = [sys.executable, "-c", WRITER, str(place), name, str(count)]
    return subprocess.Popen(argv, cwd=HOUSE, stdout=subprocess.PIPE, text=True)


def sentences(store: DirectoryStore) -> str:
    return " ".join(found.sentence for found in audits.verify(store))


def test_it_says_who_did_what_when_from_where_and_how_it_ended(store: DirectoryStore) -> None:
    entry = add(store, "deploy 1.4.2")
    assert (entry.number, entry.what, entry.at, entry.outcome) == (1, "deploy 1.4.2", MIDNIGHT, "completed")
    assert machine.user() in entry.who and entry.where.startswith(machine.name())
    assert add(store, "undo", who="automation after-a-crash").who == "automation after-a-crash"
    assert [link.entry for link in audits.read_chain(store)] == audits.tail(store, 10)
    assert audits.verify(store) == []


def test_sudo_and_ssh_are_told() -> None:
    origin = read_origin({"SUDO_USER": "anna", "SSH_CONNECTION": "10.0.0.5 51000 10.0.0.1 22"})
    assert (origin.sudo_user, origin.ssh_client) == ("anna", "10.0.0.5")
    assert read_origin({"SSH_CLIENT": "10.0.0.6 1 22"}).ssh_client == "10.0.0.6"
    assert read_origin({}).ssh_client is None


def test_it_carries_no_secret(store: DirectoryStore, place: Path) -> None:
    redaction.learn("kanarienvogel-audit-8")
    add(store, "deploy kanarienvogel-audit-8", who="kanarienvogel-audit-8")
    files = [file for file in place.rglob("*") if file.is_file()]
    assert files and not [file for file in files if b"kanarienvogel" in file.read_bytes()]


def test_many_processes_at_once_all_get_in_exactly_once(store: DirectoryStore, place: Path) -> None:
    writers = [writer(place, f"w{number}", 25) for number in range(6)]
    for each in writers:
        each.communicate(timeout=120)
        assert each.returncode == 0
    whats = [link.entry.what for link in audits.read_chain(store) if link.entry]
    assert sorted(whats) == sorted(f"w{number}-{turn}" for number in range(6) for turn in range(25))
    assert audits.verify(store) == []
    head = audits.read_head(store)
    assert head and head.number == 150


def test_death_at_any_moment_breaks_nothing_and_loses_nothing_that_was_answered(
    store: DirectoryStore, place: Path
) -> None:
    dice = random.Random(20)
    answered: set[str] = set()
    for round in range(10):
        both = [writer(place, f"r{round}{side}", 1000) for side in "ab"]
        for each in both:
            assert each.stdout and each.stdout.readline()
        time.sleep(dice.uniform(0, 0.1))
        for side, each in zip("ab", both, strict=True):
            os.kill(each.pid, signal.SIGKILL)
            said, _ = each.communicate()
            answered |= {f"r{round}{side}-{number}" for number in ["0", *said.split("\n")[:-1]]}
    whats = [link.entry.what for link in audits.read_chain(store) if link.entry]
    assert audits.verify(store) == []
    assert len(whats) == len(set(whats)) and answered <= set(whats)
    assert add(store, "after it all").number == len(whats) + 1


def test_what_a_person_changes_in_the_store_is_noticed(store: DirectoryStore, place: Path) -> None:
    for number in range(5):
        add(store, f"deploy {number}")
    entry = place / keys.audit(3)
    entry.chmod(0o600)
    entry.write_bytes(entry.read_bytes().replace(b"deploy 2", b"deploy 9"))
    assert "Entry 4 was not written after what now stands before it" in sentences(store)


def test_the_last_entry_taken_away_is_noticed_and_stays_noticed(store: DirectoryStore, place: Path) -> None:
    for number in range(3):
        add(store, f"deploy {number}")
    (place / keys.audit(3)).unlink()
    assert "Entry 3 was written and is gone" in sentences(store)
    assert add(store, "the next change").number == 4
    assert "Entry 3 was written and is gone" in sentences(store)


def test_a_head_that_is_gone_or_nonsense_is_said_and_costs_nothing_else(store: DirectoryStore, place: Path) -> None:
    for number in range(3):
        add(store, f"deploy {number}")
    (place / keys.AUDIT_HEAD).write_bytes(b"nonsense")
    assert "head is missing" in sentences(store)
    (place / keys.AUDIT_HEAD).unlink()
    assert "head is missing" in sentences(store)
    assert add(store, "the next change").number == 4
    assert audits.verify(store) == []


def test_a_head_left_behind_by_a_death_is_caught_up(store: DirectoryStore, place: Path) -> None:
    add(store, "first")
    early = (place / keys.AUDIT_HEAD).read_bytes()
    for number in range(4):
        add(store, f"deploy {number}")
    (place / keys.AUDIT_HEAD).write_bytes(early)
    assert audits.verify(store) == []
    assert [entry.number for entry in audits.tail(store, 2)] == [4, 5]
    assert add(store, "the next change").number == 6


class OvertakenStore(DirectoryStore):
    """Another writer adds his entry between ours and the head."""

    def publish(self, key: str, data: bytes) -> Published:
        mine = super().publish(key, data)
        if key == keys.audit(1):
            add(self, "the other")
        return mine


def test_a_slow_writer_does_not_move_the_head_back(place: Path, store: DirectoryStore) -> None:
    assert add(OvertakenStore(place), "the slow one").number == 1
    head = audits.read_head(store)
    assert head and head.number == 2


def test_an_unreadable_entry_is_named_and_the_chain_goes_on(store: DirectoryStore, place: Path) -> None:
    for number in range(3):
        add(store, f"deploy {number}")
    (place / keys.audit(2)).write_bytes(b"rot")
    assert "Entry 2 cannot be read" in sentences(store)
    assert add(store, "the next change").number == 4
