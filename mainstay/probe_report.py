"""What is said of a prober's count: in a sentence, in lines of a report, and as numbers for the record."""

from collections.abc import Iterator
from datetime import datetime

from mainstay.probes import Changeover, Count
from mainstay.sights import BACK_WITHIN_SECONDS, PUBLIC, Sight

SHOWN_HANDOVERS = 6


def sentence(count: Count) -> str:
    """The first thing a person wants to know."""
    if not count.asked:
        return f"The prober saw nothing{_because(count)}."
    return f"{count.failed} of {count.asked} failed{_because(count)}."


def lines(count: Count) -> list[str]:
    """Markdown, for a report."""
    return [f"**{sentence(count)}** {_by_kind(count)}", "", *(f"- {said}" for said in _details(count))]


def numbers(count: Count) -> dict[str, float]:
    """For a release record."""
    return {
        "probes": count.asked,
        "probes_failed": count.failed,
        "probes_closed": count.closed,
        "probes_unfinished": count.unfinished,
        "probes_longest_gap_seconds": round(count.longest_gap_seconds, 3),
        **{f"probes_{kind}": count.of(kind).asked - count.of(kind).closed for kind in PUBLIC},
        **{f"probes_{kind}_failed": count.of(kind).failed for kind in PUBLIC},
        "websocket_closings": count.closings.number,
        "websocket_closings_failed": count.closings.failed,
        "websocket_longest_away_seconds": round(count.closings.longest_away_seconds, 3),
        "blind": bool(count.blind),
    }


def _because(count: Count) -> str:
    return f"; this is not all there was to see: {count.blind.rstrip('.')}" if count.blind else ""


def _by_kind(count: Count) -> str:
    said = (f"{count.of(kind).failed} of {count.of(kind).asked - count.of(kind).closed} {kind}" for kind in PUBLIC)
    return ", ".join(said) + "."


def _details(count: Count) -> Iterator[str]:
    yield f"Longest time without a good answer: {count.longest_gap_seconds:.2f} s."
    yield from (_changeover(each) for each in count.changeovers[:SHOWN_HANDOVERS])
    if (more := len(count.changeovers) - SHOWN_HANDOVERS) > 0:
        yield f"And {more} more times it changed what it showed."
    if count.of("websocket").asked:
        yield _websocket(count)
    if count.closed:
        yield f"{count.closed} more were asked while the site showed its page, or nothing yet: they are not counted."
    if count.unfinished:
        yield f"{count.unfinished} more had no answer yet when the prober was ended."
    yield from (_example(each) for each in count.examples)


def _changeover(each: Changeover) -> str:
    old, new = each.last_old, each.first_new
    return (
        f"From {old.what} to {new.what}: {new.what} first answered at {_clock(new.answered)}; {old.what} was last asked"
        f" at {_clock(old.asked)} and last answered at {_clock(old.answered)}."
    )


def _websocket(count: Count) -> str:
    closings = count.closings
    if not closings.number:
        return "The websocket was kept."
    back = f", last back on {closings.back_on}" if closings.back_on else ""
    return (
        f"The websocket was closed {closings.number} time(s), {closings.failed} of them not as agreed (1012, and back"
        f" within {BACK_WITHIN_SECONDS:g} s); longest away {closings.longest_away_seconds:.2f} s{back}."
    )


def _example(sight: Sight) -> str:
    who = f" ({sight.shows})" if sight.shows else ""
    return f"Failed at {_clock(sight.at)}: {sight.kind}{who}: {sight.why or f'answered {sight.status}'}"


def _clock(at: datetime) -> str:
    return f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}"
