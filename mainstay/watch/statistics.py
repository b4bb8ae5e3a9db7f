"""Whether two samples differ by more than luck: shares by Fisher's exact test, durations by their ranks.

One-sided throughout: small when the first sample is *worse*, its share or its durations larger.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import erfc, exp, lgamma, sqrt

NEGLIGIBLE = 1e-17  # of the sum so far: less than a float can hold beside it


def fisher(worse: int, of: int, worse_before: int, of_before: int) -> float:
    """How likely at least so many of the first sample are worse, if both come from one and the same urn."""
    total, marked = of + of_before, worse + worse_before
    if worse * total <= of * marked:  # left of the peak: the other tail is the one that can be added up
        fine, before = of - worse + 1, of_before - worse_before - 1
        return 1.0 if worse == 0 or before < 0 else 1 - _upper_tail(fine, of, total - marked, total)
    return _upper_tail(worse, of, marked, total)


def _upper_tail(at_least: int, drawn: int, marked: int, total: int) -> float:
    """Of drawing without putting back; begun right of the peak, where each term is smaller than the one before."""
    term = exp(_ways(marked, at_least) + _ways(total - marked, drawn - at_least) - _ways(total, drawn))
    chance = term
    for hit in range(at_least, min(drawn, marked)):
        term *= (marked - hit) * (drawn - hit) / ((hit + 1) * (total - marked - drawn + hit + 1))
        chance += term
        if term <= chance * NEGLIGIBLE:
            break
    return min(1.0, chance)


def _ways(n: int, k: int) -> float:
    """The logarithm of n over k."""
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


@dataclass(frozen=True)
class Shift:
    """How one sample of durations lies to another."""

    chance: float = 1.0  # that luck alone puts the first so far above the second
    longer: float = 0.5  # the share of pairs in which the first takes longer (CLES); one half: no difference


def shift(strata: Iterable[tuple[Sequence[float], Sequence[float]]]) -> Shift:
    """Mann and Whitney's U with the normal approximation; ties are halves.

    Compared is only within a stratum, and the strata are added up: that the first sample has more of what always
    took long is no difference.
    """
    found = [_ranked(first, second) for first, second in strata if first and second]
    pairs = sum(stratum.pairs for stratum in found)
    variance = sum(stratum.variance for stratum in found)
    if not variance:
        return Shift()
    above = sum(stratum.above for stratum in found)
    z = (above - pairs / 2 - 0.5) / sqrt(variance)
    return Shift(erfc(z / sqrt(2)) / 2, above / pairs)


@dataclass(frozen=True)
class _Ranked:
    above: float  # U: pairs in which the first is larger, ties as halves
    pairs: int
    variance: float


def _ranked(first: Sequence[float], second: Sequence[float]) -> _Ranked:
    one, two = len(first), len(second)
    merged = sorted([(value, True) for value in first] + [(value, False) for value in second])
    ranks = ties = 0.0
    begin, count = 0, one + two
    while begin < count:
        end, ours = begin, 0
        while end < count and merged[end][0] == merged[begin][0]:
            ours += merged[end][1]
            end += 1
        same = end - begin
        ranks += ours * (begin + end + 1) / 2
        ties += same**3 - same
        begin = end
    spread = (count + 1) - ties / (count * (count - 1))
    return _Ranked(ranks - one * (one + 1) / 2, one * two, one * two / 12 * spread)
