"""What a restore does with a database's whole cluster: lay it out for a person, or start it for proof."""

from pathlib import Path

from edge.backups.bases.layout import BringLog, lay_out_cluster
from edge.backups.bases.scratch import Inconclusive, replayed
from edge.backups.keyring import SealedToAnother
from edge.backups.log.store import fetch, reach
from edge.backups.opening import Opened
from edge.backups.signers import signers_of
from edge.settings import read_settings
from mainstay.backups.bases.replays import BrokenReplay, Replay
from mainstay.backups.bases.settings import TO_KNOW
from mainstay.backups.restores import Restore
from mainstay.errors import Refused
from tasks.telling import tell_progress

FOLDER = "cluster"


def bring_cluster(replay: Replay, opened: Opened, place: Path) -> tuple[str, ...]:
    """Into ``place``, so that PostgreSQL of that major can be started on it. What a person should know."""
    tell_progress(70, "the cluster")
    notes = lay_out_cluster(opened, replay, place / FOLDER, _log_of(replay, opened))
    return (
        f"the whole cluster of PostgreSQL {replay.base.server} is in {FOLDER}, and a server of that major, started on"
        f" it, replays the log {replay}. Make the folder its user's first (chown -R), and look at its"
        f" postgresql.conf and pg_hba.conf. {TO_KNOW}",
        *notes,
    )


def prove_cluster(restore: Restore, opened: Opened) -> tuple[str, tuple[str, ...]]:
    """How it is proven; and why it could not be started here, if so. What cannot was only read back, which is never
    called more.
    """
    made = restore.sets[-1]
    if made.base is None and made.point is None:
        return "", ()
    if restore.replay is None:
        raise BrokenReplay(restore.without)
    tell_progress(80, "the cluster")
    try:
        found = replayed(opened, restore.replay, _log_of(restore.replay, opened))
    except SealedToAnother:  # another key would open it, and no program helps
        raise
    except (Inconclusive, Refused) as reason:
        for each in restore.replay.bases:
            if each.base is not None:
                opened.piece(each.base.piece, lambda _data: None)
        why = f"its cluster could not be started here, so it is not proven: {reason}"
        return why, (why,)
    said = (
        f"the cluster was started and replayed {restore.replay}, {found.tables} tables in {found.databases} databases"
    )
    return "; ".join((said, *found.notes)), ()


def _log_of(replay: Replay, opened: Opened) -> BringLog:
    base, made = replay.base, replay.bases[-1]
    public = signers_of(read_settings(), made.system, made.environment)
    where = (made.system, made.environment, base.cluster, base.timeline)

    def bring(folder: Path) -> None:
        until = replay.until
        if until is None or replay.at is not None:
            there = reach(opened.store, public, *where, replay.starts_at, segment_bytes=base.segment_bytes)
            until = there if until is None else min(until, there)
        fetch(opened, public, *where, replay.starts_at, until, folder, segment_bytes=base.segment_bytes)

    return bring
