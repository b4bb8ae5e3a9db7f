import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge import marks, processes
from mainstay.errors import CommandFailed
from tests.doors.store_rig import environment
from tests.running import catches, runs_as
from tests.waiting import until

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]


def started(pid_file: Path) -> processes.Identity:
    """The process that wrote its number there, once it has."""
    until = time.monotonic() + 20
    while not (pid_file.exists() and pid_file.read_text().strip()):
        assert time.monotonic() < until, f"nobody wrote {pid_file}"
        time.sleep(0.02)
    return processes.identify(int(pid_file.read_text())) or processes.Identity(0, "already gone")


def gone(identity: processes.Identity, *, within_seconds: float = 10) -> bool:
    until = time.monotonic() + within_seconds
    while processes.alive(identity) and time.monotonic() < until:
        time.sleep(0.02)
    return not processes.alive(identity)


@contextmanager
def another_python(code: str, *words: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that is to start others; it is gone when we leave."""
    with subprocess.Popen([sys.executable, "-c", code, *words]) as child:
        try:
            yield child
        finally:
            child.kill()


def test_words_and_exit_code_come_back() -> None:
    output = processes.run([sys.executable, "-c", "print('здравствуй'); raise SystemExit(3)"], deadline_seconds=20)
    assert (output.exit, output.text) == (3, "здравствуй\n")


def test_an_error_shows_the_last_words_of_the_command() -> None:
    output = processes.run([sys.executable, "-c", "raise SystemExit('disk on fire')"], deadline_seconds=20)
    with pytest.raises(CommandFailed, match="disk on fire"):
        processes.check(output, "looking at the disk")


def test_a_command_past_its_deadline_is_ended_with_all_it_started(tmp_path: Path) -> None:
    grandchild = tmp_path / "grandchild"
    script = f"sleep 600 & echo $! > {grandchild}; wait"
    with pytest.raises(CommandFailed, match="did not end within"):
        processes.run(["sh", "-c", script], deadline_seconds=3)
    assert gone(started(grandchild))


def test_a_child_dies_when_we_are_killed(tmp_path: Path) -> None:
    child = tmp_path / "child"
    code = (
        "import sys; from edge import processes\n"
        f"processes.run(['sh', '-c', 'echo $$ > {child}; exec sleep 600'], deadline_seconds=600)"
    )
    with another_python(code) as us:
        identity = started(child)
        us.kill()
        us.wait()
        assert gone(identity)


def test_what_is_started_to_stay_outlives_us_and_logs_to_a_private_file(tmp_path: Path) -> None:
    log, child = tmp_path / "logs" / "words.log", tmp_path / "child"
    code = (
        "from pathlib import Path; from edge import processes\n"
        f"processes.start(['sh', '-c', 'echo hello; echo $$ > {child}; exec sleep 600'], log=Path({str(log)!r}))\n"
        "import time; time.sleep(600)"
    )
    with another_python(code) as us:
        identity = started(child)
        us.kill()
    assert processes.alive(identity)
    processes.end(identity, grace_seconds=5)
    assert gone(identity)
    assert log.read_text() == "hello\n"
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_zombie_is_dead_and_is_collected(tmp_path: Path) -> None:
    identity = processes.start(["true"], log=tmp_path / "log")
    assert gone(identity)
    processes.reap()
    assert processes.identify(identity.pid) != identity


def test_the_mark_of_a_change_is_on_all_that_runs_inside_it_and_not_on_what_is_to_stay(tmp_path: Path) -> None:
    child = tmp_path / "child"
    change = f"change-{os.getpid()}"
    with processes.marking(change):
        processes.run(["sh", "-c", f"setsid sleep 600 & echo $! > {child}"], deadline_seconds=20)
        staying = processes.start(SLEEPER, log=tmp_path / "log")
    left = started(child)
    try:
        until(lambda: runs_as(left, "sleep") and runs_as(staying, *SLEEPER))  # in between they say nothing
        assert marks.saying(marks.CHANGE, change) == [left]
    finally:
        for identity in (left, staying):
            processes.end(identity, grace_seconds=5)


def test_what_runs_bare_is_told_nothing_of_ours_and_is_found_by_its_path() -> None:
    words = "import os; print(*sorted(os.environ))"
    with environment({"MAINSTAY_HOME": "/h", "PREFECT_API_AUTH_STRING": "x", "AWS_SECRET": "x", "LC_ALL": "C.UTF-8"}):
        output = processes.run([Path(sys.executable).name, "-c", words], deadline_seconds=20, bare=True)
    told = set(output.text.split())
    assert {"PATH", "HOME", "LC_ALL"} <= told
    assert not [name for name in told if name.startswith(("MAINSTAY_", "PREFECT_", "AWS_"))]


def test_a_follower_passes_a_signal_on_only_when_somebody_really_cancelled(tmp_path: Path) -> None:
    child, cancelled = tmp_path / "child", tmp_path / "cancelled"
    code = (
        "import sys; from pathlib import Path; from edge import processes\n"
        f"sys.exit(processes.follow(['sh', '-c', 'echo $$ > {child}; exec sleep 600'],"
        f" log=Path({str(tmp_path / 'log')!r}), stop_when=Path({str(cancelled)!r}).exists))"
    )
    with another_python(code) as follower:
        identity = started(child)
        until(lambda: catches(follower.pid, signal.SIGTERM))
        follower.terminate()
        time.sleep(0.3)
        assert processes.alive(identity), "a worker that stops must not end the run"
        cancelled.touch()
        follower.terminate()
        assert follower.wait(10) != 0
        assert gone(identity)
