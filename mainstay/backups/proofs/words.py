"""How far a set was proven and when, in words that fit beside it."""

from collections.abc import Sequence
from datetime import datetime

from mainstay.backups.sets import COMPLETE, READ_BACK, RESTORED, Proof, level_reached
from mainstay.backups.shown import shown_age


def proven_at(proofs: Sequence[Proof]) -> datetime | None:
    """When it was last found to be as good as it counts for. None: it is bad, or was never looked at."""
    level = level_reached(tuple(proofs))
    return max((each.at for each in proofs if level and each.good and each.proves == level), default=None)


def newest(proofs: Sequence[Proof], depth: int) -> Proof | None:
    """The newest look of this depth that found it good."""
    return max((each for each in proofs if each.good and each.level == depth), key=lambda each: each.at, default=None)


def shown_proofs(proofs: Sequence[Proof], now: datetime) -> str:
    level = level_reached(tuple(proofs))
    if level is None:
        bad = max((each for each in proofs if not each.good), key=lambda each: each.at)
        return f"BAD, found {_ago(bad, now)}: {bad.sentence}"
    restored, read, complete = (newest(proofs, depth) for depth in (RESTORED, READ_BACK, COMPLETE))
    later = f", read back {_ago(read, now)}" if read and not (restored and restored.at > read.at) else ""
    if restored is not None and restored.doubts:
        return f"DOUBTED, restored {_ago(restored, now)}{later}: {'; '.join(restored.doubts)}"
    if restored is not None:
        return f"restored {_ago(restored, now)}{_missing(restored)}{later}"
    if read is not None:
        tried = max((each for each in proofs if each.good and each.unstarted), key=lambda each: each.at, default=None)
        restored_in_part = f"restored in part: {'; '.join(tried.unstarted)}" if tried else "never restored"
        return f"read back {_ago(read, now)}, {restored_in_part}"
    return f"complete {_ago(complete, now)}, never read back" if complete else "written, never looked at"


def _missing(restored: Proof) -> str:
    """Of what its rows refer to."""
    count = restored.numbers.get("dangling", 0) + restored.numbers.get("wrong", 0)
    if count:
        return f", {count:.0f} of {restored.numbers.get('references', 0):.0f} references lead nowhere"
    return ", references not compared" if restored.gaps else ""


def _ago(proof: Proof, now: datetime) -> str:
    return f"{shown_age(now - proof.at)} ago"
