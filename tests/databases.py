"""A ground to lay a database out on, and the ways in."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from edge import ports
from edge.postgres import lay_out_cluster
from mainstay.installation import Cluster, Installation
from mainstay.platform import programs
from mainstay.programs import Program

LAY_OUT = """
import sys
from pathlib import Path
from edge.postgres import lay_out_cluster
print(lay_out_cluster(Path(sys.argv[1]), place=Path(sys.argv[2])).data)
"""


@dataclass(frozen=True)
class Ground:
    """A home, and a place that the system user can reach."""

    home: Path
    place: Path

    @property
    def argv(self) -> list[str]:
        return [sys.executable, "-c", LAY_OUT, str(self.home), str(self.place)]

    def cluster(self) -> Cluster:
        return lay_out_cluster(self.home, place=self.place)


@contextmanager
def folder() -> Iterator[Path]:
    """One that every user of this machine can reach, as the folders of tests cannot be."""
    root = Path(tempfile.mkdtemp(dir="/var/tmp"))
    root.chmod(0o755)
    try:
        yield root
    finally:
        shutil.rmtree(root)


def program_of(cluster: Cluster) -> tuple[Program, int]:
    chosen = ports.choose()
    whole = Installation(Path("/"), sys.executable, "host", chosen, "a:b", "", cluster, ())
    return programs(whole)[0], chosen.database


def connect(cluster: Cluster, port: int, password: str | None = None) -> psycopg.Connection[tuple[object, ...]]:
    said = cluster.password if password is None else password
    return psycopg.connect(
        host="127.0.0.1", port=port, user=cluster.user, password=said, dbname="postgres", autocommit=True
    )


def serves(cluster: Cluster, port: int) -> bool:
    try:
        connect(cluster, port).close()
    except psycopg.OperationalError:
        return False
    return True
