"""The door to what this installation chose when it was laid out: ports, passwords, folders, its database."""

import importlib.metadata
import json
import secrets
import sys
from dataclasses import asdict
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from edge import machine, ports, private
from edge.postgres import lay_out_cluster
from edge.secrets import redaction, resolve
from edge.settings import WORDS, Settings, contradictions, kept_words, to_environment
from mainstay.errors import BadInput, Refused
from mainstay.installation import VERSIONS, Cluster, Installation, Ports, version_faults

_NOT_FOR_RUNS = {"MAINSTAY_PREFECT_DATABASE", "MAINSTAY_DEAD_MAN"}  # may hold a password, and no run needs them


def lay_out(settings: Settings) -> Installation:
    """Chosen once, read ever after; done twice at once or killed half-way it ends the same.

    The words of the settings are kept for whoever says none: the last who laid it out has said them.
    """
    if faults := version_faults({name: _version(name) for name in VERSIONS}):
        raise Refused(f"Nothing was started: {'; '.join(faults)}. Install what requirements.lock names.")
    kept = private.folder(private.folder_if_missing(settings.home) / "platform")
    private.folder(kept / "prefect")
    private.folder(kept / "passing")
    with private.alone(kept / "lock", deadline_seconds=300):
        chosen = Ports(**json.loads(private.once(kept / "ports.json", lambda: json.dumps(asdict(ports.choose())))))
        login = private.once(kept / "login", lambda: f"mainstay:{secrets.token_urlsafe(24)}")
        redaction.learn(login.partition(":")[2])
        if contradictions(settings) or not (settings.home / WORDS).exists():
            private.write(settings.home / WORDS, kept_words(settings))
        address, cluster = _database(settings, chosen)
    words = {name: word for name, word in to_environment(settings).items() if name not in _NOT_FOR_RUNS}
    return Installation(
        home=settings.home,
        python=sys.executable,
        machine=machine.name(),
        ports=chosen,
        login=login,
        database=address,
        cluster=cluster,
        words=tuple(sorted(words.items())),
    )


def written_ports(settings: Settings) -> Ports | None:
    """As they were chosen; None: nothing was ever laid out in this home."""
    try:
        return Ports(**json.loads((settings.home / "platform" / "ports.json").read_text()))
    except FileNotFoundError:
        return None


def _database(settings: Settings, chosen: Ports) -> tuple[str, Cluster | None]:
    if settings.prefect_database:
        return asyncpg_address(_resolved(settings.prefect_database)), None
    ours = lay_out_cluster(settings.home)
    return f"postgresql+asyncpg://{ours.user}:{ours.password}@127.0.0.1:{chosen.database}/postgres", ours


def _resolved(said: str) -> str:
    """An address as it stands, or where it is kept: env://NAME, file:///path."""
    return said if said.startswith("postgres") else resolve(said).reveal()


def asyncpg_address(address: str) -> str:
    """A PostgreSQL address as Prefect's own driver spells it. The address itself is never shown."""
    parts = urlsplit(address.strip())
    if parts.scheme not in ("postgres", "postgresql", "postgresql+asyncpg") or not parts.hostname:
        raise BadInput(
            "MAINSTAY_PREFECT_DATABASE must be a PostgreSQL address, or a reference to one; Prefect on SQLite refuses "
            "runs when several are created at once. Write postgresql://user:password@host:5432/database."
        )
    query = [("ssl" if name == "sslmode" else name, value) for name, value in parse_qsl(parts.query)]
    return urlunsplit(parts._replace(scheme="postgresql+asyncpg", query=urlencode(query)))


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
