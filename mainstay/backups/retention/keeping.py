"""Which sets stay and which may go, and why. Knows nothing of stores or clocks.

A set stays if any rule wants it, or if a set that stays cannot be restored without it. Only what is proven can stand
for an older set: until it is, the older one stays, and so does the new one. Every kind is judged for itself, because a
newer copy of the files is none of the database.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from types import MappingProxyType

from mainstay.backups.listed import Listed, needed, rooted
from mainstay.backups.retention.tiers import Chosen, choose, tiers
from mainstay.backups.sets import KINDS, Begun, Kind
from mainstay.descriptor.environment import Keep

PROVEN_AT: Mapping[Kind, int] = MappingProxyType({"full": 3, "database": 1, "files": 1, "incremental": 1})


@dataclass(frozen=True)
class Decision:
    set: Listed
    keep: bool
    reasons: tuple[str, ...]
    proven: bool  # it, and everything it is built on


@dataclass(frozen=True)
class Plan:
    """Of one listing, at one time."""

    decisions: tuple[Decision, ...]  # newest first
    at: datetime

    @property
    def sets(self) -> tuple[Listed, ...]:
        return tuple(each.set for each in self.decisions)

    @property
    def kept(self) -> tuple[Decision, ...]:
        return tuple(each for each in self.decisions if each.keep)

    @property
    def dropped(self) -> tuple[Decision, ...]:
        return tuple(each for each in self.decisions if not each.keep)


def plan_retention(
    sets: Iterable[Listed],
    keep: Keep,
    now: datetime,
    zone: tzinfo,
    *,
    begun: Iterable[Begun] = (),
    proven_at: Mapping[Kind, int] = PROVEN_AT,
) -> Plan:
    """``begun``: what is being taken, or was begun and never ended: what it builds on stays too. ``proven_at``: the
    level of proof at which a set may stand for older ones; an increment also needs it of all it is built on.
    """
    ordered = sorted(sets, key=lambda each: (each.moment, each.ended_at, each.id), reverse=True)
    proven = rooted(ordered, lambda each: _is_proven(each, proven_at))
    chosen = {kind: _chosen(ordered, proven, kind, keep, zone) for kind in KINDS}
    reasons: dict[str, list[str]] = {each.id: [] for each in ordered}
    for each, reason in _wanted(ordered, proven, chosen, now - timedelta(hours=keep.all_for_hours), keep):
        reasons[each.id].append(reason)
    for id, reason in list(_needed(ordered, reasons, begun)):
        reasons[id].append(reason)
    decisions = (
        Decision(
            each,
            bool(reasons[each.id]),
            tuple(reasons[each.id]) or (_why_it_goes(each, each.id in proven, chosen[each.kind]),),
            each.id in proven,
        )
        for each in ordered
    )
    return Plan(tuple(decisions), now)


def _is_proven(each: Listed, proven_at: Mapping[Kind, int]) -> bool:
    """Also a set that was restored may be one of an application that somebody emptied: it stands for no other."""
    return not each.suspect and each.level is not None and each.level >= proven_at[each.kind]


def _chosen(
    ordered: Sequence[Listed], proven: frozenset[str], kind: Kind, keep: Keep, zone: tzinfo
) -> tuple[Chosen, ...]:
    candidates = [each for each in ordered if each.kind == kind and each.id in proven]
    return tuple(choose(tier, zone, candidates) for tier in tiers(keep, kind))


def _wanted(
    ordered: Sequence[Listed],
    proven: frozenset[str],
    chosen: Mapping[Kind, tuple[Chosen, ...]],
    young_since: datetime,
    keep: Keep,
) -> Iterator[tuple[Listed, str]]:
    """For its own sake."""
    yield from ((each, f"held: {hold.why}, by {hold.by}") for each in ordered for hold in each.holds)
    for kind in KINDS:
        yield from _newest([each for each in ordered if each.kind == kind], proven)
        for tier in chosen[kind]:
            yield from ((each, f"{tier.tier.word} of {period}") for period, each in tier.winners.items())
    whole = rooted(ordered, lambda _: True)
    for each in ordered:
        if each.ended_at > young_since:
            yield each, f"younger than {keep.all_for_hours} h"
        if each.id not in whole:
            yield each, "something it is built on is missing: it cannot be restored, and a person must look first"


def _newest(of_kind: Sequence[Listed], proven: frozenset[str]) -> Iterator[tuple[Listed, str]]:
    """By its moment, and by when it was stored: a clock that was put back makes the last one look old."""
    good = [each for each in of_kind if each.id in proven]
    if not good:
        yield from ((each, f"no {each.kind} set is proven") for each in of_kind)
        return
    by_moment, last = good[0], max(good, key=lambda each: each.ended_at)
    yield by_moment, f"newest proven {by_moment.kind}"
    if last is not by_moment:
        yield last, f"last proven {last.kind} to be stored"
    for each in of_kind:
        if each.id not in proven and (each.moment > by_moment.moment or each.ended_at > last.ended_at):
            yield each, "nothing newer is proven"


def _needed(
    ordered: Sequence[Listed], reasons: Mapping[str, Sequence[str]], begun: Iterable[Begun]
) -> Iterator[tuple[str, str]]:
    """For the sake of others."""
    being_taken = {each.parent: each.id for each in begun if each.parent is not None and each.parent in reasons}
    yield from ((parent, f"parent of {id}, which was begun and has not ended") for parent, id in being_taken.items())
    stays = [*(id for id, why in reasons.items() if why), *being_taken]
    for id, children in needed(stays, ordered).items():
        if id in reasons:
            more = f" and {len(children) - 1} more" if len(children) > 1 else ""
            yield id, f"parent of {max(children)}{more}"


def _why_it_goes(each: Listed, proven: bool, chosen: Sequence[Chosen]) -> str:
    if each.level is None:
        return "found bad, and a newer one is proven"
    if each.suspect:
        return "far smaller than the one before it, and a newer one is proven"
    if not proven:
        return "never proven, and a newer one is"
    stood_for = [tier.tier.unit for tier in chosen if tier.period(each) in tier.winners]
    over = [_counted(tier.tier.count, tier.tier.unit) for tier in chosen if tier.period(each) not in tier.winners]
    said = [f"past what is kept ({', '.join(over)})"] if over else []
    said += [f"newer ones stand for its {_and(stood_for)}"] if stood_for else []
    return "; ".join(said) or "no rule wants it, and a newer one is proven"


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}{'' if count == 1 else 's'}"


def _and(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
