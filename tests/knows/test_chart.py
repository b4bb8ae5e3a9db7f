from mainstay.watch.chart import BLOCKS, COLUMNS, chart
from tests.knows.watch_world import SWITCH, requests


def rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(("blue", "green"))]


def drawn(after: float = 120, seconds: float = 0.05) -> str:
    before = requests("blue", -240, 0, seconds=0.05)
    since = requests("green", 0, after, failing=lambda at: at >= 60, seconds=seconds)
    return chart([*before, *since], "green", SWITCH, SWITCH + after)


def test_each_color_is_seen_on_its_side_of_the_switch() -> None:
    blue, green = rows(drawn())[:2]
    assert blue == "blue  " + "·" * COLUMNS + "│" + " " * COLUMNS
    assert green == "green " + " " * COLUMNS + "│" + "·" * 12 + "█" * 12


def test_slowness_is_taller() -> None:
    blue, green = rows(drawn(after=60, seconds=0.4))[2:]
    assert {*blue[6 : 6 + COLUMNS]} <= {*BLOCKS[:3]}
    assert {*green[6 + COLUMNS + 1 :]} <= {*BLOCKS[6:]}


def test_the_scale_and_the_hours_are_said() -> None:
    text = drawn(seconds=0.1)
    assert "failed, █ = 100.0%" in text
    assert "median duration, █ = 10" in text
    axis = text.splitlines()[-2]
    assert axis.split() == ["13:44:40", "13:46:40", "13:48:40", "UTC"]
    assert axis.index("13:46:40") + 4 == rows(text)[0].index("│")


def test_a_first_release_without_any_request_is_drawn_empty() -> None:
    assert rows(chart([], "green", SWITCH, SWITCH + 5)) == [
        f"{color:<6}" + " " * COLUMNS + "│" + " " * COLUMNS for color in ("blue", "green") * 2
    ]


def test_it_is_a_block_that_markdown_leaves_as_it_is() -> None:
    assert drawn().startswith("```text\n") and drawn().endswith("\n```")
