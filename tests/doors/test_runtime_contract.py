"""What every runtime must do, shown on the real ones, through a real gate."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge import clock
from mainstay.errors import CommandFailed
from mainstay.runtime import Running
from tests.doors.runtime_rig import NEXT, RELEASE, SECRET, Rig, alive
from tests.waiting import until


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    try:
        yield made
    finally:
        made.end()


def test_what_is_brought_up_is_seen_with_its_process_and_its_release(rig: Rig) -> None:
    site = rig.site()
    site.place()
    rig.start()
    site.up()
    told = site.answers()
    seen = site.running()
    assert (seen.pid, seen.release, seen.restarts) == (told["pid"], RELEASE, 0)


def test_its_words_are_filled_and_it_is_told_what_it_is(rig: Rig) -> None:
    site = rig.site()
    site.place()
    rig.start()
    site.up(color="green")
    told, port = site.answers("green"), site.part(color="green").port
    assert told["argv"] == ["--port", str(port), "--color", "green"]
    ours = told["ours"]
    assert isinstance(ours, dict) and ours.pop("MAINSTAY_PROGRAM")
    assert ours == {
        "MAINSTAY_SYSTEM": "shop",
        "MAINSTAY_ENVIRONMENT": "production",
        "MAINSTAY_SERVICE": "web",
        "MAINSTAY_COLOR": "green",
        "MAINSTAY_RELEASE": RELEASE,
        "MAINSTAY_INSTANCE": "0",
    }


def test_brought_up_twice_is_one_process(rig: Rig) -> None:
    site = rig.site()
    site.place()
    rig.start()
    site.up()
    first = site.running()
    assert "already" in site.up().output
    assert site.running().pid == first.pid


def test_another_release_replaces_what_runs(rig: Rig) -> None:
    site = rig.site()
    site.place()
    site.place(NEXT)
    rig.start()
    site.up()
    first = site.running()
    site.up(release=NEXT)
    second = site.running()
    assert second.release == NEXT and not alive(first.pid)


def test_what_drains_longer_than_the_patience_of_the_next_is_ended(rig: Rig) -> None:
    site = rig.site(drain_seconds=60)
    site.place(DRAIN="30")
    site.place(NEXT)
    rig.start()
    site.up()
    first = site.running()
    site.gate(site.runtime.up(site.part(release=NEXT), patience_seconds=0.5), 10)
    assert site.running().release == NEXT and not alive(first.pid)
    assert "asked to end" in site.log()


def test_what_is_asked_to_end_drains(rig: Rig) -> None:
    site = rig.site()
    site.place(DRAIN="1")
    rig.start()
    site.up()
    first = site.running()
    site.answers()
    site.ended()
    assert not alive(first.pid)
    assert [each.state for each in site.seen()] == ["stopped"]
    assert site.log().rstrip().endswith("ends")


def test_what_does_not_drain_in_its_time_is_killed(rig: Rig) -> None:
    site = rig.site(drain_seconds=1)
    site.place(DRAIN="60")
    rig.start()
    site.up()
    site.answers()
    first = site.running()
    site.ended()
    assert not alive(first.pid) and site.log().rstrip().endswith("asked to end")


def test_nobody_waits_for_the_drain_inside_the_gate(rig: Rig) -> None:
    site = rig.site(drain_seconds=10)
    site.place(DRAIN="2")
    rig.start()
    site.up()
    site.answers()
    first = site.running()
    site.down()
    assert alive(first.pid) and [each.state for each in site.seen()] == ["stopping"]
    until(lambda: not alive(first.pid))
    assert site.log().rstrip().endswith("ends")


def test_what_drains_can_be_brought_up_again(rig: Rig) -> None:
    site = rig.site()
    site.place(DRAIN="1")
    rig.start()
    site.up()
    first = site.running()
    site.answers()
    site.down()
    site.up()
    assert site.running().pid != first.pid and not alive(first.pid)


def test_a_program_that_dies_at_once_is_seen_failing_and_is_started_again(rig: Rig) -> None:
    site = rig.site()
    site.place(DIES="yes")
    rig.start()
    site.up()
    until(lambda: site.seen()[0].restarts >= 2)
    until(lambda: site.seen()[0].state == "failing")
    seen = site.seen()[0]
    assert seen.pid is None and seen.release is None and "too quickly" in seen.why
    site.ended()
    assert site.seen()[0].state == "stopped"


def test_a_program_that_dies_later_is_started_again_and_counted(rig: Rig) -> None:
    site = rig.site()
    site.place()
    rig.start()
    site.up()
    first = site.running()
    site.kill(first)
    until(lambda: site.seen()[0].restarts == 1)
    assert site.running().pid != first.pid
    site.up()
    assert site.running().restarts == 0, "brought up again, it begins anew, though nothing had to be started"
    site.kill(site.running())
    until(lambda: site.seen()[0].restarts == 1)
    site.ended()
    site.up()
    assert site.running().restarts == 0


def test_instances_are_processes_of_their_own(rig: Rig) -> None:
    site = rig.site(instances=2)
    site.place()
    rig.start()
    site.up("worker")
    until(lambda: [each.state for each in site.seen("worker")] == ["running", "running"])
    seen = site.seen("worker")
    assert len({each.pid for each in seen}) == 2
    site.kill(seen[1])
    until(lambda: [each.restarts for each in site.seen("worker")] == [0, 1])
    site.ended("worker")
    assert {each.state for each in site.seen("worker")} == {"stopped"}


def test_a_secret_is_in_no_word_no_log_and_no_configuration(rig: Rig) -> None:
    site = rig.site()
    site.place(QUOTED='it\'s $HOME "%s" \\ \n #')
    rig.start()
    site.up()
    assert site.answers()["secret"] == SECRET
    for process in Path("/proc").glob("[0-9]*"):
        assert SECRET not in _read(process / "cmdline")
    found = [file for file in rig.home.rglob("*") if file.is_file() and SECRET in _read(file)]
    assert [file.name for file in found] == ["environment"] and found[0].stat().st_mode & 0o077 == 0


def test_nothing_of_the_one_who_started_it_reaches_a_service(rig: Rig) -> None:
    site = rig.site()
    site.place()
    rig.start(TELLTALE="of-the-keeper")
    site.up()
    seen = site.running()
    assert b"of-the-keeper" not in Path(f"/proc/{seen.pid}/environ").read_bytes()


def test_strange_words_reach_the_program_unchanged(rig: Rig) -> None:
    strange = ["%", "%(here)s", "a b", "it's", '"', "$HOME", "`id`", "\\", "two\nlines", "*", ";", "#", "", "-n", "é"]
    site = rig.site(start=["python3", "service.py", "--port", "{port}", *strange])
    site.place()
    rig.start()
    site.up()
    told = site.answers()["argv"]
    assert isinstance(told, list) and told[2:] == strange


def test_a_home_with_strange_characters_is_a_home(tmp_path: Path) -> None:
    rig = Rig(tmp_path.with_name("a b%c;d #e'f"))
    site = rig.site()
    site.place()
    try:
        rig.start()
        site.up()
        assert site.answers()["secret"] == SECRET
    finally:
        rig.end()


def test_names_with_dashes_do_not_mix(rig: Rig) -> None:
    one, two = rig.site("a-b", "c"), rig.site("a", "b-c")
    for site in (one, two):
        site.place()
    rig.start()
    one.up()
    assert one.running() and not two.runtime.seen("a", "b-c") and not two.runtime.seen("a", "b")
    two.up()
    two.running()
    one.ended()
    assert two.seen()[0].state == "running" and one.seen()[0].state == "stopped"


def test_a_service_that_no_descriptor_names_any_more_is_still_seen_and_can_be_stopped(rig: Rig) -> None:
    site = rig.site()
    site.place()
    rig.start()
    site.up("worker")
    site.running("worker")
    found = {str(each.name) for each in site.runtime.seen("shop", "production")}
    assert found == {"shop.production.worker.blue"}


def test_a_release_that_was_never_placed_is_refused_and_what_runs_goes_on(rig: Rig) -> None:
    site = rig.site()
    site.place()
    rig.start()
    site.up()
    first: Running = site.running()
    with pytest.raises(CommandFailed, match="must be placed on this host first"):
        site.up(release=NEXT)
    assert site.running().pid == first.pid


def test_a_release_is_known_to_lack_what_was_described_after_it_was_placed(rig: Rig) -> None:
    site = rig.site()
    site.place()
    part = site.part()
    later = replace(part, name=replace(part.name, service="cron"))
    assert site.runtime.lacks(later) and not site.runtime.lacks(part)
    assert not site.runtime.lacks(site.part(release=NEXT)), "nobody knows what is not there"


def test_what_was_never_brought_up_is_down_already(rig: Rig) -> None:
    site = rig.site()
    rig.start()
    begun = clock.monotonic()
    assert "not there" in site.down().output and clock.monotonic() - begun < 10
    assert site.seen() == []


def _read(file: Path) -> str:
    try:
        return file.read_bytes().decode(errors="replace")
    except OSError:
        return ""
