"""What a benchmark says: a claim, and the figures of us and of what a user would use instead."""

from dataclasses import dataclass
from typing import Literal


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
    peer_name: str | None
    count: bool = False


@dataclass(frozen=True)
class Sample:
    ours: float
    peer: float | None
