"""The site to practise on: the manual on other ports, and behind it a real PostgreSQL, a real CRM and a repository."""

import os
import re
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from deployments.command_line import app
from edge import clock, practice_databases, practice_site, processes
from edge.postgres import data_of
from edge.secrets import resolve
from edge.settings import Settings, read_settings
from edge.systems import read_system
from mainstay.descriptor.placeholders import filled
from mainstay.errors import BadInput, Refused
from tests.running import running
from tests.waiting import until

LAY_OUT = """
from edge import practice_site
from edge.settings import read_settings
practice_site.lay_out(read_settings(), print)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings({"MAINSTAY_HOME": str(tmp_path)})


@pytest.fixture
def home(settings: Settings) -> Iterator[Path]:
    """One whose database is removed with it: as root its data lie elsewhere."""
    yield settings.home
    shutil.rmtree(data_of(practice_site.folder(settings.home)).parent, ignore_errors=True)


def ports(text: str) -> list[str]:
    said = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return re.findall(r"(?:127\.0\.0\.1|blue|green): ?(\d+)", said)


def test_only_its_ports_are_other_than_in_the_manual(settings: Settings) -> None:
    manual, ours = practice_site.MANUAL.read_text(), practice_site.lay_out_descriptor(settings).read_text()
    assert len(ports(manual)) == len(ports(ours)) > 8
    assert not set(ports(manual)) & set(ports(ours))
    for mine in set(ports(ours)):
        ours = ours.replace(mine, "PORT")
    for its in set(ports(manual)):
        manual = re.sub(rf"(127\.0\.0\.1:|blue: |green: ){its}\b", r"\1PORT", manual)
    assert ours == manual


def test_what_merely_looks_like_a_port_stays(settings: Settings) -> None:
    moved = {"8101": "20001"}
    assert practice_site._moved("memory_megabytes: 8192\n", moved) == "memory_megabytes: 8192\n"
    assert practice_site._moved("blue: 8101 # not blue: 8101\n", moved) == "blue: 20001 # not blue: 8101\n"
    assert practice_site._moved("  #green: 8101\n", moved) == "  #green: 8101\n"


def test_one_port_of_the_manual_is_one_port_of_ours(settings: Settings) -> None:
    practice_site.lay_out_descriptor(settings)
    system = read_system(settings, "practice")
    place = system.environments["production"]
    assert place.proxy is not None and place.proxy.public_url == place.proxy.address


def address_of(settings: Settings, environment: str) -> str:
    """As whoever deploys reads it: by the reference in the descriptor."""
    database = read_system(settings, "practice").database
    assert database is not None
    words = {"home": str(settings.home), "system": "practice", "environment": environment}
    return resolve(filled(database.address, **words)).reveal()


def test_every_environment_has_a_database_that_opens_to_its_own_address_only(settings: Settings, home: Path) -> None:
    practice_site.lay_out_programs(settings)
    first, second = address_of(settings, "staging"), address_of(settings, "production")
    with running(practice_databases.program(home), home):
        until(lambda: opens(first), seconds=30)
        for address in (first, second):
            with psycopg.connect(address) as line:
                line.execute("create table mine (id int)")
        other = second.rpartition("/")[0] + "/" + first.rpartition("/")[2]
        assert not opens(other) and not opens(first.replace("@", "x@"))


def opens(address: str) -> bool:
    try:
        psycopg.connect(address, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def test_what_is_secret_is_nobody_else_s_to_read(settings: Settings, home: Path) -> None:
    practice_site.lay_out_programs(settings)
    for environment in ("staging", "production"):
        folder = practice_site.folder(home) / environment
        secrets = {folder / name: 0o600 for name in ("database", "secret-key")} | {folder / "uploads": 0o700}
        assert {path: stat.S_IMODE(path.stat().st_mode) for path in secrets} == secrets
        for name, reference in read_system(settings, "practice").variables(environment).items():
            if reference.startswith("file://"):
                words = {"home": str(home), "system": "practice", "environment": environment}
                assert resolve(filled(reference, **words)).reveal(), name


def test_killed_at_any_moment_the_next_one_makes_it_whole(settings: Settings, home: Path) -> None:
    words = {**os.environ, "MAINSTAY_HOME": str(home)}
    argv = [sys.executable, "-c", LAY_OUT]
    for seconds in (0.4, 0.7, 0.9, 1.1, 1.4, 1.8):
        with subprocess.Popen(argv, env=words, stdout=subprocess.DEVNULL, start_new_session=True) as child:
            clock.sleep(seconds)
            os.killpg(child.pid, signal.SIGKILL)
    practice_site.lay_out(settings, print)
    with running(practice_databases.program(home), home):
        for environment in ("staging", "production"):
            address = address_of(settings, environment)
            until(lambda address=address: opens(address), seconds=30)  # type: ignore[misc] # a default is no argument
            migrated(settings, address)
    commit = processes.run(["git", "-C", str(home / "practice.git"), "rev-parse", "v1^{commit}"], deadline_seconds=10)
    assert re.fullmatch(r"[0-9a-f]{40}\n", commit.text)


def migrated(settings: Settings, address: str) -> None:
    """The CRM of our own repository, by the words of the descriptor, on this database."""
    system, checkout = read_system(settings, "practice"), settings.home / "checkout"
    assert system.database is not None and system.database.migration is not None
    source = filled(system.source.repository, home=str(settings.home), system="practice")
    clone = ["git", "clone", "--quiet", "--branch", "v1", source, str(checkout)]
    processes.check(processes.run(clone, deadline_seconds=20), "cloning")
    argv = [filled(word, home=str(settings.home)) for word in system.database.migration.argv]
    moved = processes.run(argv, deadline_seconds=30, cwd=checkout, environment={"DATABASE_URL": address})
    assert "The schema is at" in processes.check(moved, "migrating")
    shutil.rmtree(checkout)


def test_laid_out_twice_nothing_changes_and_no_program_is_disturbed(settings: Settings, home: Path) -> None:
    practice_site.lay_out_programs(settings)
    kept = {path: path.read_bytes() for path in practice_site.folder(home).rglob("*") if path.is_file()}
    with running(practice_databases.program(home), home):
        until(lambda: opens(address_of(settings, "staging")), seconds=30)
        practice_site.lay_out_programs(settings)
        assert opens(address_of(settings, "staging"))
    assert {path: path.read_bytes() for path in kept} == kept


def test_a_home_removed_and_made_anew_has_addresses_that_open(settings: Settings, home: Path) -> None:
    practice_site.lay_out_programs(settings)
    shutil.rmtree(home)
    practice_site.lay_out_programs(settings)
    with running(practice_databases.program(home), home):
        until(lambda: opens(address_of(settings, "production")), seconds=30)


def test_data_that_are_gone_are_named_and_made_anew(settings: Settings, home: Path) -> None:
    practice_site.lay_out_programs(settings)
    shutil.rmtree(data_of(practice_site.folder(home)).parent)
    with pytest.raises(Refused, match=r"are gone\. New and empty ones: mainstay up --practice"):
        practice_site.programs(settings)
    practice_site.lay_out_programs(settings)
    with running(practice_databases.program(home), home):
        until(lambda: opens(address_of(settings, "production")), seconds=30)


def test_the_proxy_file_can_be_had_for_a_caddy_of_one_s_own(settings: Settings) -> None:
    practice_site.lay_out_descriptor(settings)
    said = told(settings, "production")
    place = practice_site.addresses(settings)["production"].rpartition(":")[2]
    assert f"\nhttp://:{place} {{\n\tbind 127.0.0.1\n" in said
    assert said == told(settings, "production", "--host", "main")
    with pytest.raises(BadInput, match=r"practice has no environment 'nowhere'\. Known: production, staging"):
        told(settings, "nowhere")


def told(settings: Settings, *words: str) -> str:
    done = CliRunner().invoke(app, ["proxy-config", "practice", *words], env={"MAINSTAY_HOME": str(settings.home)})
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.stdout
