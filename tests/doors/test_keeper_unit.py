"""The shipped unit is one that systemd understands, and says what the keeper relies on."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from residents.keeper import STOPPED_ON_REQUEST
from tests.drills.init_stand_in import again, read

UNIT = Path(__file__).parent.parent.parent / "infrastructure" / "systemd" / "mainstay-keeper.service"


needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")


def complaints(folder: Path, unit: str) -> list[str]:
    """What systemd says about our unit; about others of this machine it may say what it likes."""
    here = folder / UNIT.name
    here.write_text(unit.replace("/opt/mainstay/.venv/bin/python", sys.executable))
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(here)], capture_output=True, text=True, timeout=60
    )
    return [line for line in said.stderr.splitlines() if UNIT.name in line]


@needs_systemd
def test_systemd_understands_every_word_of_the_unit(tmp_path: Path) -> None:
    assert complaints(tmp_path, UNIT.read_text()) == []


@needs_systemd
def test_systemd_would_have_told_of_a_wrong_word(tmp_path: Path) -> None:
    assert complaints(tmp_path, UNIT.read_text().replace("KillMode=process", "KillMode=proces"))


def test_init_starts_the_keeper_again_whatever_ended_it_but_a_stop_that_was_asked_for() -> None:
    service = read([UNIT])
    assert all(again(service, exit) for exit in (0, 1, 143, -9))
    assert not again(service, STOPPED_ON_REQUEST)


def test_what_ends_the_keeper_ends_nothing_else() -> None:
    words = UNIT.read_text().splitlines()
    assert "KillMode=process" in words and "OOMPolicy=continue" in words


def test_a_drop_in_replaces_what_the_unit_says(tmp_path: Path) -> None:
    drop_in = tmp_path / "override.conf"
    drop_in.write_text('[Service]\nExecStart=\nExecStart=/bin/sleep "1 2"\nEnvironment=MAINSTAY_HOME=/elsewhere\n')
    service = read([UNIT, drop_in])
    assert service.argv == ["/bin/sleep", "1 2"] and service.environment["MAINSTAY_HOME"] == "/elsewhere"
