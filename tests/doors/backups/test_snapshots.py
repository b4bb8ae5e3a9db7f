"""Snapshots of a managed server: named by full sets, waited for, told where they fail, and never anybody else's."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.backups.elsewhere.rds import open_rds
from edge.backups.elsewhere.rds_failures import RdsLost, RdsRefused
from edge.backups.elsewhere.snapshots import await_available
from mainstay.backups.elsewhere.snapshots import SnapshotWish, snapshot_tags
from tasks.backups.elsewhere.standing import elsewhere_now
from tasks.backups.elsewhere.taking import begin_elsewhere
from tasks.backups.readings import prove_by_reading
from tasks.backups.sets import begin_set, observe_what_to_keep
from tests.doors.backups.dump_rig import CRM, Database, Server, sentence
from tests.doors.backups.elsewhere_rig import describe, take
from tests.doors.backups.moody_rds import Way, moody
from tests.doors.backups.shop_rig import WHERE, Shop
from tests.doors.backups.snapshot_rig import REGION, Account, managed_shop, said_of
from tests.doors.guarded_s3 import strict_server
from tests.doors.store_rig import CREDENTIALS, environment

TAGS = {"mainstay:system": "shop"}


@pytest.fixture
def way() -> Iterator[Way]:
    with moody() as made:
        yield made


@pytest.fixture
def account() -> Account:
    return Account.new()


@pytest.fixture(scope="module")
def crm(server: Server) -> Database:
    return server.empty(*CRM)


@pytest.fixture
def shop(tmp_path: Path, account: Account, way: Way, crm: Database) -> Iterator[Shop]:
    with managed_shop(tmp_path, account, way, crm.address) as made:
        yield made


@pytest.fixture
def with_keys() -> Iterator[None]:
    with environment(CREDENTIALS):
        yield


def test_a_full_set_names_a_snapshot_that_is_there_and_says_whose_it_is(shop: Shop, account: Account) -> None:
    made = take()
    (held,) = made.elsewhere
    assert [held.name] == account.snapshots() and held.name == account.snapshot_of(made.id)
    assert account.tags(held.name) == snapshot_tags(*WHERE, made.id, shop.backups.address)
    assert (held.bytes, held.server) == (20 << 30, "15.4") and made.database is not None
    assert any("not off the provider" in note for note in made.notes)


def test_a_snapshot_counts_for_nothing_of_a_set_and_is_shown_beside_it(shop: Shop) -> None:
    made = take()
    assert made.bytes < 1 << 20 and len(made.pieces) == 2
    told = shop.command("backups", *WHERE).stdout
    assert f"names the snapshot {made.elsewhere[0].name}" in told and "not off the provider" in told
    assert "complete" in told and "restored" not in told


def test_only_a_full_set_has_one(shop: Shop, account: Account) -> None:
    assert take("database").elsewhere == () and account.snapshots() == []


def test_a_step_that_is_repeated_finds_the_snapshot_that_it_began(shop: Shop, account: Account) -> None:
    plan = observe_what_to_keep.fn(*WHERE, "full")
    taking = begin_set.fn(*WHERE, plan)
    assert begin_elsewhere.fn(taking, plan) == begin_elsewhere.fn(taking, plan)
    assert account.snapshots() == [account.snapshot_of(taking.id)]


def test_a_snapshot_is_waited_for_also_while_its_provider_is_busy(account: Account, way: Way, with_keys: None) -> None:
    way.states = {"CreateDBSnapshot": ["creating"], "DescribeDBSnapshots": ["creating", "creating"]}
    rds, said = account.rds(way), list[str]()
    begun = rds.begin(account.mine, TAGS)
    assert begun.status == "creating"
    seen = await_available(rds, begun, seconds=20, pause=0.01, told=said.append)
    assert seen.status == "available" and said == ["the snapshot"] * 3 and way.count("DescribeDBSnapshots") == 3


def test_a_snapshot_that_fails_is_removed_and_told_and_the_set_is_whole(shop: Shop, account: Account, way: Way) -> None:
    way.states = {"DescribeDBSnapshots": ["failed"]}
    made = take()
    assert made.database is not None and account.snapshots() == []
    assert elsewhere_now(made) == (f"{made.elsewhere[0]}, which it names, is there no more",)
    (news,) = shop.told()
    assert "no physical copy" in news.english.happened and "became 'failed'" in news.english.happened


def test_one_that_comes_too_late_is_told_and_goes_with_its_set(shop: Shop, account: Account, way: Way) -> None:
    way.states = {"DescribeDBSnapshots": ["creating"] * 1000}
    made = take(seconds=0.2)
    assert account.snapshots() == [account.snapshot_of(made.id)] == [held.name for held in made.elsewhere]
    (news,) = shop.told()
    assert account.snapshots()[0] in news.english.happened and "deleted with the set" in news.english.happened


def test_a_provider_that_says_no_costs_the_snapshot_and_not_the_set(shop: Shop, account: Account, way: Way) -> None:
    way.refuses = {"CreateDBSnapshot": (400, "SnapshotQuotaExceeded")}
    made = take()
    assert made.elsewhere == () and made.database is not None and account.snapshots() == []
    (why,) = [note for note in made.notes if "no snapshot" in note]
    assert "as many snapshots by hand as it may" in why
    assert [why in each.english.happened for each in shop.told()] == [True]


def test_each_no_of_the_provider_says_what_to_do(account: Account, way: Way, with_keys: None) -> None:
    for answer, says in (
        ("SnapshotQuotaExceededFault", "as many snapshots by hand as it may"),
        ("InvalidDBInstanceState", "not available just now"),
        ("AccessDenied", "rds:CreateDBSnapshot"),
        ("ExpiredToken", "renew them"),
        ("OptInRequired", "may not use that region"),
        ("KMSKeyNotAccessibleFault", "mend that in KMS"),
        ("SomethingNew", "invented"),
    ):
        way.refuses = {"CreateDBSnapshot": (400, answer)}
        with pytest.raises(RdsRefused, match=says) as reason:
            account.rds(way).begin(account.mine, TAGS)
        sentence(reason)


def test_an_instance_that_is_not_there_is_named(account: Account, way: Way, with_keys: None) -> None:
    rds = Account(account.client, "nobodys").rds(way)
    with pytest.raises(RdsRefused, match=r"asked for nobodys.*no such instance; mend instance:") as reason:
        rds.begin(account.mine, TAGS)
    sentence(reason)


def test_a_provider_that_is_silent_is_lost_and_not_refusing(account: Account, way: Way, with_keys: None) -> None:
    way.gone = True
    with pytest.raises(RdsLost, match=r"did not answer in time.*Is there such a region\?") as reason:
        account.rds(way).find(account.mine)
    sentence(reason)


def test_credentials_that_nobody_knows_are_a_sentence() -> None:
    with strict_server() as strict, environment({**CREDENTIALS, "AWS_ACCESS_KEY_ID": "AKIANOBODY"}):
        strict._ask_nobody(0)
        wish = SnapshotWish("shop", REGION, strict.endpoint)
        with pytest.raises(RdsRefused, match=r"does not know our access key") as reason:
            open_rds(wish).find("shop-1")
    sentence(reason)


def test_a_snapshot_of_somebody_else_by_that_name_is_left_alone(account: Account, way: Way, with_keys: None) -> None:
    account.client.create_db_snapshot(DBSnapshotIdentifier=account.mine, DBInstanceIdentifier=account.instance)
    with pytest.raises(RdsRefused, match=r"has not the tags that ours have") as reason:
        account.rds(way).begin(account.mine, TAGS)
    sentence(reason)
    assert account.snapshots() == [account.mine]


def test_a_reading_back_says_what_of_a_set_is_there_no_more(shop: Shop, account: Account) -> None:
    made = take()
    assert elsewhere_now(made) == ()
    account.client.delete_db_snapshot(DBSnapshotIdentifier=made.elsewhere[0].name)
    proof = prove_by_reading.fn(made)
    assert (
        proof is not None and proof.good and f"{made.elsewhere[0]}, which it names, is there no more" in proof.sentence
    )
    describe(shop, "")
    assert "says no more where it is" in elsewhere_now(made)[0]


def test_login_is_looked_up_where_the_descriptor_says(shop: Shop, account: Account, way: Way) -> None:
    login = "{user: 'env://NO_SUCH_USER', password: 'env://NO_SUCH_PASSWORD'}"
    describe(shop, f"snapshots: {{{said_of(account, way)}, login: {login}}}")
    made = take()
    assert any("NO_SUCH_USER" in note for note in made.notes) and account.snapshots() == []
