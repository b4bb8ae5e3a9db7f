"""The list of drills is drawn by its seed, ends with its time, and hides nothing of what it left out."""

import re
import shutil
import sys
from pathlib import Path

import pytest

from edge.processes import Output, run

DRAW = Path(__file__).parents[1] / "drills" / "conftest.py"
SIX = """
import time, pytest
@pytest.mark.parametrize("kill", range(6))
def test_kill(kill): time.sleep({pause})
"""


@pytest.fixture
def drills(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    shutil.copy(DRAW, tmp_path / "conftest.py")
    (tmp_path / "test_six.py").write_text(SIX.format(pause=0))
    return tmp_path


def drill(folder: Path, *words: str) -> Output:
    argv = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", str(folder), *words]
    return run(argv, cwd=folder, deadline_seconds=60)


def order(output: Output) -> list[str]:
    return re.findall(r"test_kill\[(\d)\] PASSED", output.text)


def test_everything_is_covered_when_all_is_asked_for(drills: Path) -> None:
    output = drill(drills, "--all")
    assert "covered 6 of 6 kills and faults" in output.text
    assert "not covered" not in output.text


def test_one_seed_gives_one_order_and_another_seed_another(drills: Path) -> None:
    first, again, other = (order(drill(drills, "--seed", seed)) for seed in ("a", "a", "b"))
    assert sorted(first) == list("012345")
    assert first == again != other


def test_what_the_time_left_out_is_named_and_pytest_has_the_last_word(drills: Path) -> None:
    (drills / "test_six.py").write_text(SIX.format(pause=0.5))
    output = drill(drills, "--seconds", "1.2")
    covered = len(order(output))
    assert 1 <= covered < 6
    assert f"covered {covered} of 6" in output.text
    assert len(re.findall(r"not covered: .*\(no time left\)", output.text)) == 6 - covered
    last_line = output.text.strip().splitlines()[-1]
    assert f"{covered} passed, {6 - covered} deselected" in last_line
    assert output.exit == 0


def test_one_drill_is_run_however_short_the_time(drills: Path) -> None:
    assert "covered 1 of 6" in drill(drills, "--seconds", "0.000001").text


def test_a_skipped_or_broken_drill_is_not_called_covered(drills: Path) -> None:
    (drills / "test_odd.py").write_text(
        "import pytest\n"
        "def test_skipped(): pytest.skip('no docker')\n"
        "@pytest.fixture\n"
        "def site(): raise OSError('no port')\n"
        "def test_broken(site): pass\n"
        "def test_failing(): assert 0\n"
    )
    output = drill(drills, "--all")
    assert "covered 7 of 9" in output.text  # one that fails was covered: it found something
    assert "not covered: test_odd.py::test_skipped (skipped)" in output.text
    assert "not covered: test_odd.py::test_broken (broke in its setup)" in output.text
    assert output.exit == 1


def test_what_was_never_reached_is_named(drills: Path) -> None:
    (drills / "test_six.py").write_text(SIX.format(pause="0); assert(kill != 3"))
    output = drill(drills, "--all", "-x", "--seed", "a")
    assert output.text.count("(not reached)") == 6 - len(order(output)) - 1


def test_a_drill_that_covered_nothing_is_no_success(drills: Path) -> None:
    (drills / "test_six.py").write_text("import pytest\ndef test_kill(): pytest.skip('no docker')\n")
    output = drill(drills, "--all")
    assert "covered 0 of 1" in output.text
    assert output.exit == 5


def test_the_list_can_be_read_without_running_it(drills: Path) -> None:
    output = drill(drills, "--collect-only", "-q")
    assert output.exit == 0
    assert "covered" not in output.text


def test_time_that_is_no_time_is_refused(drills: Path) -> None:
    for words in (["--seconds", "0"], ["--seconds", "nan"], ["--all", "--seconds", "5"]):
        assert drill(drills, *words).exit == 4
