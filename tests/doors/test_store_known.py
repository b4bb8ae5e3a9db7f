"""An unmounted disk is not an invitation to begin a new store."""

from pathlib import Path

import pytest

from edge.settings import Settings, read_settings
from edge.store import open_store
from mainstay.errors import StoreLost


def settings(tmp_path: Path, disk: str) -> Settings:
    return read_settings({"MAINSTAY_HOME": str(tmp_path / "home"), "MAINSTAY_STORE": str(tmp_path / disk)})


@pytest.mark.parametrize("mountpoint_is_left", [True, False])
def test_a_store_that_was_used_and_is_gone_is_lost_and_not_begun_anew(mountpoint_is_left: bool, tmp_path: Path) -> None:
    disk, unmounted = tmp_path / "disk", tmp_path / "unmounted"
    open_store(settings(tmp_path, "disk")).publish("there", b"it is")
    disk.rename(unmounted)
    if mountpoint_is_left:
        disk.mkdir()
    with pytest.raises(StoreLost, match="mount it again"):
        open_store(settings(tmp_path, "disk"))
    assert disk.exists() == mountpoint_is_left and not list(disk.glob("*"))
    if mountpoint_is_left:
        disk.rmdir()
    unmounted.rename(disk)
    assert open_store(settings(tmp_path, "disk")).read("there") is not None


def test_another_store_may_be_named_at_any_time(tmp_path: Path) -> None:
    open_store(settings(tmp_path, "one")).publish("there", b"it is")
    assert open_store(settings(tmp_path, "two")).read("there") is None
    assert open_store(settings(tmp_path, "one")).read("there") is not None
