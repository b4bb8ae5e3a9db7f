"""The programs that receive logs: one for each environment whose database has a stream."""

import sys
from collections.abc import Iterator

from edge.settings import Settings, to_environment
from edge.systems import read_readable
from mainstay.programs import Program


def programs(settings: Settings) -> tuple[Program, ...]:
    return tuple(_programs(settings))


def _programs(settings: Settings) -> Iterator[Program]:
    words = tuple(to_environment(settings).items())
    good, _ = read_readable(settings)  # what is wrong with the others is told by whoever reads descriptors
    for system in good:
        if system.database is not None and system.database.stream is not None:
            for environment in system.environments:
                argv = (sys.executable, "-m", "residents.wal", system.name, environment)
                yield Program(f"wal-{system.name}-{environment}", argv, environment=words)
