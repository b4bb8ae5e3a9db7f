"""What the keeper begins with when nobody has typed `mainstay up`: a store it has not seen, or one it has."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.settings import Settings, read_settings
from mainstay.errors import StoreRefused
from residents.proving import ProvenStore
from tests.doors import store_rig
from tests.doors.test_store_rclone import rclone


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings({"MAINSTAY_HOME": str(tmp_path / "home")})


@pytest.fixture
def careless(tmp_path: Path) -> Iterator[Settings]:
    """A server that ignores conditions, named in the settings after everything was well."""
    words = {"MAINSTAY_HOME": str(tmp_path / "home"), "MAINSTAY_STORE": "s3://bucket/mainstay"}
    with store_rig.environment(store_rig.CREDENTIALS), rclone(tmp_path / "served") as endpoint:
        yield read_settings({**words, "MAINSTAY_STORE_ENDPOINT": endpoint})


def test_a_store_that_ignores_conditions_is_refused_whenever_it_is_asked_for(
    settings: Settings, careless: Settings
) -> None:
    assert ProvenStore(settings)().address == settings.store
    store = ProvenStore(careless)
    for _ in range(2):
        with pytest.raises(StoreRefused, match="If-None-Match"):
            store()


def test_a_store_is_proven_once_at_one_address(settings: Settings) -> None:
    first = ProvenStore(settings)
    assert first() is first()
    record = settings.home / "store-proven"
    proven_at = record.stat().st_mtime_ns
    ProvenStore(settings)()
    assert record.stat().st_mtime_ns == proven_at and settings.store in record.read_text()
