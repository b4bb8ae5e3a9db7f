"""What a rollback goes to, and what the database says to that."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from mainstay.colors import Standing, other
from mainstay.deploy import GoLive, seen_by_users
from mainstay.errors import BadInput, Refused
from mainstay.journal import ROLLED_BACK
from mainstay.releases import ReleaseRecord, good_before
from mainstay.ways_back import Stands, WayBack, way_back


@dataclass(frozen=True)
class Rollback:
    plan: GoLive
    database: WayBack


def choose_target(
    records: Sequence[ReleaseRecord], live: str | None, to: str, *, untold: bool = False
) -> ReleaseRecord:
    """The newest release that passed before what is live; or the one a person names. ``records``: newest first;
    ``untold``: the deploy of what is live is not over.
    """
    if not to:
        found = good_before(records, live, untold=untold)
        if found is None:
            raise Refused("There is nothing to go back to: no release that passed is older than what is live.")
        return found
    kept = [record for record in records if record.outcome != ROLLED_BACK and _is(record, to)]
    if not kept:
        known = ", ".join(dict.fromkeys(record.version for record in records if record.outcome != ROLLED_BACK))
        raise BadInput(f"{to} was never live here, so there is no way back to it. Live were: {known or 'none'}.")
    return kept[0]


def plan_rollback(
    target: ReleaseRecord, records: Sequence[ReleaseRecord], standings: Sequence[Standing]
) -> Rollback | None:
    """None: it is what users see. The color that has it already is taken; that is the one that is not shown."""
    live = seen_by_users(standings)
    if live is None:
        raise Refused("Nothing is live here, so there is nothing to go back from. Deploy a release.")
    if live.release == target.release.id:
        return None
    when = f"{target.at:%Y-%m-%d %H:%M} UTC"
    reason = f"back from {live.release} to {target.version}, which was {target.outcome} at {when}"
    plan = GoLive(target.version, target.release, other(live.color), live, (reason,))
    return Rollback(plan, way_back(_moved_since(target, records)))


def _moved_since(target: ReleaseRecord, records: Sequence[ReleaseRecord]) -> list[Stands]:
    """All that stands in the database since the release went live first, whatever became of what brought it."""
    oldest = max(n for n, record in enumerate(records) if record.release == target.release)
    newer = reversed(records[:oldest])
    return [Stands(each.version, each.migration, each.loses, each.head_after or "") for each in newer]


def _is(record: ReleaseRecord, to: str) -> bool:
    """As a person names it: by version, by commit, by the id of the release."""
    return to in (record.version, record.release.id) or (len(to) >= 7 and record.release.commit.startswith(to))


def kept_from(live: str | None, brought: Collection[str], *, deploying: bool) -> str:
    """The release that users still have while a deploy, which may not have said yet what it brings, is about to replace
    it; empty: there is no such deploy. Who says "back" then means that deploy, and not the good release they have.
    """
    return live if live is not None and (deploying or brought) and live not in brought else ""
