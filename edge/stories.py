"""The door through which another story is started: a run of Prefect, or without it the same flow as a child."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal

from edge import logs, machine, marks, processes
from edge.prefect_server import PrefectServer, Value
from edge.processes import Identity
from mainstay.audit import as_tags
from mainstay.errors import ServerLost, ServerRefused
from mainstay.platform import POOL

SAID_ALONE = ("run", "system", "environment", "page", "version")  # without their names, in the order of the command
COMMAND = (sys.executable, "-m", "deployments.command_line")
ON_ITS_OWN = {marks.RUN: ""}  # a story is nobody's child: the end of the run that started it is not its own


@dataclass(frozen=True)
class Started:
    how: Literal["run", "child"]
    id: str  # of the run, or the number of the process


def start_story(
    name: str,
    parameters: Mapping[str, Value],
    key: str,
    *,
    home: Path,
    server: PrefectServer | None,
    asked_by: str,
    urgent: bool = True,
    begins_at: datetime | None = None,
    command: tuple[str, ...] = COMMAND,
) -> Started:
    """A key gives one run, also long after that has ended; and one child as long as that lives. If the server
    took it and its answer was lost, it is both a run and a child. So a story bears being started twice:
    the turn lets one of them in. A run may be told to begin later; a child begins at once, because nobody would start
    it then.
    """
    if server is not None:
        with suppress(ServerLost, ServerRefused):
            queue = "urgent" if urgent else None  # its own, as prefect.yaml has it
            tags = as_tags(asked_by, machine.name())
            run = server.start(f"{name}/{POOL}", parameters, key=key, queue=queue, tags=tags, begins_at=begins_at)
            return Started("run", run.id)
    words = (*command, name, *_words(parameters), "--without-server")
    return Started("child", str(_child(words, home / "logs" / f"{name}.log", f"{home.resolve()} {key}", asked_by).pid))


def _words(parameters: Mapping[str, Value]) -> Iterator[str]:
    """As a person would type them: what is not said is left out."""
    for name, value in parameters.items():
        if name in SAID_ALONE:
            yield str(value)
        elif value is True:
            yield f"--{name}"
        elif value:
            yield from (f"--{name}", str(value))


def _child(words: Sequence[str], log: Path, key: str, asked_by: str) -> Identity:
    """Known by its mark alone: that cannot outlive it, as a record of it could."""
    mark = sha256(key.encode()).hexdigest()[:24]
    if living := marks.saying(marks.STORY, mark):
        return living[0]
    logs.trim(log)
    return processes.start(words, log=log, environment={**ON_ITS_OWN, marks.STORY: mark, marks.ASKED_BY: asked_by})
