"""What stays in the store of a release, however it ended; and whether its past forbids it to go out again."""

from edge import clock, release_records
from edge.changes import Change
from edge.settings import read_settings
from edge.store import open_store
from mainstay.deploy import GoLive
from mainstay.errors import Refused
from mainstay.released import record_of
from mainstay.releases import condemned, had_since
from mainstay.report import End
from tasks.policies import converges, observes


@observes("whether {plan.version} may go out again")
def refuse_condemned(system: str, environment: str, plan: GoLive) -> None:
    """What was switched back once is sent out again by a person who says so, never by a machine."""
    settings = read_settings()
    known = release_records.records(open_store(settings), system, environment, home=settings.home)
    found = condemned(known, plan.release.commit)
    if found is not None:
        raise Refused(
            f"{plan.version} ({plan.release.commit[:12]}) was switched back on {found.at:%Y-%m-%d %H:%M} UTC:"
            f" {found.verdict.rstrip('.')}. Nothing was changed. Mend it and deploy another commit; or, if the reason"
            f" is gone, say so: mainstay deploy {system} {environment} {plan.version} --again"
        )


@observes("since when nobody but the live release answers from its color")
def observe_given_at(change: Change, plan: GoLive) -> float:
    """In seconds since 1970; 0: since ever, as far as the records tell. Read before the switch, while nobody waits."""
    if plan.before is None:
        return 0.0
    home = read_settings().home
    known = release_records.records(change.store, change.site.name, change.environment, home=home)
    since = had_since(known, plan.before.color, plan.before.release)
    return since.timestamp() if since else 0.0


@converges("record of {plan.version}: {end.outcome}")
def record_release(change: Change, plan: GoLive, end: End) -> bool:
    """Read from the change's own journal, so that whoever settles it writes the same. False: kept for later."""
    record = record_of(change.journal, plan, end, change.who, clock.now())
    site, home = change.site.name, read_settings().home
    return release_records.publish(change.store, site, change.environment, record, home=home)
