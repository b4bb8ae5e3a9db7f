"""When things were committed, as the log itself says: PostgreSQL reaches a moment only if something came after it."""

import re
from datetime import UTC, datetime
from pathlib import Path

from edge import streams
from edge.backups.pg_servers import Programs
from edge.streams import TONGUE
from mainstay.backups.bases.replays import Replay

_ENDED = re.compile(rb"desc: (?:COMMIT|ABORT)[^;]*?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?) UTC")


def last_before(programs: Programs, log: Path, replay: Replay) -> datetime | None:
    """Of a log in which nothing was committed after the moment: when the last was. None: something was after it.

    ``log``: a folder of plain segments, from where the base starts on.
    """
    at, newest = replay.at, datetime.min.replace(tzinfo=UTC)
    assert at is not None
    argv = [str(programs.folder / "pg_waldump"), "--rmgr=Transaction", f"--path={log}"]
    where = [f"--timeline={replay.base.timeline}", f"--start={replay.base.start}"]
    with streams.producing([*argv, *where], environment={**TONGUE, "TZ": "UTC"}) as stream:
        for line in stream.pipe:  # it ends with an error where the log ends
            if found := _ENDED.search(line):
                newest = max(newest, datetime.fromisoformat(found[1].decode()).replace(tzinfo=UTC))
                if newest > at:
                    return None
    return newest
