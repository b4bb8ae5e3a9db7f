"""A set never waits for ever for the log of its database, and never claims a point that the log does not reach."""

import os
import signal
from pathlib import Path

from tests.keeping import ASKED, restored, sets
from tests.whole import Whole


def test_a_log_that_does_not_come_costs_a_dump_and_is_said(whole: Whole, tmp_path: Path) -> None:
    """What ships it hangs, and so does who would start it anew. It takes as long as the log is waited for."""
    hung = [whole.keeper().pid, whole.program("wal-practice-staging").pid]
    for pid in hung:
        os.kill(pid, signal.SIGSTOP)
    try:
        run = whole.ended(whole.start("backup", {**ASKED, "kind": "database"}), seconds=270)
    finally:
        for pid in hung[::-1]:
            os.kill(pid, signal.SIGCONT)
    assert run.state == "Completed" and "did not come within 100 s" in run.message, run.message
    assert sets(whole)[0]["id"] in run.message
    assert restored(whole, tmp_path / "back").state == "Completed"
    assert (tmp_path / "back" / "database.dump").read_bytes().startswith(b"PGDMP")
