"""What a backup takes, on what it stands, and what a restore needs."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from mainstay.backups.dumps.selection import Part, read_part
from mainstay.backups.plans import (
    ALL_READ_AFTER,
    LONGEST_CHAIN,
    Candidate,
    Wish,
    plan_set,
    wish,
)
from mainstay.backups.restores import (
    NEWEST,
    BrokenChain,
    chain,
    judge_places,
    layers,
    plan_restore,
)
from mainstay.backups.sets import (
    KINDS,
    Dump,
    Kind,
    Point,
    Proof,
    complete,
    kind_of,
    level_reached,
    new_id,
    read_kind,
)
from mainstay.errors import BadInput, Refused
from mainstay.places import Places
from tests.knows.backups.small_sets import (
    NOON,
    PIECE,
    THERE_IS,
    UPLOADS,
    candidate,
    made,
    parent_of,
)
from tests.knows.small_shop import shop


def test_the_kind_of_a_set_stands_in_its_id() -> None:
    assert [kind_of(new_id(kind, NOON, "abcd")) for kind in KINDS] == list(KINDS)
    assert [kind_of(strange) for strange in ("", "full", "a-b-weekly-c", "a-full-b")] == [None] * 4


def test_an_increment_stands_on_the_newest_whole_set() -> None:
    assert parent_of(candidate(made("b")), candidate(made("a"))) == ("b", "what changed since b")


def test_a_set_of_the_database_alone_is_no_parent() -> None:
    assert parent_of(candidate(replace(made("b"), kind="database", folders=())), candidate(made("a")))[0] == "a"


def test_a_set_that_nobody_has_looked_at_yet_is_passed_over_and_a_refuted_one_is_not() -> None:
    assert parent_of(candidate(made("b"), 0), candidate(made("a")))[0] == "a"
    assert parent_of(candidate(made("b"), None), candidate(made("a"))) == (
        None,
        "full instead of incremental: the proof of b failed",
    )


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (candidate(replace(made("b"), folders=(replace(UPLOADS, path="/elsewhere"),))), "other folders"),
        (candidate(replace(made("b"), folders=())), "other folders"),
        (candidate(made("b", depth=LONGEST_CHAIN - 1)), "one after the other"),
    ],
)
def test_what_cannot_be_stood_on_makes_a_full_set_and_is_told(bad: Candidate, why: str) -> None:
    parent, said = parent_of(bad, candidate(made("a")))
    assert parent is None and why in said


@pytest.mark.parametrize("passed", [ALL_READ_AFTER, timedelta(days=-1), None])
def test_once_a_week_every_file_is_read_by_a_full_set(passed: timedelta | None) -> None:
    """Also where the clock was put back, or nobody says when that was."""
    on = replace(made("b", "incremental"), all_read_at=None if passed is None else NOON - passed)
    assert parent_of(candidate(on)) == (None, "full instead of incremental: it is a week since every file was read")
    assert parent_of(candidate(replace(on, all_read_at=NOON - ALL_READ_AFTER + timedelta(seconds=1))))[0] == "b"


def test_a_set_that_this_machine_does_not_remember_is_passed_over() -> None:
    strange = candidate(made("b"), remembered=False)
    assert parent_of(strange, candidate(made("a")))[0] == "a"
    assert "does not know what b held" in parent_of(strange)[1]


def test_a_set_that_a_clock_took_which_ran_ahead_is_passed_over() -> None:
    """By its name it is the newest for as long as the clock was ahead, and each increment would become a full set."""
    ahead = replace(made("c"), begun_at=NOON + timedelta(days=300), all_read_at=NOON + timedelta(days=300))
    assert parent_of(candidate(ahead), candidate(made("a")))[0] == "a"
    assert "c is of a time that has not come yet" in parent_of(candidate(ahead))[1]


def test_a_condemned_set_is_passed_over() -> None:
    condemned = replace(candidate(made("b")), condemned=True)
    assert parent_of(condemned, candidate(made("a")))[0] == "a"
    assert "b is condemned" in parent_of(condemned)[1]


def test_with_nothing_to_stand_on_it_is_a_full_set_with_the_database() -> None:
    plan = plan_set("incremental", THERE_IS, (), NOON)
    assert (plan.kind, plan.database) == ("full", "env://DATABASE")


def test_no_more_sets_are_read_than_are_needed() -> None:
    def candidates() -> Iterator[Candidate]:
        yield candidate(made("b"))
        raise AssertionError("a second one was read")

    assert plan_set("incremental", THERE_IS, candidates(), NOON).parent == made("b")
    assert plan_set("full", THERE_IS, candidates(), NOON).parent is None


@pytest.mark.parametrize(
    ("kind", "there_is"), [("database", Wish(THERE_IS.folders, None)), ("files", Wish((), "env://X"))]
)
def test_what_there_is_none_of_cannot_be_backed_up(kind: Kind, there_is: Wish) -> None:
    with pytest.raises(BadInput, match="in the descriptor"):
        plan_set(kind, there_is, (), NOON)


def test_a_restore_needs_the_set_and_all_it_stands_on_oldest_first() -> None:
    known = {"a": made("a"), "b": made("b", parent="a"), "c": made("c", parent="b"), "x": made("x")}
    assert [each.id for each in chain(known, "c")] == ["a", "b", "c"]
    assert [layer.set for layer in layers(chain(known, "c"), "uploads")] == ["a", "b", "c"]


def test_a_chain_with_a_hole_or_a_ring_is_refused() -> None:
    with pytest.raises(BrokenChain, match="it needs a"):
        chain({"b": made("b", parent="a")}, "b")
    with pytest.raises(BrokenChain, match="its own ancestor"):
        chain({"a": made("a", parent="b"), "b": made("b", parent="a")}, "b")


def test_a_folder_that_a_set_does_not_hold_is_named_with_those_it_does() -> None:
    with pytest.raises(BadInput, match="It holds: uploads"):
        layers((made("a"),), "mail")


def test_a_kind_nobody_knows_is_named_with_those_there_are() -> None:
    with pytest.raises(BadInput, match="full, database, files, incremental"):
        read_kind("differential")


def test_names_of_sets_sort_by_time_also_within_a_second() -> None:
    kinds: tuple[Kind, ...] = ("incremental", "full", "files", "database")
    times = [NOON.replace(microsecond=n * 1000) for n in (0, 7, 80, 900)]
    names = [new_id(kind, at, "f" * 16) for at, kind in zip(times, kinds, strict=True)]
    assert names == sorted(names)


def test_a_level_holds_until_a_later_look_refutes_it() -> None:
    def proof(level: int, good: bool, hour: int) -> Proof:
        return Proof("a", level, good, "", NOON.replace(hour=hour))

    assert level_reached(()) == 0
    assert level_reached((proof(1, True, 1), proof(3, True, 2))) == 3
    assert level_reached((proof(3, True, 1), proof(2, False, 2))) is None
    assert level_reached((proof(1, False, 1), proof(2, True, 2))) == 2
    assert level_reached((proof(3, False, 1), proof(1, True, 2))) is None, "that it is complete says nothing of that"
    assert level_reached((proof(3, False, 1), proof(3, True, 2))) == 3


def test_the_newest_good_set_is_restored_and_what_it_does_not_hold_is_said() -> None:
    dump = Dump(PIECE, "18.6", "18.6", "crm", 3, "0/1")
    full, more, bad = replace(made("a"), database=dump), made("b", "incremental", parent="a"), made("c")
    found = plan_restore([(bad, None), (more, 1), (full, 3)], NEWEST)
    assert (found.id, [each.id for each in found.sets], found.dump) == ("b", ["a", "b"], None)
    assert found.without == "the database is not in this set; the newest that holds it is a"
    assert (plan_restore([(more, 1), (full, 3)], "a").dump, plan_restore([(full, 3)], "a").without) == (dump, "")
    assert plan_restore([(full, 3)], "a", "uploads").dump is None


def test_that_files_or_buckets_are_in_another_set_is_said() -> None:
    point = replace(made("p", "database"), folders=())
    bucket = replace(UPLOADS, name="attachments")
    with_both = replace(made("b", "files"), buckets=(bucket,))
    assert plan_restore([(point, 1), (with_both, 3)], NEWEST).without == (
        "files are not in this set; the newest that holds them is b;"
        " buckets are not in this set; the newest that holds them is b"
    )
    assert plan_restore([(point, 1), (made("a"), None)], NEWEST).without == "", (
        "a bad set is no place to take them from"
    )
    more = replace(made("c", "incremental", parent="b"), folders=(), buckets=())
    assert plan_restore([(more, 1), (with_both, 3)], "c").without == "", "they come from what it stands on"


def test_for_an_empty_database_the_newest_set_with_a_dump_is_taken_and_one_without_is_refused() -> None:
    dump = Dump(PIECE, "18.6", "18.6", "crm", 3, "0/1")
    full = replace(made("a"), database=dump)
    point = replace(made("p", "database"), folders=(), point=Point("p", "7300", 1, "0/1", "a"))
    known = [(point, 1), (made("b", "files"), 1), (full, 3)]
    assert plan_restore(known, NEWEST, dump=True).id == "a"
    with pytest.raises(
        BadInput, match=r"no dump.*the newest that holds one is a\. Name that one.*leave out --database"
    ):
        plan_restore(known, "p", dump=True)
    with pytest.raises(BadInput, match=r"Name that one, or none: then it is chosen\.$"):
        plan_restore(known, "b", dump=True)
    with pytest.raises(BadInput, match=r"no other set does\.$"):
        plan_restore([(made("b", "files"), 1)], "b", part="office")
    with pytest.raises(BadInput, match="no set with a database"):
        plan_restore([(point, 1)], NEWEST, dump=True)


def test_where_there_is_no_good_set_a_person_is_told_what_to_do() -> None:
    with pytest.raises(BadInput, match="Take one: mainstay backup"):
        plan_restore([(made("a"), None)], NEWEST)


def test_a_part_of_the_database_comes_alone_and_from_a_set_that_holds_it() -> None:
    dump = Dump(PIECE, "18.6", "18.6", "crm", 3, "0/1")
    full, more = replace(made("a"), database=dump), made("b", "incremental", parent="a")
    found = plan_restore([(full, 3)], NEWEST, part="office.deals")
    assert (found.dump, found.part, found.folders) == (dump, Part("office", "deals"), ())
    assert plan_restore([(more, 1), (full, 3)], NEWEST, part="office").id == "a"
    with pytest.raises(BadInput, match=r"the newest that holds one is a\. Name that one"):
        plan_restore([(more, 1), (full, 3)], "b", part="office")
    with pytest.raises(BadInput, match="no set with a database"):
        plan_restore([(made("a"), 3)], NEWEST, part="office")


@pytest.mark.parametrize(("text", "part"), [("", None), ("office", Part("office")), ("a.b.c", Part("a", "b.c"))])
def test_a_part_is_a_schema_or_a_table_of_it(text: str, part: Part | None) -> None:
    assert read_part(text) == part
    assert part is None or str(part) == text


def test_it_must_be_said_where_everything_goes() -> None:
    with pytest.raises(BadInput, match="--database file:///"):
        judge_places("/srv/back", "", "office")
    with pytest.raises(BadInput, match="absolute path"):
        judge_places("back", "file:///address", "")
    with pytest.raises(BadInput, match="Nothing says where the set is to stand"):
        judge_places("", "", "")
    judge_places("/srv/back", "", "")
    judge_places("", "file:///address", "office")


def test_a_set_is_complete_when_all_it_names_is_there_and_as_long() -> None:
    held = made("a")
    assert complete(held, {PIECE.key: PIECE.bytes}, NOON).good
    for there in ({}, {PIECE.key: PIECE.bytes + 1}, {"sets/y": 1}):
        found = complete(held, there, NOON)
        assert (found.good, found.level) == (False, 1) and PIECE.key in found.sentence


def test_files_on_a_machine_that_is_not_read_are_refused_before_anything_is_begun() -> None:
    with_files = shop(
        "configuration: {TITLE", "files: {uploads: {path: '/srv/{environment}/uploads'}}\nconfiguration: {TITLE"
    )
    assert wish(Places(with_files, "production", "/home")).folders[0].path == "/srv/production/uploads"
    hosts = with_files.environments["production"].hosts
    far = {name: host.model_copy(update={"address": "ssh://a@b"}) for name, host in hosts.items()}
    environments = {"production": with_files.environments["production"].model_copy(update={"hosts": far})}
    with pytest.raises(Refused, match=r"are on main too.*Run Mainstay there"):
        wish(Places(with_files.model_copy(update={"environments": environments}), "production", "/home"))


@pytest.mark.parametrize("kind", ["full", "database", "incremental"])
def test_the_tenants_databases_go_where_the_described_one_goes(kind: Kind) -> None:
    tenants = replace(THERE_IS, tenants="select name from tenants")
    assert plan_set(kind, tenants, (), NOON).tenants == "select name from tenants"
    assert plan_set("files", tenants, (), NOON).tenants is None
    assert plan_set("incremental", tenants, [candidate(made("b", "files"))], NOON).tenants is None


def test_it_is_the_descriptor_that_says_what_a_tenant_has() -> None:
    for each, expected in [("schema", None), ("database", "select 1")]:
        tenants = f"{{address: 'env://DB_{{environment}}', tenants: {{each: {each}, query: select 1}}}}"
        site = shop("configuration:", f"database: {tenants}\nconfiguration:")
        assert wish(Places(site, "production", "/h")).tenants == expected
