"""From what was seen of an environment's sets to what is done with them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta, tzinfo

from mainstay.backups.listed import Listed
from mainstay.backups.retention.keeping import Plan, plan_retention
from mainstay.backups.retention.pruning import Sweep, Tombstone, Unfinished, condemn, judge_unfinished, ripe, sweep
from mainstay.backups.retention.refusals import Agreement, Circumstances, unbelievable, untimely, word_for
from mainstay.backups.sets import Begun
from mainstay.descriptor.environment import Keep

GOES_ON = timedelta(hours=12)  # so long nobody calls a backup failed that has not ended and not said why


@dataclass(frozen=True)
class Rules:
    keep: Keep
    zone: tzinfo


@dataclass(frozen=True)
class Facts:
    """One look. A set that is going is none any more, whatever is left of it."""

    sets: tuple[Listed, ...]
    begun: tuple[Begun, ...]
    tombstones: Mapping[str, Tombstone]
    seen: Circumstances


@dataclass(frozen=True)
class Judgement:
    plan: Plan
    condemned: tuple[Tombstone, ...]  # from now on
    pardoned: tuple[Tombstone, ...]
    sweep: Sweep
    unfinished: Unfinished
    half_gone: tuple[str, ...]  # whose deletion began and may not have ended: nothing stops it
    believed: bool  # nothing is wrong with clocks and records
    log_may_go: bool  # and nobody reads, and the last backup was good: also while no set would go

    @property
    def may_go(self) -> frozenset[str]:
        """Right now: what something stands on that is still there goes after it."""
        stood_on = {need for each in self.plan.sets for need in each.needs}
        return frozenset((*(each.id for each in self.sweep.going), *self.unfinished.going)) - stood_on


def judge(facts: Facts, rules: Rules, agreed: Agreement | None = None) -> Judgement:
    known = tuple(each for each in facts.tombstones.values() if each.state == "condemned")
    there = tuple(each for each in facts.sets if not _goes(each.id, facts))
    begun = tuple(each for each in facts.begun if not _goes(each.id, facts))
    plan = plan_retention(there, rules.keep, facts.seen.now, rules.zone, begun=begun)
    found = condemn(plan, known, facts.seen)
    doubted = unbelievable(plan, facts.seen)
    swept = sweep(known, plan, facts.seen, agreed)
    unfinished = Unfinished((), ()) if doubted else judge_unfinished(begun, known, facts.seen.now)
    return Judgement(
        plan,
        (*(each for each in found if each not in known), *unfinished.condemned),
        _pardoned(facts, found, begun),
        swept,
        unfinished,
        tuple(each.set for each in facts.tombstones.values() if each.state == "going"),
        not doubted,
        not (doubted or swept.refusals or untimely(facts.seen)),
    )


def agreement(facts: Facts, rules: Rules, word: str, by: str) -> Agreement | None:
    """What a person agreed to, if that is still what would go."""
    plan = judge(facts, rules).plan
    going = [each.id for each in ripe(facts.tombstones.values(), plan, facts.seen)]
    return Agreement(frozenset(going), by) if word == word_for(going) else None


def last_failure(
    whole: Collection[Listed], begun: Collection[Begun], ended: Collection[str], seen: Circumstances
) -> str | None:
    """Which backup came to nothing, if it was the last to end. ``ended``: the ids of those of which that is known."""
    newest = max((each.id for each in whole), default="")
    lost = [each for each in begun if each.id in ended or seen.now - each.at > GOES_ON]
    failed = max((each for each in lost if each.id > newest), key=lambda each: each.id, default=None)
    return None if failed is None else f"{failed.kind} of {failed.at:%Y-%m-%d %H:%M} UTC, {failed.id}"


def _goes(id: str, facts: Facts) -> bool:
    return id in facts.tombstones and facts.tombstones[id].state == "going"


def _pardoned(facts: Facts, found: Collection[Tombstone], begun: Collection[Begun]) -> tuple[Tombstone, ...]:
    """Those of sets that stay; one of a set that is not seen is left as it is: maybe it cannot be read just now."""
    kept = {each.set for each in found} | {each.id for each in begun}
    sets = {each.id for each in facts.sets}
    return tuple(
        each
        for each in facts.tombstones.values()
        if each.state == "condemned" and each.set in sets and each.set not in kept
    )
