"""A demonstration takes with it whatever still works in its home: a run, or an undo that is a child."""

import sys
from pathlib import Path

from deployments.demo.home import remove
from edge import marks, processes
from edge.settings import for_home
from tests.waiting import until


def test_no_run_outlives_the_home_of_the_demo(tmp_path: Path) -> None:
    home, other = tmp_path / "demo" / "home", tmp_path / "other"
    home.mkdir(parents=True)
    sleeping = [sys.executable, "-c", "import time; time.sleep(600)"]
    run, stranger = (
        processes.start(sleeping, log=tmp_path / "log", environment={"MAINSTAY_HOME": str(place), marks.RUN: "r"})
        for place in (home, other)
    )
    try:
        until(lambda: {run, stranger} <= set(marks.saying(marks.RUN, "r")))  # an instant after its start
        remove(for_home(home))
        assert not processes.alive(run) and processes.alive(stranger)
        assert not home.parent.exists()
    finally:
        processes.end(stranger, grace_seconds=5)
        processes.reap()
