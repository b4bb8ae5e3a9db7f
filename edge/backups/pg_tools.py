"""The door to PostgreSQL's own tools on this machine: which there are, and what each can."""

import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from edge import processes
from edge.postgres import postgres_programs
from edge.streams import TONGUE
from mainstay.backups.pg_versions import PACKED, Tools

DEBIAN = Path("/usr/lib/postgresql")
ASK_SECONDS = 30.0
_WRAPPER = "pg_wrapper"  # Debian's: it chooses one of those below DEBIAN by rules of its own
_NOWHERE = "host=/nowhere"
_REACHED_OUT = "connection to server"  # it took all its words, and failed only at that


def places() -> tuple[Path, ...]:
    """What a person installed comes first: it can more than what comes with us."""
    on_path = [Path(found).resolve() for found in [shutil.which("pg_dump")] if found]
    by_hand = [tool.parent for tool in on_path if tool.name != _WRAPPER]
    debian = sorted(DEBIAN.glob("*/bin"))
    return tuple(dict.fromkeys([*by_hand, *debian, postgres_programs.in_place()]))


def find_tools(folders: Sequence[Path] | None = None) -> tuple[Tools, ...]:
    return tuple(_look(places() if folders is None else folders))


def _look(folders: Sequence[Path]) -> Iterator[Tools]:
    for folder in folders:
        dump, restore = folder / "pg_dump", folder / "pg_restore"
        if dump.exists() and restore.exists() and (version := _version(dump)):
            zstd = _takes(dump, "--format=custom", f"--compress={PACKED}", f"--dbname={_NOWHERE}")
            tls, bases = _takes(dump, f"--dbname={_NOWHERE} sslmode=require"), (folder / "pg_basebackup").exists()
            yield Tools(str(folder), version, zstd, tls, bases)


def _version(tool: Path) -> str:
    told = processes.run([str(tool), "--version"], deadline_seconds=ASK_SECONDS, environment=TONGUE)
    found = re.match(r"pg_dump \(PostgreSQL\) (\S+)", told.text)
    return found[1] if told.exit == 0 and found else ""


def _takes(tool: Path, *words: str) -> bool:
    """Versions do not tell: builds of the same one differ in what was built in."""
    told = processes.run([str(tool), *words], deadline_seconds=ASK_SECONDS, environment=TONGUE)
    return _REACHED_OUT in told.text
