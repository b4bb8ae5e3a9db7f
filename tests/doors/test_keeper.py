"""The real keeper and real processes: what is killed comes back, and what is healthy is left alone."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from edge import keeper, processes
from edge.processes import Identity
from mainstay.keeper import StopRequest
from mainstay.programs import Program
from residents.keeper import STOPPED_ON_REQUEST
from tests.drills.keeper_rig import Rig, answering, rig, saying
from tests.running import catches
from tests.waiting import until

SLEEPS = "import time; time.sleep(600)"


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Rig]:
    """Two programs, the second needing the first, and their keeper, all ready."""
    with rig(tmp_path, answering("first"), answering("second", "first")) as made:
        ready(made)
        yield made


def replaced(made: Rig, name: str, before: Identity) -> bool:
    return made.running()[name] not in (None, before) and made.all_ready()


@pytest.mark.parametrize("name", ["first", "second"])
def test_a_killed_program_comes_back(up: Rig, name: str) -> None:
    before = up.running_one(name)
    os.kill(before.pid, signal.SIGKILL)
    until(lambda: replaced(up, name, before))
    assert up.copies() == {"first": 1, "second": 1}


def test_the_others_are_left_alone_when_one_is_killed(up: Rig) -> None:
    before = up.running()
    os.kill(up.running_one("second").pid, signal.SIGKILL)
    until(lambda: replaced(up, "second", before["second"] or Identity(0, "")))
    assert up.running()["first"] == before["first"]


def test_a_stopped_program_is_replaced(tmp_path: Path) -> None:
    with rig(tmp_path, answering("first", hung_after_seconds=2), answering("second", "first")) as made:
        ready(made)
        before = made.running_one("first")
        os.kill(before.pid, signal.SIGSTOP)
        until(lambda: replaced(made, "first", before))
        assert not processes.alive(before)
        assert made.copies()["first"] == 1


def test_the_death_of_the_keeper_stops_no_program_and_the_next_one_adopts_them(tmp_path: Path) -> None:
    with rig(tmp_path, answering("first"), answering("second", "first")) as made:
        keeper_process = made.start_keeper()
        until(made.reported_ready)
        before = made.running()
        made.kill_keeper(keeper_process)
        assert made.all_ready() and not keeper.keeps(made.home)
        made.start_keeper()
        until(lambda: keeper.keeps(made.home) and made.reported_ready())
        assert made.running() == before
        assert made.copies() == {"first": 1, "second": 1}


def test_a_keeper_told_to_end_leaves_its_programs_running(tmp_path: Path) -> None:
    with rig(tmp_path, answering("only")) as made:
        keeper_process = made.start_keeper()
        until(made.reported_ready)
        before = made.running()
        keeper_process.terminate()
        assert keeper_process.wait(10) == 0
        assert made.running() == before and made.all_ready()


def test_there_is_one_keeper_of_a_home(up: Rig) -> None:
    second = up.start_keeper()
    assert second.wait(20) == 1
    assert "another keeper looks after" in (up.home / "keeper.out").read_text()
    assert keeper.keeps(up.home)


def test_asked_to_stop_it_ends_the_programs_last_started_first_and_then_itself(tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    first, second = (WRITES_ITS_END.format(ended=ended, name=name) for name in ("first", "second"))
    told = saying("first", first, stop_seconds=20), saying("second", second, "first", stop_seconds=20)
    with rig(tmp_path, *told) as made:
        keeper_process = ready(made)
        until(lambda: all(catches(made.running_one(each.name).pid, signal.SIGTERM) for each in told))
        keeper.ask_to_stop(made.home, StopRequest(datetime.now(UTC), "the test"))
        assert keeper_process.wait(60) == STOPPED_ON_REQUEST
        assert ended.read_text().split() == ["second", "first"]
        assert made.copies() == {"first": 0, "second": 0}
        assert keeper.stop_request(made.home) is None


WRITES_ITS_END = """
import signal, sys, time
def end(*_):
    print("{name}", file=open("{ended}", "a"))
    sys.exit()
