"""A PostgreSQL of our own as a program: who it runs as, and what it promises."""

from collections.abc import Mapping

from mainstay.installation import Cluster, Owner
from mainstay.programs import Program


def postgres_program(
    name: str, python: str, cluster: Cluster, port: int, more: Mapping[str, str] | None = None
) -> Program:
    """``more``: settings beside those that each has."""
    as_owner = () if cluster.owner is None else _as(cluster.owner)
    return Program(
        name=name,
        argv=(
            *(python, "-m", "edge.postgres.postgres_start", str(cluster.data)),
            *(*as_owner, str(cluster.programs / "postgres"), "-D", str(cluster.data)),
            *_settings(port, more or {}),
        ),
        ready=f"tcp://127.0.0.1:{port}",
        hung_after_seconds=300,  # after a crash it first replays its log, and killing it then only starts that again
        stop_signal="INT",
        stop_seconds=30,
    )


def _settings(port: int, more: Mapping[str, str]) -> tuple[str, ...]:
    """Nothing is reachable from outside, and nothing acknowledged is lost when the power fails."""
    said = {
        "port": str(port),
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "max_connections": "60",
        "log_timezone": "UTC",
        **more,
    }
    return tuple(word for name, value in said.items() for word in ("-c", f"{name}={value}"))


def _as(owner: Owner) -> tuple[str, ...]:
    return ("setpriv", f"--reuid={owner.uid}", f"--regid={owner.gid}", "--clear-groups", "--no-new-privs", "--")
