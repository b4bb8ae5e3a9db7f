"""Takes set after set of a folder that changes, until somebody kills it. Its words: a folder of ours, and a store."""

import sys
from itertools import count
from pathlib import Path

from edge import clock
from edge.store import open_place
from mainstay.backups.sets import BackupSet
from tests.doors.backups.set_rig import Shelf

CHAIN = 4


def main(root: Path, address: str) -> None:
    shelf, parent = Shelf(root / "home", open_place(address), root / "folder"), None
    for number in count():
        for name in ("first", "last"):  # as one moment: a set that holds both as they were then, or neither
            (root / "folder" / name).write_text(f"{clock.new_nonce()} {number}\n" * 20_000)
        parent = _take(shelf, parent if number % CHAIN else None)
        sys.stdout.write(f"{parent.id}\n")
        sys.stdout.flush()


def _take(shelf: Shelf, parent: BackupSet | None) -> BackupSet:
    return shelf.take("incremental" if parent else "full", parent=parent)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
