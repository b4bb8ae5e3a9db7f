"""Snapshots go after their set and never before it, ours alone; and one becomes a new instance, never over another."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from random import Random

import pytest

from edge.backups.elsewhere.snapshots import await_address, restore_into
from edge.backups.retention.pruning import Pruning
from mainstay.backups.elsewhere.held import Elsewhere
from mainstay.backups.elsewhere.snapshots import SnapshotWish, snapshot_tags
from mainstay.backups.sets import MANIFEST
from mainstay.descriptor.environment import Keep
from mainstay.errors import BadInput, CommandFailed
from tasks.backups.elsewhere.instances import await_instance, begin_instance, observe_snapshot
from tasks.backups.elsewhere.removal import Leaving
from tests.doors.backups.dump_rig import CRM, Server, sentence
from tests.doors.backups.elsewhere_rig import take
from tests.doors.backups.moody_rds import Way, moody
from tests.doors.backups.prune_rig import Killed, Yard, in_memory
from tests.doors.backups.shop_rig import WHERE
from tests.doors.backups.snapshot_rig import Account, managed_shop
from tests.doors.store_rig import CREDENTIALS, environment

ONE_DAY = Keep(hourly=0, daily=2, weekly=0, monthly=0, yearly=0, all_for_hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def way() -> Iterator[Way]:
    with moody() as made, environment(CREDENTIALS):
        yield made


@pytest.fixture
def account() -> Account:
    return Account.new()


@pytest.fixture
def yard() -> Iterator[Yard]:
    with in_memory() as root:
        yield Yard(root, ONE_DAY, Random(1))


class Sweeper:
    """Who deletes what sets name, and what he said."""

    def __init__(self, yard: Yard, wish: SnapshotWish | None, *held: Elsewhere) -> None:
        self.store, self.wish, self.held, self.all = yard.store.address, wish, held, list[Leaving]()

    def __call__(self, pruning: Pruning, set: str) -> Leaving:
        self.all.append(Leaving(*WHERE, self.store, self.wish, self.held))
        return self.all[-1]

    @property
    def said(self) -> str:
        return " ".join(filter(None, (each.said for each in self.all)))


def pruned(yard: Yard, sweeper: Sweeper, before: Callable[[], None] = lambda: None) -> tuple[str, ...]:
    yard.leaving = sweeper
    return yard.prune(before, agree=True)


def snapshot(yard: Yard, account: Account, id: str, *, store: str = "") -> str:
    """As a backup makes it."""
    tags = snapshot_tags(*WHERE, id, store or yard.store.address)
    account.client.create_db_snapshot(
        DBSnapshotIdentifier=account.snapshot_of(id),
        DBInstanceIdentifier=account.instance,
        Tags=[{"Key": name, "Value": word} for name, word in tags.items()],
    )
    return account.snapshot_of(id)


def condemned(yard: Yard, account: Account, *, store: str = "") -> str:
    """The oldest of three, and its day is over; each has a snapshot."""
    found = []
    for _ in range(3):
        found.append(yard.take("full"))
        snapshot(yard, account, found[-1], store=store)
        yard.time += DAY
    yard.time -= timedelta(hours=23)
    yard.prune()
    yard.time += timedelta(hours=24)
    return found[0]


def test_a_snapshot_goes_with_its_set_and_all_others_stay(yard: Yard, account: Account, way: Way) -> None:
    old = condemned(yard, account)
    others = {*account.snapshots()} - {account.snapshot_of(old)}
    account.client.create_db_snapshot(DBSnapshotIdentifier=account.mine, DBInstanceIdentifier=account.instance)
    assert len(others) == 2 and pruned(yard, Sweeper(yard, account.wish(way))) == (old,)
    assert {*account.snapshots()} == {*others, account.mine} and yard.tombstone(old) is None


def test_killed_anywhere_no_snapshot_goes_before_its_manifest_and_none_is_left(
    yard: Yard, account: Account, way: Way
) -> None:
    """At each word that the pruner says to its store, from a state of its own; the next one completes what it left."""
    old, words = condemned(yard, account), 0
    name = account.snapshot_of(old)
    for word in count():
        at = yard.copied(yard.root.parent / f"copy-{word}")
        at_store = account.snapshots()
        if name not in at_store:
            snapshot(at, account, old, store=yard.store.address)
        number = count()

        def die(number: Iterator[int] = number, word: int = word) -> None:
            if next(number) == word:
                raise Killed

        sweeper = Sweeper(yard, account.wish(way))
        try:
            pruned(at, sweeper, die)
        except Killed:
            words += 1
        else:
            break
        assert at.store.read(at.key(old, MANIFEST)) is None or name in account.snapshots(), word
        for _ in range(2):
            pruned(at, sweeper)
        if at.store.read(at.key(old, MANIFEST)) is None:
            assert name not in account.snapshots() and at.tombstone(old) is None, word
    assert words > 10 and name not in account.snapshots()


def test_a_provider_that_says_no_is_asked_again_by_the_next_pruning(yard: Yard, account: Account, way: Way) -> None:
    old = condemned(yard, account)
    way.refuses = {"DeleteDBSnapshot": (400, "InvalidDBSnapshotState")}
    first = Sweeper(yard, account.wish(way))
    assert pruned(yard, first) == (old,) and "still being made" in first.said and old in first.said
    assert old not in yard.whole() and account.snapshot_of(old) in account.snapshots()
    way.refuses = {}
    again = Sweeper(yard, account.wish(way))
    assert pruned(yard, again) == (old,) and again.said == "" and yard.tombstone(old) is None
    assert account.snapshot_of(old) not in account.snapshots() and pruned(yard, again) == ()


def test_a_snapshot_of_a_set_in_another_store_is_left_alone_and_told(yard: Yard, account: Account, way: Way) -> None:
    old, sweeper = condemned(yard, account, store="s3://another"), Sweeper(yard, account.wish(way))
    assert pruned(yard, sweeper) == (old,) and "has not the tags of our set in this store" in sweeper.said
    assert account.snapshot_of(old) in account.snapshots() and yard.tombstone(old) is None


def test_without_a_word_in_the_descriptor_what_stays_is_told_and_keeps_nothing(yard: Yard, account: Account) -> None:
    old = condemned(yard, account)
    held = Elsewhere("rds", account.snapshot_of(old), "shop in RDS x", yard.time, 1, "15.4")
    sweeper = Sweeper(yard, None, held)
    assert pruned(yard, sweeper) == (old,) and yard.tombstone(old) is None
    assert f"aws rds delete-db-snapshot --db-snapshot-identifier {held.name}" in sweeper.said
    assert held.name in account.snapshots()


def test_a_backup_that_was_killed_leaves_no_snapshot_for_ever(yard: Yard, account: Account, way: Way) -> None:
    begun = yard.begin("full")
    assert begun is not None
    snapshot(yard, account, begun)
    yard.time += timedelta(days=8)
    sweeper = Sweeper(yard, account.wish(way))
    yard.take("full")
    assert pruned(yard, sweeper) == () and account.snapshots() == [account.snapshot_of(begun)]
    yard.time += DAY
    assert pruned(yard, sweeper) == (begun,) and account.snapshots() == []


def test_a_snapshot_becomes_an_instance_that_was_not_there(
    tmp_path: Path, account: Account, way: Way, server: Server
) -> None:
    crm, new = server.empty(*CRM), f"{account.instance}-restored"
    with managed_shop(tmp_path, account, way, crm.address):
        made = take()
        notes = begin_instance.fn(*WHERE, observe_snapshot.fn(*WHERE, "newest"), new)
        assert made.elsewhere[0].name in notes[0] and account.instance in notes[1]
        assert await_instance.fn(*WHERE, new).startswith(f"{new}.")
        with pytest.raises(BadInput, match=r"already, and a snapshot is never restored over one") as reason:
            begin_instance.fn(*WHERE, observe_snapshot.fn(*WHERE, made.id), new)
        sentence(reason)
        with pytest.raises(BadInput, match=r"names no snapshot.*the newest that does is") as reason:
            observe_snapshot.fn(*WHERE, take("database").id)
        sentence(reason)
    found = account.client.describe_db_instances(DBInstanceIdentifier=new)["DBInstances"][0]
    assert found["DBInstanceStatus"] == "available" and not found.get("PubliclyAccessible")


def test_an_instance_is_waited_for_and_one_that_fails_is_named(account: Account, way: Way) -> None:
    account.client.create_db_snapshot(DBSnapshotIdentifier=account.mine, DBInstanceIdentifier=account.instance)
    rds, new, said = account.rds(way), f"{account.instance}-two", list[str]()
    restore_into(rds, account.mine, new)
    way.states = {"DescribeDBInstances": ["creating", "backing-up"]}
    assert await_address(rds, new, seconds=20, pause=0.01, told=said.append).endswith(":5432")
    assert said == [f"the instance {new} is creating", f"the instance {new} is backing-up"]
    way.states = {"DescribeDBInstances": ["incompatible-restore"]}
    with pytest.raises(CommandFailed, match=r"is 'incompatible-restore'.*costs money") as reason:
        await_address(rds, new, seconds=20, pause=0.01, told=said.append)
    sentence(reason)


def test_a_snapshot_that_is_gone_is_said_before_anything_is_made(account: Account, way: Way) -> None:
    with pytest.raises(BadInput, match=r"is not there \(any more\), so nothing was restored") as reason:
        restore_into(account.rds(way), "nobodys", "another")
    sentence(reason)
    assert way.count("RestoreDBInstanceFromDBSnapshot") == 0
