"""What a host's gate says of its two colors."""

from mainstay.colors import COLORS, WARM, loaded, on, other, read_standing
from mainstay.gate import GateAnswer


def answer(live: str | None = None, **flags: str) -> GateAnswer:
    return GateAnswer(0, live=live, flags=flags)


def flags(*colors: str, **more: str) -> dict[str, str]:
    return {**{f"{color}.on": "r1" for color in colors}, **more}


def test_there_are_two_and_each_is_the_other_one_s_other() -> None:
    assert [other(color) for color in COLORS] == list(reversed(COLORS))


def test_with_both_flags_users_see_green_as_the_proxy_looks_for_it_first() -> None:
    assert read_standing("main", answer(**flags("blue", "green"))).shown == "green"
    assert read_standing("main", answer(**flags("blue"))).shown == "blue"
    assert read_standing("main", answer()).shown is None


def test_what_users_see_is_the_release_that_the_shown_color_was_given() -> None:
    given = {loaded("blue"): "r1", loaded("green"): "r2"}
    assert read_standing("main", answer(**flags("blue"), **given)).release == "r1"
    assert read_standing("main", answer(**flags("blue", "green"), **given)).release == "r2"
    assert read_standing("main", answer(**given)).release is None


def test_a_color_without_a_note_of_its_release_has_none() -> None:
    assert read_standing("main", answer(**flags("blue"))).release is None


def test_what_starts_after_a_boot_and_what_is_kept_warm_are_told() -> None:
    seen = read_standing("main", answer("green", **{WARM: "2026-11-20T12:00:00+00:00", on("green"): "r2"}))
    assert (seen.live, seen.warm_until) == ("green", "2026-11-20T12:00:00+00:00")
    assert read_standing("main", answer("mauve")).live is None
