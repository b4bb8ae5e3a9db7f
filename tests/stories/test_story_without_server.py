"""A story told on the command line with no server at all, as keeper does every second time."""

import sys
from pathlib import Path

from edge import processes


def test_it_leaves_no_prefect_of_its_own_behind(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    words = {"MAINSTAY_HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "tmp")}
    told = processes.run(
        [sys.executable, "-m", "deployments.command_line", "undo", "nobody", "--without-server"],
        deadline_seconds=120,
        environment=words,
    )
    assert "NothingToUndo" in told.text
    assert list((tmp_path / "tmp").glob("mainstay-*")) == []
