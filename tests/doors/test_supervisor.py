"""supervisord itself: its death, its start, and who waits for whom."""

import fcntl
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from edge import clock, processes, supervisor
from edge.readiness import Readiness
from edge.settings import for_home
from mainstay.errors import ActFailed, BadInput, RuntimeLost
from mainstay.runtime import TRY_AGAIN
from residents.late_programs import LatePrograms
from residents.programs import Programs
from tests.doors.runtime_rig import NEXT, RELEASE, Rig, Site, alive
from tests.waiting import until


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    try:
        yield made
    finally:
        made.end()


@contextmanager
def locked(site: Site) -> Iterator[None]:
    """As an act of the gate holds it."""
    with Path(site.part().gate, "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def end_all(rig: Rig) -> None:
    """As a power failure: supervisord first, or it would start again what dies."""
    processes.kill(rig.supervisord())
    rig.end()


def states(site: Site) -> dict[str, str]:
    return {str(each.name): each.state for each in site.runtime.seen(site.system.name, site.environment)}


def deployed(rig: Rig, site: Site) -> None:
    """Green is live with its worker; blue is still warm."""
    site.place()
    site.place(NEXT)
    rig.start()
    site.up("web", "blue")
    site.up("web", "green", NEXT)
    site.up("worker", "blue")
    site.up("worker", "green", NEXT)
    site.ended("worker", "blue")
    site.goes_live("green", NEXT)


def test_what_it_ran_goes_on_when_it_is_killed(rig: Rig) -> None:
    site = rig.site()
    site.place()
    supervisord = rig.start()
    site.up()
    first = site.answers()["pid"]
    processes.kill(supervisord)
    until(lambda: not processes.alive(supervisord))
    for _ in range(20):
        assert site.answers()["pid"] == first
    assert site.log().count("asked") > 20


def test_after_a_reboot_only_the_live_color_runs_and_its_workers(rig: Rig) -> None:
    site, other = rig.site(), rig.site("other")
    deployed(rig, site)
    other.place()
    other.up()  # never went live
    end_all(rig)
    rig.start()
    assert site.answers("green")["ours"]["MAINSTAY_RELEASE"] == NEXT  # type: ignore[index]
    site.running("worker", "green")
    assert states(site) == {
        "shop.production.web.blue": "stopped",
        "shop.production.web.green": "running",
        "shop.production.worker.blue": "stopped",
        "shop.production.worker.green": "running",
    }
    assert other.answer() is None and set(states(other).values()) == {"stopped"}


def test_a_program_of_an_earlier_release_of_the_live_color_is_not_started(rig: Rig) -> None:
    """A service that was renamed: nobody will ever stop it again."""
    site = rig.site()
    site.place()
    site.place(NEXT)
    rig.start()
    site.up("worker", "blue")
    site.ended("worker", "blue")
    site.up("web", "blue", NEXT)
    site.goes_live("blue", NEXT)
    end_all(rig)
    rig.start()
    site.running("web", "blue")
    assert states(site)["shop.production.worker.blue"] == "stopped"


def test_a_start_waits_for_an_act_of_the_gate_and_goes_by_what_it_left(rig: Rig) -> None:
    site, other = rig.site(), rig.site("other")
    deployed(rig, site)
    other.place()
    other.up()
    other.goes_live("blue")
    end_all(rig)
    with locked(site):
        rig.start()
        other.running()  # nobody waits for the gate of another
        assert set(states(site).values()) == {"stopped"}
        Path(site.part().gate, "live").write_text("blue\n")
    site.running("web", "blue")
    assert states(site)["shop.production.web.green"] == "stopped"


def test_an_act_waits_for_one_that_is_just_being_started(rig: Rig) -> None:
    site = rig.site()
    site.place()
    supervisord = rig.start()
    processes.kill(supervisord)
    later = threading.Timer(1.5, rig.start)
    later.start()
    try:
        assert "starts with" in site.up().output
    finally:
        later.join()
    site.running()


def test_one_that_does_not_come_back_is_told_of(rig: Rig) -> None:
    site = rig.site()
    site.place()
    rig.program()
    with pytest.raises(RuntimeLost, match=r"has not answered for 4 s.*Its keeper starts it again"):
        site.seen()
    with pytest.raises(ActFailed, match=r"has not answered for 12 s") as away:
        site.up()
    assert away.value.code == TRY_AGAIN


def test_told_to_end_it_lets_all_of_them_drain_together(rig: Rig) -> None:
    site = rig.site(drain_seconds=20)
    site.place(DRAIN="6")
    supervisord = rig.start()
    site.up("web", "blue")
    site.up("web", "green")
    pids = [site.running("web", "blue").pid, site.running("web", "green").pid]
    site.answers("blue"), site.answers("green")
    processes.ask_to_end(supervisord)
    seconds = until(lambda: not processes.alive(supervisord))
    assert 5.5 < seconds < 11 and not any(map(alive, pids))
    assert site.log("web", "green").rstrip().endswith("ends")


@pytest.mark.parametrize("pause_seconds", [0.05, 0.1, 0.2])
def test_an_up_that_is_killed_at_any_moment_is_healed_by_the_next(rig: Rig, pause_seconds: float) -> None:
    site = rig.site()
    site.place()
    site.place(NEXT)
    rig.start()
    site.up()
    first = site.running()
    words = site.runtime.up(site.part(release=NEXT))[2:]
    dying = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    clock.sleep(pause_seconds)
    dying.send_signal(signal.SIGKILL)
    dying.wait()
    site.up(release=NEXT)
    assert site.running().release == NEXT and not alive(first.pid)


def test_what_has_just_ended_by_itself_does_not_come_back_after_down(rig: Rig) -> None:
    """Under supervisor's own daemon, which takes up to a second to see it and another to start it again."""
    site = rig.site(instances=2)
    site.place()
    rig.start_stock()
    site.up("worker")
    until(lambda: [each.state for each in site.seen("worker")] == ["running", "running"])
    words = site.runtime.down(site.name("worker"))[2:]
    for each in site.seen("worker"):
        site.kill(each)
    assert subprocess.run(words, stdout=subprocess.DEVNULL).returncode == 0
    until(lambda: [each.state for each in site.seen("worker")] == ["stopped", "stopped"])
    clock.sleep(2.5)
    assert [each.state for each in site.seen("worker")] == ["stopped", "stopped"]


def test_two_environments_do_not_disturb_each_other(rig: Rig) -> None:
    sites = [rig.site(f"shop{number}") for number in range(4)]
    for site in sites:
        site.place()
    rig.start()
    together = [threading.Thread(target=site.up) for site in sites]
    for each in together:
        each.start()
    for each in together:
        each.join()
    assert [site.running().release for site in sites] == [RELEASE] * 4


def test_a_process_that_is_missing_is_started_and_the_others_are_left_alone(rig: Rig) -> None:
    site = rig.site(instances=2)
    site.place()
    rig.start()
    site.up("worker")
    until(lambda: [each.state for each in site.seen("worker")] == ["running", "running"])
    first, second = site.seen("worker")
    site.stop_one(second)
    assert "in part" in site.up("worker").output
    until(lambda: [each.state for each in site.seen("worker")] == ["running", "running"])
    assert site.seen("worker")[0].pid == first.pid


def test_a_service_that_cannot_write_its_log_runs_all_the_same(rig: Rig) -> None:
    site = rig.site()
    site.place()
    rig.start()
    Path(site.runtime.log(site.name())).mkdir()
    site.up()
    assert site.answers()["pid"] == site.running().pid


def test_a_log_that_grew_too_long_begins_anew_and_is_written_on(rig: Rig) -> None:
    site = rig.site()
    site.place()
    rig.start()
    site.up()
    site.answers()
    log = Path(site.runtime.log(site.name()))
    with log.open("a") as more:
        more.write("x" * 11_000_000)
    supervisor.trim_logs(rig.settings)
    site.answers()
    assert log.stat().st_size < 1000 and "asked" in site.log()


def test_a_keeper_takes_it_on_as_soon_as_it_is_wanted(rig: Rig) -> None:
    kept = Programs(rig.home, ())
    chore = LatePrograms(kept, (supervisor.PROGRAM,), partial(supervisor.programs, rig.settings))
    chore()
    assert list(kept.names) == []
    rig.site()
    chore()
    chore()
    assert list(kept.names) == [supervisor.PROGRAM]


def test_it_is_wanted_where_a_descriptor_says_so_or_something_was_brought_up(rig: Rig, tmp_path: Path) -> None:
    assert supervisor.programs(rig.settings) == ()
    site = rig.site()
    site.place()
    rig.start()
    site.up()
    (rig.settings.systems / "shop.yaml").write_text("servises: {}\n")
    assert len(supervisor.programs(rig.settings)) == 1


def test_it_is_ready_when_its_socket_is(rig: Rig) -> None:
    rig.site()
    program = rig.program()
    assert program.ready and "No such file" in Readiness().ask(program.ready)
    rig.start()
    assert Readiness().ask(program.ready) == ""


def test_it_is_given_longer_than_the_longest_drain(rig: Rig) -> None:
    rig.site(drain_seconds=70)
    assert rig.program().stop_seconds == 80


def test_a_home_that_is_too_long_for_a_socket_is_refused_in_a_sentence(tmp_path: Path) -> None:
    settings = replace(for_home(tmp_path / ("x" * 90)), systems=tmp_path)
    Rig(tmp_path).site()
    (tmp_path / "shop.yaml").write_text((tmp_path / "systems" / "shop.yaml").read_text())
    with pytest.raises(BadInput, match="at most"):
        supervisor.programs(settings)
