"""A database in a set comes back into an empty one, whole or marked as what it is."""

from pathlib import Path

import pytest

from edge.backups.opening import BadSet, Opened
from mainstay.backups.dumps.selection import Part
from mainstay.backups.sets import BackupSet, Dump
from mainstay.errors import MainstayError
from tests.doors.backups.dump_rig import CRM, Server
from tests.doors.backups.set_rig import Shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf.at(tmp_path)


def opened(shelf: Shelf) -> Opened:
    return Opened(shelf.store, shelf.keys.proving_key(), shelf.home)


def dump_of(made: BackupSet) -> Dump:
    assert made.database is not None
    return made.database


def test_a_database_comes_back_into_an_empty_one(shelf: Shelf, server: Server) -> None:
    crm, target = server.empty(*CRM), server.empty()
    made = dump_of(shelf.take(database=crm.reference))
    assert (made.database, made.tables) == (crm.name, 3)
    found = opened(shelf).restore_database(made.piece, target.reference)
    assert len(found.tables) == 3 and target.tables == crm.tables and not target.is_marked
    every_deal = "select id, person, sum, note from office.deals order by id"
    assert target.ask(every_deal) == crm.ask(every_deal)


def test_one_table_comes_back_alone(shelf: Shelf, server: Server) -> None:
    """What somebody deleted by mistake is looked up beside what users have."""
    crm, target = server.empty(*CRM), server.empty()
    made = dump_of(shelf.take(database=crm.reference))
    crm.do("delete from office_two.deals", "delete from office.deals", "delete from office.people")
    found = opened(shelf).restore_database(made.piece, target.reference, Part("office", "people"))
    assert target.tables == ["office.people"] and len(found.tables) == 1
    assert target.ask("select count(*) from office.people") == [(500,)]


@pytest.mark.parametrize("how", ["flipped", "cut", "gone"])
def test_a_dump_that_was_tampered_with_is_never_taken_for_a_database(
    shelf: Shelf, server: Server, tmp_path: Path, how: str
) -> None:
    crm, target = server.empty(*CRM), server.empty()
    made = dump_of(shelf.take(database=crm.reference))
    file = tmp_path / "store" / made.piece.key
    file.chmod(0o600)
    data = bytearray(file.read_bytes())
    if how == "gone":
        file.unlink()
    elif how == "cut":
        file.write_bytes(data[: len(data) // 2])
    else:
        data[-100] ^= 1
        file.write_bytes(data)
    with pytest.raises(BadSet, match="is not what was written there"):
        opened(shelf).restore_database(made.piece, target.reference)
    assert not target.tables


def test_a_database_that_cannot_be_dumped_leaves_no_set(shelf: Shelf, server: Server) -> None:
    crm = server.empty(*CRM)
    missing = server.reference_to(crm.address.replace(crm.name, "nowhere"))
    with pytest.raises(MainstayError, match="nowhere"):
        shelf.take(database=missing)
    assert not [
        entry.key for entry in shelf.store.listing("sets") if "database" in entry.key or "set.json" in entry.key
    ]
