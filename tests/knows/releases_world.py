"""Releases, records and hosts to think about: v1 is live on blue, as a rule."""

from datetime import UTC, datetime, timedelta

from mainstay.colors import Standing, other
from mainstay.deploy import GoLive, Live
from mainstay.descriptor.kept import MigrationKind
from mainstay.descriptor.service import Color
from mainstay.releases import Release, ReleaseRecord

MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)


def release(version: str) -> Release:
    return Release((version * 40)[:40].replace("v", "a"), "a" * 64, "c" * 64)


def showing(color: Color | None, version: str = "v1", *, host: str = "main", warm: str | None = None) -> Standing:
    return Standing(host, color, color, {color: release(version).id} if color else {}, warm)


def going_live(version: str = "v2", before: str | None = "v1", *, to: Color = "green") -> GoLive:
    live = Live(other(to), release(before).id) if before else None
    return GoLive(version, release(version), to, live, ("because",))


def recorded(
    version: str,
    outcome: str = "Completed",
    *,
    hour: int,
    migration: MigrationKind | None = None,
    loses: bool = False,
    head: str | None = None,
) -> ReleaseRecord:
    at = MIDNIGHT + timedelta(hours=hour)
    return ReleaseRecord(
        f"c{hour}", version, release(version), "blue", outcome, "it is good", "anna", at,
        migration=migration, loses=loses, head_after=head,
    )  # fmt: skip
