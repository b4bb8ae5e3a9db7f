"""A cluster is made anew of bases and of its log, as it was at one moment; or it is said why not."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge import clock
from edge.backups.cluster_layout import lay_out_cluster
from edge.backups.opening import BadSet
from edge.backups.scratch_cluster import replayed
from mainstay.backups.replays import Replay
from tests.databases import folder
from tests.doors.base_rig import STREAMS, Line, by_hand, embedded, line
from tests.doors.dump_rig import MANY_ROWS, Database, sentence
from tests.waiting import until


class Told:
    """A line with a history: rows that say when they were written, and the sets between them."""

    def __init__(self, line: Line) -> None:
        self.line, self.crm = line, line.server.empty(MANY_ROWS, "create table rows (what text)", name="crm")
        self.full = line.base()
        self.write("one")
        self.first = line.point(self.full)
        self.write("two")
        clock.sleep(0.05)
        self.between = clock.now()
        clock.sleep(0.05)
        self.increment = line.base(on=self.full)
        self.write("three")
        self.second = line.point(self.increment)
        self.write("never")
        self.last = line.point(self.increment)
        self.last = line.point(self.increment)

    def write(self, what: str) -> None:
        self.crm.do(f"insert into rows values ('{what}')")


@pytest.fixture(scope="module")
def told(place: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    with line(embedded(place), tmp_path_factory.mktemp("line"), *STREAMS) as made:
        yield Told(made)


def test_a_point_on_a_base_is_reached_and_its_indexes_agree(told: Told, place: Path) -> None:
    found = told.line.prove(told.line.replay(told.first), place)
    assert found.databases == 3 and found.tables == 2
    assert "every index agrees with its table" in found.notes


def test_a_point_on_an_increment_is_reached(told: Told, place: Path) -> None:
    found = told.line.prove(told.line.replay(told.second), place)
    assert "2 bases put together" in found.notes and found.tables == 2


def test_a_base_alone_becomes_consistent(told: Told, place: Path) -> None:
    assert told.line.prove(told.line.replay(told.full), place).tables == 2


@pytest.mark.parametrize("which", ["cut", "gone"])
def test_a_log_with_a_gap_is_no_moment(told: Told, place: Path, which: str) -> None:
    """It is replayed to the point, or not at all."""
    replay = told.line.replay(told.second)
    bring = told.line.bring_log(replay)

    def bring_less(folder: Path) -> None:
        bring(folder)
        newest = max(each for each in folder.iterdir() if each.is_file())
        if which == "gone":
            newest.unlink()
        else:
            newest.write_bytes(bytes(newest.stat().st_size))

    with pytest.raises(BadSet, match="cannot be replayed") as reason:
        replayed(told.line.opened, replay, bring_less, place=place)
    sentence(reason)


def test_a_base_that_postgresql_does_not_know_is_bad(told: Told, place: Path) -> None:
    """Two that do not belong together."""
    replay = told.line.replay(told.second)
    stranger = told.line.base()
    with pytest.raises(BadSet, match="cannot be put together") as reason:
        told.line.prove(replace(replay, bases=(stranger, replay.bases[1])), place)
    sentence(reason)


def test_a_person_starts_what_was_laid_out_at_any_moment(told: Told) -> None:
    for replay, rows in [
        (told.line.replay(told.first), ["one"]),
        (told.line.replay(told.second), ["one", "two", "three"]),
        (told.line.moment(told.between), ["one", "two"]),
        (told.line.moment(None), ["one", "two", "three", "never"]),
    ]:
        assert started_by_hand(told.line, replay) == rows


def started_by_hand(line: Line, replay: Replay) -> list[str]:
    with folder() as root:
        data = root / "it's 100% here"
        lay_out_cluster(line.opened, replay, data, line.bring_log(replay))
        with by_hand(line.programs, data) as server:
            crm = Database(server, "crm")
            until(lambda: crm.ask("select pg_is_in_recovery()") == [(False,)])
            found = crm.do("insert into rows values ('after')").ask("select what from rows order by ctid")
    return [str(what) for (what,) in found[:-1]]
