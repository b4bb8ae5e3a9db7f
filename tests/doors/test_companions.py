"""A child beside a story ends with it, however the story ends."""

import signal
import sys
import time
from pathlib import Path

import pytest

from edge import marks, processes
from edge.companions import HURRIED_SECONDS, companion
from tests.doors.store_rig import environment
from tests.doors.test_processes import another_python, gone, started
from tests.running import runs_as
from tests.waiting import until

DEAF = "import os, signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
PATIENT = [sys.executable, "-c", "import time; time.sleep(600)"]


def family(tmp_path: Path) -> list[str]:
    """One that is deaf, with a child that is deaf; both have written down their numbers."""
    child = f"{DEAF}open({str(tmp_path / 'child')!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    us = f"{DEAF}import subprocess; subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(600)"
    return [sys.executable, "-c", us]


def test_it_ends_when_we_leave(tmp_path: Path) -> None:
    with companion(PATIENT, log=tmp_path / "log", grace_seconds=10) as identity:
        assert processes.alive(identity)
    assert not processes.alive(identity)


def test_deaf_ones_are_ended_with_all_they_started_after_their_grace(tmp_path: Path) -> None:
    with companion(family(tmp_path), log=tmp_path / "log", grace_seconds=0.2) as identity:
        child = started(tmp_path / "child")
    assert not processes.alive(identity)
    assert gone(child)


def test_on_the_way_back_its_grace_is_short(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(RuntimeError), companion(family(tmp_path), log=tmp_path / "log", grace_seconds=60) as identity:
        started(tmp_path / "child")
        began = time.monotonic()
        raise RuntimeError("the release is bad")
    assert time.monotonic() - began < HURRIED_SECONDS + 5
    assert not processes.alive(identity)


def test_it_is_told_the_mark_of_its_change_and_nothing_else_of_ours(tmp_path: Path) -> None:
    words = [sys.executable, "-c", "import os, time; print(*sorted(os.environ), flush=True); time.sleep(600)"]
    log = tmp_path / "log"
    with (
        environment({"MAINSTAY_HOME": str(tmp_path), "SHOP_PASSWORD": "x"}),
        processes.marking("change-1"),
        companion(words, log=log, grace_seconds=5),
    ):
        until(lambda: log.read_text().endswith("\n"))
    told = set(log.read_text().split())
    assert set(marks.OF_A_CHANGE) <= told
    assert not {"MAINSTAY_HOME", "SHOP_PASSWORD"} & told
    assert log.stat().st_mode & 0o777 == 0o600


INTERRUPTED = """
import signal, sys, time
from pathlib import Path
from edge.companions import companion

class Asked(BaseException):
    pass

def told(number, frame):
    raise Asked

signal.signal(signal.SIGTERM, told)
deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
log = Path(sys.argv[1])
with companion([sys.executable, "-c", deaf], log=log, grace_seconds=600) as identity:
    while not log.read_text():
        time.sleep(0.02)
    Path(sys.argv[2]).write_text(str(identity.pid))
"""


def test_who_is_interrupted_while_he_waits_for_its_end_leaves_nobody_behind(tmp_path: Path) -> None:
    with another_python(INTERRUPTED, str(tmp_path / "log"), str(tmp_path / "pid")) as us:
        child = started(tmp_path / "pid")
        time.sleep(0.3)  # it waits now for one that does not hear
        us.send_signal(signal.SIGTERM)
        us.wait(10)
    assert not processes.alive(child)


def test_it_dies_when_we_are_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom edge.companions import companion\n"
        f"with companion({PATIENT!r}, log=Path({str(tmp_path / 'log')!r}), grace_seconds=5) as identity:\n"
        f"    Path({str(tmp_path / 'pid')!r}).write_text(str(identity.pid))\n    time.sleep(600)"
    )
    with another_python(script) as us:
        child = started(tmp_path / "pid")
        until(lambda: runs_as(child, *PATIENT))  # only what ties it to us came before
        us.kill()
        us.wait()
        assert gone(child)
