"""python migration_mover.py HOME ADDRESS: moves a shop's schema, to be killed while it does."""

import sys
from pathlib import Path

from tests.doors.migration_rig import reopened

if __name__ == "__main__":
    shop = reopened(Path(sys.argv[1]), sys.argv[2])
    with shop.change() as change:
        shop.move(change, "contract")
