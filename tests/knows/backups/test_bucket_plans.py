"""What a set takes of buckets and Redis, and what of them is restored."""

from dataclasses import replace

import pytest

from mainstay.backups.plans import (
    BucketWish,
    plan_set,
    wish,
)
from mainstay.backups.restores import (
    NEWEST,
    bucket_layers,
    choose_bucket,
    judge_places,
    plan_restore,
)
from mainstay.backups.sets import (
    Folder,
    Piece,
    RedisCopy,
)
from mainstay.errors import BadInput
from mainstay.places import Places
from mainstay.store import Bucket
from tests.knows.backups.small_sets import (
    ATTACHMENTS,
    BUCKET,
    BUCKET_AND_REDIS,
    NOON,
    PIECE,
    candidate,
    made,
    parent_of,
)
from tests.knows.small_shop import shop


def test_a_full_set_takes_buckets_and_redis_one_of_files_the_buckets_alone() -> None:
    full, files = (plan_set(kind, BUCKET_AND_REDIS, (), NOON) for kind in ("full", "files"))
    assert (full.buckets, full.redis) == ((BUCKET,), "env://REDIS")
    assert (files.buckets, files.redis) == ((BUCKET,), None)
    with pytest.raises(BadInput, match="nor buckets"):
        plan_set("files", replace(BUCKET_AND_REDIS, buckets=()), (), NOON)


def test_an_environment_without_files_but_with_buckets_or_redis_is_kept_incrementally() -> None:
    of_bucket = candidate(replace(made("a"), folders=(), buckets=(ATTACHMENTS,)))
    plan = plan_set("incremental", BUCKET_AND_REDIS, [of_bucket], NOON)
    assert (plan.kind, plan.buckets, plan.redis, plan.database) == ("incremental", (BUCKET,), "env://REDIS", None)
    only_redis = replace(BUCKET_AND_REDIS, buckets=())
    assert plan_set("incremental", only_redis, [candidate(replace(made("a"), folders=()))], NOON).kind == "incremental"


@pytest.mark.parametrize("path", ["s3://other", "s3://shop/below", "s3://shop at http://elsewhere"])
def test_a_bucket_that_is_another_one_by_now_makes_a_full_set(path: str) -> None:
    strange = candidate(replace(made("a"), folders=(), buckets=(replace(ATTACHMENTS, path=path),)))
    assert parent_of(strange, there_is=BUCKET_AND_REDIS)[1].endswith("a holds other buckets than are described now")


def test_a_set_names_every_piece_of_its_buckets_and_redis() -> None:
    pieces = [Piece(f"sets/{name}", 1, "0" * 64, 1) for name in ("tar", "list", "sums", "gone", "rdb")]
    held = Folder("attachments", "s3://shop", (pieces[0],), pieces[2], pieces[3], 1, objects=(pieces[1],))
    whole = replace(made("a"), folders=(), buckets=(held,), redis=RedisCopy(pieces[4], "7.0", 1))
    assert {*pieces, PIECE} == set(whole.pieces) and whole.bytes == 6


def test_a_restore_brings_buckets_of_the_chain_and_redis_of_the_set_itself() -> None:
    redis = RedisCopy(PIECE, "7.0.15", 3)
    full = replace(made("a"), buckets=(ATTACHMENTS,), redis=redis)
    more = replace(made("b", "incremental", parent="a"), buckets=(ATTACHMENTS,), redis=replace(redis, keys=4))
    found = plan_restore([(more, 1), (full, 3)], NEWEST)
    assert (found.buckets, found.redis) == (("attachments",), more.redis)
    assert [each.set for each in bucket_layers(found.sets, "attachments")] == ["a", "b"]
    files = replace(made("c", "files"), buckets=(ATTACHMENTS,))
    assert plan_restore([(files, 1), (full, 3)], NEWEST).without == (
        "Redis is not in this set; the newest that holds it is a"
    )
    alone = plan_restore([(full, 3)], NEWEST, "attachments")
    assert (alone.folders, alone.buckets, alone.redis) == ((), ("attachments",), None)
    assert choose_bucket(alone) == "attachments"
    with pytest.raises(BadInput, match="It holds: uploads, attachments"):
        plan_restore([(full, 3)], NEWEST, "mail")


def test_which_bucket_goes_into_another_one_must_be_plain() -> None:
    two = replace(made("a"), buckets=(ATTACHMENTS, replace(ATTACHMENTS, name="mail")))
    for held, known in [(two, "attachments, mail"), (made("a"), "none")]:
        with pytest.raises(BadInput, match=f"these buckets: {known}.*--only"):
            choose_bucket(plan_restore([(held, 3)], NEWEST))
    judge_places("", "", "", "s3://back")
    with pytest.raises(BadInput, match="is no bucket"):
        judge_places("", "", "", "back")
    with pytest.raises(BadInput, match="one after the other"):
        judge_places("", "file:///a", "office", "s3://back")


def test_a_bucket_is_found_by_its_address_in_each_environment() -> None:
    described = shop(
        "configuration: {TITLE",
        "buckets: {attachments: {address: 's3://shop-{environment}/a', endpoint: 'http://s3:9000',"
        " login: {user: 'env://U_{environment}', password: 'env://P'}}}\n"
        "redis: {address: 'env://REDIS_{environment}', flush: ['session:']}\nconfiguration: {TITLE",
    )
    found = wish(Places(described, "production", "/home"))
    place = Bucket("shop-production", "a", "http://s3:9000")
    assert found.buckets == (BucketWish("attachments", place, ("env://U_production", "env://P")),)
    assert found.redis == "env://REDIS_production"
