"""The steps of a deploy that touch the database, as a flow calls them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mainstay.errors import BadInput
from tasks.migrations import migrate, observe_migration
from tests.doors.migration_rig import COLUMN, RELEASE, Server, Shop, lay_out_shop, served


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with served() as found:
        yield found


@pytest.fixture
def shop(server: Server, tmp_path: Path) -> Shop:
    return lay_out_shop(tmp_path / "home", server)


def rewritten(shop: Shop, old: str, new: str) -> None:
    descriptor = shop.settings.systems / "shop.yaml"
    assert old in descriptor.read_text()
    descriptor.write_text(descriptor.read_text().replace(old, new))


def test_what_is_pending_is_seen_then_moved_then_nothing_is_pending(shop: Shop) -> None:
    shop.write("0001_phone", COLUMN)
    with shop.change() as change:
        pending = observe_migration.fn(change, RELEASE)
        moved = migrate.fn(change, RELEASE, pending)
        assert (pending.judged.kind, moved.after) == ("expand", "0001_phone")
        assert observe_migration.fn(change, RELEASE).judged.kind is None
    assert "phone" in shop.columns()


def test_a_descriptor_that_moves_no_schema_leaves_it_alone(shop: Shop) -> None:
    descriptor = shop.settings.systems / "shop.yaml"
    text = descriptor.read_text()
    begin, end = text.index("  migration:"), text.index("environments:")
    descriptor.write_text(text[:begin] + text[end:])
    with shop.change() as change:
        pending = observe_migration.fn(change, RELEASE)
        assert pending.judged.goes and pending.judged.kind is None
        assert migrate.fn(change, RELEASE, pending).tries == 0
        assert change.untouched


def test_tenants_are_refused_before_anything_is_changed(shop: Shop) -> None:
    rewritten(shop, "  migration:", "  tenants: {each: schema, query: select 1}\n  migration:")
    with shop.change() as change:
        with pytest.raises(BadInput, match="leave the tenants behind"):
            observe_migration.fn(change, RELEASE)
        assert change.untouched
