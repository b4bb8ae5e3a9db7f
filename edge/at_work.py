"""The door to whatever is told in a home right now: runs of Prefect, and stories that keeper started without it."""

from pathlib import Path

from edge import clock, marks, processes
from edge.processes import Identity


def at_work(home: Path) -> tuple[Identity, ...]:
    """All processes of them, also those that only hang on at their exit because their server is gone."""
    return tuple(
        identity
        for identity, said in marks.carriers("MAINSTAY_HOME")
        if said["MAINSTAY_HOME"] == str(home) and (said.get(marks.RUN) or said.get(marks.STORY))
    )


def end_work(home: Path, *, grace_seconds: float) -> int:
    """Each is asked, and goes its way back; whoever is still there after that is ended. How many there were."""
    found = at_work(home)
    for each in found:
        processes.ask_to_end(each)
    until = clock.monotonic() + grace_seconds
    while left := at_work(home):
        if clock.monotonic() > until:
            for each in left:
                processes.kill(each)
        processes.reap()
        clock.sleep(0.1)
    return len(found)