signal.signal(signal.SIGTERM, end)
time.sleep(600)
"""


def test_what_does_not_end_when_asked_is_ended(tmp_path: Path) -> None:
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    with rig(tmp_path, saying("stubborn", stubborn)) as made:
        keeper_process = made.start_keeper()
        until(made.reported_ready)
        keeper.ask_to_stop(made.home, StopRequest(datetime.now(UTC), "the test"))
        assert keeper_process.wait(20) == STOPPED_ON_REQUEST
        assert made.copies() == {"stubborn": 0}


def test_stop_all_ends_what_a_dead_keeper_left(tmp_path: Path) -> None:
    with rig(tmp_path, answering("only")) as made:
        made.kill_keeper(ready(made))
        assert made.start_keeper("--stop-all").wait(20) == STOPPED_ON_REQUEST
        assert made.copies() == {"only": 0}


def ready(made: Rig) -> "subprocess.Popen[bytes]":
    child = made.start_keeper()
    until(made.reported_ready)
    return child


def test_a_request_to_stop_that_nobody_saw_is_forgotten(tmp_path: Path) -> None:
    with rig(tmp_path, answering("only")) as made:
        keeper.ask_to_stop(made.home, StopRequest(datetime.now(UTC) - timedelta(hours=1), "yesterday's test"))
        made.start_keeper()
        until(made.reported_ready)
        assert keeper.stop_request(made.home) is None


PARENT = f"""
import subprocess, sys, time
subprocess.Popen([sys.executable, '-c', {SLEEPS!r}])
time.sleep(600)
"""
WORKER = f"""
import os, subprocess, sys, time
run = {{**os.environ, 'PREFECT__FLOW_RUN_ID': 'a-run'}}
print(subprocess.Popen([sys.executable, '-c', {SLEEPS!r}], env=run, start_new_session=True).pid, flush=True)
time.sleep(600)
"""


def test_what_a_dead_program_left_ends_before_it_starts_again(tmp_path: Path) -> None:
    with rig(tmp_path, saying("parent", PARENT)) as made:
        made.start_keeper()
        until(lambda: made.copies()["parent"] == 2)
        before = made.carriers("parent")
        os.kill(made.running_one("parent").pid, signal.SIGKILL)
        until(lambda: not any(processes.alive(identity) for identity in before) and made.copies()["parent"] == 2)


def test_the_runs_of_a_dead_worker_go_on(tmp_path: Path) -> None:
    with rig(tmp_path, saying("worker", WORKER)) as made:
        made.start_keeper()
        until(lambda: made.reported_ready() and made.copies()["worker"] == 2)
        worker, run = made.running_one("worker"), until_marked(tmp_path / "logs" / "worker.log")
        os.kill(worker.pid, signal.SIGKILL)
        until(lambda: made.running()["worker"] not in (None, worker))
        until(lambda: made.copies()["worker"] == 3)  # the new worker, its run, and the run of the dead one
        assert processes.alive(run)


def test_a_copy_whose_starter_died_before_its_pid_file_is_ended_before_the_next(tmp_path: Path) -> None:
    with rig(tmp_path, answering("only")) as made:
        made.kill_keeper(ready(made))
        unknown = made.running_one("only")
        (tmp_path / "programs" / "only.json").unlink()
        made.start_keeper()
        until(lambda: replaced(made, "only", unknown))
        assert made.copies() == {"only": 1} and not processes.alive(unknown)


def test_a_torn_pid_file_is_as_none(tmp_path: Path) -> None:
    with rig(tmp_path, answering("only")) as made:
        made.kill_keeper(ready(made))
        (tmp_path / "programs" / "only.json").write_bytes(b'{"kind": "Iden')
        made.start_keeper()
        until(lambda: keeper.keeps(made.home) and made.reported_ready() and made.all_ready())
        assert made.copies() == {"only": 1}


def test_a_program_that_cannot_be_started_does_not_stop_the_others(tmp_path: Path) -> None:
    with rig(tmp_path, Program("broken", ("/nowhere/at/all",)), answering("good")) as made:
        made.start_keeper()
        until(lambda: bool((report := made.report()) and report.ready("good")))
        assert "broken cannot be started" in (tmp_path / "keeper.out").read_text()
        assert not made.reported_ready()


def test_a_report_that_cannot_be_written_stops_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    with rig(tmp_path, answering("only")) as made:
        keeper_process = ready(made)
        before = made.running_one("only")
        until(lambda: in_the_way(tmp_path / "keeper.json"))
        os.kill(before.pid, signal.SIGKILL)
        until(lambda: made.running()["only"] not in (None, before) and made.all_ready())
        until(lambda: "writing the report failed" in (tmp_path / "keeper.out").read_text())
        assert keeper_process.poll() is None
        (tmp_path / "keeper.json").rmdir()
        until(made.reported_ready)
        until(lambda: list(tmp_path.glob(".keeper.json.*")) == [])


def in_the_way(path: Path) -> bool:
    """As on a full disk, no file can be put there from now on; False: one was put there in this moment."""
    path.unlink()
    try:
        path.mkdir()
    except FileExistsError:
        return False
    return True


def test_what_a_killed_keeper_left_of_its_report_is_removed_by_the_next(tmp_path: Path) -> None:
    (tmp_path / ".keeper.json.abcdef").write_text("half a rep")
    with rig(tmp_path, answering("only")) as made:
        ready(made)
        assert not (tmp_path / ".keeper.json.abcdef").exists()


def test_all_files_are_for_our_eyes_only(up: Rig) -> None:
    kept = ["logs/first.log", "logs/second.log", "programs/first.json", "keeper.json", "keeper.lock"]
    assert {path: oct((up.home / path).stat().st_mode & 0o777) for path in kept} == dict.fromkeys(kept, "0o600")
    assert oct((up.home / "programs").stat().st_mode & 0o777) == "0o700"


def test_the_words_of_a_program_are_in_its_log(tmp_path: Path) -> None:
    with rig(tmp_path, saying("talker", f"print('three bells', flush=True); {SLEEPS}")) as made:
        made.start_keeper()
        until(
            lambda: "three bells" in (tmp_path / "logs" / "talker.log").read_text() if made.reported_ready() else False
        )


def test_programs_do_not_ignore_what_the_starter_of_the_keeper_ignored(tmp_path: Path) -> None:
    """A shell that starts us in the background ignores SIGINT for us; PostgreSQL's fast stop is SIGINT."""
    with rig(tmp_path, saying("plain", SLEEPS)) as made:
        made.start([sys.executable, "-c", IGNORING, *made.keeper_argv()], "keeper")
        until(made.reported_ready)
        plain = made.running_one("plain")
        until(lambda: catches(plain.pid, signal.SIGINT))
        os.kill(plain.pid, signal.SIGINT)
        until(lambda: "KeyboardInterrupt" in (tmp_path / "logs" / "plain.log").read_text())


IGNORING = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"


def test_a_child_left_by_a_dead_change_is_ended(up: Rig) -> None:
    holder = up.start([sys.executable, "-c", CHANGING, str(up.home)], "holder")
    child = until_marked(up.home / "child")
    assert processes.alive(child)
    holder.kill()
    holder.wait(10)
    until(lambda: not processes.alive(child))


def test_a_child_of_a_living_change_is_left_alone(up: Rig) -> None:
    up.start([sys.executable, "-c", CHANGING, str(up.home)], "holder")
    child = until_marked(up.home / "child")
    swept = datetime.now(UTC)
    until(lambda: datetime.now(UTC) - swept > timedelta(seconds=5))  # more than one sweep
    assert processes.alive(child)
    psutil.Process(child.pid).kill()


def until_marked(path: Path) -> Identity:
    until(path.exists)
    until(lambda: path.read_text().endswith("\n"))
    identity = processes.identify(int(path.read_text()))
    assert identity is not None
    return identity


CHANGING = """
import sys, time
from edge import processes
with processes.marking("a-change"):
    processes.run(["sh", "-c", f"setsid sleep 600 & echo $! > {sys.argv[1]}/child"], deadline_seconds=20)
time.sleep(600)
"""
