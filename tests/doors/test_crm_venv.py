"""The CRM's own environment: made once, whole, and left alone while nothing changed."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from practice import venv
from practice.alone import alone
from tests.doors.crm_rig import python


def test_it_has_what_the_lock_names_and_nothing_of_ours() -> None:
    words = "import aiohttp, psycopg, importlib.util as u; print(u.find_spec('prefect'), u.find_spec('mainstay'))"
    told = subprocess.run([str(python()), "-c", words], cwd="/", capture_output=True, text=True, timeout=30)
    assert told.stdout == "None None\n"


def test_what_is_whole_is_not_made_again() -> None:
    path = python().parents[1]
    before = path.resolve().stat().st_mtime_ns, path.lstat().st_mtime_ns
    assert venv.lay_out(path) == python()
    assert (path.resolve().stat().st_mtime_ns, path.lstat().st_mtime_ns) == before


def test_a_python_that_was_removed_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(tmp_path / "gone")
    assert not venv.is_whole(tmp_path)


def test_a_new_lock_is_pointed_to_in_one_step_and_the_old_one_stays(tmp_path: Path) -> None:
    for name in ("crm-1", "crm-2"):
        (tmp_path / name).mkdir()
        venv.point(tmp_path / "crm", tmp_path / name)
        assert (tmp_path / "crm").readlink() == Path(name)
    assert {path.name for path in tmp_path.iterdir()} == {"crm", "crm-1", "crm-2"}


def test_a_folder_where_the_link_is_to_stand_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "crm").mkdir()
    with pytest.raises(SystemExit, match="is a folder, and a link is to stand there"):
        venv.point(tmp_path / "crm", tmp_path)


def test_killed_half_way_nothing_has_its_name_and_nobody_begins_where_a_child_still_writes(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "practice.venv", str(tmp_path / "crm")]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL) as maker:
        while not list(tmp_path.glob("*.partial/pyvenv.cfg")):
            time.sleep(0.02)
        maker.kill()
    assert not (tmp_path / "crm").exists() and not venv.is_whole(tmp_path / f"crm-{venv.key()}")
    with alone(tmp_path / "crm"):  # granted when the last child of the dead one has ended
        first = sorted(tmp_path.glob("*.partial/**/*"))
        time.sleep(0.5)
        assert sorted(tmp_path.glob("*.partial/**/*")) == first
