"""The words an installation was laid out with are its own: another shell does not make it look at another store."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edge.platform import lay_out
from edge.settings import contradictions, read_settings

HOUSE = Path(__file__).parents[2]
DATABASE = {"MAINSTAY_PREFECT_DATABASE": "postgresql://app:word@127.0.0.1:1/prefect"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Laid out with a store of its own choice, by a shell that said so."""
    words = {"MAINSTAY_HOME": str(tmp_path / "home"), "MAINSTAY_STORE": str(tmp_path / "mine"), **DATABASE}
    lay_out(read_settings(words))
    return tmp_path / "home"


def test_a_shell_that_says_nothing_gets_what_the_home_was_laid_out_with(home: Path, tmp_path: Path) -> None:
    found = read_settings({"MAINSTAY_HOME": str(home)})
    assert (found.store, found.timezone, found.store_endpoint) == (str(tmp_path / "mine"), "UTC", None)
    assert contradictions(found) == ()


def test_another_word_is_named_with_the_one_it_contradicts(home: Path, tmp_path: Path) -> None:
    (said,) = contradictions(read_settings({"MAINSTAY_HOME": str(home), "MAINSTAY_STORE": "/elsewhere"}))
    assert said.startswith("MAINSTAY_STORE: ") and str(tmp_path / "mine") in said and "/elsewhere" in said


def test_whoever_lays_it_out_with_another_word_changes_it(home: Path) -> None:
    lay_out(read_settings({"MAINSTAY_HOME": str(home), "MAINSTAY_TIMEZONE": "Europe/Berlin", **DATABASE}))
    assert read_settings({"MAINSTAY_HOME": str(home)}).timezone == "Europe/Berlin"


def test_a_home_that_was_never_laid_out_contradicts_nobody(tmp_path: Path) -> None:
    words = {"MAINSTAY_HOME": str(tmp_path / "none"), "MAINSTAY_STORE": "/elsewhere"}
    assert contradictions(read_settings(words)) == ()


@pytest.mark.parametrize(
    "words",
    [
        ["status"],
        ["audit"],
        ["down"],
        ["forget", "x"],
        ["undo", "x", "--without-server"],
        ["maintenance", "practice", "production", "up", "--without-server"],
    ],
)
def test_every_command_but_up_refuses_a_word_that_contradicts_the_home(
    words: list[str], home: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    done = subprocess.run(
        [sys.executable, "-m", "deployments.command_line", *words],
        env={**os.environ, "MAINSTAY_HOME": str(home), "MAINSTAY_STORE": str(other)},
        cwd=HOUSE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 1 and "Traceback" not in done.stdout
    assert str(other) in done.stdout and str(tmp_path / "mine") in done.stdout and "mainstay up" in done.stdout
    assert not other.exists()
