"""What pgBackRest tells is read, what it complains of is a sentence, and what PostgreSQL is told of it is one line."""

import json
import re
from datetime import UTC, datetime

import pytest

from mainstay.backups.bases.settings import Recovery
from mainstay.backups.elsewhere.news import not_restored_elsewhere
from mainstay.backups.elsewhere.stanzas import (
    StanzaWish,
    archive_get,
    as_held,
    failed,
    of_set,
    read_info,
    read_tablespaces,
    restore_words,
    scratch_settings,
    stanza_wish,
)
from mainstay.backups.plans import plan_set, wish
from mainstay.descriptor.parsing import parse_system
from mainstay.errors import BadDescriptor, BadInput, Refused
from mainstay.places import Places
from tests.knows.backups.small_sets import NOON
from tests.knows.small_shop import SHOP, shop

WISH = StanzaWish("shop", "postgres")
STANZA = 'pgbackrest: {stanza: "shop-{environment}"}'


def backup(label: str, set: str = "", **other: object) -> dict[str, object]:
    """As 2.45 tells of one."""
    return {
        "annotation": {"mainstay-set": set} if set else None,
        "archive": {"start": "0000000200000000000000AB", "stop": "0000000200000000000000AC"},
        "database": {"id": 2, "repo-key": 1},
        "error": False,
        "info": {"delta": 9000, "repository": {"delta": 430, "size": 3042}, "size": 22992},
        "label": label,
        "lsn": {"start": "0/AB000028", "stop": "0/AC000050"},
        "timestamp": {"start": 1795916900, "stop": 1795916903},
        **other,
    }


def info(*backups: dict[str, object], code: int = 0, name: str = "shop") -> str:
    clusters = [{"id": 1, "repo-key": 1, "system-id": 1, "version": "14"}]
    clusters += [{"id": 2, "repo-key": 1, "system-id": 7713404333347837286, "version": "15"}]
    status = {"code": code, "message": "as it says"}
    told = {"name": name, "backup": backups, "db": clusters, "status": status, "repo": [{"status": status}]}
    return json.dumps([{"name": "another", "backup": [], "db": [], "status": {"code": 0}}, told])


def described(more: str, environment: str = "production") -> Places:
    database = f'database: {{address: "env://DATABASE_{{environment}}", {more}}}\n'
    return Places(shop("environments:", f"{database}environments:"), environment, "/home")


def test_a_backup_is_read_with_its_place_in_the_log_of_its_own_cluster() -> None:
    (found,) = read_info(info(backup("20261129-014820F", "a-set")), WISH)
    held = as_held(found, WISH, "boss")
    assert (held.name, held.bytes, held.server, str(held)) == (
        *("20261129-014820F", 430, "15"),
        "the backup 20261129-014820F of stanza shop of pgBackRest",
    )
    assert held.log is not None and held.log.cluster == "7713404333347837286"
    assert (held.log.timeline, held.log.start, held.log.stop, held.log.superuser) == (
        *(2, "0/AB000028", "0/AC000050"),
        "boss",
    )
    assert held.moment == datetime.fromtimestamp(1795916903, UTC)


def test_the_backup_of_a_set_is_the_newest_that_bears_its_name_and_is_not_damaged() -> None:
    known = read_info(info(backup("1F"), backup("2F", "a"), backup("3F", "a"), backup("4F", "a", error=True)), WISH)
    found = of_set(known, "a")
    assert found is not None and found.label == "3F" and of_set(known, "b") is None


def test_a_stanza_without_a_backup_is_no_failure_and_none_at_all_is_refused() -> None:
    assert read_info(info(code=2), WISH) == ()
    for said in ("[]", info(name="else"), info(code=1)):
        with pytest.raises(Refused, match=r"There is no stanza shop of pgBackRest.*stanza-create\.$"):
            read_info(said, WISH)
    with pytest.raises(Refused, match=r"cannot be looked at: as it says\. It may not read"):
        read_info(info(code=99), WISH)


def test_tablespaces_are_those_of_that_backup() -> None:
    said = info(backup("1F", tablespace=[{"name": "fast", "oid": 1}]), backup("2F", tablespace=None))
    assert read_tablespaces(said, "1F") == ("fast",) and read_tablespaces(said, "2F") == ()


