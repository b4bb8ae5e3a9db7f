"""What a person reads about a change when it is over: what was done, when, why, and how it ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from mainstay.journal import COMPLETED, ROLLED_BACK, UNPROVEN, Entry, Journal, Kind

MEANS = {
    COMPLETED: "what was wanted is there",
    UNPROVEN: "what was wanted is there; nothing spoke against it, but too little for it: look at it yourself",
    ROLLED_BACK: "it was taken back",
}
SAID = {
    Kind.REQUEST: "it begins, written down",
    Kind.PASSED: "**proven**: from here on it stays",
    Kind.ACCEPTED: "**accepted, unproven**: from here on it stays",
    Kind.SETTLING: "**it is settled**: {step}",
    Kind.CLOSED: "it ends: {step}",
}


@dataclass(frozen=True)
class End:
    """How a change ended, why, and what was measured in it."""

    outcome: str
    reasons: tuple[str, ...]
    findings: str = ""  # in Markdown
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Carried:
    """What was done to settle a change; and how that is called, if it did not end as it was to."""

    said: tuple[str, ...]
    outcome: str | None = None


@dataclass(frozen=True)
class About:
    """What a report says beside the journal."""

    title: str
    system: str
    environment: str
    who: str
    end: End
    unsaid: tuple[str, ...] = ()


def report(about: About, journal: Journal) -> str:
    """Markdown, for Prefect's UI: what it means first, the steps last."""
    lines = [
        f"# {about.title}: {about.end.outcome}",
        f"**{about.system} {about.environment}**: {MEANS.get(about.end.outcome, 'nothing was changed')}.",
        "",
        *(f"- {reason}" for reason in about.end.reasons),
        "",
        *([about.end.findings, ""] if about.end.findings else []),
        *_known_before(about.end, journal),
        "| At (UTC) | Took | Step |",
        "|---|---|---|",
        *_rows(journal.entries),
        "",
        f"Asked for by {about.who}, change `{journal.change}`{_duration(journal.entries)}.",
    ]
    if about.unsaid:
        lines += ["", "Could not be told while it happened:", *(f"- {what}" for what in about.unsaid)]
    return "\n".join(lines) + "\n"


def _known_before(end: End, journal: Journal) -> list[str]:
    """Why the plan is as it is, where the reasons do not say that already."""
    note = _plain(journal.request.note) if journal.request else ""
    return [f"Known before it began: {note}.", ""] if note and note not in "; ".join(end.reasons) else []


def _rows(entries: Sequence[Entry]) -> list[str]:
    """An entry is written before its step is done, so a step took until the next entry; the last one before a proof,
    until that was there.
    """
    took = [f"{(after.at - entry.at).total_seconds():.2f} s{_proof(after)}" for entry, after in pairwise(entries)]
    return [
        f"| {entry.at:%H:%M:%S} | {duration} | {_what(entry)} |"
        for entry, duration in zip(entries, [*took, ""], strict=False)
    ]


def _proof(after: Entry) -> str:
    return ", with its proof" if after.kind in (Kind.PASSED, Kind.ACCEPTED) else ""


def _what(entry: Entry) -> str:
    return SAID.get(entry.kind, "{step}").format(step=_plain(entry.step))


def _duration(entries: Sequence[Entry]) -> str:
    return f", {(entries[-1].at - entries[0].at).total_seconds():.0f} s in all" if entries else ""


def _plain(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").rstrip(".")
