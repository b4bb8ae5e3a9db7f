"""The steps of a backup that touch the cluster, as the flow calls them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge import clock
from edge.backups import catalogue
from edge.backups.bases import manifests
from edge.backups.log import state as wal_state
from mainstay.backups.bases.base import DIVERGED, Physical, PhysicalPlan
from mainstay.backups.log.places import position
from mainstay.backups.log.streaming import Break, BreakKind, StreamState, break_key
from mainstay.backups.plans import SetPlan
from mainstay.backups.sets import Kind, Proof
from tasks.backups.bases import await_log, keep_base, mark_point, observe_physical
from tests.doors.backups.base_rig import STREAMS, Line, embedded, line
from tests.doors.backups.set_rig import ENVIRONMENT, SYSTEM
from tests.doors.store_rig import environment
from tests.knows.small_shop import SHOP


@pytest.fixture(scope="module")
def ours(place: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    root = tmp_path_factory.mktemp("line")
    (root / "systems").mkdir()
    (root / "systems" / f"{SYSTEM}.yaml").write_text(SHOP)
    words = {"MAINSTAY_HOME": str(root / "home"), "MAINSTAY_SYSTEMS": str(root / "systems")}
    with environment(words), line(embedded(place), root, *STREAMS) as made:
        yield made


@pytest.fixture(autouse=True)
def fresh(ours: Line) -> Iterator[None]:
    """Each test has a store and a memory of its own."""
    yield
    for made in ours.taken:
        (ours.shelf.home / "base-manifests" / SYSTEM / ENVIRONMENT / made.id).unlink(missing_ok=True)
        for entry in list(ours.shelf.store.listing(f"sets/{SYSTEM}/{ENVIRONMENT}/{made.id}")):
            (Path(ours.shelf.store.address) / entry.key).unlink()
    ours.taken.clear()


def plan_of(line: Line, kind: Kind, *, log: str | None = None) -> SetPlan:
    return SetPlan(kind, None, (), line.log, ("as asked",), log=log or line.log)


def looked_at(line: Line, level: int = 1, *, good: bool = True) -> None:
    made = line.taken[-1]
    proof = Proof(made.id, level, good, "as the test says", made.ended_at)
    catalogue.record_proof(line.shelf.store, SYSTEM, ENVIRONMENT, proof)


def taken(line: Line, kind: Kind, *, ships: bool = True, seconds: float = 20) -> tuple[PhysicalPlan, Physical]:
    """All its steps; what was made is in a set afterwards."""
    taking, plan = line.begin(kind), plan_of(line, kind)
    cluster = observe_physical.fn(taking, plan)
    base = keep_base.fn(taking, plan, cluster)
    made = mark_point.fn(taking, plan, cluster, base)
    if ships and made.point:
        line.ship(position(made.point.at))
    found = await_log.fn(taking, cluster, made, seconds)
    if found.base or found.point:
        line.publish(taking, kind, base=found.base, point=found.point)
        looked_at(line)
    return cluster, found


def test_a_full_set_has_a_base_and_a_point_and_the_next_ones_stand_on_it(ours: Line) -> None:
    _, full = taken(ours, "full")
    assert full.base is not None and full.point is not None and full.base.on is None
    assert full.point.base == ours.taken[0].id and position(full.point.at) > position(full.base.stop)
    assert full.notes == ("a full base: there is none yet",)
    _, hourly = taken(ours, "database")
    assert hourly.base is None and hourly.point is not None and hourly.point.base == ours.taken[0].id
    _, nightly = taken(ours, "full")
    assert nightly.base is not None and (nightly.base.on, nightly.base.depth) == (ours.taken[0].id, 1)
    _, hourly = taken(ours, "database")
    assert hourly.point is not None and hourly.point.base == ours.taken[2].id


def test_the_database_alone_takes_a_base_where_there_is_none(ours: Line) -> None:
    _, found = taken(ours, "database")
    assert found.base is not None and found.point is not None and found.point.base == ours.taken[0].id


def test_a_base_that_was_refuted_is_left_at_once(ours: Line) -> None:
    taken(ours, "full")
    looked_at(ours, 3, good=False)
    _, found = taken(ours, "database")
    assert found.base is not None and found.base.on is None
    assert found.notes == (f"a full base: the proof of {ours.taken[0].id} failed",)


def test_an_increment_that_postgresql_does_not_make_becomes_a_full_base_at_once(ours: Line) -> None:
    """It refuses the list of the parent, or has no summaries any more."""
    taken(ours, "full")
    taking, plan = ours.begin("full"), plan_of(ours, "full")
    cluster = observe_physical.fn(taking, plan)
    assert cluster.base is not None and cluster.base.on is not None
    ours.server.empty().do("select pg_switch_wal()", "checkpoint")
    summaries = Path(str(ours.server.empty().ask("show data_directory")[0][0])) / "pg_wal" / "summaries"
    for each in summaries.iterdir():
        each.unlink()
    made = keep_base.fn(taking, plan, cluster)
    assert made.base is not None and (made.base.on, made.base.depth) == (None, 0)
    assert "no increment could be made" in made.notes[0] and "summar" in made.notes[0]
    assert manifests.recall(ours.shelf.home, SYSTEM, ENVIRONMENT, taking.id)


def test_a_machine_that_forgot_takes_a_full_base(ours: Line) -> None:
    taken(ours, "full")
    (ours.shelf.home / "base-manifests" / SYSTEM / ENVIRONMENT / ours.taken[0].id).write_bytes(b"{ half")
    _, found = taken(ours, "full")
    assert found.base is not None and found.base.on is None and "does not know what the base of" in found.notes[0]


def test_what_the_log_does_not_reach_is_in_no_set(ours: Line) -> None:
    taken(ours, "full")
    _, found = taken(ours, "database", ships=False, seconds=1)
    assert found.point is None and "did not come within 1 s" in found.notes[-1]
    _, found = taken(ours, "full", ships=False, seconds=1)
    assert found.base is None and found.point is None and "did not come within 1 s" in found.notes[-1]


def test_a_database_that_was_put_back_beside_us_is_kept_as_a_dump_alone(ours: Line) -> None:
    """Its log has the names of the one in the store, and nobody could tell which of them to replay."""
    _, full = taken(ours, "full")
    assert full.base is not None
    diverged = Break(clock.now(), "diverged", "", full.base.cluster, full.base.timeline, None)
    wal_state.remember(ours.shelf.home, SYSTEM, ENVIRONMENT, StreamState(clock.now(), broken=diverged), durable=False)
    try:
        plan, found = taken(ours, "full")
        assert (plan.cluster, found.base, found.point) == (None, None, None) and found.notes == (DIVERGED,)
    finally:
        (wal_state.folders(ours.shelf.home, SYSTEM, ENVIRONMENT).root / wal_state.STATE).unlink()


def test_a_machine_that_remembers_nothing_asks_the_store_whether_the_log_diverged(ours: Line) -> None:
    _, full = taken(ours, "full")
    assert full.base is not None
    store, of = ours.shelf.store, (full.base.cluster, full.base.timeline, None)
    kinds: tuple[BreakKind, ...] = ("diverged", "memory lost")
    told = [Break(clock.now(), kind, "", *of) for kind in kinds]
    try:
        for broken in told:
            wal_state.publish_break(store, ours.shelf.keys, SYSTEM, ENVIRONMENT, broken)
        _, found = taken(ours, "full")
        assert found.base is None and found.notes == (DIVERGED,)
    finally:
        for broken in told:
            store.delete(break_key(SYSTEM, ENVIRONMENT, broken))


def test_where_no_base_can_be_taken_it_is_said_and_nothing_is_begun(ours: Line) -> None:
    ours.server.empty().do("drop role if exists plain", "create role plain login")
    log = ours.server.reference_to(ours.server.address.replace("boss", "plain"))
    taking, plan = ours.begin("full"), plan_of(ours, "full", log=log)
    cluster = observe_physical.fn(taking, plan)
    made = mark_point.fn(taking, plan, cluster, keep_base.fn(taking, plan, cluster))
    assert cluster.cluster is None and made.base is None and made.point is None
    assert "ALTER ROLE … REPLICATION" in await_log.fn(taking, cluster, made).notes[0]


def test_a_base_that_breaks_off_keeps_nobody_from_the_dump(ours: Line) -> None:
    """A page that rotted at the source spoils every base, and a dump that need not read it none."""
    rotten = ours.server.empty("create table big as select i from generate_series(1, 10000) i", "checkpoint")
    ((where, name),) = rotten.ask("select current_setting('data_directory'), pg_relation_filepath('big')")
    file = Path(str(where), str(name))
    whole = file.read_bytes()
    try:
        file.write_bytes(whole[:100] + b"rotten" + whole[106:])
        _, found = taken(ours, "full")
    finally:
        file.write_bytes(whole)
    assert found.base is None and found.point is None and "checksum" in found.notes[-1]


def test_without_a_stream_nothing_of_it_is_done(ours: Line) -> None:
    taking = ours.begin("full")
    plan = SetPlan("full", None, (), ours.log, ("as asked",))
    cluster = observe_physical.fn(taking, plan)
    made = mark_point.fn(taking, plan, cluster, keep_base.fn(taking, plan, cluster))
    assert await_log.fn(taking, cluster, made) == Physical()