@pytest.mark.parametrize(
    ("exit", "said", "sentence"),
    [
        (
            50,
            "ERROR: [050]: unable to acquire lock on file '/x'\n HINT: is another",
            r"\(050\): unable.*tries again\.$",
        ),
        (50, "ERROR: [050]: unable to acquire lock on file '/x': Permission denied", r"whose is its repository\?"),
        (55, "ERROR: [055]: unable to load info file '/a' or '/b':\n  FileMissing", r"\(055\).*stanza-create\.$"),
        (82, "P00 WARN: x\nERROR: [082]: WAL segment was not archived before the 60000ms timeout", r"archive_command"),
        (31, "ERROR: [031]: invalid option '--annotation'", r"older than 2\.41"),
        (99, "ERROR: [099]: something new.", r"\(099\): something new\.$"),
        (1, "", r"\(001\): it said nothing\.$"),
        (-9, "", r"was killed \(signal 9\)"),
    ],
)
def test_whatever_it_complains_of_is_one_sentence(exit: int, said: str, sentence: str) -> None:
    found = failed("A backup", WISH, exit, said)
    assert re.search(sentence, found) and "\n" not in found and found.startswith("A backup of the stanza shop")


def test_a_moment_is_told_with_its_zone_and_the_copy_never_archives() -> None:
    words = list(restore_words(StanzaWish("shop", "postgres", "/etc/x.conf"), "/a/.b/cluster", "/a/b/cluster", NOON))
    assert words[:3] == ["restore", "--pg1-path=/a/.b/cluster", "--archive-mode=off"]
    assert "--target=2026-11-20 12:00:00.000000+00" in words and "--type=time" in words
    (command,) = [word for word in words if word.startswith("--recovery-option=restore_command=")]
    assert "--pg1-path=/a/b/cluster" in command and "--config=/etc/x.conf" in command and command.endswith('%f "%p"')
    assert not [word for word in restore_words(WISH, "/a", "/b", None) if "target" in word]


@pytest.mark.parametrize("odd", ["/a b", "/a'b", "/a$b", "/a%f", '/a"b', "/a\nb", "/кластер"])
def test_a_place_that_a_line_of_shell_takes_otherwise_is_refused(odd: str) -> None:
    with pytest.raises(BadInput, match="line of shell"):
        list(restore_words(WISH, "/a", odd, None))


def test_a_scratch_copy_is_brought_to_where_it_is_consistent_and_no_further() -> None:
    said = scratch_settings(WISH, "/odd 'place/%f")
    assert "recovery_target = 'immediate'" in said and "archive_mode = 'off'" in said
    assert "max_logical_replication_workers = 0" in said, "a proof takes nothing from the publishers of the original"
    assert (
        "restore_command = '" in said
        and "%%f" in said
        and archive_get(WISH, "/plain") in scratch_settings(WISH, "/plain")
    )
    assert Recovery("a", "15", "boss", said, "as it was").point == ""


def test_what_is_described_is_filled_in_and_stands_in_the_plan() -> None:
    places = described('pgbackrest: {stanza: "shop-{environment}", config: "{home}/pgbackrest.conf", user: pg}')
    found = StanzaWish("shop-production", "pg", "/home/pgbackrest.conf")
    assert stanza_wish(places) == found and found.words == (
        *("pgbackrest", "--config=/home/pgbackrest.conf"),
        "--stanza=shop-production",
    )
    plan = plan_set("full", wish(places), [], NOON)
    assert plan.elsewhere is not None and plan.elsewhere.stanza == found and plan.elsewhere.snapshots is None
    assert stanza_wish(Places(shop(), "production", "/home")) is None


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (f"{STANZA}, stream: {{most_held_megabytes: 64}}", "would receive the log a second time"),
        (f'{STANZA}, snapshots: {{instance: "a-{{environment}}", region: eu-central-1}}', "does not run on a managed"),
        ("pgbackrest: {stanza: shop}", "is the same for staging and production"),
        ("pgbackrest: {}", "stanza: is missing"),
        ('pgbackrest: {stanza: "shop-{environment}", user: "Post Gres"}', 'Write "postgres"'),
    ],
)
def test_what_cannot_be_is_said_where_it_is_written(more: str, says: str) -> None:
    with pytest.raises(BadDescriptor, match=re.escape(says)):
        described(more)


def test_each_alone_can_be_described() -> None:
    for more in (STANZA, "stream: {most_held_megabytes: 64}"):
        assert described(more).system.database is not None
    assert parse_system(SHOP, "shop.yaml").database is None


def test_the_news_of_a_copy_that_could_not_be_brought_back_do_not_call_the_set_bad() -> None:
    news = not_restored_elsewhere("shop", "production", "a-set", ["why."])
    assert "why." in news.english.happened and "as good as it was" in news.english.means
    assert "why." in news.russian.happened and "pgbackrest info" in news.russian.do
