"""What snapshots are called, how we know our own, and what a set that names one is."""

import json
import re
from dataclasses import replace
from itertools import product
from random import Random

import pytest

from mainstay import records
from mainstay.backups.elsewhere.held import Elsewhere, shown
from mainstay.backups.elsewhere.news import nothing_elsewhere, snapshots_stay
from mainstay.backups.elsewhere.restores import Chosen, choose_snapshot
from mainstay.backups.elsewhere.snapshots import (
    Seen,
    SnapshotWish,
    as_held,
    judge_instance,
    snapshot_name,
    snapshot_tags,
    snapshot_wish,
)
from mainstay.backups.listed import listed
from mainstay.backups.plans import plan_set, wish
from mainstay.backups.restores import NEWEST
from mainstay.backups.sets import BackupSet, new_id
from mainstay.errors import BadDescriptor, BadInput
from mainstay.places import Places
from tests.knows.backups.small_sets import NOON, made
from tests.knows.small_shop import shop

LEGAL = re.compile(r"[a-z](-?[a-z0-9])*")
HELD = Elsewhere("rds", "mainstay-shop-production-b", "shop in RDS x", NOON, 20 << 30, "15.4", ("in one account",))
DATABASE = 'database: {{address: "env://DATABASE_{{environment}}", {}}}\n'
SNAPSHOTS = 'snapshots: {instance: "shop-{environment}", region: eu-central-1}'


def described(more: str) -> Places:
    return Places(shop("environments:", f"{DATABASE.format(more)}environments:"), "production", "/home")


def test_the_name_of_a_snapshot_is_one_that_rds_takes_whatever_the_system_is_called() -> None:
    chance = Random(4)
    words = ["a", "a-", "a--b", "shop-2", "x" * 40, *("".join(chance.choices("ab-9", k=30)) for _ in range(300))]
    for system, environment in product(["shop", "s" * 40], (f"e{word}" for word in words)):
        name = snapshot_name(system, environment, new_id("full", NOON, "abcd"))
        assert LEGAL.fullmatch(name) and len(name) <= 255, name


def test_of_one_set_the_name_is_always_the_same_and_of_two_sets_it_is_not() -> None:
    ids = [new_id("full", NOON, f"{number:04x}") for number in range(500)]
    assert len({snapshot_name("shop", "production", id) for id in ids}) == len(ids)
    assert snapshot_name("shop", "production", ids[0]) == "mainstay-shop-production-20261120-120000-000-full-0000"


def test_a_tag_holds_what_rds_takes_and_a_snapshot_with_others_is_not_ours() -> None:
    tags = snapshot_tags("shop", "production", "a", "s3://кладовка/~x at http://10.0.0.1:9000")
    assert all(re.fullmatch(r"[A-Za-z0-9 _.:/=+@-]{0,256}", word) for word in tags.values())
    seen = Seen("n", "available", {**tags, "team": "crm"}, NOON, 1, "15")
    assert seen.is_ours(tags)
    for name in tags:
        assert not replace(seen, tags={**tags, name: "another"}).is_ours(tags)
        assert not replace(seen, tags={key: word for key, word in tags.items() if key != name}).is_ours(tags)


def test_what_is_described_is_filled_in_for_its_environment() -> None:
    found = snapshot_wish(described(SNAPSHOTS))
    assert (
        found == SnapshotWish("shop-production", "eu-central-1") and str(found) == "shop-production in RDS eu-central-1"
    )
    assert snapshot_wish(described("tenants: {each: schema, query: select}")) is None
    assert snapshot_wish(Places(shop(), "production", "/home")) is None


def test_a_login_is_two_references() -> None:
    login = 'login: {user: "env://KEY_{environment}", password: "file:///etc/secret"}'
    found = snapshot_wish(described(f"{SNAPSHOTS[:-1]}, {login}}}"))
    assert found is not None and found.login == ("env://KEY_production", "file:///etc/secret")


@pytest.mark.parametrize("kind", ["full", "database"])
def test_who_else_makes_copies_stands_in_the_plan_of_a_set_with_the_database(kind: str) -> None:
    there_is = wish(described(SNAPSHOTS))
    assert plan_set(kind, there_is, [], NOON).elsewhere == there_is.elsewhere is not None  # type: ignore[arg-type]


