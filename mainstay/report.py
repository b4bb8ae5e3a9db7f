"""What a person reads about a change when it is over: what was done, when, why, and how it ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from mainstay.journal import Entry, Journal


@dataclass(frozen=True)
class End:
    """How a change ended, why, and what was measured in it."""

    outcome: str
    reasons: tuple[str, ...]
    findings: str = ""  # in Markdown
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """What a report says beside the journal."""

    title: str
    system: str
    environment: str
    who: str
    end: End
    unsaid: tuple[str, ...] = ()


def report(facts: Facts, journal: Journal) -> str:
    """Markdown, for Prefect's UI."""
    lines = [
        f"# {facts.title}: {facts.end.outcome}",
        f"**{facts.system} {facts.environment}**, asked for by {facts.who}, change `{journal.change}`",
        "",
        *(f"- {reason}" for reason in facts.end.reasons),
        "",
        *([facts.end.findings, ""] if facts.end.findings else []),
        "| Step | At (UTC) | Took |",
        "|---|---|---|",
        *_rows(journal.entries),
    ]
    if facts.unsaid:
        lines += ["", "Could not be told while it happened:", *(f"- {what}" for what in facts.unsaid)]
    return "\n".join(lines) + "\n"


def _rows(entries: Sequence[Entry]) -> list[str]:
    """An entry is written before its step is done, so a step took until the next entry."""
    ends = [after.at for _, after in pairwise(entries)]
    took = [f"{(end - entry.at).total_seconds():.2f} s" for entry, end in zip(entries, ends, strict=False)]
    return [
        f"| {_what(entry)} | {entry.at:%H:%M:%S} | {duration} |"
        for entry, duration in zip(entries, [*took, ""], strict=True)
    ]


def _what(entry: Entry) -> str:
    words = f"{entry.kind}: {entry.step}" + (f" ({entry.note})" if entry.note else "")
    return words.replace("|", "\\|").replace("\n", " ")
