"""A full set reads everything, and names files that changed although nobody wrote to them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.backups.files import indexes
from edge.backups.files.indexes import Index
from mainstay.backups.news import NAMED, files_spoiled
from tests.doors.backups.shop_rig import WHERE, Shop, shop
from tests.doors.backups.test_backup_folders import settle


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Shop]:
    with shop(tmp_path) as found:
        for name in ("good", "spoiled"):
            (found.folder / name).write_text(name)
        settle(found.folder)
        yield found


def spoil(made: Shop, name: bytes) -> None:
    """As if it had held something else before: a change time cannot be forged, what is remembered can."""
    newest = made.sets.kept[0].set.id
    index = indexes.recall(made.settings.home, *WHERE, newest, "uploads")
    assert index is not None
    indexes.remember(made.settings.home, *WHERE, newest, "uploads", Index(index.marks, {**index.sums, name: "0" * 64}))


def test_it_is_named_by_the_next_full_set_and_not_by_those_that_read_only_what_changed(made: Shop) -> None:
    made.take()
    spoil(made, b"spoiled")
    more, _ = made.take("incremental")
    assert more.parent is not None and made.told() == []
    full, _ = made.take()
    (notice,) = made.told()
    assert notice.key == f"spoiled/shop/production/{full.id}/uploads"
    assert "'spoiled'." in notice.english.happened and "'good'" not in notice.english.happened
    made.take()
    assert len(made.told()) == 1, "as it is now is what the next one is compared with"


def test_a_file_that_somebody_wrote_to_is_not_named(made: Shop) -> None:
    made.take()
    (made.folder / "good").write_text("doog")
    (made.folder / "spoiled").unlink()
    (made.folder / "new").write_text("new")
    made.take()
    assert made.told() == []


def test_a_machine_that_remembers_nothing_names_nothing(made: Shop) -> None:
    made.take()
    for file in (made.settings.home / "backup-indexes").rglob("*.uploads"):
        file.unlink()
    made.take()
    assert made.told() == []


def test_of_many_files_some_are_named_and_the_rest_counted() -> None:
    names = [b"a\nb", b"\xff", *(f"файл-{number}".encode() for number in range(NAMED))]
    notice = files_spoiled("shop", "production", "id", "uploads", names)
    assert "and 2 more." in notice.english.happened and "и ещё 2." in notice.russian.happened
    assert "\n" not in notice.subject
