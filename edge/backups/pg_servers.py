"""The programs with which a cluster of one major version can be made and run on this machine."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge import processes
from edge.backups.pg_tools import ASK_SECONDS, places
from edge.postgres import postgres_programs
from edge.streams import TONGUE
from mainstay.backups.pg_versions import INSTALL, major
from mainstay.errors import Refused


@dataclass(frozen=True)
class Programs:
    """Of one build."""

    folder: Path
    version: str

    def has(self, name: str) -> bool:
        return (self.folder / name).exists()


def find_programs(name: str, version: str, *, place: Path = postgres_programs.PLACE) -> Programs:
    """Those of the same major that have this one. What a person installed comes first: it can more than ours."""
    found = list(_look(name, places()))
    for each in found:
        if major(each.version) == major(version):
            return _reachable(each, place)
    known = ", ".join(each.version for each in found) or "none"
    raise Refused(
        f"For a cluster of PostgreSQL {version} {name} of the same major is needed, and here is {known}. Nothing was"
        f" done. {INSTALL.format(major=major(version)).replace('-client', '')}"
    )


def _reachable(programs: Programs, place: Path) -> Programs:
    """Root runs them as the system user, who cannot enter our venv."""
    if os.geteuid() == 0 and programs.folder == postgres_programs.in_place():
        return Programs(postgres_programs.copied(place), programs.version)
    return programs


def _look(name: str, folders: Sequence[Path]) -> Iterator[Programs]:
    for folder in folders:
        if not (folder / name).exists():
            continue
        told = processes.run([str(folder / name), "--version"], deadline_seconds=ASK_SECONDS, environment=TONGUE)
        if told.exit == 0 and (version := re.search(r"\(PostgreSQL\) (\S+)", told.text)):
            yield Programs(folder, version[1])
