"""What the demonstration shows: sentences everywhere, and a line of what happens now only where a person looks."""

import io
import json
import re
import time
from pathlib import Path

import pytest
import typer

from deployments.demo import visitors
from deployments.demo.display import CLEARED, Display
from deployments.demo.lanes import Waiting, play, until
from deployments.demo.promises import NAMES, Promise, all_of, table, write
from mainstay.access_log import request
from mainstay.errors import NotFinished, ServerLost

HELD = Promise("zero-failed-switch", "0 failed", 0, "failed of 612 requests", held=True)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(out: io.StringIO) -> str:
    display = Display(out)
    with display.shown():
        display.now("production", "v2: show green")
        time.sleep(0.6)
        typer.echo("A sentence.")
    return out.getvalue()


def test_a_terminal_has_a_line_that_makes_room_for_sentences() -> None:
    text = shown(Terminal())
    assert re.search(r"production: v2: show green \(\d+ s\)", text)
    assert f"{CLEARED}A sentence." in text
    assert text.endswith("\n")


def test_what_is_no_terminal_gets_sentences_and_nothing_else() -> None:
    assert shown(io.StringIO()) == "A sentence.\n"


def test_two_lanes_go_on_at_the_same_time() -> None:
    told: list[str] = []

    def lane(name: str) -> Waiting[None]:
        for number in range(2):
            told.append(f"{name}{number}")
            yield name

    play({"a": lane("a"), "b": lane("b")}, Display(io.StringIO()))
    assert told == ["a0", "b0", "a1", "b1"]


def test_whoever_never_answers_is_waited_for_no_longer_than_was_said() -> None:
    def lost() -> str | None:
        raise ServerLost("away")

    def lane() -> Waiting[None]:
        yield from until(lost, 0.3, "it had not come", lambda: "waiting")

    with pytest.raises(NotFinished, match="it had not come"):
        play({"a": lane()}, Display(io.StringIO()))


def test_a_promise_that_nothing_was_measured_of_is_not_held_and_not_left_out(tmp_path: Path) -> None:
    found = all_of([HELD])
    assert [each.name for each in found] == list(NAMES)
    assert [each.held for each in found].count(True) == 1
    assert table(found, 61).count("not measured  ") == len(NAMES) - 1
    write(tmp_path / "out.json", found, 61.04)
    said = json.loads((tmp_path / "out.json").read_text())
    assert said["seconds"] == 61.0
    assert set(said["promises"][1]) == {"name", "target", "measured", "unit", "held"}
    assert [said["promises"][1][key] for key in ("name", "measured", "held")] == ["zero-failed-switch", 0, True]


def test_its_visitors_are_users_to_whoever_counts_what_users_met() -> None:
    asked = {"request": {"uri": visitors.PAGE, "method": "GET"}, "agent": visitors.AGENT, "color": "blue"}
    line = {**asked, "ts": 1795183586.9, "duration": 0.01, "status": 200, "resp_headers": {}}
    assert request(json.dumps(line).encode()) is not None
