"""What pgBackRest brings back of a database: a cluster for a person, and one for proof."""

from pathlib import Path

from edge import clock
from edge.backups import opening
from edge.backups.elsewhere import clusters
from edge.settings import read_settings
from edge.store import open_store
from edge.systems import read_system
from mainstay.backups.bases.replays import read_moment
from mainstay.backups.bases.settings import TO_KNOW
from mainstay.backups.elsewhere.held import Elsewhere, Named
from mainstay.backups.elsewhere.news import not_restored_elsewhere
from mainstay.backups.elsewhere.stanzas import StanzaWish, stanza_wish
from mainstay.backups.sets import BackupSet
from mainstay.errors import BadInput, MainstayError
from mainstay.places import Places
from tasks.backups.cluster_restores import FOLDER
from tasks.policies import observes, once
from tasks.telling import tell_all_of, tell_progress


@observes("who keeps the log of {system} {environment}")
def observe_stanza(system: str, environment: str) -> StanzaWish | None:
    """None: pgBackRest does not."""
    settings = read_settings()
    return stanza_wish(Places(read_system(settings, system), environment, str(settings.home)))


@once("the {wish} into {into}")
def lay_out_by_pgbackrest(wish: StanzaWish, into: str, moment: str) -> str:
    """The cluster as it was then. All of it, or nothing stands there."""
    at = read_moment(moment, clock.now())
    tell_progress(10, "the cluster")
    with opening.fresh(Path(into)) as place:
        clusters.lay_out(wish, place, Path(into), FOLDER, at)
    upto = "as far as the log goes"
    if at is not None:
        upto = (
            f"up to {at:%Y-%m-%d %H:%M:%S} UTC (if it says that recovery ended before its target, nothing was committed"
            " after that moment: restore with --at latest)"
        )
    return (
        f"the whole cluster is in {into}/{FOLDER}, and a server of its major, started on it by {wish.user}, replays the"
        f" log of the {wish} {upto}. Look at its postgresql.conf and pg_hba.conf first. {TO_KNOW}. Files are not in"
        " it: restore them from the set whose moment is nearest, with --set and --only"
    )


def prove_by_pgbackrest(made: BackupSet) -> Named:
    """What was found of the backups that a set names, and which of them could not be brought back. The set itself is no
    worse for that: what it promises is its dump.
    """
    wanted = [held for held in made.elsewhere if held.kind == "pgbackrest"]
    found, failed = list[str](), list[str]()
    for held in wanted:
        tell_progress(90, held.name)
        try:
            found.append(_proven(held, made))
        except MainstayError as reason:
            failed.append(f"{held} could not be brought back: {reason}")
    return Named(notes=tuple(found), failed=tuple(failed))


def tell_not_restored(made: BackupSet, named: Named) -> None:
    """People hear it; the set stays what it is."""
    settings = read_settings()
    notice = not_restored_elsewhere(made.system, made.environment, made.id, named.failed)
    tell_all_of(read_system(settings, made.system), open_store(settings), notice)


def _proven(held: Elsewhere, made: BackupSet) -> str:
    settings = read_settings()
    wish = stanza_wish(Places(read_system(settings, made.system), made.environment, str(settings.home)))
    if wish is None:
        raise BadInput("the descriptor speaks of no pgbackrest: any more, so nobody knows where it is.")
    found = clusters.proven(wish, held, settings.home)
    counted = f"{found.tables} tables in {found.databases} databases"
    return "; ".join((f"{held} was brought back and started, {counted}", *found.notes))
