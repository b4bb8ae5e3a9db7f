"""The clocks of prefect.yaml, as Prefect's scheduler reads them, and the slots that a round counts are the same."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from prefect.server.schemas.schedules import CronSchedule

from deployments.bootstrap import MANIFEST
from deployments.manifest import HERE, Schedule, read_manifest
from mainstay.backups.due import CLOCKS, slot_at
from mainstay.descriptor.environment import BackupSlot

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")
CHANGES = tuple(  # the days before clocks are changed somewhere
    datetime(2026, month, day, 12, tzinfo=UTC) for month, day in ((3, 7), (3, 28), (4, 4), (10, 3), (10, 24), (10, 31))
)


@cache
def clocks() -> dict[str, Schedule]:
    (declared,) = (each for each, flow in read_manifest(MANIFEST) if flow.name == "round")
    return {each.slug: each for each in declared.schedules}


def comes(schedule: Schedule, zone: str, since: datetime, until: datetime) -> list[datetime]:
    cron = CronSchedule(cron=schedule.cron, timezone=zone if schedule.timezone == HERE else schedule.timezone)
    found = asyncio.run(cron.get_dates(n=1000, start=since + timedelta(seconds=1), end=until))
    return [each.astimezone(UTC) for each in found]


def test_every_slot_has_its_clock_and_tells_the_round_which_it_is() -> None:
    assert {slug: each.parameters for slug, each in clocks().items()} == {slot: {"slot": slot} for slot in CLOCKS}


@pytest.mark.parametrize(
    ("slot", "zone"),
    [("often", "Europe/Berlin"), ("hourly", "Europe/Berlin"), *(("nightly", zone) for zone in ZONES)],
)
def test_they_come_at_the_same_times_also_when_clocks_are_changed(slot: BackupSlot, zone: str) -> None:
    for since in CHANGES:
        until = since + timedelta(days=1)
        slots, at = list[datetime](), slot_at(slot, until, ZoneInfo(zone))
        while at > since:
            slots.append(at)
            at = slot_at(slot, at - timedelta(seconds=1), ZoneInfo(zone))
        assert comes(clocks()[slot], zone, since, until) == slots[::-1] != []
