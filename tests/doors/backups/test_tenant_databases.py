"""Where every tenant has a database of its own, all of them are in a set, and each comes back alone."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.backups.opening import Opened
from edge.backups.proofs.readings import read_back
from mainstay.backups.dumps.tenants import FOLDER, file_name
from mainstay.backups.sets import BackupSet, Dump
from mainstay.errors import BadInput, CommandFailed
from tasks.backups.proofs import prove_by_restoring
from tasks.backups.readings import prove_by_reading
from tasks.backups.restores import lay_out_set, observe_restore
from tests.doors.backups.dump_rig import Bytes, Server, check_whole, rows_of
from tests.doors.backups.shop_rig import WHERE
from tests.doors.backups.tenant_rig import Company, called, company

EVERY_DEAL = "select id, what from office.deals order by id"


@pytest.fixture
def firm(tmp_path: Path, server: Server) -> Iterator[Company]:
    with company(tmp_path, server) as made:
        yield made


@pytest.fixture
def two(firm: Company) -> tuple[str, str]:
    """The names of two tenants."""
    names = called("acme"), called("zoo")
    for name in names:
        firm.add(name)
    return names


def dumps(made: BackupSet) -> dict[str, Dump]:
    return {each.database: each for each in made.tenants}


def spoil(firm: Company, dump: Dump) -> None:
    file = firm.shop.settings.home / "backups" / dump.piece.key
    file.chmod(0o600)
    data = bytearray(file.read_bytes())
    data[-100] ^= 1
    file.write_bytes(data)


def test_a_full_set_holds_every_tenants_database(firm: Company, two: tuple[str, str]) -> None:
    made, _ = firm.shop.take("full")
    assert made.database is not None and made.database.database == firm.main.name
    assert list(dumps(made)) == list(two) and {each.tables for each in made.tenants} == {2}
    assert "the databases of 2 tenants are in it, each of its own moment" in "; ".join(made.notes)
    assert {each.piece.key for each in made.tenants} < {entry.key for entry in firm.shop.backups.listing("sets")}


def test_one_tenant_comes_back_alone_and_no_other_is_touched(firm: Company, two: tuple[str, str]) -> None:
    acme, zoo = two
    made, _ = firm.shop.take("database")
    before = firm.tenants[acme].ask(EVERY_DEAL)
    firm.tenants[acme].do("drop schema office cascade")
    firm.tenants[zoo].do("insert into notes values ('later')")
    untouched = [rows_of(each.address) for each in (firm.main, *firm.tenants.values())]
    back = firm.bring_back(made.id, acme)
    assert back.tables == ["office.deals", "public.notes"] and back.ask(EVERY_DEAL) == before
    assert before[0] == (1, f"{acme} 1"), "it is that tenant's, and nobody else's"
    assert [rows_of(each.address) for each in (firm.main, *firm.tenants.values())] == untouched


def test_a_schema_of_one_tenant_comes_back_alone(firm: Company, two: tuple[str, str]) -> None:
    made, _ = firm.shop.take("database")
    assert firm.bring_back(made.id, two[1], "office").tables == ["office.deals"]


def test_odd_names_of_databases_come_back(firm: Company, tmp_path: Path) -> None:
    odd = [
        *("quo\"te's", "a/../b", "..", "per%cent \\ back", "Ёлка «с»", "dash", "=x dbname=postgres", "new\nline"),
        *(r"$(id) `id` ; drop", "ё" * 26),
    ]
    names = [called(each) for each in odd]
    for name in (*names, "-" + called("dash")):
        firm.add(name)
    made, _ = firm.shop.take("full")
    assert set(dumps(made)) == set(firm.tenants)
    for name in firm.tenants:
        assert firm.bring_back(made.id, name).ask(EVERY_DEAL)[0] == (1, f"{name} 1")
    brought = lay_out_set.fn(observe_restore.fn(*WHERE, made.id), f"{tmp_path}/back", "")
    assert f"the databases of {len(firm.tenants)} tenants lie in database.tenants" in str(brought)
    laid = {path.name: path for path in (tmp_path / "back" / FOLDER).iterdir()}
    assert set(laid) == {file_name(name) for name in firm.tenants}
    assert all(check_whole(Bytes(path.read_bytes())).database for path in laid.values())


def test_the_whole_set_with_a_database_says_where_the_tenants_are(
    firm: Company, two: tuple[str, str], tmp_path: Path
) -> None:
    made, _ = firm.shop.take("full")
    target = firm.server.empty()
    brought = lay_out_set.fn(observe_restore.fn(*WHERE, made.id, dump=True), f"{tmp_path}/back", target.reference)
    assert target.tables == firm.main.tables and "--tenant NAME" in str(brought)
    assert sorted(path.name for path in (tmp_path / "back" / FOLDER).iterdir()) == [file_name(name) for name in two]


def test_what_each_holds_is_listed(firm: Company, two: tuple[str, str]) -> None:
    made, _ = firm.shop.take("database")
    shown = firm.shop.command("backups", *WHERE, "--inside", made.id)
    assert shown.exit_code == 0, shown.output
    lines = shown.output.splitlines()
    acme = lines.index(f"tenant {two[0]!r}")
    assert lines[acme + 1 : acme + 4] == [
        "  office  1 tables: deals",
        "  public  1 tables: notes",
        f"tenant {two[1]!r}",
    ]
    assert "--tenant NAME, --part SCHEMA, or both" in lines[-1]


def test_a_wrong_name_is_refused_with_the_known_ones(firm: Company, two: tuple[str, str]) -> None:
    made, _ = firm.shop.take("database")
    with pytest.raises(BadInput, match=f"'acme'.*It holds: {two[0]!r}, {two[1]!r}"):
        observe_restore.fn(*WHERE, made.id, tenant="acme")


def test_every_tenant_is_restored_for_proof(firm: Company, two: tuple[str, str]) -> None:
    firm.shop.take("full")
    proof = prove_by_restoring.fn(observe_restore.fn(*WHERE, "newest"))
    assert (proof.good, proof.level) == (True, 3), proof.sentence
    assert "the databases of 2 tenants restored too, 4 tables in them" in proof.sentence


@pytest.mark.parametrize("level", [2, 3])
def test_a_proof_names_the_tenant_that_is_bad(firm: Company, two: tuple[str, str], level: int) -> None:
    made, _ = firm.shop.take("full")
    spoil(firm, dumps(made)[two[1]])
    proof = prove_by_restoring.fn(observe_restore.fn(*WHERE, made.id)) if level == 3 else prove_by_reading.fn(made)
    assert proof and not proof.good and f"The tenant {two[1]!r}: " in proof.sentence, proof
    assert firm.bring_back(made.id, two[0]).ask(EVERY_DEAL), "another one still comes back"


def test_a_set_whose_tenants_are_whole_is_read_back(firm: Company, two: tuple[str, str]) -> None:
    made, _ = firm.shop.take("full")
    opened = Opened(firm.shop.backups, firm.shop.keys.proving_key(), firm.shop.settings.home)
    assert read_back(opened, made) >= sum(each.piece.plain_bytes for each in made.tenants)


def unreadable(firm: Company, name: str) -> None:
    """The database is there, and a table in it is not ours to read."""
    firm.seen_by(user := f"reader_{firm.main.name[-8:]}")
    for each in (firm.main, *(found for other, found in firm.tenants.items() if other != name)):
        each.do(f"grant usage on schema office to {user}; grant select on office.deals, notes to {user}")
    firm.main.do(f"grant select on tenants to {user}")


def not_there(firm: Company, name: str) -> None:
    firm.drop(name)


def too_long(firm: Company, name: str) -> None:
    """PostgreSQL made a database of it under a shorter name."""
    firm.list(f"{name} {'x' * 70}")
    firm.server.empty(name=f"{name} {'x' * 70}"[:63])


@pytest.mark.parametrize(
    ("spoiled", "why"),
    [(unreadable, "permission denied for"), (not_there, "does not exist"), (too_long, "and cuts what is longer")],
)
def test_a_tenant_whose_dump_fails_keeps_the_set_from_being_published(
    firm: Company, two: tuple[str, str], spoiled: Callable[[Company, str], None], why: str
) -> None:
    spoiled(firm, two[1])
    with pytest.raises(CommandFailed, match=f"of the tenant '{two[1]}.*' could not be backed up.*{why}"):
        firm.shop.take("full")
    assert not firm.shop.sets.kept and len(firm.shop.sets.unfinished) == 1


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("select nothing from nowhere", "nowhere"),
        ("select name, name from tenants", "one name a row"),
        ("delete from tenants returning name", "syntax error"),
        ("select taken_away()", "read-only transaction"),
    ],
)
def test_a_query_that_cannot_list_them_is_told(firm: Company, two: tuple[str, str], query: str, why: str) -> None:
    firm.main.do("create function taken_away() returns text language sql as 'delete from tenants returning name'")
    firm.ask_for_tenants(query)
    with pytest.raises(BadInput, match=f"database.tenants.query.*{why}"):
        firm.shop.take("database")
    assert not firm.shop.sets.kept and firm.main.ask("select count(*) from tenants") == [(2,)]


def test_where_nobody_is_listed_that_is_said(firm: Company) -> None:
    made, _ = firm.shop.take("database")
    assert not made.tenants and "database.tenants.query lists none" in "; ".join(made.notes)
