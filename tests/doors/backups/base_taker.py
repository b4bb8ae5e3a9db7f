"""Takes a base and stands still in the middle, to be killed there. Words: a home, a store, a server, how far."""

import sys
from pathlib import Path

from edge import clock
from edge.backups.bases.base import Copying, copying, tool_for
from edge.backups.bases.clusters import observe_cluster
from edge.backups.keyring import keyring
from edge.backups.taking import Taking
from edge.store import open_place
from mainstay.backups import sets
from tests.doors.backups.set_rig import ENVIRONMENT, SYSTEM


class StandingStill:
    def __init__(self, copy: Copying, after: float) -> None:
        self._copy, self._left = copy, after

    def read(self, size: int, /) -> bytes:
        if self._left < 0:
            sys.stdout.write("ready")
            sys.stdout.flush()
            clock.sleep(3600)
        data = self._copy.read(min(size, 65_536))
        self._left -= len(data)
        return data


def main(home: Path, store: str, log: str, megabytes: float) -> None:
    cluster = observe_cluster(log, log)
    id = sets.new_id("full", clock.now(), clock.new_nonce())
    taking = Taking(open_place(store), SYSTEM, ENVIRONMENT, id, clock.now(), keyring(home).sealed_to())
    with copying(log, cluster, tool_for(log, cluster)) as copy:
        taking.keep("base.tar.zst.age", StandingStill(copy, megabytes * 1e6), copy.finish)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], float(sys.argv[4]))
