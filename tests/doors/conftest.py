"""What is made once for all the tests of the CRM, because making it takes longer than most of them."""

from collections.abc import Iterator

import pytest

from tests.databases import folder
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
