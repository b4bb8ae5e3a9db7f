"""What is made once for all the tests of one thing, because making it takes longer than most of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.backups.dumps.scratch import scratch_database
from tests.databases import folder
from tests.doors.backups.dump_rig import Server, debian_server, scratch_server
from tests.doors.crm_database import Postgres
from tests.doors.crm_rig import Crm, Trees


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with folder() as root, Postgres.up(root) as made:
        yield made


@pytest.fixture(scope="session")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Trees:
    return Trees(tmp_path_factory.mktemp("crm"))


@pytest.fixture
def crm(postgres: Postgres, trees: Trees) -> Iterator[Crm]:
    """On an empty database of its own."""
    with Crm.on(postgres, trees) as made:
        yield made


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    """Where the system user of scratch databases finds their programs."""
    with folder() as root:
        yield root


@pytest.fixture(scope="session")
def server(place: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A PostgreSQL to dump from and to restore into: ours, a scratch database."""
    home = tmp_path_factory.mktemp("scratch")
    with scratch_database(home, place=place) as reference:
        yield scratch_server(reference, home)


@pytest.fixture(scope="session")
def old_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The same, of Debian's PostgreSQL 15."""
    with folder() as root, debian_server(root, tmp_path_factory.mktemp("old")) as made:
        yield made
