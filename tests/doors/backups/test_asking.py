"""A restored database is asked what its descriptor asks; whatever the query does, the set is not refuted by it."""

import hashlib
import re
from pathlib import Path

import pytest

from edge.backups.dumps.scratch import scratch_database
from edge.backups.opening import LaidOut
from edge.backups.proofs.asking import ask
from mainstay.backups.files.plain_tar import Member
from mainstay.backups.proofs.questions import Answers, Questions
from mainstay.errors import DatabaseLost
from tests.doors.backups.dump_rig import Database, Server

EVERY_DEAL = "every deal has a contact"
WITHOUT_CONTACT = "select d.id from deals d left join contacts c on c.id = d.contact where c.id is null;"
PAPERS = "select path, sha256 from papers"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture(scope="module")
def crm(server: Server) -> Database:
    """Nobody changes it: that nobody can is one of the claims."""
    return server.empty(
        "create table contacts (id int primary key)",
        "create sequence numbers",
        "create table deals (id int, contact int)",
        "create table papers (path text, sha256 text)",
        "insert into contacts values (1), (2)",
        "insert into deals select i, i from generate_series(1, 7) i",
        f"insert into papers values ('kept', '{sha256(b'kept')}'), ('other', '{sha256(b'x')}')",
        "insert into papers values ('gone', null), (null, null)",
    )


def folder(*names: str) -> LaidOut:
    found = LaidOut()
    for name in names:
        found.add(Member(name.encode(), True, sha256(name.encode())))
    return found


def references(crm: Database, query: str, *, patience_seconds: float = 60) -> Answers:
    laid_out = {"uploads": folder("kept", "other", "orphan")}
    return ask(crm.reference, Questions({"uploads": query}, {}), laid_out, patience_seconds=patience_seconds)


def invariants(crm: Database, **more: str) -> Answers:
    return ask(crm.reference, Questions({}, more), {})


def test_rows_are_compared_with_the_files_beside_them(crm: Database) -> None:
    (found,) = references(crm, PAPERS).compared
    assert (found.references, found.dangling, found.wrong, found.orphans) == (3, (b"gone",), (b"other",), 1)


def test_files_that_are_not_in_the_set_are_not_asked_about(crm: Database) -> None:
    assert ask(crm.reference, Questions({"scans": "select nonsense"}, {}), {"uploads": folder()}) == Answers()


def test_what_holds_is_counted_and_what_does_not_is_a_doubt_with_the_rows(crm: Database) -> None:
    found = ask(crm.reference, Questions({}, {EVERY_DEAL: WITHOUT_CONTACT, "is": "select 1 where false"}), {})
    assert found.held == 1
    assert found.doubts == (f'"{EVERY_DEAL}" does not hold, for (3), (4), (5) and more',)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("select path from nowhere", 'relation "nowhere" does not exist'),
        ("select 1", "must be a path below the folder, and it answered 1"),
        ("drop table papers", "syntax error"),
        ("select path from papers; drop table papers", "cannot insert multiple commands"),
        ("delete from papers returning path", "syntax error"),
        ("select setval('numbers', 9)::text", "read-only"),
        ("select repeat(chr(0), 1)", "null character"),
    ],
)
def test_a_query_that_cannot_be_asked_is_a_sentence_and_no_bad_set(crm: Database, query: str, why: str) -> None:
    found = references(crm, query)
    assert not found.compared and not found.doubts
    (said,) = found.unasked
    assert (
        said.startswith("nobody knows whether rows refer to files of uploads that are not there") and "\n" not in said
    )
    assert crm.ask("select count(*) from papers") == [(4,)]
    assert re.search(why, said), said


def test_a_query_that_takes_too_long_is_given_up_and_the_next_one_is_asked(crm: Database) -> None:
    asked = Questions({"uploads": "select path from papers, pg_sleep(30)"}, {"holds": "select 1 where false"})
    found = ask(crm.reference, asked, {"uploads": folder()}, patience_seconds=0.2)
    assert found.held == 1 and "took longer than it may" in found.unasked[0]


def test_an_invariant_that_cannot_be_asked_is_a_doubt(crm: Database) -> None:
    """A table that is missing is what an empty copy looks like."""
    (doubt,) = invariants(crm, deals="select id from sales").doubts
    assert doubt.startswith('nobody knows whether "deals" holds: its query failed') and "sales" in doubt


def test_a_query_may_hold_every_sign(crm: Database) -> None:
    assert invariants(crm, signs="select path from papers where path like '%s' or path = '{}' -- a remark").held == 1


def test_a_server_that_ends_meanwhile_gives_no_verdict(place: Path, tmp_path: Path) -> None:
    with scratch_database(tmp_path, place=place) as reference, pytest.raises(DatabaseLost, match="prove it again"):
        ask(reference, Questions({}, {"it": "select pg_terminate_backend(pg_backend_pid())"}), {})