def test_a_set_without_the_database_has_no_copy_of_it() -> None:
    files = "files: {u: {path: '/srv/{environment}'}}\n"
    site = shop("environments:", f"{DATABASE.format(SNAPSHOTS)}{files}environments:")
    there_is = wish(Places(site, "production", "/home"))
    assert there_is.elsewhere is not None and plan_set("files", there_is, [], NOON).elsewhere is None


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ('snapshots: {instance: "shop-{environment}"}', "region: is missing"),
        ("snapshots: {instance: shop, region: eu-central-1}", "is the same for staging and production"),
        ('snapshots: {instance: "shop-{environment}", region: eu-central-1a}', 'Write "eu-central-1"'),
        (
            'snapshots: {instance: "shop-{environment}.x.rds.amazonaws.com", region: eu-central-1}',
            'Write "shop-{environment}"',
        ),
        (f"{SNAPSHOTS}, stream: {{most_held_megabytes: 64}}", "RDS gives its log to nobody"),
    ],
)
def test_what_cannot_be_is_said_where_it_is_written(more: str, says: str) -> None:
    with pytest.raises(BadDescriptor, match=re.escape(says)):
        described(more)


def test_what_lies_elsewhere_is_no_byte_and_no_piece_of_its_set() -> None:
    plain, with_it = made("b"), replace(made("b"), elsewhere=(HELD,))
    assert (plain.bytes, plain.pieces, plain.needs) == (with_it.bytes, with_it.pieces, with_it.needs)
    assert listed(plain) == listed(with_it)


def test_a_manifest_of_before_is_read_and_one_of_now_keeps_what_it_names() -> None:
    data = records.encode(replace(made("b"), elsewhere=(HELD,)), nonce="b")
    assert records.decode(BackupSet, data).elsewhere == (HELD,)
    old = json.loads(data)
    del old["value"]["elsewhere"]
    assert records.decode(BackupSet, json.dumps(old).encode()) == made("b")


def test_a_snapshot_that_does_not_say_of_when_it_is_is_of_when_it_was_begun() -> None:
    found = as_held(Seen("n", "available", {}, None, 7, "15.4"), SnapshotWish("shop", "x"), NOON)
    assert (found.moment, found.bytes, found.name) == (NOON, 7, "n")
    assert shown(found).startswith(
        "names the snapshot n of shop in RDS x, kept there and not in this store; it lies in"
    )


def test_the_newest_set_with_a_snapshot_is_chosen_or_the_one_that_is_named() -> None:
    older = replace(HELD, name="older")
    known = [made("c"), replace(made("b"), elsewhere=(HELD,)), replace(made("a"), elsewhere=(older,))]
    assert choose_snapshot(known, NEWEST) == Chosen("b", HELD) and choose_snapshot(known, "a").held == older
    with pytest.raises(BadInput, match=r"The set 'c' names no snapshot.*the newest that does is b"):
        choose_snapshot(known, "c")
    with pytest.raises(BadInput, match="No set names a snapshot"):
        choose_snapshot(known[:1], NEWEST)


@pytest.mark.parametrize("name", ["", "1shop", "shop-", "shop--two", "a" * 64, "shop.two", "лавка", "-shop"])
def test_a_name_that_rds_does_not_take_is_said_before_it_is_asked(name: str) -> None:
    with pytest.raises(BadInput, match="no name of an instance"):
        judge_instance(name, {})


def test_a_snapshot_goes_into_an_instance_and_nothing_else_does() -> None:
    judge_instance("shop-restored", {"into": "", "part": ""})
    judge_instance("a" * 63, {})
    with pytest.raises(BadInput, match=r"Leave out part, redis"):
        judge_instance("shop-restored", {"into": "", "part": "office", "redis": "file:///x"})


def test_the_news_say_what_is_whole_and_what_to_do_in_both_languages() -> None:
    for news in (
        nothing_elsewhere("shop", "production", NOON, ["why."]),
        snapshots_stay("shop", "production", NOON, ["why."]),
    ):
        assert "why." in news.english.happened and "why." in news.russian.happened
        assert "mainstay" in news.english.do and "mainstay" in news.russian.do and "2026-11-20" in news.key
