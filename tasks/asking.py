"""What users see is asked until it is shown often enough in a row: one good answer may come from a process that is
about to end.
"""

from collections.abc import Callable

from edge import clock, sites
from edge.changes import Change
from edge.sites import Answer
from mainstay.errors import CommandFailed

IN_A_ROW = 3
PROOF_SECONDS = 10.0


def seen_in_a_row(
    change: Change,
    address: str,
    expected: str,
    good: Callable[[Answer], bool],
    but: Callable[[Answer], str],
    *,
    pause_seconds: float,
) -> Answer:
    """The last of the good answers. Raises when there was no good one at the end of its time; ``but`` says what is
    known of the answer that was not, and what to look at.
    """
    end, seen = clock.monotonic() + PROOF_SECONDS, 0
    while True:
        change.check()
        answer = sites.look(address)
        seen = seen + 1 if good(answer) else 0
        if seen == IN_A_ROW:
            return answer
        if seen == 0 and clock.monotonic() > end:
            raise CommandFailed(
                f"{address} does not show {expected} after {PROOF_SECONDS:.0f} s: it answered"
                f" {answer.status or 'nothing'}{but(answer)}"
            )
        clock.sleep(pause_seconds)
