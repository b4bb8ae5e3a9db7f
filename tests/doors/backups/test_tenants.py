"""What the database of a set holds is listed, and a tenant's schema comes back alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge import private
from edge.backups.dumps.insides import inside
from edge.backups.opening import BadSet, Opened
from mainstay.backups.sets import BackupSet
from tasks.backups.restores import observe_restore, restore_part
from tests.doors.backups.dump_rig import CRM, Database, Server
from tests.doors.backups.shop_rig import WHERE, Shop, shop

TENANTS = "database: {{address: 'file://{}/{{environment}}', tenants: {{each: schema, query: select 1}}}}\n"


@pytest.fixture
def kept(tmp_path: Path, server: Server) -> Iterator[tuple[Shop, BackupSet]]:
    with shop(tmp_path) as made:
        (tmp_path / "addresses").mkdir()
        private.write(tmp_path / "addresses" / "production", server.empty(*CRM).address)
        made.describe(more=TENANTS.format(tmp_path / "addresses"))
        yield made, made.take("database")[0]


def test_its_schemas_and_their_tables_are_listed(kept: tuple[Shop, BackupSet]) -> None:
    made, found = kept
    shown = made.command("backups", *WHERE, "--inside", found.id)
    assert shown.exit_code == 0
    lines = shown.output.splitlines()
    assert [lines[1], lines[2]] == ["office  2 tables: deals, people", "office_two  1 tables: deals"]
    assert f"mainstay restore shop production --set {found.id} --part SCHEMA" in lines[-1]


def test_each_that_is_listed_comes_back_alone(kept: tuple[Shop, BackupSet], server: Server) -> None:
    made, found = kept
    assert found.database is not None
    opened = Opened(made.backups, made.keys.proving_key(), made.settings.home)
    tables: dict[str, list[str]] = {}
    for schema in inside(opened, found.database).schemas:
        target: Database = server.empty()
        restore_part.fn(observe_restore.fn(*WHERE, found.id, "", schema), target.reference)
        tables[schema] = target.tables
    assert tables == {"office": ["office.deals", "office.people"], "office_two": ["office_two.deals"]}


def test_a_set_without_a_database_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with shop(tmp_path) as made:
        found, _ = made.take("files")
        said = made.command("backups", *WHERE, "--inside", found.id)
    assert said.exit_code == 1 and "holds no database" in str(said.exception)


def test_what_is_no_dump_is_named(kept: tuple[Shop, BackupSet]) -> None:
    made, found = kept
    assert found.database is not None
    file = made.settings.home / "backups" / found.database.piece.key
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:300])
    with pytest.raises(BadSet, match="is not what was written there"):
        inside(Opened(made.backups, made.keys.proving_key(), made.settings.home), found.database)


def test_the_board_says_that_the_database_lies_beside_the_key(kept: tuple[Shop, BackupSet]) -> None:
    made, _ = kept
    shown = made.command("backups", *WHERE).output
    assert "The database lies on this machine, and so does the key that opens its sets" in shown
    elsewhere = "{keys: {proving: age1ruakntg2p4cy3a2v70mptd0xt767v3933p42rcmpx7ryqstknc3q6754kn}}"
    made.describe(backups=elsewhere, more=TENANTS.format("/not/asked"))
    assert "lies on this machine" not in made.command("backups", *WHERE).output
