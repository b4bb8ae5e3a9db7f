"""What a person reads before anything goes: every set that may go and why, and what stays."""

from collections.abc import Collection, Sequence
from itertools import groupby

from mainstay.backups.retention.keeping import Decision, Plan
from mainstay.backups.sets import KINDS, Kind
from mainstay.backups.shown import shown_bytes


def told(plan: Plan) -> tuple[str, ...]:
    """A line for each set, and one for several of a kind in a row of which the same is true."""
    ids = frozenset(each.id for each in plan.sets)
    return (
        f"As of {plan.at:%Y-%m-%d %H:%M} UTC: {_counted(plan.kept)} to keep, {_counted(plan.dropped)} to let go."
        " What may go is condemned now, and deleted a day later if it still may.",
        *_unproven(plan),
        *(f"May go: {line}" for line in _lines(plan.dropped, ids)),
        *(f"Stays: {line}" for line in _lines(plan.kept, ids)),
    )


def _unproven(plan: Plan) -> list[str]:
    """Of these kinds nothing goes, and the disk fills."""
    here = {each.set.kind for each in plan.decisions}
    proven = {each.set.kind for each in plan.decisions if each.proven}
    return [f"No {kind} set {_lacking(kind)}" for kind in KINDS if kind in here - proven]


def _lacking(kind: Kind) -> str:
    if kind == "full":
        return "was restored for proof, so none of them may go: mainstay prove SYSTEM ENVIRONMENT."
    return (
        "is known to be complete with all that it stands on, so none of them may go: prove the full set below the"
        " newest (mainstay prove SYSTEM ENVIRONMENT --set ID), or take a new one."
    )


def _lines(decisions: Sequence[Decision], ids: Collection[str]) -> list[str]:
    """``decisions``: newest first."""
    by_kind = sorted(decisions, key=lambda each: KINDS.index(each.set.kind))  # stable: newest first within a kind
    alike = groupby(by_kind, key=lambda each: (each.set.kind, _masked(each.reasons, ids)))
    return [_line(kind, reasons, tuple(group)) for (kind, reasons), group in alike]


def _line(kind: str, alike: str, group: Sequence[Decision]) -> str:
    newest = group[0]
    if len(group) == 1:
        size, when = shown_bytes(newest.set.bytes), f"{newest.set.moment:%Y-%m-%d %H:%M} UTC"
        return f"{newest.set.id} ({when}, {size}): {'; '.join(newest.reasons)}"
    oldest = f"{group[-1].set.moment:%Y-%m-%d %H:%M} to {newest.set.moment:%Y-%m-%d %H:%M} UTC"
    return f"{_counted(group, kind)} of {oldest}: {alike}"


def _masked(reasons: Sequence[str], ids: Collection[str]) -> str:
    """The reasons without the names of sets."""
    words = "; ".join(reasons).split(" ")
    return " ".join("…" if word.rstrip(";,") in ids else word for word in words)


def _counted(decisions: Sequence[Decision], kind: str = "") -> str:
    what = " ".join(filter(None, (str(len(decisions)), kind, "set" if len(decisions) == 1 else "sets")))
    return f"{what} ({shown_bytes(sum(each.set.bytes for each in decisions))})"
