from datetime import UTC, datetime, timedelta

import pytest

from mainstay.sights import Kind, Sight, Target, first_line, last_line, line, read_lines, read_target, to_words

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TARGET = Target("http://shop/", "http://shop/slow", None, {"blue": "http://shop/"}, "Shows", "Choose", "/etc/ca.pem")


def seen(at: float, *, kind: Kind = "fresh", why: str = "") -> Sight:
    return Sight(NOON + timedelta(seconds=at), kind, not why, 0 if why else 200, "blue", 0.01, why)


def test_what_is_written_is_read_back() -> None:
    sights = (seen(0), seen(1, why="сломано"), seen(2, kind="slow"))
    file = first_line(NOON) + b"".join(map(line, sights)) + last_line(NOON, {"fresh": 2})
    reading = read_lines(file)
    assert (reading.sights, reading.began, reading.unfinished) == (sights, True, {"fresh": 2})
    assert (reading.offset, reading.unreadable) == (len(file), 0)


def test_a_torn_last_line_is_left_for_the_next_reading() -> None:
    file = line(seen(0)) + line(seen(1))
    for cut in range(len(file)):
        first = read_lines(file[:cut])
        rest = read_lines(file[first.offset :], first.offset)
        assert (*first.sights, *rest.sights) == (seen(0), seen(1))
        assert (first.unreadable, rest.unreadable, rest.offset) == (0, 0, len(file))


def test_what_is_left_unfinished_may_yet_be_answered() -> None:
    file = last_line(NOON, {"slow": 1}) + line(seen(0, kind="slow")) + last_line(NOON, {})
    assert (read_lines(file).unfinished, len(read_lines(file).sights)) == ({}, 1)


@pytest.mark.parametrize("junk", [b"\n", b"{}\n", b"[]\n", b"\xff\n", b'{"kind":"fresh","at":"noon"}\n'])
def test_a_line_that_nobody_can_read_is_counted_and_the_others_are_read(junk: bytes) -> None:
    reading = read_lines(line(seen(0)) + junk + line(seen(1)))
    assert (reading.sights, reading.unreadable) == ((seen(0), seen(1)), 1)


def test_a_target_is_read_back() -> None:
    assert read_target(to_words(TARGET)) == TARGET
