"""The queue in PostgreSQL. A job belongs to the session that holds its row; if that dies, to nobody again."""

from dataclasses import dataclass
from datetime import datetime

from crm.database import Connection
from crm.settings import Identity

TAKE = (
    "select id, seconds, clock_timestamp() from jobs where done_at is null order by id for update skip locked limit 1"
)


@dataclass(frozen=True)
class Job:
    id: int
    seconds: float
    began_at: datetime


def add(kind: str, seconds: float, connection: Connection) -> int:
    found = connection.execute("insert into jobs (kind, seconds) values (%s, %s) returning id", (kind, seconds))
    return int((found.fetchone() or (0,))[0])


def counts(connection: Connection) -> tuple[int, int]:
    found = connection.execute("select count(*) filter (where done_at is null), count(done_at) from jobs").fetchone()
    return (0, 0) if found is None else (found[0], found[1])


def take(connection: Connection) -> Job | None:
    """Ours until the transaction it was taken in ends, however that ends."""
    found = connection.execute(TAKE).fetchone()
    return None if found is None else Job(*found)


def finish(job: Job, who: Identity, connection: Connection) -> None:
    """Done, and by whom: both or neither, with the transaction."""
    connection.execute("update jobs set done_at = clock_timestamp() where id = %s", [job.id])
    sql = "insert into job_runs (job, color, release, began_at, ended_at) values (%s, %s, %s, %s, clock_timestamp())"
    connection.execute(sql, (job.id, who.color, who.release, job.began_at))
