"""From what a database's whole cluster is made anew: bases, oldest first, and how far its log is replayed on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mainstay.backups.bases.base import bases_of
from mainstay.backups.log.places import position
from mainstay.backups.sets import BackupSet, Base
from mainstay.errors import BadInput, MainstayError

LATEST = "latest"
CLOCKS_APART = timedelta(minutes=10)  # ours, and that of the database's machine


class BrokenReplay(MainstayError):
    """Something that it needs is not there."""


@dataclass(frozen=True)
class Replay:
    bases: tuple[BackupSet, ...]
    point: str = ""  # the name of the restore point at which it ends
    at: datetime | None = None  # or after the last that was committed until then
    all_of_it: bool = False  # or where the log ends. None of these: as soon as it is consistent
    until: int | None = None  # the place up to which the log is needed; None: as far as there is

    @property
    def id(self) -> str:
        return self.bases[-1].id

    @property
    def base(self) -> Base:
        """The one on which the log is replayed."""
        found = self.bases[-1].base
        assert found is not None
        return found

    @property
    def starts_at(self) -> int:
        return position(self.base.start)

    def __str__(self) -> str:
        if self.point:
            return f'up to the point "{self.point}"'
        if self.at is not None:
            return f"up to {self.at:%Y-%m-%d %H:%M:%S} UTC"
        return "as far as the log goes" if self.all_of_it else "as soon as it was consistent"


def read_moment(text: str, now: datetime) -> datetime | None:
    """As a person types it: UTC, unless an offset says otherwise. None: as late as can be."""
    if text == LATEST:
        return None
    try:
        at = datetime.fromisoformat(text.strip())
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput(
            f'{text!a} is no moment. Nothing was done. Write "2026-11-28 14:00" (UTC), "2026-11-28 14:00+03:00", or'
            f" {LATEST}."
        ) from None
    if at > now:
        raise BadInput(f"{at:%Y-%m-%d %H:%M:%S} UTC is not yet: it is {now:%H:%M:%S} UTC. Nothing was done.")
    return at


def plan_replay(known: Mapping[str, BackupSet], made: BackupSet) -> Replay | None:
    """Of a set with a base or a point; None: it has neither."""
    if made.point is None:
        return Replay(_whole(known, made.id), until=position(made.base.stop)) if made.base else None
    bases = _whole(known, made.point.base)
    base = bases[-1].base
    assert base is not None
    if (base.cluster, base.timeline) != (made.point.cluster, made.point.timeline):
        raise BrokenReplay(
            f"The set {made.id} cannot be restored: its point is of another cluster, or of another timeline, than the"
            f" base of {made.point.base}, as nothing we write is. Choose another set: mainstay backups lists them."
        )
    return Replay(bases, made.point.name, until=position(made.point.at))


def plan_moment(known: Sequence[tuple[BackupSet, int | None]], at: datetime | None) -> Replay:
    """``known``: newest first, each with its level. On the newest base before the moment; ``at``: None: the latest."""
    by_id = {each.id: each for each, _ in known}
    bad = {each.id for each, level in known if level is None}
    for made, _ in known:
        if made.base is None or (at is not None and made.moment > at):
            continue
        chain = bases_of(by_id, made.id)
        if _missing(chain) is None and not bad.intersection(each.id for each in chain):
            return Replay(
                chain, at=at, all_of_it=at is None, until=None if at is None else _after(known, made.base, at)
            )
    oldest = min((each.moment for each, _ in known if each.base is not None), default=None)
    since = f"the oldest base is of {oldest:%Y-%m-%d %H:%M} UTC" if oldest else "there is no base yet"
    raise BadInput(
        f"The database cannot be brought back to {'its latest state' if at is None else f'{at:%Y-%m-%d %H:%M} UTC'}:"
        f" {since}, and none before that moment can be used. Name a later moment, or restore the dump of a set:"
        " mainstay backups lists them."
    )


def _whole(known: Mapping[str, BackupSet], id: str) -> tuple[BackupSet, ...]:
    chain = bases_of(known, id)
    missing = _missing(chain) if chain else id
    if missing is not None:
        raise BrokenReplay(
            f"The base of {id} cannot be restored: {missing}, which it needs, is not there or not trusted. Choose"
            " another set: mainstay backups lists them."
        )
    return chain


def _missing(chain: Sequence[BackupSet]) -> str | None:
    """What the oldest one is an increment of."""
    return chain[0].base.on if chain[0].base else None


def _after(known: Sequence[tuple[BackupSet, int | None]], base: Base, at: datetime) -> int | None:
    """The first point that is surely after the moment: no more of the log is needed."""
    later = [
        position(each.point.at)
        for each, _ in known
        if each.point is not None
        and (each.point.cluster, each.point.timeline) == (base.cluster, base.timeline)
        and each.moment > at + CLOCKS_APART
    ]
    return min(later, default=None)
