"""The schema of a system: what is pending is seen and judged, then it is moved."""

from edge import migrations
from edge.changes import Change
from edge.migrator import Migrator, migrator
from edge.settings import read_settings
from mainstay.descriptor.kept import MigrationKind
from mainstay.descriptor.placeholders import filled
from mainstay.errors import BadInput, Refused
from mainstay.migrations import Judged, Moved, Pending, not_yet, strategy_of
from mainstay.releases import Release
from tasks.policies import observes, once

NOTHING = Pending(Judged(None, True, "The descriptor does not say how its database moves, so it stays as it is."))


@observes("what {release.id} would do to the database")
def observe_migration(change: Change, release: Release, accepted: MigrationKind | None = None) -> Pending:
    """What is still to run for this release, of what kind it is, and whether it may; changes nothing."""
    tool = _tool(change, release)
    return migrations.look(tool, strategy_of(change.site), accepted) if tool else NOTHING


def refuse_migration(pending: Pending) -> None:
    """What the old color cannot live with is not begun, unless a person took the price."""
    if not pending.judged.goes:
        raise Refused("\n".join((pending.judged.sentence, *pending.judged.reasons)))


@once("migrate for {release.id}")
def migrate(change: Change, release: Release, pending: Pending) -> Moved:
    """The database is where the release needs it: what was judged was run, alone, and giving way to users."""
    tool, database = _tool(change, release), change.site.database
    if tool is None or database is None:
        return Moved(pending.head, pending.head, 0.0, 0)
    words = {"home": str(read_settings().home), "system": change.site.name, "environment": change.environment}
    return migrations.move(change, tool, filled(database.address, **words), pending)


def _tool(change: Change, release: Release) -> Migrator | None:
    """On one host, always the same: its gate then lets one migration in at a time."""
    if change.site.database and (refusal := not_yet(change.site.database)):
        raise BadInput(refusal)
    first = next(iter(change.hosts.values()))
    return migrator(read_settings(), change.site, change.environment, first, release.id)
