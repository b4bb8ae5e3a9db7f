"""The one door to the environment. Read once at the beginning, then passed as a value."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from edge import marks
from mainstay.errors import BadInput

KEPT = (
    *("MAINSTAY_STORE", "MAINSTAY_STORE_ENDPOINT", "MAINSTAY_BACKUPS", "MAINSTAY_BACKUPS_ENDPOINT"),
    *("MAINSTAY_BACKUPS_PROFILE", "MAINSTAY_BACKUPS_COPY", "MAINSTAY_BACKUPS_COPY_ENDPOINT"),
    "MAINSTAY_BACKUPS_COPY_PROFILE",
    *("MAINSTAY_SYSTEMS", "MAINSTAY_TIMEZONE"),
)
PORTS = "20000-29999"  # below those the kernel lends to outgoing connections, which would take ours now and then
WORDS = "platform/words.json"  # below home: the words it was laid out with


@dataclass(frozen=True)
class Settings:
    """Where this installation lives. Secrets are not here: they are references, resolved when used."""

    home: Path  # everything this installation keeps on this machine
    store: str  # a directory, or s3://bucket/prefix
    store_endpoint: str | None  # an S3 server that is not Amazon's
    backups: str  # where sets are kept: a directory, or s3://bucket/prefix; better another machine's
    backups_endpoint: str | None
    backups_profile: str | None  # the name of a profile in Amazon's own files; None: as for the store
    copy: str | None  # where a second copy of the sets is kept; None: nowhere
    copy_endpoint: str | None
    copy_profile: str | None
    systems: Path  # the folder of descriptors
    prefect_database: str | None  # a PostgreSQL address (or a reference to one) instead of our own
    prefect_api: str | None  # the Prefect server to talk to; None: the one `mainstay up` started
    dead_man: str | None  # an address that misses our pings when we are dead
    timezone: str  # of the schedules
    ports: range  # among which those of a new installation are chosen

    @property
    def logs(self) -> Path:
        return self.home / "logs"


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """As the environment says; else as this home was laid out with; else there is a default that works."""
    said = os.environ if environment is None else environment
    home = Path(said.get("MAINSTAY_HOME") or _default_home()).expanduser()
    if not home.is_absolute():
        raise BadInput(f'MAINSTAY_HOME: must be an absolute path; you wrote "{home}"')
    if home.exists() and not home.is_dir():
        raise BadInput(f"MAINSTAY_HOME: must be a folder, or nothing yet; {home} is a file. Name another place.")
    words = {**_kept(home), **{name: said[name] for name in KEPT if name in said}}
    return Settings(
        home=home,
        store=words.get("MAINSTAY_STORE") or str(home / "store"),
        store_endpoint=words.get("MAINSTAY_STORE_ENDPOINT") or None,
        backups=words.get("MAINSTAY_BACKUPS") or str(home / "backups"),
        backups_endpoint=words.get("MAINSTAY_BACKUPS_ENDPOINT") or None,
        backups_profile=words.get("MAINSTAY_BACKUPS_PROFILE") or None,
        copy=words.get("MAINSTAY_BACKUPS_COPY") or None,
        copy_endpoint=words.get("MAINSTAY_BACKUPS_COPY_ENDPOINT") or None,
        copy_profile=words.get("MAINSTAY_BACKUPS_COPY_PROFILE") or None,
        systems=Path(words.get("MAINSTAY_SYSTEMS") or home / "systems"),
        prefect_database=said.get("MAINSTAY_PREFECT_DATABASE"),
        prefect_api=said.get("PREFECT_API_URL"),
        dead_man=said.get("MAINSTAY_DEAD_MAN"),
        timezone=_zone(words.get("MAINSTAY_TIMEZONE") or "UTC"),
        ports=_ports(said.get("MAINSTAY_PORTS") or PORTS),
    )


def contradictions(settings: Settings) -> tuple[str, ...]:
    """Where these settings are not those that the home was laid out with: another shell would see another store."""
    kept, asked = _kept(settings.home), to_environment(settings)
    return tuple(
        f"{name}: the installation in {settings.home} uses {kept.get(name) or 'none'}, the environment says"
        f" {asked.get(name) or 'none'}."
        for name in KEPT
        if kept and kept.get(name) != asked.get(name)
    )


def kept_words(settings: Settings) -> str:
    """What ``read_settings`` finds in the home later: no word of it is secret."""
    return json.dumps({name: word for name, word in to_environment(settings).items() if name in KEPT})


def read_run() -> str:
    """The Prefect run this process was started for."""
    return os.environ[marks.RUN]


@dataclass(frozen=True)
class Origin:
    """Who is behind this process, as sudo, sshd and whoever started it tell."""

    sudo_user: str | None
    ssh_client: str | None
    asked_by: str | None = None  # a story that keeper started acts for keeper, whatever user it runs as


def read_origin(environment: Mapping[str, str] | None = None) -> Origin:
    said = os.environ if environment is None else environment
    words = (said.get("SSH_CONNECTION") or said.get("SSH_CLIENT") or "").split()
    return Origin(said.get("SUDO_USER") or None, words[0] if words else None, said.get(marks.ASKED_BY) or None)


def for_home(home: Path) -> Settings:
    """An installation that lives in this folder alone, whatever the environment says of another."""
    return read_settings({"MAINSTAY_HOME": str(home)})


def to_environment(settings: Settings) -> dict[str, str]:
    """The words that make another process of ours read the same settings."""
    words = {
        "MAINSTAY_HOME": str(settings.home),
        "MAINSTAY_STORE": settings.store,
        "MAINSTAY_STORE_ENDPOINT": settings.store_endpoint,
        "MAINSTAY_BACKUPS": settings.backups,
        "MAINSTAY_BACKUPS_ENDPOINT": settings.backups_endpoint,
        "MAINSTAY_BACKUPS_PROFILE": settings.backups_profile,
        "MAINSTAY_BACKUPS_COPY": settings.copy,
        "MAINSTAY_BACKUPS_COPY_ENDPOINT": settings.copy_endpoint,
        "MAINSTAY_BACKUPS_COPY_PROFILE": settings.copy_profile,
        "MAINSTAY_SYSTEMS": str(settings.systems),
        "MAINSTAY_PREFECT_DATABASE": settings.prefect_database,
        "MAINSTAY_DEAD_MAN": settings.dead_man,
        "MAINSTAY_TIMEZONE": settings.timezone,
    }
    return {name: word for name, word in words.items() if word is not None}


def said(prefix: str) -> dict[str, str]:
    """What the environment says under names that begin so: for a process that passes nothing else on."""
    return {name: word for name, word in os.environ.items() if name.startswith(prefix)}


def leave_the_server(prefect_home: Path) -> None:
    """From here on this process has no Prefect server, and nothing of ours is written into a person's own Prefect."""
    os.environ.pop("PREFECT_API_URL", None)
    os.environ["PREFECT_HOME"] = str(prefect_home)
    os.environ["PREFECT_SERVER_ALLOW_EPHEMERAL_MODE"] = "true"
    os.environ["PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"] = "120"  # a busy machine takes longer than its 20
    os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
    os.environ["DO_NOT_TRACK"] = "1"


def _kept(home: Path) -> dict[str, str]:
    try:
        return {str(name): str(word) for name, word in json.loads((home / WORDS).read_text()).items()}
    except FileNotFoundError:
        return {}


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(
            f'MAINSTAY_TIMEZONE: must be the name of a time zone, such as Europe/Berlin; you wrote "{name}"'
        ) from None
    return name


def _ports(words: str) -> range:
    first, _, last = words.partition("-")
    if not (first.isdecimal() and last.isdecimal() and 1024 <= int(first) <= int(last) - 99 <= 65535 - 99):
        raise BadInput(
            f"MAINSTAY_PORTS: must be the first and the last of at least 100 ports from 1024 on, such as {PORTS};"
            f' you wrote "{words}"'
        )
    return range(int(first), int(last) + 1)


def _default_home() -> Path:
    if os.geteuid() == 0:
        return Path("/var/lib/mainstay")
    return Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share") / "mainstay"
