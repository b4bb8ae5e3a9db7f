"""Prunes a yard that is there, slowly, until it is done or killed. Its words: where that is, and its time."""

import sys
from datetime import datetime
from pathlib import Path
from random import Random

from edge import clock
from mainstay.descriptor.environment import Keep
from tests.doors.backups.prune_rig import Yard

KEEP = Keep(hourly=0, daily=2, weekly=0, monthly=0, yearly=0, all_for_hours=1)
WORD_SECONDS = 0.002


def main(root: Path, at: datetime) -> None:
    yard = Yard(root, KEEP, Random(1))
    yard.time = at
    sys.stdout.write("it begins\n")
    sys.stdout.flush()
    yard.prune(lambda: clock.sleep(WORD_SECONDS), agree=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))
