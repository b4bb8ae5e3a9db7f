"""Children of changes whose process died without them are ended, whatever became of the change itself."""

import logging
from pathlib import Path

from edge import marks, processes

log = logging.getLogger("keeper")


def end_orphans(home: Path) -> None:
    for change, children in marks.orphans_of_changes(home).items():
        for child in children:
            log.warning("process %d was left by change %s, whose own process is gone; it ends now", child.pid, change)
            processes.end(child, grace_seconds=0)
