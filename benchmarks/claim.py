"""What a benchmark claims, what its rounds gave, and whether the claim is held. Computes; measures nothing."""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Literal

FEWEST_ROUNDS = 5


@dataclass(frozen=True)
class Target:
    op: Literal["<=", ">=", "=="]
    value: float
    of: Literal["ours", "ratio"]


@dataclass(frozen=True)
class Claim:
    name: str
    metric: str
    unit: str
    better: Literal["less", "more"]
    target: Target | None
    peer_name: str | None  # None: an absolute claim
    count: bool = False  # a number of events: summed over the rounds instead of their median
    worst: bool = False  # a promise for every time: the worst round instead of the median


@dataclass(frozen=True)
class Sample:
    ours: float
    peer: float | None


@dataclass(frozen=True)
class Row:
    """One claim after its rounds. ``ratio`` says how many times better we are than the peer."""

    name: str
    metric: str
    unit: str
    target: Target | None
    peer_name: str | None
    rounds: tuple[Sample, ...]
    ours: float | None
    peer: float | None
    ratio: float | None
    held: bool
    reason: str  # why it is not held; empty when it is

    def to_json(self) -> dict[str, object]:
        words = {key: value for key, value in asdict(self).items() if key != "reason"}
        return words | {"rounds": [{"ours": _finite(s.ours), "peer": _finite(s.peer)} for s in self.rounds]}


def judge(claim: Claim, samples: Sequence[Sample]) -> Row:
    """The figures of all rounds together, and the word on the claim."""
    ours = _together(claim, [sample.ours for sample in samples])
    peers = [sample.peer for sample in samples if sample.peer is not None]
    peer = _together(claim, peers) if len(peers) == len(samples) and claim.peer_name else None
    ratio = _ratio(claim, ours, peer)
    reason = _broken(claim, samples) or _peer_missing(claim, peer) or _missed(claim.target, ours, ratio)
    return Row(
        claim.name,
        claim.metric,
        claim.unit,
        claim.target,
        claim.peer_name,
        tuple(samples),
        ours,
        peer,
        ratio,
        not reason,
        reason,
    )


def not_measured(claim: Claim, reason: str) -> Row:
    """A benchmark that broke holds nothing, whatever it measured before."""
    return Row(claim.name, claim.metric, claim.unit, claim.target, claim.peer_name, (), None, None, None, False, reason)


def failed(row: Row) -> bool:
    """A row without a target promises nothing; it fails only when it could not be measured at all."""
    return not row.held and (row.target is not None or row.ours is None)


def _together(claim: Claim, values: Sequence[float]) -> float | None:
    if not values or not all(math.isfinite(value) for value in values):
        return None
    if claim.worst:
        return max(values) if claim.better == "less" else min(values)
    return math.fsum(values) if claim.count else median(values)


def _finite(value: float | None) -> float | None:
    """JSON has no word for infinity or for what is not a number."""
    return value if value is not None and math.isfinite(value) else None


def _ratio(claim: Claim, ours: float | None, peer: float | None) -> float | None:
    if ours is None or peer is None:
        return None
    better, worse = (peer, ours) if claim.better == "less" else (ours, peer)
    return better / worse if worse else None


def _broken(claim: Claim, samples: Sequence[Sample]) -> str:
    values = [value for sample in samples for value in (sample.ours, sample.peer) if value is not None]
    if len(samples) < FEWEST_ROUNDS:
        return f"only {len(samples)} rounds were measured; at least {FEWEST_ROUNDS} are needed"
    if not all(math.isfinite(value) for value in values):
        return "a round gave a figure that is not a number"
    return ""


def _peer_missing(claim: Claim, peer: float | None) -> str:
    if claim.peer_name is None or peer is not None:
        return ""
    return f"{claim.peer_name} is missing on this machine, so nothing was compared"


def _missed(target: Target | None, ours: float | None, ratio: float | None) -> str:
    if target is None:
        return ""
    value = ours if target.of == "ours" else ratio
    if value is None:
        return f"the {target.of} is undefined"
    return "" if _COMPARE[target.op](value, target.value) else f"{target.of} is {value:.6g}, not {wording(target)}"


def wording(target: Target) -> str:
    return f"{target.of} {target.op} {target.value:g}"


_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<=": lambda value, limit: value <= limit,
    ">=": lambda value, limit: value >= limit,
    "==": lambda value, limit: value == limit,
}
