"""Bad input to a backup: one clear sentence, nothing half-written, and people hear of it, not all day long."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from edge.backups import catalogue
from edge.backups.deaths import this_process
from edge.settings import read_settings
from edge.store import open_store
from mainstay.backups.deaths import Ended
from mainstay.errors import MainstayError
from mainstay.records import decode
from tasks.backups.news import tell_failed
from tasks.backups.refusals import tell_no_round, tell_refused
from tasks.backups.sets import begin_set, observe_what_to_keep
from tests.doors.backups.shop_rig import WHERE, Shop, shop
from tests.doors.faulty_s3 import Fault, faulty
from tests.doors.store_rig import environment, place, s3_server
from tests.small_disk import needs_root, small_disk


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Shop]:
    with shop(tmp_path) as found:
        (found.folder / "file").write_text("content")
        yield found


@contextmanager
def backups_in(address: str) -> Iterator[None]:
    """A bucket, as a user names it."""
    bucket, _, endpoint = address.partition(" at ")
    words = {"MAINSTAY_BACKUPS": bucket, "MAINSTAY_BACKUPS_ENDPOINT": endpoint or s3_server()}
    with environment({**words, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}):
        yield


def no_bucket(_: Shop, __: Path, stack: ExitStack) -> None:
    stack.enter_context(backups_in("s3://nowhere-at-all/sets"))


def no_credentials(_: Shop, folder: Path, stack: ExitStack) -> None:
    address = stack.enter_context(place("s3", folder))
    way = stack.enter_context(faulty(address))
    stack.enter_context(backups_in(way.address))
    way.fails("GET", Fault.FORBIDDEN, times=9)


def store_inside(made: Shop, _: Path, stack: ExitStack) -> None:
    stack.enter_context(environment({"MAINSTAY_BACKUPS": str(made.folder / "sets")}))


def copy_inside(made: Shop, _: Path, stack: ExitStack) -> None:
    made.describe(more="buckets: {mail: {address: 's3://shop-{environment}', endpoint: 'http://s3:9000'}}\n")
    words = {"MAINSTAY_BACKUPS_COPY": "s3://shop-production/sets", "MAINSTAY_BACKUPS_COPY_ENDPOINT": "http://s3:9000"}
    stack.enter_context(environment(words))


BAD: dict[Callable[[Shop, Path, ExitStack], None], str] = {
    no_bucket: "answered NoSuchBucket: there is no such bucket; create it, or correct the address",
    no_credentials: "answered AccessDenied: our credentials may not do this",
    store_inside: "lies inside of .*, which is backed up. Nothing was begun. Name another place",
    copy_inside: "MAINSTAY_BACKUPS_COPY: sets are kept in s3://shop-production .*, which is backed up itself",
}


@pytest.mark.parametrize("spoil", BAD, ids=lambda spoil: spoil.__name__)
def test_it_is_refused_with_a_sentence_and_nothing_is_begun(
    made: Shop, tmp_path: Path, spoil: Callable[[Shop, Path, ExitStack], None]
) -> None:
    with ExitStack() as stack:
        spoil(made, tmp_path, stack)
        with pytest.raises(MainstayError, match=BAD[spoil]) as reason:
            observe_what_to_keep.fn(*WHERE, "full")
    assert "\n" not in str(reason.value)
    assert list(made.backups.listing("sets")) == []


def test_people_hear_once_in_a_while_of_each_kind_that_could_not_be_begun(made: Shop) -> None:
    for kind in ("full", "full", "files"):
        tell_refused.fn(*WHERE, kind, "there is no such bucket.")
    told = made.told()
    assert sorted(each.key.split("/")[3] for each in told) == ["files", "full"]
    assert all("could not be begun: there is no such bucket." in each.english.happened for each in told)


def test_people_hear_when_the_clock_can_begin_nothing_where_it_should(made: Shop) -> None:
    tell_no_round.fn("there is no such bucket.")
    assert made.told() == [], "nothing is to be taken by the clock"
    made.describe(backups="{full: nightly}")
    for _ in range(2):
        tell_no_round.fn("there is no such bucket.")
    (notice,) = made.told()
    assert notice.english.happened == "No backup of shop production could be begun: there is no such bucket."


def test_of_a_system_that_nobody_described_nobody_is_told(made: Shop) -> None:
    tell_refused.fn("nobody", "production", "full", "there is no such system")
    tell_refused.fn("shop", "nowhere", "full", "there is no such environment")
    assert made.told() == []


@needs_root
def test_a_store_without_room_keeps_no_set_and_no_older_one_is_lost(made: Shop, tmp_path: Path) -> None:
    with (
        small_disk(tmp_path / "small", megabytes=8),
        environment({"MAINSTAY_BACKUPS": str(tmp_path / "small" / "sets")}),
    ):
        there = Shop(read_settings(), made.folder)
        first, _ = there.take("files")
        (made.folder / "big").write_bytes(random.Random(1).randbytes(20_000_000))
        with pytest.raises(MainstayError, match="the disk is full; free some room there") as reason:
            there.take("files")
        found = there.sets
        assert [each.set.id for each in found.kept] == [first.id] and len(found.unfinished) == 1
        assert not found.strange and "\n" not in str(reason.value)


def test_one_that_fails_says_so_itself_and_is_not_told_as_dead(made: Shop) -> None:
    taking = begin_set.fn(*WHERE, observe_what_to_keep.fn(*WHERE, "files"))
    tell_failed.fn(taking, "its disk is full")
    found = open_store(made.settings).read(f"ended-backups/shop/production/{taking.id}.json")
    assert found is not None
    ended = decode(Ended, found.data)
    assert (ended.how, ended.told) == ("failed", True)
    (begun,) = made.sets.unfinished
    assert begun.process == this_process()


@pytest.mark.parametrize("how", ["nonsense", "of another system"])
def test_a_foreign_manifest_is_named_and_keeps_nobody_from_a_backup(made: Shop, how: str) -> None:
    first, _ = made.take("files")
    strange = made.settings.home / "backups" / "sets" / "shop" / "production" / f"{first.id[:-4]}zzzz"
    strange.mkdir()
    data = (strange.parent / first.id / "set.json").read_bytes()
    (strange / "set.json").write_bytes(b"nonsense" if how == "nonsense" else data)
    (strange / "set.json.sig").write_bytes((strange.parent / first.id / "set.json.sig").read_bytes())
    shown = made.command("backups", *WHERE)
    assert shown.exit_code == 1 and f"The set {strange.name} of shop production" in shown.output
    assert "is not trusted" in shown.output and "Find out who wrote there" in shown.output
    more, _ = made.take("incremental")
    assert more.parent == first.id
    catalogue.read_set(made.backups, made.keys.writer_public, *WHERE, more.id)
