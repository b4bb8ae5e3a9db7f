"""A person with docs/hand-restore.md, a recovery key and public tools has everything back."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mainstay.backups.buckets.names import key_of
from tests.databases import folder
from tests.doors import store_rig
from tests.doors.backups.base_rig import STREAMS, embedded, line
from tests.doors.backups.base_rig import by_hand as started
from tests.doors.backups.bucket_rig import NAME, BucketShelf, held
from tests.doors.backups.dump_rig import CRM, Database, Server
from tests.doors.backups.hand_rig import by_hand, needs_public_tools, with_a_key
from tests.doors.backups.redis_rig import redis
from tests.doors.backups.set_rig import Shelf, seen
from tests.doors.backups.tenant_rig import called, company
from tests.doors.store_rig import CREDENTIALS, environment
from tests.waiting import until

pytestmark = needs_public_tools


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return with_a_key(Shelf.at(tmp_path), tmp_path)


@pytest.fixture
def bucket_shelf(tmp_path: Path) -> Iterator[BucketShelf]:
    with environment({**CREDENTIALS, "AWS_ENDPOINT_URL": store_rig.s3_server()}):
        yield with_a_key(BucketShelf.at(tmp_path), tmp_path)


def histories(shelf: Shelf) -> None:
    """A full set and two on top of it, with names that are hard to type."""
    folder = shelf.folder
    (folder / "a folder" / "inner").mkdir(parents=True)
    (folder / "a folder" / "inner" / "new\nline").write_text("odd")
    for name in ("-dash", "-", "*", " ", "ends in a return\r", "back\\slash"):
        (folder / name).write_text("dash")
    (folder / "becomes a folder").write_text("file")
    made = shelf.take()
    (folder / "becomes a folder").unlink()
    (folder / "becomes a folder").mkdir()
    (folder / "becomes a folder" / "file").write_bytes(b"\0" * 100_000)
    made = shelf.take("incremental", parent=made)
    (folder / "a folder" / "inner" / "new\nline").unlink()
    (folder / "a folder" / "inner").rmdir()
    (folder / "-dash").write_text("changed")
    shelf.take("incremental", parent=made)


def test_a_person_has_the_files_back_with_public_tools(shelf: Shelf, tmp_path: Path) -> None:
    histories(shelf)
    told = by_hand(shelf, tmp_path, SET=shelf.taken[-1].id)
    assert told.returncode == 0, told.stdout + told.stderr
    assert told.stdout.count('Good "mainstay-set" signature') == len(shelf.taken)
    assert seen(tmp_path / "by hand") == seen(shelf.folder)
    assert (tmp_path / "by hand.yaml").read_text() == "name: shop\n"


def test_a_person_who_names_no_set_has_the_newest_full_one(shelf: Shelf, tmp_path: Path) -> None:
    """The newest of all may hold no database, or no files."""
    shelf.take()
    (shelf.folder / "second").write_text("second")
    full, before = shelf.take(), seen(shelf.folder)
    (shelf.folder / "later").write_text("later")
    shelf.take("incremental", parent=full)
    shelf.take("database")
    told = by_hand(shelf, tmp_path)
    assert told.returncode == 0, told.stdout + told.stderr
    assert seen(tmp_path / "by hand") == before


def test_a_person_has_the_database_back_with_public_tools(shelf: Shelf, server: Server, tmp_path: Path) -> None:
    crm, target = server.empty(*CRM), server.empty()
    full = shelf.take(database=crm.reference)
    (shelf.folder / "later").write_text("later")
    shelf.take("incremental", parent=full)
    told = by_hand(shelf, tmp_path, SET=shelf.taken[-1].id, DATABASE=target.address)
    assert told.returncode == 0, told.stdout + told.stderr
    every_deal = "select id, person, sum, note from office.deals order by id"
    assert target.tables == crm.tables and target.ask(every_deal) == crm.ask(every_deal)
    assert not list(tmp_path.glob("*.dump"))


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not here: apt-get install jq")
def test_a_person_has_one_tenant_back_with_public_tools(shelf: Shelf, server: Server, tmp_path: Path) -> None:
    (tmp_path / "company").mkdir()
    with company(tmp_path / "company", server) as firm:
        for what in ('Ёлка & "co" $1', "zoo"):
            firm.add(called(what))
        (tmp_path / "key").write_text(firm.shop.keys.new_recovery_key(instead=True) + "\n")
        (tmp_path / "signers").write_text(firm.shop.keys.signers + "\n")
        firm.shop.take("full")
        name, target = next(iter(firm.tenants)), server.empty()
        words = {"STORE": f"{firm.shop.settings.home}/backups", "TENANT": name, "TENANT_DATABASE": target.address}
        told = by_hand(shelf, tmp_path, **words, DATABASE=server.empty().address)
        assert told.returncode == 0, told.stdout + told.stderr
        every_deal = "select id, what from office.deals order by id"
        assert target.ask(every_deal) == firm.tenants[name].ask(every_deal)
        told = by_hand(shelf, tmp_path, **words | {"TENANT": "nobody", "TARGET": str(tmp_path / "again")})
        assert told.returncode != 0, "a name that is not there is no success"


def test_a_person_has_the_cluster_back_with_public_tools(place: Path, tmp_path: Path) -> None:
    """An increment, whole segments, and one that was never finished."""
    with line(embedded(place), tmp_path, *STREAMS) as ours:
        with_a_key(ours.shelf, tmp_path)
        full = ours.base()
        crm = ours.server.empty("create table rows (what text)", "insert into rows values ('one')", name="crm")
        increment = ours.base(on=full)
        crm.do("insert into rows values ('two')")
        point = ours.point(increment, in_parts=True)
        crm.do("insert into rows values ('never')")
        assert list((tmp_path / "store").rglob("partial/*/*.signed"))
        told = by_hand(ours.shelf, tmp_path, SET=point.id)
        assert told.returncode == 0, told.stdout + told.stderr
    with folder() as root:
        shutil.move(tmp_path / "by hand.cluster", root / "cluster")
        with started(embedded(place), root / "cluster") as server:
            back = Database(server, "crm")
            until(lambda: back.ask("select pg_is_in_recovery()") == [(False,)])
            assert back.ask("select what from rows order by ctid") == [("one",), ("two",)]


def test_a_person_has_the_objects_of_a_bucket_as_files(bucket_shelf: BucketShelf, tmp_path: Path) -> None:
    shelf = bucket_shelf
    for key in ("a", "a/b", "docs/letter ё.txt", "odd//key", "100%", "b\\c", "x" * 300, "goes", "changes"):
        shelf.put(key, key.encode())
    full = shelf.take()
    shelf.remove("goes")
    shelf.put("changes", b"new")
    shelf.take(full)
    told = by_hand(shelf, tmp_path, SET=shelf.taken[-1].id, BUCKET=NAME)
    assert told.returncode == 0, told.stdout + told.stderr
    found = {path.relative_to(tmp_path / "by hand.bucket"): path for path in (tmp_path / "by hand.bucket").rglob("*")}
    files = {key_of(str(name).encode()): path.read_bytes() for name, path in found.items() if path.is_file()}
    assert files == {key: content[0] for key, content in held(shelf.bucket()).items()}


@pytest.mark.skipif(
    not all(map(shutil.which, ("jq", "aws"))),
    reason="jq or the AWS command line is not here: apt-get install jq awscli",
)
def test_a_person_has_a_bucket_back_with_public_tools(bucket_shelf: BucketShelf, tmp_path: Path) -> None:
    shelf = bucket_shelf
    shelf.put("page", b"<p>", ContentType="text/html", Metadata={"by": "anna"}, Tagging="kind=a%20b&year=2026")
    shelf.put("goes", b"goes")
    full = shelf.take()
    shelf.remove("goes")
    shelf.put("odd//100% ё", b"later", ContentType="text/css")
    shelf.take(full)
    shelf.s3.create_bucket(Bucket=f"{shelf.place.name}-by-hand")
    told = by_hand(shelf, tmp_path, SET=shelf.taken[-1].id, BUCKET=NAME, INTO=f"{shelf.place.name}-by-hand")
    assert told.returncode == 0, told.stdout + told.stderr
    by_us, there = shelf.bucket(), shelf.bucket(replace(shelf.place, name=f"{shelf.place.name}-by-hand"))
    assert held(there) == held(by_us)


@pytest.mark.skipif(
    shutil.which("redis-server") is None, reason="redis-server is not here: apt-get install redis-server"
)
def test_a_person_has_redis_back_with_public_tools(bucket_shelf: BucketShelf, tmp_path: Path) -> None:
    (tmp_path / "restored").mkdir()
    with redis(tmp_path / "source") as source:
        source.do_all(("SET", "user:1", "anna"), ("LPUSH", "queue", "b", "a"))
        bucket_shelf.take(redis=source.reference)
    told = by_hand(bucket_shelf, tmp_path, REDIS=str(tmp_path / "restored"))
    assert told.returncode == 0, told.stdout + told.stderr
    with redis(tmp_path / "restored") as back:
        assert back.do_all(("GET", "user:1"), ("LRANGE", "queue", 0, -1)) == [b"anna", [b"a", b"b"]]
