"""Releases of the practice CRM, good and bad, brought to the users of one installation while somebody asks."""

import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge import practice_site
from edge.prefect_server import Run, Value
from edge.systems import read_system
from mainstay.colors import NOTHING, other
from tests.drills import deploy_rig as rig
from tests.drills.deploy_rig import PLACE
from tests.drills.deploy_schema import with_a_migration, with_sql
from tests.drills.outages import without
from tests.drills.traffic import Traffic, traffic
from tests.small_disk import needs_root, small_disk
from tests.waiting import until
from tests.whole import Whole, trying

GOOD, LATER = "v3", "v6"
ENOUGH_SECONDS = 300  # for any of them, also on a slow machine
TAKES_AWAY = "alter table deals add column spare text;\nalter table deals drop column spare;"  # no code asks for it
NO_TELLING = "do $$ begin execute 'select 1'; end $$;"
NOWHERE = {  # what was asked for, and what the sentence must say
    "an unknown system": ({"system": "shop"}, "There is no system 'shop'"),
    "an unknown environment": ({"environment": "nowhere"}, "Known: production, staging."),
    "an unknown version": ({"version": "v99"}, "v99"),
    "a commit that is not there": ({"version": "0" * 40}, "0" * 12),
    "a version that is none": ({"version": "--force"}, "--force"),
}


@pytest.fixture(scope="module", autouse=True)
def quick(whole: Whole) -> Iterator[None]:
    """Nothing is live, and a watch takes seconds: what it can see is a claim of its own."""
    with rig.described(whole, "shortest_seconds: 15, settle_seconds: 5", "shortest_seconds: 10, settle_seconds: 2"):
        yield


@pytest.fixture(scope="module")
def first(whole: Whole, quick: None) -> Run:
    """What became of the first release; nobody asks yet."""
    _nothing_is_live(whole)
    return deployed(whole, GOOD)


@pytest.fixture
def users(whole: Whole, first: Run, tmp_path: Path) -> Iterator[Traffic]:
    with traffic(rig.place_of(whole), tmp_path / "traffic.jsonl") as asking:
        yield asking


def test_a_first_release_goes_live_by_what_a_prober_sees(whole: Whole, first: Run) -> None:
    assert first.state == "Completed", first.message
    assert "0 of" in first.message and "probes failed" in first.message
    now, record = rig.standing(whole), rig.records(whole)[0]
    assert (now.shown, now.live, now.release) == ("blue", "blue", record.release.id)
    assert (record.outcome, record.replaced, record.color) == ("Completed", None, "blue")
    assert record.numbers["prober_probes_failed"] == 0, record.numbers
    assert whole.page(PLACE).status == 200


def test_a_run_can_be_followed_to_its_end_by_its_id(whole: Whole, first: Run) -> None:
    said = whole.command("follow", first.id)
    assert (said.exit, first.message in said.text) == (0, True), said.text
    for id in ("nosuch", "00000000-0000-0000-0000-000000000000"):
        said = whole.command("follow", id)
        assert (said.exit, f'Prefect knows no run "{id}"' in said.text) == (1, True), said.text


def test_a_release_that_dies_at_boot_is_never_seen(whole: Whole, users: Traffic) -> None:
    before = rig.live(whole)
    run = deployed(whole, "bad-boot")
    assert run.state == "RolledBack", run.message
    assert "does not run" in run.message and "No user saw it" in run.message
    assert before is not None and {asked.release for asked in users.all} == {before.release}
    assert (rig.live(whole), users.failed) == (before, [])
    again = deployed(whole, "bad-boot", again=False)
    assert (again.state, "was switched back" in again.message) == ("Refused", True), again.message


def test_a_migration_that_fails_leaves_everything_as_it_was(whole: Whole, users: Traffic) -> None:
    before = rig.live(whole)
    run = deployed(whole, "bad-migration")
    assert run.state == "RolledBack", run.message
    assert "The database is where it was" in run.message and "lables" in run.message
    assert (rig.live(whole), users.failed) == (before, [])


@pytest.mark.parametrize("version", ["bad-non-expand", "bad-lying"])
def test_a_migration_that_the_old_color_cannot_live_with_is_refused_with_its_statement(
    version: str, whole: Whole, users: Traffic
) -> None:
    before, known = rig.live(whole), len(rig.records(whole))
    run = deployed(whole, version)
    assert run.state == "Refused", run.message
    assert "rename column phone to telephone" in run.message
    assert (rig.live(whole), len(rig.records(whole)), users.failed) == (before, known, [])


