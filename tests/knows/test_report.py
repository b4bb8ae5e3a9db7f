"""What a person reads when a change is over: what it means first, then what was measured, the steps last."""

from datetime import timedelta

from mainstay.journal import Entry, Journal, Kind
from mainstay.probes import Count
from mainstay.report import About, End, report
from mainstay.watch import judge
from mainstay.watch.evidence import Facts as Seen
from mainstay.watch.findings import Watched
from mainstay.watch.traffic import Sample
from tests.knows.releases_world import MIDNIGHT
from tests.knows.watch_world import RULES, SWITCH, both, requests


def entry(kind: Kind, step: str, seconds: float, note: str = "") -> Entry:
    return Entry(kind, step, 1, MIDNIGHT + timedelta(seconds=seconds), note=note)


JOURNAL = Journal(
    "c1",
    (
        entry(Kind.REQUEST, "deploy", 0, "blue is live | v2 takes green"),
        entry(Kind.STEP, "show green on main", 1),
        entry(Kind.STEP, "start worker green on main", 1.25),
        entry(Kind.PASSED, "proof", 20, "0 of 144 failed"),
        entry(Kind.CLOSED, "Completed", 20.5),
    ),
)


def told(outcome: str = "Completed", *reasons: str, findings: str = "", journal: Journal = JOURNAL) -> list[str]:
    end = End(outcome, reasons, findings)
    return report(About("deploy v2", "shop", "production", "anna", end), journal).splitlines()


def test_the_first_two_lines_say_what_it_means() -> None:
    assert told()[:2] == ["# deploy v2: Completed", "**shop production**: what was wanted is there."]
    assert told("RolledBack")[1] == "**shop production**: it was taken back."
    assert "look at it yourself" in told("Accepted")[1]
    assert told("NothingToUndo")[1] == "**shop production**: nothing was changed."


def test_reasons_come_before_measures_and_measures_before_steps() -> None:
    lines = told("Completed", "it is good", findings="MEASURED")
    assert lines.index("- it is good") < lines.index("MEASURED") < lines.index("| At (UTC) | Took | Step |")


def test_every_step_has_its_hour_and_how_long_it_took() -> None:
    steps = [line for line in told() if line.startswith("| 00:")]
    assert steps == [
        "| 00:00:00 | 1.00 s | it begins, written down |",
        "| 00:00:01 | 0.25 s | show green on main |",
        "| 00:00:01 | 18.75 s, with its proof | start worker green on main |",
        "| 00:00:20 | 0.50 s | **proven**: from here on it stays |",
        "| 00:00:20 |  | it ends: Completed |",
    ]
    assert "change `c1`, 20 s in all" in told()[-1]


def test_a_table_is_broken_by_nothing_that_somebody_wrote() -> None:
    journal = Journal("c1", (entry(Kind.REQUEST, "deploy", 0), entry(Kind.STEP, "give a|b\nc {x} on main", 1)))
    assert "| 00:00:01 |  | give a\\|b c {x} on main |" in told(journal=journal)


def test_what_was_known_before_is_said_once() -> None:
    said = "Known before it began: blue is live \\| v2 takes green."
    assert said in told("Completed", "it is good")
    plain = Journal("c1", (entry(Kind.REQUEST, "rollback", 0, "back from v2"),))
    assert not [line for line in told("Completed", "back from v2", journal=plain) if line.startswith("Known")]


def test_a_change_of_which_nothing_was_written_can_be_told() -> None:
    assert told("NothingToUndo", journal=Journal("c1"))[-1] == "Asked for by anna, change `c1`."


def test_what_could_not_be_told_in_time_is_said() -> None:
    facts = About("deploy v2", "shop", "production", "anna", End("Completed", ()), ("progress: 20 %",))
    assert report(facts, JOURNAL).splitlines()[-1] == "- progress: 20 %"


def test_findings_hold_verdict_chart_probe_count_and_thresholds() -> None:
    before, since = requests("blue", -60, 0), requests("green", 0, 130, failing=lambda _: True)
    seen = Seen("green", SWITCH, SWITCH + 130, Sample(before), since, both(-60, 130))
    found = Watched(judge(RULES, seen), seen, RULES, Count(), [*before, *since], SWITCH + 130)
    text = found.findings
    assert text.startswith("The verdict after 130 s: **FAIL**.")
    for part in ("failed, █ = 100.0%", "As a prober saw it from outside:", "at least 4 errors", "no PASS before 120 s"):
        assert part in text
    assert found.numbers["errors"] > 600 and "prober_probes" in found.numbers
