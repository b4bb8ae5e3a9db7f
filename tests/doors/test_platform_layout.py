import socket
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from edge.platform import asyncpg_address, lay_out
from edge.ports import strangers
from edge.settings import Settings, read_settings
from mainstay.errors import BadInput
from mainstay.installation import Installation
from mainstay.platform import programs
from mainstay.programs import Program
from tests.running import listens, running
from tests.waiting import until

ADDRESS = "postgresql://app:s3cret-word@db.example:5432/prefect"

TWICE = """
import sys
from edge.platform import lay_out
from edge.settings import read_settings
done = lay_out(read_settings({"MAINSTAY_HOME": sys.argv[1], "MAINSTAY_PREFECT_DATABASE": sys.argv[2]}))
print(done.ports, done.login)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """With a database of somebody else's: laying out one of our own has tests of its own."""
    return read_settings({"MAINSTAY_HOME": str(tmp_path / "home"), "MAINSTAY_PREFECT_DATABASE": ADDRESS})


def test_what_was_chosen_once_is_read_ever_after(settings: Settings) -> None:
    assert lay_out(settings) == lay_out(settings)


def test_two_at_once_choose_the_same(settings: Settings) -> None:
    argv = [sys.executable, "-c", TWICE, str(settings.home), ADDRESS]
    both = [subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    first, second = (child.communicate(timeout=60)[0] for child in both)
    assert first == second != ""


def test_nobody_else_reads_what_is_kept(settings: Settings) -> None:
    lay_out(settings)
    for path in (settings.home, *settings.home.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_a_home_that_was_there_keeps_its_mode(settings: Settings) -> None:
    settings.home.mkdir(mode=0o755)
    lay_out(settings)
    assert stat.S_IMODE(settings.home.stat().st_mode) == 0o755
    assert stat.S_IMODE((settings.home / "platform").stat().st_mode) == 0o700


def test_a_reference_to_a_database_is_resolved_and_never_shown(settings: Settings, tmp_path: Path) -> None:
    secret = tmp_path / "address"
    secret.write_text(ADDRESS + "\n")
    secret.chmod(0o600)
    installation = lay_out(replace(settings, prefect_database=f"file://{secret}"))
    assert installation.database == "postgresql+asyncpg://app:s3cret-word@db.example:5432/prefect"
    assert "s3cret-word" not in repr(installation) + repr(installation.words)
    assert "database" not in [program.name for program in programs(installation)]


def test_encryption_is_asked_for_in_the_words_of_the_driver() -> None:
    assert asyncpg_address("postgres://u:p@h/d?sslmode=require") == "postgresql+asyncpg://u:p@h/d?ssl=require"


@pytest.mark.parametrize("address", ["sqlite:///prefect.db", "mysql://u:hunter2@h/d", "postgresql:///no-host"])
def test_a_database_that_cannot_carry_prefect_is_refused_without_showing_it(address: str) -> None:
    with pytest.raises(BadInput, match="MAINSTAY_PREFECT_DATABASE must be") as refused:
        asyncpg_address(address)
    assert "hunter2" not in str(refused.value)


def test_who_sits_on_a_port_of_ours_is_named(settings: Settings) -> None:
    installation = lay_out(settings)
    assert strangers(installation) == ()
    with running(sitting_on(installation.ports.server), settings.home):
        until(lambda: listens(installation.ports.server), seconds=20)
        (sentence,) = strangers(installation)
    assert f"Port {installation.ports.server}, this installation's server, is taken by process" in sentence
    assert f"delete {settings.home}/platform/ports.json" in sentence


def test_what_we_started_ourselves_is_no_stranger(settings: Settings) -> None:
    installation = lay_out(settings)
    ours = replace(sitting_on(installation.ports.server), environment=(("MAINSTAY_HOME", str(settings.home)),))
    with running(ours, settings.home):
        until(lambda: listens(installation.ports.server), seconds=20)
        assert strangers(installation) == ()


def test_the_ports_lie_below_those_lent_to_outgoing_connections(settings: Settings) -> None:
    chosen = lay_out(settings).ports
    assert all(20_000 <= port < 30_000 for port in (chosen.database, chosen.server, chosen.gateway))
    assert len({chosen.database, chosen.server, chosen.gateway}) == 3


def test_a_stored_port_that_nobody_uses_is_free_for_us(settings: Settings) -> None:
    port = lay_out(settings).ports.gateway
    with socket.socket() as ours:
        ours.bind(("127.0.0.1", port))


def sitting_on(port: int) -> Program:
    argv = (sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port))
    return Program("sitting", argv)


def test_an_installation_says_where_its_ui_is(settings: Settings) -> None:
    installation: Installation = lay_out(settings)
    assert installation.api == f"{installation.ui}/api" == f"http://127.0.0.1:{installation.ports.server}/api"