def test_a_migration_that_nobody_can_judge_is_refused(whole: Whole, users: Traffic) -> None:
    run = deployed(whole, with_sql(whole, f"-- kind: expand\n\n{NO_TELLING}\n", series="odd"))
    assert run.state == "Refused", run.message
    assert "do $$" in run.message.lower()
    assert users.failed == []


def test_a_release_whose_worker_dies_is_switched_back(whole: Whole, users: Traffic) -> None:
    before = rig.live(whole)
    assert before is not None
    run = deployed(whole, "bad-worker")
    assert run.state == "RolledBack", run.message
    assert f"worker {other(before.color)}" in run.message
    assert (rig.live(whole), users.failed) == (before, [])
    assert {asked.shows for asked in users.all} == {before.color, other(before.color)}


def test_a_release_goes_live_after_a_word_and_that_holds_for_nothing_else(whole: Whole, users: Traffic) -> None:
    with rig.described(whole, "approval: none # nobody need agree\n", "approval: required\n"):
        before, version = rig.live(whole), with_a_loss(whole)
        waits = deployed(whole, version, accept="contract")
        assert waits.state == "AwaitingApproval"
        shown = rig.commit(whole, version)  # whoever agrees types what he was shown
        assert f"mainstay approve practice {PLACE} {shown} --accept contract --again" in waits.message
        assert (rig.live(whole), whole.holders()) == (before, [])
        cheaper = _ended(whole, whole.start("approve", _wanted(version=version)))
        assert (cheaper.state, "--again" in cheaper.message) == ("Refused", True), "he agrees to what he was shown"
        agreed = _ended(whole, whole.start("approve", {**_wanted(version=shown, accept="contract"), "again": True}))
        assert agreed.state == "Completed", agreed.message
        started = whole.server.run(agreed.message.split()[-1])
        assert started is not None
        assert _ended(whole, started).state == "Completed"
        now = rig.live(whole)
        assert now is not None and now.release.startswith(shown[:12])
        record = rig.records(whole)[0]
        assert (record.version, bool(record.approved_by)) == (version, True), "so a rollback finds it by its name"
        others = [whole.start("deploy", {**_wanted(version=another), "again": True}) for another in (GOOD, LATER)]
        assert [_ended(whole, run).state for run in others] == ["AwaitingApproval"] * 2
    assert users.failed == []


def test_a_rollback_over_what_a_migration_took_away_goes_when_a_person_says_so(whole: Whole, users: Traffic) -> None:
    """Most often the release that went out after a word is live, and took something away."""
    if rig.records(whole)[0].migration != "contract":
        assert deployed(whole, with_a_loss(whole), accept="contract").state == "Completed"
    given_up = rig.live(whole)
    assert given_up is not None
    refused = _ended(whole, whole.start("rollback", {"system": "practice", "environment": PLACE}))
    assert (refused.state, "needs a restore: " in refused.message) == ("Refused", True), refused.message
    assert rig.live(whole) == given_up
    told = re.search(rf"mainstay rollback practice {PLACE} --to (\S+) --accept", refused.message)
    assert told, refused.message
    asked: dict[str, Value] = {"system": "practice", "environment": PLACE, "to": told[1], "accept": True}
    back = _ended(whole, whole.start("rollback", asked))
    assert (back.state, "took away what only a backup still has" in back.message) == ("Completed", True), back.message
    now, record = rig.live(whole), rig.records(whole)[0]
    assert now is not None and (now.color, now.release) == (other(given_up.color), record.release.id)
    assert record.gave_up == given_up.release
    assert users.failed == []


@pytest.mark.parametrize("what", NOWHERE)
def test_what_cannot_be_carried_out_is_refused_with_a_sentence(what: str, whole: Whole, asked_wrongly: "Wrong") -> None:
    run = _ended(whole, asked_wrongly.runs[what])
    assert run.state == "Refused", run.message
    assert NOWHERE[what][1] in run.message
    assert rig.standing(whole).release == asked_wrongly.live


