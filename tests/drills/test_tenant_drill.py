"""Tenants with databases of their own, through the flows themselves; and no kill makes a set that lacks one of them."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge import processes
from edge.backups.dumps.scratch import scratch_database
from edge.identities import alive
from edge.processes import Output
from tests.databases import folder
from tests.doors.backups.dump_rig import scratch_server
from tests.doors.backups.shop_rig import WHERE
from tests.doors.backups.tenant_rig import Company, called, company
from tests.doors.store_rig import ROOT

TAKES = """
import sys
from pathlib import Path
from edge.settings import read_settings
from tests.doors.backups.shop_rig import Shop
Shop(read_settings(), Path(sys.argv[1])).take("full")
"""
EVERY_DEAL = "select id, what from office.deals order by id"
TENANTS, KILLS = 12, 6


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    (tmp_path / "scratch").mkdir()
    with folder() as place, scratch_database(tmp_path / "scratch", place=place) as reference:
        (tmp_path / "company").mkdir()
        with company(tmp_path / "company", scratch_server(reference, tmp_path / "scratch")) as made:
            for number in range(TENANTS):
                made.add(called(f"tenant {number}"))
            yield made


def test_a_person_takes_them_and_brings_one_back(firm: Company) -> None:
    name, target = next(iter(firm.tenants)), firm.server.empty()
    told = said(firm, "backup", "--kind", "full")
    assert told.exit == 0 and f"the databases of {TENANTS} tenants are in it" in told.text, told.text
    told = said(firm, "prove")
    assert told.exit == 0 and f"the databases of {TENANTS} tenants restored too" in told.text, told.text
    told = said(firm, "restore", "--tenant", name, "--database", target.reference)
    assert told.exit == 0 and f"'{name}' of " in told.text and "is in that database: 2 tables" in told.text, told.text
    assert target.ask(EVERY_DEAL) == firm.tenants[name].ask(EVERY_DEAL)


def test_a_set_that_a_kill_left_there_holds_every_tenant(firm: Company) -> None:
    began = time.monotonic()
    firm.shop.take("full")
    lasts = time.monotonic() - began + 3  # its start too
    words = {"MAINSTAY_HOME": str(firm.shop.settings.home)}
    for number in range(KILLS):
        argv = [sys.executable, "-c", TAKES, str(firm.shop.folder)]
        taking = processes.start(argv, log=firm.address.parent / "log", cwd=ROOT, environment=words)
        time.sleep(lasts * (number + 1) / KILLS)
        if alive(taking):
            os.kill(taking.pid, signal.SIGKILL)
    found = firm.shop.sets
    assert found.kept and found.unfinished, "some were killed, and one was taken"
    assert all({each.database for each in kept.set.tenants} == set(firm.tenants) for kept in found.kept)
    newest = found.kept[0].set.id
    for name, database in firm.tenants.items():
        assert firm.bring_back(newest, name).ask(EVERY_DEAL) == database.ask(EVERY_DEAL)


def said(firm: Company, command: str, *words: str) -> Output:
    argv = [sys.executable, "-m", "deployments.command_line", command, *WHERE, *words, "--without-server"]
    home = {"MAINSTAY_HOME": str(firm.shop.settings.home)}
    return processes.run(argv, deadline_seconds=240, cwd=ROOT, environment=home)
