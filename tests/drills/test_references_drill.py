"""A set that is taken while an application writes: what its rows refer to is in it, or is named."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from edge.backups.dumps.scratch import scratch_database
from edge.backups.opening import LaidOut, Opened
from edge.backups.proofs.asking import ask
from mainstay.backups.proofs.questions import Questions
from mainstay.backups.proofs.references import Compared
from mainstay.backups.restores import Layer
from mainstay.backups.sets import BackupSet
from tests.databases import folder as reachable_folder
from tests.doors.backups.dump_rig import Database, Server, scratch_server
from tests.doors.backups.set_rig import FOLDER, Shelf
from tests.doors.store_rig import ROOT
from tests.papers_writer import FOLDERS, READY, TABLE

ROWS, WRITERS, ROUNDS = 4_400, 2, 2
LONGER_THAN_A_SET_SECONDS = 600
SELECT = "select path, sha256 from papers"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("scratch")
    with reachable_folder() as place, scratch_database(home, place=place) as reference:
        yield scratch_server(reference, home)


@contextmanager
def busy(database: Database, folder: Path, outlives_seconds: float) -> Iterator[None]:
    """Until it is left; all of them have their first papers by then."""
    for number in range(FOLDERS):
        (folder / f"{number:02}").mkdir()
    with ExitStack() as held:
        writers = [
            held.enter_context(_writer(database, folder, outlives_seconds, f"w{number}")) for number in range(WRITERS)
        ]
        for writer in writers:
            assert writer.stdout is not None and writer.stdout.readline() == READY
        yield


@contextmanager
def _writer(database: Database, folder: Path, outlives_seconds: float, seed: str) -> "Iterator[subprocess.Popen[str]]":
    words = [database.address, str(folder), str(outlives_seconds), seed, str(ROWS // WRITERS)]
    argv = [sys.executable, "-m", "tests.papers_writer", *words]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        try:
            yield child
        finally:
            assert child.poll() is None, "a writer ended by itself"
            child.kill()


def taken(shelf: Shelf, crm: Database) -> BackupSet:
    """In the order of the flow: twice before the moment, so that it is near, and once after it."""
    taking, folder = shelf.begin()
    folder.read()
    folder.read()
    return shelf.finish(taking, folder, "full", database=crm.reference)


def brought_back(shelf: Shelf, made: BackupSet, target: Database, into: Path) -> tuple[Compared, LaidOut]:
    opened = Opened(shelf.store, shelf.keys.proving_key(), shelf.home)
    laid = opened.lay_out([Layer(made.id, made.folders[0])], into)
    assert made.database is not None
    opened.restore_database(made.database.piece, target.reference)
    (found,) = ask(target.reference, Questions({FOLDER: SELECT}, {}), {FOLDER: laid}).compared
    return found, laid


def without_file(target: Database, into: Path) -> set[bytes]:
    """As anybody would find them who looks with his own eyes."""
    return {str(path).encode() for (path,) in target.ask("select path from papers") if not (into / str(path)).exists()}


def taken_under_load(server: Server, root: Path, outlives_seconds: float) -> tuple[int, int]:
    """How many references there were in all sets, and how many of them led to nothing."""
    shelf, crm = Shelf.at(root), server.empty(TABLE)
    shelf.excludes = ("*.tmp",)
    with busy(crm, shelf.folder, outlives_seconds):
        made = [taken(shelf, crm) for _ in range(ROUNDS)]
    references = dangling = 0
    for number, each in enumerate(made):
        target, into = server.empty(), root / f"back-{number}"
        found, _ = brought_back(shelf, each, target, into)
        assert set(found.dangling) == without_file(target, into), "every one is named, and none that is there"
        assert not found.wrong
        references, dangling = references + found.references, dangling + len(found.dangling)
    assert references >= 4_000 * ROUNDS
    return references, dangling


def test_files_that_outlive_their_rows_are_all_in_the_set(server: Server, tmp_path: Path) -> None:
    references, dangling = taken_under_load(server, tmp_path, LONGER_THAN_A_SET_SECONDS)
    assert dangling == 0, f"{dangling} of {references}"


def test_of_an_application_that_removes_files_at_once_one_in_a_thousand_is_missing_at_most_and_named(
    server: Server, tmp_path: Path
) -> None:
    references, dangling = taken_under_load(server, tmp_path, 0)
    assert dangling <= references / 1000, f"{dangling} of {references}"
