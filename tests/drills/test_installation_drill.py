"""An installation killed at any moment is never trusted, and the next one is whole."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from edge import processes
from tests.doors.small_project import SmallProject
from tests.waiting import until

MOMENTS: dict[str, Callable[[SmallProject], Path]] = {
    "the venv begins": lambda project: project.root / ".venv" / "pyvenv.cfg",
    "pip arrives": lambda project: project.root / ".venv" / "bin" / "pip",
    "the packages arrive": lambda project: project.alpha,
    "they are compiled": lambda project: project.alpha.parent / "__pycache__",
}


@pytest.mark.parametrize("whole_group", [False, True], ids=["make alone", "with its children"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_an_installation_killed_when(moment: str, whole_group: bool, tmp_path: Path) -> None:
    project = SmallProject(tmp_path / "project")
    for _ in range(2):  # and the mending is killed as well
        _kill_when(project, MOMENTS[moment], whole_group, tmp_path / "killed.log")
        assert not (project.root / ".venv" / "mainstay-stamp.json").exists()
    output = project.make()
    assert output.exit == 0, output.text
    assert "making .venv" in output.text
    assert "alpha 1.0" in project.make().text


def _kill_when(project: SmallProject, moment: Callable[[SmallProject], Path], whole_group: bool, log: Path) -> None:
    before = moment(project).stat().st_mtime_ns if moment(project).exists() else None
    maker = processes.start(project.argv, log=log, environment=project.environment)
    until(lambda: moment(project).exists() and moment(project).stat().st_mtime_ns != before, seconds=120)
    (os.killpg if whole_group else os.kill)(maker.pid, signal.SIGKILL)
    until(lambda: not processes.alive(maker), seconds=120)
    processes.reap()
