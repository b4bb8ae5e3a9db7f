"""What was chosen once when an installation was laid out, and is read ever after."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

FROM_A_CLONE = (  # not packaged: a clone is where people read them, and edit them
    "prefect.yaml and systems/ lie beside the packages, so Mainstay runs from a clone of its repository: there, "
    "`python3 make.py up` installs it editable."
)
VERSIONS = {  # the set that was seen to work together; others install, and die, or do not keep their schedules
    "prefect": "3.8.8",
    "fastapi": "<0.151",
    "sqlalchemy": "<2.1",
}


@dataclass(frozen=True)
class Ports:
    database: int
    server: int
    gateway: int


@dataclass(frozen=True)
class Owner:
    """The system user PostgreSQL runs as, because it refuses to run as root."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL of our own, already laid out: its programs, its data, whose they are."""

    programs: Path  # the folder of postgres, initdb, pg_dump, ...
    data: Path
    owner: Owner | None  # None: it runs as whoever starts it
    user: str
    password: str = field(repr=False)  # lies beside the data: a home that was removed and made anew still fits them


@dataclass(frozen=True)
class Installation:
    """Everything about this installation that was chosen once and is read ever after."""

    home: Path
    python: str
    machine: str
    ports: Ports
    login: str = field(repr=False)  # user:password of Prefect's UI and API
    database: str = field(repr=False)  # the address Prefect's server is given
    cluster: Cluster | None  # None: the database is somebody else's
    words: tuple[tuple[str, str], ...] = field(repr=False)  # our own settings, for our own processes

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.ports.server}/api"

    @property
    def ui(self) -> str:
        return f"http://127.0.0.1:{self.ports.server}"

    @property
    def passing(self) -> Path:
        """What its programs need only for a while; nobody else's names stand in its way."""
        return self.home / "platform" / "passing"

    @property
    def prefect_home(self) -> Path:
        return self.home / "platform" / "prefect"


def version_faults(found: Mapping[str, str | None]) -> tuple[str, ...]:
    """Each installed version that was never seen to work, as a sentence."""
    return tuple(
        f"{name} must be {_spelled(wanted)}; {found.get(name) or 'none'} is installed"
        for name, wanted in VERSIONS.items()
        if not _fits(found.get(name), wanted)
    )


def _spelled(wanted: str) -> str:
    return f"older than {wanted[1:]}" if wanted.startswith("<") else wanted


def _fits(found: str | None, wanted: str) -> bool:
    if found is None:
        return False
    if wanted.startswith("<"):
        return _numbers(found) < _numbers(wanted[1:])
    return found == wanted


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
