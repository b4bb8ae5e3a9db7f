"""One real Prefect server on one real PostgreSQL, for all stories that need no more of a platform."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge.platform import lay_out
from edge.postgres import data_of
from edge.prefect_server import PrefectServer
from edge.settings import read_settings
from mainstay.installation import Installation
from mainstay.platform import programs
from tests.running import listens, running
from tests.sharing import lend
from tests.waiting import until


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return lend("platform", lambda: started(tmp_path_factory.mktemp("platform") / "home"))


@contextmanager
def started(home: Path) -> Iterator[Installation]:
    try:
        installation = lay_out(read_settings({"MAINSTAY_HOME": str(home)}))
        database, server, *_ = programs(installation)
        asked = PrefectServer(installation.api, installation.login)
        with running(database, home / "logs"):
            until(lambda: listens(installation.ports.database), seconds=60)
            with running(server, home / "logs"):
                until(asked.healthy, seconds=120)
                yield installation
    finally:
        shutil.rmtree(data_of(home).parent, ignore_errors=True)  # as root it lies outside the home
