"""What is told in a home is found by what its processes carry, and ended: asked first, then not asked."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge import at_work, marks, processes
from edge.processes import Identity
from tests.waiting import until

POLITE = "import time; time.sleep(600)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"


@pytest.fixture
def started() -> Iterator[list[Identity]]:
    known: list[Identity] = []
    yield known
    for each in known:
        processes.end(each, grace_seconds=0)
    processes.reap()


def carrying(home: Path, code: str, **said: str) -> Identity:
    words = {"MAINSTAY_HOME": str(home), **said}
    return processes.start([sys.executable, "-c", code], log=home / "log", environment=words)


def test_runs_and_stories_of_this_home_end_and_nothing_else_does(tmp_path: Path, started: list[Identity]) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    run, story = carrying(here, POLITE, **{marks.RUN: "r"}), carrying(here, POLITE, **{marks.STORY: "s"})
    shell, other = carrying(here, POLITE), carrying(there, POLITE, **{marks.RUN: "r"})
    started += [run, story, shell, other]
    until(lambda: set(at_work.at_work(here)) == {run, story})  # an instant after its start
    assert at_work.end_work(here, grace_seconds=20) == 2
    assert [processes.alive(each) for each in started] == [False, False, True, True]


def test_what_hangs_at_its_exit_is_ended_too(tmp_path: Path, started: list[Identity]) -> None:
    deaf = carrying(tmp_path, DEAF, **{marks.RUN: "r"})
    started.append(deaf)
    until(lambda: "deaf" in (tmp_path / "log").read_text(), seconds=20)
    at_work.end_work(tmp_path, grace_seconds=0.5)
    assert not processes.alive(deaf)
