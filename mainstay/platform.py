"""Which programs an installation runs, with which words, and which of them wait for which."""

from collections.abc import Mapping
from dataclasses import dataclass

from mainstay.installation import Cluster, Installation
from mainstay.postgres import postgres_program
from mainstay.programs import Program

POOL = "main"
HEARTBEAT_SECONDS = 30  # of a run; Prefect takes no fewer


@dataclass(frozen=True)
class Queue:
    name: str
    priority: int
    limit: int | None  # how many of its runs may be under way at once


# The pool itself has no limit: so whatever routine work is under way, an urgent run starts at once. What keeps sets has
# places of its own: it may wait for hours until another of its kind has ended, and backups and deploys never for that.
QUEUES = (Queue("urgent", 1, None), Queue("routine", 2, 4), Queue("keeping", 3, 2))


def programs(installation: Installation) -> tuple[Program, ...]:
    """In the order of their needs. A named database is not among them: it is not ours to start."""
    ours = () if installation.cluster is None else (_database(installation, installation.cluster),)
    return (*ours, _server(installation), _worker(installation), _gateway(installation))


def client_environment(installation: Installation) -> dict[str, str]:
    """What a process needs to talk to our Prefect server: it rides out an outage of minutes."""
    return {
        "PREFECT_API_URL": installation.api,
        "PREFECT_API_AUTH_STRING": installation.login,
        "PREFECT_CLIENT_MAX_RETRIES": "10",
        **_prefect_environment(installation),
    }


def run_environment(installation: Installation) -> dict[str, str]:
    """What every run is given by its pool, on whatever worker. It is stored on the server, so it holds no secret."""
    return {
        **dict(installation.words),
        "PREFECT_API_URL": installation.api,
        "PREFECT_CLIENT_MAX_RETRIES": "10",
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_SECONDS),
    }


def _database(installation: Installation, cluster: Cluster) -> Program:
    return postgres_program("database", installation.python, cluster, installation.ports.database)


def _server(installation: Installation) -> Program:
    port = str(installation.ports.server)
    return Program(
        name="server",
        argv=(*_prefect(installation), "server", "start", "--host", "127.0.0.1", "--port", port),
        environment=_sorted(
            {
                **_prefect_environment(installation),
                "PREFECT_SERVER_API_AUTH_STRING": installation.login,
                "PREFECT_SERVER_DATABASE_CONNECTION_URL": installation.database,
                "PREFECT_SERVER_UI_ENABLED": "true",
                "PREFECT_SERVER_UI_API_URL": "/api",  # wherever the page came from: also through a tunnel or a proxy
                "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
                # leases in memory die with the server, which then cancels the healthy runs that hold them
                "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
                "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
                "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(90 * 24 * 3600),
                "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "P14D",
            }
        ),
        needs=() if installation.cluster is None else ("database",),
        ready=f"{installation.api}/health",
        hung_after_seconds=120,  # the first start builds the tables
    )


def _worker(installation: Installation) -> Program:
    """Alive is enough: its health check fails when the server is gone, and ending it would end healthy runs."""
    name = f"{POOL} on {installation.machine}"
    return Program(
        name="worker",
        argv=(*_prefect(installation), "worker", "start", "--type", "process", "--pool", POOL, "--name", name),
        environment=_sorted(
            {
                **dict(installation.words),
                **client_environment(installation),
                "PREFECT_WORKER_QUERY_SECONDS": "0.5",  # half of it is what every run waits before it begins
                "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_SECONDS),
            }
        ),
        needs=("server",),
    )


def _gateway(installation: Installation) -> Program:
    port = str(installation.ports.gateway)
    return Program(
        name="gateway",
        argv=(installation.python, "-m", "residents.gateway", "--port", port),
        environment=_sorted({**dict(installation.words), **client_environment(installation)}),
        ready=f"http://127.0.0.1:{port}/health",
    )


def _prefect(installation: Installation) -> tuple[str, ...]:
    return (installation.python, "-m", "prefect")


def _prefect_environment(installation: Installation) -> dict[str, str]:
    return {
        "MAINSTAY_HOME": str(installation.home),  # also the sign by which our own processes are known
        "PREFECT_HOME": str(installation.prefect_home),
        "TMPDIR": str(installation.passing),  # Prefect puts folders of a fixed name there: another user's bar us
        "PREFECT_LOGGING_COLORS": "false",
        "DO_NOT_TRACK": "1",
    }


def _sorted(words: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(words.items()))
