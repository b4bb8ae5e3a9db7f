"""The figures on the right are SciPy's: fisher_exact and mannwhitneyu(method="asymptotic"), alternative="greater"."""

from itertools import product
from math import comb, isclose

import pytest

from mainstay.watch.statistics import Shift, fisher, shift


@pytest.mark.parametrize(
    ("table", "known"),
    [
        ((14, 71, 0, 350), 4.751862427857503e-12),
        ((4, 20, 1, 330), 3.795786102023357e-05),
        ((5, 5, 0, 330), 2.930755989494862e-11),
        ((12, 1200, 1, 330), 0.19321754459428842),
        ((3, 100, 9, 3000), 0.005797269417800909),
        ((60, 1200, 9, 3000), 2.548737586938671e-24),
    ],
)
def test_fishers_test_is_the_one_everybody_knows(table: tuple[int, int, int, int], known: float) -> None:
    assert isclose(fisher(*table), known, rel_tol=1e-9)


def test_every_small_table_has_the_chance_that_counting_gives() -> None:
    for of, before in product(range(6), range(6)):
        for worse, worse_before in product(range(of + 1), range(before + 1)):
            marked, total = worse + worse_before, of + before
            ways = sum(comb(marked, hit) * comb(total - marked, of - hit) for hit in range(worse, min(of, marked) + 1))
            assert isclose(fisher(worse, of, worse_before, before), ways / comb(total, of)), (worse, of, worse_before)


def test_no_errors_prove_nothing_however_many_requests_there_were() -> None:
    assert fisher(0, 100_000, 0, 3_000) == 1
    assert fisher(0, 3_000, 3_000, 3_000) == 1


def test_a_certainty_is_no_number_that_breaks() -> None:
    assert fisher(3_000, 3_000, 0, 3_000) < 1e-300
    assert isclose(fisher(1, 5_000, 5_000, 5_000), 1)


@pytest.mark.parametrize(
    ("first", "second", "chance", "above"),
    [
        ([19, 22, 16, 29, 24], [20, 11, 17, 12], 0.055673443266570206, 17.0),
        ([1, 2, 2, 3, 3, 3, 9], [1, 1, 2, 2, 3, 4, 4, 4], 0.5, 28.5),  # ties
    ],
)
def test_ranks_are_compared_as_mann_and_whitney_do(
    first: list[float], second: list[float], chance: float, above: float
) -> None:
    found = shift([(first, second)])
    assert isclose(found.chance, chance, rel_tol=1e-9)
    assert isclose(found.longer, above / len(first) / len(second))


def test_the_same_durations_everywhere_are_no_difference() -> None:
    assert shift([([1.0] * 50, [1.0] * 50)]) == Shift()


def test_nothing_to_compare_is_no_difference() -> None:
    assert shift([]) == shift([([], [1.0]), ([1.0], [])]) == Shift()


def test_more_of_what_always_took_long_is_no_difference() -> None:
    quick, slow = [0.010 + i / 1e5 for i in range(60)], [1.0 + i / 1e3 for i in range(60)]
    mixed = shift([(quick[:10] + slow, quick + slow[:10])])
    by_route = shift([(quick[:10], quick), (slow, slow[:10])])
    assert mixed.chance < 0.0001
    assert by_route.chance > 0.05


def test_twice_as_long_is_seen_in_fifty_requests() -> None:
    before = [1.0 + i / 50 for i in range(50)]
    found = shift([([2 * seconds for seconds in before], before)])
    assert found.chance < 1e-12
    assert found.longer > 0.95
