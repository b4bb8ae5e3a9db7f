"""What pgBackRest keeps: named by sets, brought back at any moment, started for proof; and each no is a sentence."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psutil
import psycopg
import pytest

from edge import clock
from edge.backups.elsewhere import clusters, pgbackrest
from mainstay.backups.elsewhere import stanzas
from mainstay.backups.elsewhere.stanzas import StanzaWish, of_set
from mainstay.backups.sets import BackupSet
from mainstay.errors import CommandFailed, MainstayError, Refused
from tasks.backups.elsewhere.clusters import lay_out_by_pgbackrest, observe_stanza, prove_by_pgbackrest
from tasks.backups.elsewhere.standing import elsewhere_now
from tests.databases import folder
from tests.doors.backups.base_rig import by_hand
from tests.doors.backups.dump_rig import DEBIAN, sentence
from tests.doors.backups.elsewhere_rig import take
from tests.doors.backups.shop_rig import WHERE, Shop
from tests.doors.backups.stanza_rig import (
    STANZA,
    Kept,
    kept_server,
    kept_shop,
    log_is_kept,
    needs_pgbackrest,
)
from tests.doors.store_rig import ROOT
from tests.waiting import until

pytestmark = needs_pgbackrest
MANY = "select count(*) from office.people"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    with kept_server(tmp_path_factory.mktemp("kept")) as made:
        yield made


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, kept: Kept) -> Iterator[Shop]:
    with kept_shop(tmp_path_factory.mktemp("shop"), kept) as made:
        yield made


@pytest.fixture(scope="module")
def full(shop: Shop) -> BackupSet:
    return take("full")


def test_a_full_set_names_a_full_backup_and_one_of_the_database_an_increment(
    shop: Shop, full: BackupSet, kept: Kept
) -> None:
    increment = take("database")
    (first,), (second,) = full.elsewhere, increment.elsewhere
    assert first.name.endswith("F") and second.name.startswith(f"{first.name}_") and second.name.endswith("I")
    assert first.log is not None and second.log is not None
    assert (first.log.timeline, first.log.superuser, first.server) == (1, "boss", "15")
    (identifier,) = kept.crm.ask("select system_identifier::text from pg_control_system()")[0]
    assert first.log.cluster == identifier and 0 < second.bytes < first.bytes
    assert full.database is not None and any("repo1-retention" in note for note in full.notes)
    assert f"names the backup {first.name}" in shop.command("backups", *WHERE).stdout


def test_a_step_that_is_repeated_finds_the_backup_that_it_made(kept: Kept) -> None:
    before = len(pgbackrest.keeps(kept.wish))
    made = pgbackrest.take(kept.wish, "incr", "a-set")
    assert pgbackrest.take(kept.wish, "incr", "a-set") == made == of_set(pgbackrest.keeps(kept.wish), "a-set")
    assert len(pgbackrest.keeps(kept.wish)) == before + 1


def is_free(kept: Kept) -> bool:
    try:
        with lock_of(kept).open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return True
    except BlockingIOError:
        return False
    return True


def lock_of(kept: Kept) -> Path:
    """The file that pgBackRest itself takes a lock on."""
    return kept.place / "lock" / f"{STANZA}-backup.lock"


def test_killed_in_it_and_tried_again_there_is_one_backup_for_the_set(kept: Kept) -> None:
    words = [sys.executable, "-m", "tests.doors.backups.stanza_taker", *kept.wish.words[1:], kept.user, "killed"]
    seen = list[dict[str, str]]()
    for seconds in (0.8, 1.6, 2.4):  # in its check, in its backup, while it waits for the log
        child = subprocess.Popen(words, cwd=ROOT, env={**os.environ, "MAINSTAY_SECRET": "of nobody's business"})
        clock.sleep(seconds)
        for each in psutil.Process(child.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):  # it has done its part
                seen.append(each.environ())
        child.kill()
        child.wait()
    # One that was killed before the kernel knew to end its child leaves that at work, and it has the lock.
    until(lambda: is_free(kept), seconds=60)
    made = pgbackrest.take(kept.wish, "incr", "killed")
    assert [each.label for each in pgbackrest.keeps(kept.wish) if each.set == "killed"] == [made.label]
    assert seen and not [each for each in seen if "MAINSTAY_SECRET" in each], "it runs as another user"


def test_a_moment_is_brought_back_and_a_server_on_it_has_what_was_there_then(full: BackupSet, kept: Kept) -> None:
    kept.crm.do("insert into office.people (name) values ('before')")
    (count,) = kept.crm.ask(MANY)[0]
    clock.sleep(0.1)
    at = clock.now()
    clock.sleep(0.1)
    kept.crm.do("delete from office.deals", "delete from office.people where name = 'before'")
    log_is_kept(kept)
    with folder() as root:
        wish = observe_stanza.fn(*WHERE)
        assert wish == kept.wish
        said = lay_out_by_pgbackrest.fn(wish, str(root / "back"), at.isoformat())
        assert f"started on it by {kept.user}" in said
        cluster = root / "back" / "cluster"
        assert cluster.owner() == kept.user and cluster.stat().st_mode & 0o777 == 0o700, "as PostgreSQL wants it"
        with by_hand(DEBIAN, root / "back" / "cluster") as server:
            address = f"{server.address.removesuffix('dbname=postgres')} dbname=crm"
            with psycopg.connect(address) as connection:
                assert connection.execute(MANY.encode()).fetchone() == (count,)
                shown = connection.execute(
                    "select current_setting('archive_mode'), current_setting('max_logical_replication_workers')"
                ).fetchone()
            assert shown == ("off", "0"), "it ties itself to nothing of the original's"
    assert kept.crm.ask("select count(*) from office.deals") == [(0,)]


def test_where_something_is_nothing_is_restored_and_of_a_failure_nothing_stands_there(shop: Shop, kept: Kept) -> None:
    with folder() as root:
        (root / "there").mkdir()
        with pytest.raises(Refused, match="is there already"):
            lay_out_by_pgbackrest.fn(kept.wish, str(root / "there"), "latest")
        long_ago = (clock.now() - timedelta(days=900)).isoformat()
        with pytest.raises(CommandFailed, match=r"\(075\).*no backup that is older than that moment") as reason:
            lay_out_by_pgbackrest.fn(kept.wish, str(root / "back"), long_ago)
        sentence(reason)
        assert [each.name for each in root.iterdir()] == ["there"]
        with pytest.raises(MainstayError, match=r"line of shell"):
            lay_out_by_pgbackrest.fn(kept.wish, str(root / "a 'b"), "latest")


def test_the_backup_of_a_set_is_started_for_proof_and_nothing_is_left(full: BackupSet, kept: Kept) -> None:
    with folder() as place:
        found = clusters.proven(kept.wish, full.elsewhere[0], place, place=place)
        assert (found.tables, found.databases, found.notes) == (3, 3, ("every index agrees with its table",))
        assert [each.name for each in (place / "scratch").iterdir()] == [".lock"]


def test_a_backup_that_pgbackrest_let_go_is_said_and_leaves_the_set_as_it_was(full: BackupSet, kept: Kept) -> None:
    gone = stanzas.as_held(pgbackrest.take(kept.wish, "incr", "gone"), kept.wish, "boss")
    made = replace(full, elsewhere=(*full.elsewhere, gone))
    assert elsewhere_now(made) == ()
    kept.says("expire", f"--set={gone.name}")
    assert elsewhere_now(made) == (f"{gone}, which it names, is there no more",)
    found = prove_by_pgbackrest(replace(full, elsewhere=(gone,)))
    assert found.notes == () and gone.name in found.failed[0] and "could not be brought back" in found.failed[0]


def test_a_stanza_that_is_not_there_costs_the_copy_and_not_the_set(tmp_path: Path, kept: Kept) -> None:
    with kept_shop(tmp_path, kept, stanza="nobodys-{environment}") as shop:
        made, told = take("full"), shop.told()
    assert made.elsewhere == () and made.database is not None
    (why,) = [note for note in made.notes if "nobodys" in note]
    assert "There is no stanza nobodys-production" in why and "stanza-create" in why
    (news,) = told
    assert why in news.english.happened


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"config": "/nowhere/pgbackrest.conf"}, r"failed \(055\).*stanza-create"),
        ({"user": "nobody-here"}, r"this machine has no user nobody-here"),
    ],
)
def test_what_is_wrong_in_the_descriptor_is_a_sentence(kept: Kept, other: dict[str, str], says: str) -> None:
    words = {"stanza": kept.wish.stanza, "user": kept.user, "config": str(kept.config), **other}
    with pytest.raises(MainstayError, match=says) as reason:
        pgbackrest.keeps(StanzaWish(words["stanza"], words["user"], words["config"]))
    sentence(reason)


def test_a_database_on_another_machine_is_refused_by_name(kept: Kept) -> None:
    far = kept.server.reference_to("postgresql://boss@203.0.113.7/crm")
    with pytest.raises(Refused, match=r"lies on another machine") as reason:
        pgbackrest.refuse_far(kept.wish, far)
    sentence(reason)


@contextmanager
def at_work(kept: Kept) -> Iterator[None]:
    """Another one that backs up."""
    file = lock_of(kept)
    file.touch(mode=0o640)
    shutil.chown(file, kept.user)
    try:
        with file.open() as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield
    finally:
        file.unlink()


def test_another_one_at_work_there_is_a_sentence(kept: Kept) -> None:
    with at_work(kept), pytest.raises(CommandFailed, match=r"\(050\).*another one is at work") as reason:
        pgbackrest.take(kept.wish, "incr", "while-another")
    sentence(reason)


def test_a_set_that_meets_another_one_at_work_says_so_and_alarms_nobody(shop: Shop, kept: Kept) -> None:
    """By night a full one may take hours."""
    before = len(shop.told())
    with at_work(kept):
        made = take("database")
    assert made.elsewhere == () and made.database is not None
    assert any("another one is at work" in note for note in made.notes) and len(shop.told()) == before


@pytest.mark.parametrize(("kind", "what"), [("full", "A check"), ("incr", "A backup")])
def test_without_the_log_there_is_no_backup_and_a_full_one_is_not_even_begun(kept: Kept, kind: str, what: str) -> None:
    before, ours = len(pgbackrest.keeps(kept.wish)), kept.config.with_name("ours.conf")
    ours.write_text(kept.config.read_text().replace("archive-timeout=20", "archive-timeout=2"))
    ours.chmod(0o644)
    away = kept.config.rename(kept.config.with_name("away.conf"))  # archive_command does not find it any more
    try:
        with pytest.raises(CommandFailed, match=rf"^{what} of the stanza.*\(082\).*archive_command") as reason:
            pgbackrest.take(replace(kept.wish, config=str(ours)), kind, "without-log")
        sentence(reason)
    finally:
        away.rename(kept.config)
    assert len(pgbackrest.keeps(kept.wish)) == before


def test_a_superuser_is_found_by_who_made_the_cluster(kept: Kept) -> None:
    kept.crm.do("create role plain login")
    assert clusters.superuser(kept.crm.named("plain", "x")) == "boss"
