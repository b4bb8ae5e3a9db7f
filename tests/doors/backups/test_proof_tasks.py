"""The steps of a proof, as the flow calls them: what was found stays beside the set, and nothing else stays."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge import processes
from edge.backups import catalogue
from edge.backups.catalogue import Kept
from edge.backups.keyring import keyring
from edge.backups.pasts import read_pasts
from edge.backups.proofs import tries
from edge.settings import read_settings
from edge.store import open_store
from mainstay.backups.proofs.readings import DUE
from mainstay.backups.sets import BackupSet, Proof, piece_key, proofs_folder, tries_folder
from mainstay.errors import BadInput
from tasks.backups.proofs import prove_by_restoring
from tasks.backups.readings import observe_readings, prove_by_reading
from tasks.backups.restores import observe_restore
from tests.doors.backups.dump_rig import Database, Server
from tests.doors.backups.set_rig import ENVIRONMENT, SYSTEM, Shelf
from tests.doors.store_rig import ROOT, environment
from tests.knows.small_shop import SHOP
from tests.waiting import until

ASKS = """\
database:
  address: "file:///nowhere/{environment}"
  invariants:
    every paper has a name: select path from papers where path = ''
files:
  uploads: {path: "/srv/{environment}", references: "select path from papers"}
notices: {webhooks: ["http://127.0.0.1:9/nobody"]}
environments:
"""


PROVES = f"""
import sys
from tasks.backups.restores import observe_restore
from tasks.backups.proofs import prove_by_restoring
prove_by_restoring.fn(observe_restore.fn("{SYSTEM}", "{ENVIRONMENT}", sys.argv[1]))
"""


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """An installation's home, as the steps find it."""
    root = tmp_path_factory.mktemp("proofs")
    shelf = Shelf.at(root)
    (shelf.home / "systems").mkdir()
    (shelf.home / "systems" / "shop.yaml").write_text(SHOP.replace("environments:\n", ASKS))
    (shelf.folder / "one").write_bytes(b"one")
    (shelf.folder / "nobody-speaks-of-it").write_bytes(b"two")
    with environment(words(shelf)):
        assert read_settings().systems == shelf.home / "systems"
        yield shelf


@pytest.fixture(scope="module")
def crm(server: Server) -> Database:
    return server.empty("create table papers (path text)", "insert into papers values ('one')")


def words(shelf: Shelf) -> dict[str, str]:
    return {"MAINSTAY_HOME": str(shelf.home), "MAINSTAY_BACKUPS": shelf.store.address}


def restored(made: BackupSet) -> Proof:
    return prove_by_restoring.fn(observe_restore.fn(SYSTEM, ENVIRONMENT, made.id))


def kept(shelf: Shelf, made: BackupSet) -> Kept:
    found = catalogue.read_catalogue(shelf.store, shelf.keys.writer_public, SYSTEM, ENVIRONMENT).kept
    return next(each for each in found if each.set.id == made.id)


def test_a_set_that_is_restored_and_asked_is_proven_and_leaves_nothing(shelf: Shelf, crm: Database) -> None:
    made = shelf.take(database=crm.reference)
    proof = restored(made)
    assert (proof.good, proof.level, proof.gaps, proof.doubts) == (True, 3, (), ())
    assert "uploads: 1 reference from rows, each to a file that is there; 1 of 1 invariants hold" in proof.sentence
    assert [proof.numbers[name] for name in ("references", "dangling", "orphans", "tables")] == [1, 0, 1, 1]
    assert (kept(shelf, made).level, kept(shelf, made).proofs) == (3, (proof,))
    assert [path.name for path in (shelf.home / "proofs").iterdir()] == [".lock", "turn"]
    found = tries.newest_full(shelf.store, SYSTEM, ENVIRONMENT, read_pasts(shelf.store, SYSTEM, ENVIRONMENT))
    assert found is not None and (found.is_judged, len(found.tries)) == (True, 1) and not tries.is_busy(shelf.home)


def test_a_proof_that_is_killed_proves_nothing_and_is_told_by_its_try(shelf: Shelf, crm: Database) -> None:
    """Twice, as a person might try; then the one that is let be gives the verdict."""
    made = shelf.take(database=crm.reference)

    def tried() -> int:
        return len(list(shelf.store.listing(tries_folder(SYSTEM, ENVIRONMENT, made.id))))

    for number in (1, 2):
        argv = [sys.executable, "-c", PROVES, made.id]
        proving = processes.start(argv, log=shelf.home / "log", cwd=ROOT, environment=words(shelf))
        until(lambda number=number: tried() == number, seconds=60)  # type: ignore[misc]
        os.kill(proving.pid, signal.SIGKILL)
        until(lambda: not tries.is_busy(shelf.home), seconds=10)
        assert (kept(shelf, made).level, kept(shelf, made).proofs) == (0, ())
    assert restored(made).good and kept(shelf, made).level == 3
    assert [path.name for path in (shelf.home / "proofs").iterdir()] == [".lock", "turn"], "nothing of the dead is left"


def test_a_set_that_lacks_what_rows_refer_to_is_proven_and_says_what(shelf: Shelf, crm: Database) -> None:
    crm.do("insert into papers values ('fell between')")
    made = shelf.take(database=crm.reference)
    crm.do("delete from papers where path = 'fell between'")
    proof = restored(made)
    assert proof.gaps == ("1 of 2 references from rows to files of uploads lead to no file in the set: fell between",)
    assert kept(shelf, made).level == 3


