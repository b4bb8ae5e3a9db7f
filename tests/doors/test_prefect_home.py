"""Whoever tells a story without a server leaves nothing behind, also when it was killed."""

import subprocess
import sys
from pathlib import Path

from edge.prefect_home import PREFIX

HOUSE = Path(__file__).parents[2]
BORROWS = """
import pathlib, sys
from edge import prefect_home
(prefect_home.borrow() / "prefect.db").write_text("large")
print("here", flush=True)
sys.stdin.readline()
"""


def borrowing(folder: Path) -> "subprocess.Popen[str]":
    words = {"TMPDIR": str(folder), "PATH": "/usr/bin:/bin"}
    child = subprocess.Popen(
        [sys.executable, "-c", BORROWS], cwd=HOUSE, env=words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None and child.stdout.readline() == "here\n"
    return child


def left(folder: Path) -> int:
    return len(list(folder.glob(f"{PREFIX}*/prefect.db")))


def test_it_is_gone_when_its_owner_has_ended(tmp_path: Path) -> None:
    with borrowing(tmp_path) as owner:
        assert left(tmp_path) == 1
        owner.communicate("\n")
    assert list(tmp_path.iterdir()) == []


def test_that_of_a_killed_owner_goes_with_the_next_and_that_of_a_living_one_stays(tmp_path: Path) -> None:
    with borrowing(tmp_path) as living, borrowing(tmp_path) as killed:
        killed.kill()
        killed.wait()
        assert left(tmp_path) == 2
        with borrowing(tmp_path) as third:
            assert left(tmp_path) == 2
            third.communicate("\n")
        assert left(tmp_path) == 1
        living.communicate("\n")
    assert list(tmp_path.iterdir()) == []