def test_a_port_that_somebody_has_is_named_with_who_it_is(whole: Whole, users: Traffic) -> None:
    before = rig.live(whole)
    assert before is not None
    rig.nothing_is_warm(whole)
    ports = read_system(whole.settings, practice_site.NAME).ports(PLACE, "web")
    assert ports is not None
    taken = ports.blue if before.color == "green" else ports.green
    assert taken is not None
    with socket.create_server(("127.0.0.1", taken)):
        run = deployed(whole, LATER)
    assert (run.state, f"Port {taken}" in run.message) == ("Refused", True), run.message
    assert (rig.live(whole), users.failed) == (before, [])


def test_a_proxy_that_writes_no_log_is_named_because_nobody_would_see_what_users_meet(
    whole: Whole, users: Traffic
) -> None:
    before, log = rig.live(whole), "{home}/logs/{system}-{environment}-access.log"
    with rig.described(whole, log, "{home}/logs/nobody-writes-this.log"):
        run = deployed(whole, LATER)
    assert (run.state, "nobody-writes-this.log" in run.message) == ("Refused", True), run.message
    assert (rig.live(whole), users.failed) == (before, [])


def test_a_proxy_whose_log_was_moved_away_is_named_before_anything_is_begun(whole: Whole, users: Traffic) -> None:
    """As by a logrotate that makes a new file: a log is there, and the proxy writes into another."""
    before, log = rig.live(whole), whole.home / "logs" / f"practice-{PLACE}-access.log"
    aside = log.rename(log.with_suffix(".aside"))
    try:
        log.touch()
        run = deployed(whole, LATER)
    finally:
        aside.replace(log)
    assert (run.state, f"{log} on {rig.HOST} gets no line" in run.message) == ("Refused", True), run.message
    assert (rig.live(whole), users.failed) == (before, [])


def test_words_that_no_database_takes_end_the_run_like_any_others(whole: Whole, users: Traffic) -> None:
    """A stage says a NUL and half a character; what it says stands in the state that Prefect keeps."""
    says = """[python3, -c, "import os; os.write(1, bytes([79, 0, 255])); raise SystemExit(3)"]"""
    with rig.described(whole, "[python3, -m, unittest, discover]", says):
        run = deployed(whole, LATER)
    assert (run.state, "O␀" in run.message) == ("Refused", True), run.message
    assert users.failed == []


@needs_root
def test_a_disk_that_is_full_is_named_with_how_much_is_free(whole: Whole, users: Traffic) -> None:
    before, releases = rig.live(whole), rig.releases(whole)
    with small_disk(releases, megabytes=1):
        run = deployed(whole, with_a_migration(whole))
    assert (run.state, "1 MB are free" in run.message) == ("Refused", True), run.message
    assert (rig.live(whole), users.failed) == (before, [])


def test_a_proxy_that_is_down_is_named_and_nothing_is_begun(whole: Whole, first: Run) -> None:
    before = rig.standing(whole)
    with without(whole, practice_site.PROXY):
        run = deployed(whole, LATER)
    assert (run.state, "does not answer at" in run.message) == ("Refused", True), run.message
    until(lambda: trying(whole.answers), seconds=60)
    assert rig.standing(whole) == before


@dataclass(frozen=True)
class Wrong:
    runs: dict[str, Run]
    live: str | None


@pytest.fixture(scope="module")
def asked_wrongly(whole: Whole, first: Run) -> Wrong:
    """All at once: none of them gets as far as a turn."""
    runs = {what: whole.start("deploy", _wanted(**words)) for what, (words, _) in NOWHERE.items()}
    return Wrong(runs, rig.standing(whole).release)


def deployed(whole: Whole, version: str, *, again: bool = True, accept: str = "") -> Run:
    """Somebody else's story may have tried it before, so a person says ``again``."""
    return _ended(whole, whole.start("deploy", {**_wanted(version=version, accept=accept), "again": again}))


def with_a_loss(whole: Whole) -> str:
    """The tag of a new release whose migration takes something away that nobody needs."""
    return with_sql(whole, f"-- kind: contract\n\n{TAKES_AWAY}\n")


def _ended(whole: Whole, run: Run) -> Run:
    return whole.ended(run, seconds=ENOUGH_SECONDS)


def _wanted(**words: str) -> dict[str, Value]:
    return {"system": "practice", "environment": PLACE, "version": GOOD, **words}


def _nothing_is_live(whole: Whole) -> None:
    """As on the day it was set up: a person takes the flags away."""
    for flag in (whole.home / "flags" / "practice" / PLACE).glob("*"):
        flag.unlink()
    assert whole.page(PLACE).shows == NOTHING
