"""A holder is killed with its change open, and there is no server at all: the keeper has it closed."""

import signal
import sys
from pathlib import Path

from edge import practice_site, turns
from edge.settings import read_settings
from edge.store import open_store
from mainstay.turn import Turn
from tests.drills.keeper_rig import answering, rig
from tests.waiting import until

LIMIT_SECONDS = 120  # promised

HOLDS = """
import sys, time
from pathlib import Path
from edge import turns
from edge.journals import JournalWriter
from edge.settings import read_settings
from edge.store import open_store
from mainstay.journal import Journal, Kind
from mainstay.turn import Claim, Urgency
store = open_store(read_settings())
holder = turns.this_process("c1", "maintenance", run=None, who="anna", urgency=Urgency.ROUTINE)
held = turns.claim(store, "practice", "staging", Claim(holder, 5))
JournalWriter(store, "practice", "staging", Journal("c1"), epoch=held.epoch).write(Kind.REQUEST, "maintenance")
Path(sys.argv[1]).touch()
time.sleep(600)
"""


def test_the_open_change_of_a_killed_holder_is_closed_without_a_server(tmp_path: Path) -> None:
    settings = read_settings({"MAINSTAY_HOME": str(tmp_path)})
    practice_site.lay_out_descriptor(settings)
    there = tmp_path / "there"

    def turn() -> Turn:
        return turns.read_turn(open_store(settings), "practice", "staging")

    with rig(tmp_path, answering("only")) as made:
        made.start_keeper()
        holder = made.start([sys.executable, "-c", HOLDS, str(there)], "holder")
        until(there.exists)
        assert turn().unsettled == ("c1",)
        holder.send_signal(signal.SIGKILL)
        holder.wait(10)
        until(lambda: turn().unsettled == () and turn().holder is None, seconds=LIMIT_SECONDS)
        assert turn().epoch > 1  # somebody else had the turn, and closed it
