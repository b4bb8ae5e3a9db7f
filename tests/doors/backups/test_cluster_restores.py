"""A cluster is made anew of bases and of its log, as it was at one moment; or it is said why not."""

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from edge import clock
from edge.backups.bases.layout import lay_out_cluster
from edge.backups.bases.scratch import replayed
from edge.backups.log.store import LogRead, read_record
from edge.backups.opening import BadSet
from edge.backups.proofs.readings import read_log_back
from edge.backups.sealing import seal
from mainstay.backups.bases.replays import Replay, plan_replay
from mainstay.backups.log.places import position
from mainstay.backups.log.shipped import Log
from mainstay.backups.restores import Restore
from mainstay.backups.sets import BackupSet
from tasks.backups.cluster_restores import prove_cluster
from tests.databases import folder
from tests.doors.backups.base_rig import STREAMS, Line, by_hand, embedded, line
from tests.doors.backups.dump_rig import DEBIAN, Database, needs_debian, sentence
from tests.doors.backups.set_rig import ENVIRONMENT, SYSTEM
from tests.doors.store_rig import environment
from tests.knows.small_shop import SHOP
from tests.waiting import until

SOME_ROWS = (
    "create table big as select i, repeat(md5(i::text), 30) as words from generate_series(1, 2000) i",
    "create index on big (words)",
    "create table rows (what text)",
)


class Told:
    """A line with a history: rows that say when they were written, and the sets between them."""

    def __init__(self, line: Line) -> None:
        self.line, self.crm = line, line.server.empty(*SOME_ROWS, name="crm")
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
        self.after = clock.now()
        self.last = line.point(self.increment)

    def another(self) -> BackupSet:
        """A base that nobody chooses by itself."""
        made = self.line.base()
        self.line.taken.remove(made)
        return made

    def write(self, what: str) -> None:
        self.crm.do(f"insert into rows values ('{what}')")


@pytest.fixture(scope="module")
def told(place: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    root = tmp_path_factory.mktemp("line")
    (root / "systems").mkdir()
    (root / "systems" / f"{SYSTEM}.yaml").write_text(SHOP)
    words = {"MAINSTAY_SYSTEMS": str(root / "systems"), "MAINSTAY_HOME": str(root / "home")}
    with environment(words), line(embedded(place), root, *STREAMS) as made:
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


def test_the_log_of_a_point_is_read_back_from_its_base_on_and_none_of_it_twice(told: Told) -> None:
    line, known = told.line, LogRead()
    public = line.shelf.keys.writer_public
    first = read_log_back(line.opened, public, told.second, told.increment, known)
    assert first >= line.cluster.segment_bytes
    later = read_log_back(line.opened, public, told.last, told.increment, known)
    assert later < read_log_back(line.opened, public, told.last, told.increment, LogRead())
    assert read_log_back(line.opened, public, told.full, None, known) == 0, "a base has no point"


@pytest.mark.parametrize("what", ["piece", "record"])
def test_a_point_whose_log_was_lost_in_the_store_is_found_bad_when_it_is_read_back(told: Told, what: str) -> None:
    line = told.line
    log = Log(SYSTEM, ENVIRONMENT, line.cluster.id, line.cluster.segment_bytes)
    assert told.increment.base is not None
    record = log.whole_key(log.name(1, position(told.increment.base.start)))
    shipped = read_record(line.shelf.store, line.shelf.keys.writer_public, log, record)
    assert shipped is not None
    file = Path(line.shelf.store.address) / (record if what == "record" else shipped.piece.key)
    data = file.read_bytes()
    file.unlink()
    try:
        with pytest.raises(BadSet) as reason:
            read_log_back(line.opened, line.shelf.keys.writer_public, told.second, told.increment, LogRead())
        sentence(reason)
    finally:
        file.write_bytes(data)


def test_a_point_without_its_base_is_found_bad_when_it_is_read_back(told: Told) -> None:
    with pytest.raises(BadSet, match="is not there") as reason:
        read_log_back(told.line.opened, told.line.shelf.keys.writer_public, told.second, None, LogRead())
    sentence(reason)


def test_a_base_that_postgresql_does_not_know_is_bad(told: Told, place: Path) -> None:
    """Two that do not belong together."""
    replay = told.line.replay(told.second)
    stranger = told.another()
    with pytest.raises(BadSet, match="cannot be put together") as reason:
        told.line.prove(replace(replay, bases=(stranger, replay.bases[1])), place)
    sentence(reason)


def test_a_person_starts_what_was_laid_out_at_any_moment(told: Told) -> None:
    for replay, rows in [
        (told.line.replay(told.second), ["one", "two", "three"]),
        (told.line.moment(told.between), ["one", "two"]),
        (told.line.moment(told.after), ["one", "two", "three", "never"]),
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


def test_what_needs_more_than_our_postgresql_knows_is_read_back_and_never_called_restored(told: Told) -> None:
    """A database that sorts by rules of ICU, as the system's own PostgreSQL may make one."""
    told.line.server.empty(name="sorted")
    told.crm.do("update pg_database set datlocprovider = 'i', datlocale = 'de' where datname = 'sorted'")
    made = told.another()
    told.crm.do("update pg_database set datlocprovider = 'c', datlocale = null where datname = 'sorted'")
    told.crm.do("drop database sorted")
    assert made.base is not None
    told.line.ship(position(made.base.stop))
    restore = Restore((made,), (), None, None, "", replay=plan_replay({made.id: made}, made))
    home = told.line.shelf.home
    (home / "systems").mkdir()
    (home / "systems" / "shop.yaml").write_text(SHOP)  # it names nobody who may sign: so it is this machine's key
    with environment({"MAINSTAY_HOME": str(home), "MAINSTAY_BACKUPS": told.line.shelf.store.address}):
        sentence, unstarted = prove_cluster(restore, told.line.opened)
    assert unstarted == (sentence,) and "could not be started here" in sentence and "ICU is not supported" in sentence


def test_a_base_that_was_changed_in_the_store_is_bad(told: Told, place: Path) -> None:
    made = told.another()
    assert made.base is not None
    file = Path(told.line.shelf.store.address) / made.base.piece.key
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.chmod(0o600)
    file.write_bytes(data)
    with pytest.raises(BadSet, match="is not what was written there"):
        told.line.prove(Replay((made,), until=position(made.base.stop)), place)


def test_a_base_with_something_behind_its_end_is_bad(told: Told, place: Path) -> None:
    """Whoever can write to the store can seal, so he can add what tar does not look at; the hash is compared all the
    same.
    """
    made = told.another()
    assert made.base is not None
    plain, sealed, keys = told.line.opened.read(made.base.piece), BytesIO(), told.line.shelf.keys
    seal(BytesIO(plain + bytes(4 << 20)), sealed.write, list(keys.sealed_to().values()))
    file = Path(told.line.shelf.store.address) / made.base.piece.key
    file.chmod(0o600)
    file.write_bytes(sealed.getvalue())
    with pytest.raises(BadSet, match="something stands behind its end") as reason:
        told.line.prove(Replay((made,), until=position(made.base.stop)), place)
    sentence(reason)


@needs_debian
def test_a_cluster_of_the_systems_postgresql_is_proven_with_that(place: Path, tmp_path: Path) -> None:
    with line(DEBIAN, tmp_path, "-cwal_level=replica") as old:
        old.server.empty("create table rows as select 1 as a", name="crm")
        full = old.base()
        found = old.prove(old.replay(old.point(full)), place)
        assert found.tables == 1 and "every index agrees with its table" in found.notes
