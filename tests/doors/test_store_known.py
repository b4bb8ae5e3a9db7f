"""An unmounted disk is not an invitation to begin a new store."""

from collections.abc import Callable
from pathlib import Path

import pytest

from edge.settings import Settings, read_settings
from edge.store import open_backups, open_store
from edge.store.port import Door
from mainstay.errors import BadInput, StoreLost, StoreRefused


def settings(tmp_path: Path, disk: str) -> Settings:
    place = str(tmp_path / disk)
    return read_settings({"MAINSTAY_HOME": str(tmp_path / "home"), "MAINSTAY_STORE": place, "MAINSTAY_BACKUPS": place})


OPENED = pytest.mark.parametrize("opened", [open_store, open_backups])


@OPENED
@pytest.mark.parametrize("mountpoint_is_left", [True, False])
def test_a_store_that_was_used_and_is_gone_is_lost_and_not_begun_anew(
    mountpoint_is_left: bool, tmp_path: Path, opened: Callable[[Settings], Door]
) -> None:
    disk, unmounted = tmp_path / "disk", tmp_path / "unmounted"
    opened(settings(tmp_path, "disk")).publish("there", b"it is")
    disk.rename(unmounted)
    if mountpoint_is_left:
        disk.mkdir()
    with pytest.raises(StoreLost, match="mount it again"):
        opened(settings(tmp_path, "disk"))
    assert disk.exists() == mountpoint_is_left and not list(disk.glob("*"))
    if mountpoint_is_left:
        disk.rmdir()
    unmounted.rename(disk)
    assert opened(settings(tmp_path, "disk")).read("there") is not None


@OPENED
def test_another_store_may_be_named_at_any_time(tmp_path: Path, opened: Callable[[Settings], Door]) -> None:
    opened(settings(tmp_path, "one")).publish("there", b"it is")
    assert opened(settings(tmp_path, "two")).read("there") is None
    assert opened(settings(tmp_path, "one")).read("there") is not None


@pytest.mark.parametrize(("opened", "word"), [(open_store, "MAINSTAY_STORE"), (open_backups, "MAINSTAY_BACKUPS")])
def test_whoever_is_refused_reads_which_word_to_mend(
    tmp_path: Path, opened: Callable[[Settings], Door], word: str
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").touch()
    with pytest.raises(StoreRefused, match=f"Name an empty or a new directory in {word}\\."):
        opened(settings(tmp_path, "full"))
    home = {"MAINSTAY_HOME": str(tmp_path / "home")}
    with pytest.raises(BadInput, match=f"^{word}: must be an absolute path"):
        opened(read_settings({**home, word: "relative"}))
    with pytest.raises(BadInput, match=f"^{word}_ENDPOINT: must be http"):
        opened(read_settings({**home, word: "s3://bucket/x", f"{word}_ENDPOINT": "nowhere"}))
