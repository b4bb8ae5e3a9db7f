"""Journals in a real store: durable before each step, one writer, settled by whoever inherits."""

from pathlib import Path

import pytest

from edge import journals
from edge.journals import JournalWriter
from edge.store.directory import DirectoryStore, open_directory
from edge.store.port import Published
from mainstay.errors import StoreLost, Superseded
from mainstay.journal import PASS, Direction, HostMarks, Journal, Kind, decide_settlement

PLACE = ("shop", "production")
UNTOUCHED = HostMarks("web1", 0)


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return open_directory(tmp_path / "store")


class DeafStore(DirectoryStore):
    """Writes what it is told, and then the answer is lost on the way."""

    deaf = False

    def publish(self, key: str, data: bytes) -> Published:
        answer = super().publish(key, data)
        if self.deaf:
            self.deaf = False
            raise StoreLost("the answer was lost")
        return answer


class ToldToEnd(BaseException):
    """As a signal raises it, wherever the program happens to be."""


class InterruptedStore(DirectoryStore):
    """Its caller is told to end when the store has heard, and before he can know."""

    interrupting = False

    def publish(self, key: str, data: bytes) -> Published:
        answer = super().publish(key, data)
        if self.interrupting:
            self.interrupting = False
            raise ToldToEnd
        return answer


def begun(store: DirectoryStore, epoch: int = 1) -> JournalWriter:
    writer = JournalWriter(store, *PLACE, Journal("c-1"), epoch=epoch)
    writer.write(Kind.REQUEST, "deploy", after={"idle": "green"})
    return writer


def told(store: DirectoryStore) -> list[str]:
    return [f"{entry.kind} {entry.step}".strip() for entry in journals.read_journal(store, *PLACE, "c-1").entries]


def test_a_journal_is_read_as_it_was_written(store: DirectoryStore) -> None:
    writer = begun(store)
    writer.write(Kind.STEP, "switch", before={"live": "blue"}, after={"live": "green"})
    writer.write(Kind.CLOSED, "Completed")
    found = journals.read_journal(store, *PLACE, "c-1")
    assert found == writer.journal and found.closed == found.entries[-1]
    assert found.steps[0].before == {"live": "blue"} and found.entries[0].after == {"idle": "green"}


def test_a_change_nobody_wrote_of_has_an_empty_journal(store: DirectoryStore) -> None:
    assert journals.read_journal(store, *PLACE, "c-404") == Journal("c-404")


def test_a_writer_whose_change_is_being_settled_is_stopped(store: DirectoryStore) -> None:
    writer = begun(store)
    writer.write(Kind.STEP, "switch")
    settlement, settler = journals.settle(store, *PLACE, "c-1", epoch=2, hosts=[UNTOUCHED])
    assert settlement.direction is Direction.BACK
    with pytest.raises(Superseded, match="somebody else has the turn"):
        writer.write(Kind.PASSED, "")
    with pytest.raises(Superseded):
        writer.write_or_owe(Kind.PASSED, "")
    settler.write(Kind.CLOSED, "RolledBack")
    assert told(store) == ["request deploy", "step switch", "settling back", "closed RolledBack"]


class LateStore(DirectoryStore):
    """The old holder gets its verdict in just before the settler writes its decision down."""

    late: JournalWriter | None = None

    def publish(self, key: str, data: bytes) -> Published:
        if (late := self.late) is not None:
            self.late = None
            late.write(Kind.PASSED, "")
        return super().publish(key, data)


def test_a_verdict_that_came_in_last_moment_is_not_overlooked(store: DirectoryStore, tmp_path: Path) -> None:
    writer = begun(store)
    writer.write(Kind.STEP, "switch")
    settlers_store = LateStore(tmp_path / "store")
    settlers_store.late = writer
    settlement, _ = journals.settle(settlers_store, *PLACE, "c-1", epoch=2, hosts=[UNTOUCHED])
    assert settlement.direction is Direction.FORWARD
    assert told(store) == ["request deploy", "step switch", "passed", "settling forward"]


def test_a_settler_that_died_is_followed_by_another_who_finishes(store: DirectoryStore) -> None:
    begun(store).write(Kind.STEP, "switch")
    _, dead = journals.settle(store, *PLACE, "c-1", epoch=2, hosts=[UNTOUCHED])
    passed_after_all = HostMarks("web1", 1, (PASS,))
    settlement, next_one = journals.settle(store, *PLACE, "c-1", epoch=3, hosts=[passed_after_all])
    assert settlement.direction is Direction.BACK
    with pytest.raises(Superseded):
        dead.write(Kind.CLOSED, "RolledBack")
    with pytest.raises(Superseded):
        journals.settle(store, *PLACE, "c-1", epoch=2, hosts=[])
    next_one.write(Kind.CLOSED, "RolledBack")
    again, _ = journals.settle(store, *PLACE, "c-1", epoch=4, hosts=[passed_after_all])
    assert again.direction is Direction.NOTHING
    assert told(store)[-1] == "closed RolledBack"


def test_a_change_that_died_before_its_first_word_cannot_begin_any_more(store: DirectoryStore) -> None:
    settlement, _ = journals.settle(store, *PLACE, "c-1", epoch=2, hosts=[UNTOUCHED])
    assert settlement.direction is Direction.NOTHING
    with pytest.raises(Superseded):
        begun(store, epoch=1)


def test_an_entry_whose_answer_was_lost_is_recognised(tmp_path: Path, store: DirectoryStore) -> None:
    deaf = DeafStore(tmp_path / "store")
    writer = begun(deaf)
    deaf.deaf = True
    with pytest.raises(StoreLost):
        writer.write(Kind.STEP, "switch")
    writer.write(Kind.STEP, "switch back")
    assert told(store) == ["request deploy", "step switch", "step switch back"]


def test_a_writer_told_to_end_in_the_middle_of_writing_counts_what_the_store_may_have_heard(
    tmp_path: Path, store: DirectoryStore
) -> None:
    interrupted = InterruptedStore(tmp_path / "store")
    writer = begun(interrupted)
    interrupted.interrupting = True
    with pytest.raises(ToldToEnd):
        writer.write(Kind.STEP, "switch")
    assert decide_settlement(writer.journal, [UNTOUCHED]).direction is Direction.BACK
    writer.write_or_owe(Kind.SETTLING, Direction.BACK)
    assert told(store) == ["request deploy", "step switch", "settling back"]


def test_what_the_store_missed_is_told_in_its_order_when_it_is_back(store: DirectoryStore, tmp_path: Path) -> None:
    writer = begun(store)
    (tmp_path / "store").rename(tmp_path / "away")
    with pytest.raises(StoreLost):
        writer.write(Kind.STEP, "never begun")
    assert writer.write_or_owe(Kind.STEP, "switch") is False
    assert writer.write_or_owe(Kind.PASSED, "") is False
    assert writer.journal.kept is not None
    (tmp_path / "away").rename(tmp_path / "store")
    writer.write(Kind.CLOSED, "Completed")
    assert told(store) == ["request deploy", "step switch", "passed", "closed Completed"]