def test_a_set_in_which_something_does_not_hold_is_no_proven_one(shelf: Shelf, crm: Database) -> None:
    crm.do("insert into papers values ('')")
    made = shelf.take(database=crm.reference)
    crm.do("delete from papers where path = ''")
    proof = restored(made)
    assert proof.good and proof.doubts == ('"every paper has a name" does not hold, for ()',)
    assert kept(shelf, made).level == 2


def test_a_person_is_told_how_a_proof_ended(shelf: Shelf, crm: Database) -> None:
    """And whoever wants to hear of a system hears of it, though nobody started that by hand."""
    crm.do("insert into papers values (''), ('fell between')")
    made = shelf.take(database=crm.reference)
    crm.do("delete from papers where path <> 'one'")
    argv = [sys.executable, "-m", "deployments.command_line", "prove", SYSTEM, ENVIRONMENT, "--set", made.id]
    told = processes.run([*argv, "--without-server"], deadline_seconds=240, cwd=ROOT, environment=words(shelf))
    assert told.exit == 1 and "Doubted" in told.text, told.text
    assert 'But: "every paper has a name" does not hold' in told.text and "1 lead to no file" in told.text
    waiting = [entry.key for entry in open_store(read_settings()).listing("notices/undelivered")]
    assert len(waiting) == 2, "an alarm for the doubt, a warning for the gap"


def test_a_set_without_the_database_is_asked_nothing(shelf: Shelf) -> None:
    proof = restored(shelf.take("files"))
    assert (proof.good, proof.doubts, "references" in proof.numbers) == (True, (), False)


def test_a_set_is_read_back_and_that_stays_beside_it(shelf: Shelf, crm: Database) -> None:
    made = shelf.take(database=crm.reference)
    (chosen,) = observe_readings.fn(SYSTEM, ENVIRONMENT, made.id).sets
    proof = prove_by_reading.fn(chosen)
    assert proof and (proof.good, proof.level) == (True, 2) and "each as it was written" in proof.sentence
    assert kept(shelf, made).level == 2


def test_those_whose_turn_it_is_are_chosen_and_once_read_others_are(shelf: Shelf) -> None:
    for _ in range(2):
        shelf.take("files")
    first = observe_readings.fn(SYSTEM, ENVIRONMENT, DUE)
    assert first.sets and f"of {len(shelf.taken)} sets" in first.what and first.sets[0].id in first.what
    for each in first.sets:
        prove_by_reading.fn(each)
    second = observe_readings.fn(SYSTEM, ENVIRONMENT, DUE)
    assert {each.id for each in first.sets}.isdisjoint(each.id for each in second.sets)


def test_what_was_tampered_with_is_found_by_reading_and_what_is_nobodys_is_strange(shelf: Shelf) -> None:
    bad, strange = shelf.take("files"), shelf.take("files")
    archive = Path(shelf.store.address) / bad.folders[0].archives[0].key
    archive.chmod(0o600)
    archive.write_bytes(archive.read_bytes()[:-1])
    proof = prove_by_reading.fn(bad)
    assert proof and not proof.good and archive.name in proof.sentence and kept(shelf, bad).level is None
    signature = archive.parents[1] / strange.id / "set.json.sig"
    signature.unlink()
    (told,) = observe_readings.fn(SYSTEM, ENVIRONMENT, DUE).strange
    assert strange.id in told and "its signature is missing" in told


def test_sets_that_only_a_former_key_opens_keep_no_other_from_being_read(tmp_path: Path) -> None:
    """Nothing was read of them for longest, so they would end every night before it began."""
    shelf, former = Shelf.at(tmp_path), keyring(tmp_path / "former")
    (shelf.home / "systems").mkdir()
    (shelf.home / "systems" / "shop.yaml").write_text(SHOP)
    ours = shelf.keys.sealed_to()["proving"]
    (shelf.home / "keys" / "proving.pub").write_text((former.folder / "proving.pub").read_text())
    then = shelf.take("files")
    (shelf.home / "keys" / "proving.pub").write_text(ours)
    now = shelf.take("files")
    due, named = said_of_reading(shelf, DUE, then.id)
    assert "Incomplete: Read back: 1 of 1 sets" in due and f"Not read: {then.id}, sealed to another key" in due, due
    assert f"Incomplete: The set {then.id} cannot be opened on this machine" in named, named
    assert (kept(shelf, now).level, kept(shelf, then).proofs) == (2, ()), "nothing was found against it"


def said_of_reading(shelf: Shelf, *chosen: str) -> list[str]:
    """How each of these readings ended."""
    asked = [["prove", {"system": SYSTEM, "environment": ENVIRONMENT, "set": each, "level": 2}] for each in chosen]
    argv = [sys.executable, "-m", "tests.stories.some_stories", json.dumps(asked)]
    told = processes.run(argv, deadline_seconds=240, cwd=ROOT, environment=words(shelf)).text
    return [line for line in told.splitlines() if line.startswith("told: ")]


def test_a_set_that_was_deleted_before_it_was_read_is_not_called_bad(shelf: Shelf) -> None:
    made = shelf.take("files")
    shelf.store.delete(piece_key(SYSTEM, ENVIRONMENT, made.id, "set.json"))
    shelf.store.delete(made.descriptor.key)
    assert prove_by_reading.fn(made) is None
    assert not list(shelf.store.listing(proofs_folder(SYSTEM, ENVIRONMENT, made.id)))


def test_a_set_nobody_took_is_refused(shelf: Shelf) -> None:
    with pytest.raises(BadInput, match="There is no set"):
        observe_readings.fn(SYSTEM, ENVIRONMENT, "20200101-000000.000-full-aaaa")
