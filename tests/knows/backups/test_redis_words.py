"""How the address of a Redis is read, and what a restore tells of its keys."""

import pytest

from mainstay.backups.redis.keys import Sorted
from mainstay.backups.redis.places import RedisPlace, read_redis
from mainstay.errors import BadInput


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("redis://10.0.0.1", RedisPlace("10.0.0.1", 6379, "", False, "", "")),
        ("redis://:p%40ss@cache:6380/3", RedisPlace("cache", 6380, "", False, "", "p@ss")),
        ("rediss://ann:pw@cache", RedisPlace("cache", 6379, "", True, "ann", "pw")),
        ("rediss://cache?ssl_ca_certs=/ca.pem", RedisPlace("cache", 6379, "", True, "", "", "/ca.pem")),
        ("unix:///run/redis.sock?password=pw", RedisPlace("", 6379, "/run/redis.sock", False, "", "pw")),
        ("redis://[::1]:7000\n", RedisPlace("::1", 7000, "", False, "", "")),
    ],
)
def test_an_address_is_read_as_others_write_it(address: str, place: RedisPlace) -> None:
    assert read_redis(address) == place


@pytest.mark.parametrize("address", ["http://cache", "redis://", "unix://", "redis://h:port", "geheim"])
def test_what_is_no_address_is_refused_and_never_repeated(address: str) -> None:
    with pytest.raises(BadInput) as told:
        read_redis(address)
    assert "redis://user:password@host:6379" in str(told.value) and "geheim" not in str(told.value)


def test_a_password_is_never_shown() -> None:
    assert "pw-secret" not in f"{read_redis('redis://a:pw-secret@cache')!r} {read_redis('redis://a:pw-secret@cache')}"


def test_keys_are_told_by_what_stands_before_their_first_colon() -> None:
    kept = Sorted(("session:", "cache"))
    asked = [b"user:1", b"user:2", b"user", b"session:1", b"cache:x", b"cachet", b"\xff:1", b"queue:a:b"]
    assert [kept.keep(key) for key in asked] == [True, True, True, False, False, False, True, True]
    assert str(kept) == (
        "5 keys of Redis were kept (user: 2, without a prefix 1, queue: 1, \\\\xff: 1),"
        " 3 flushed (session: 1, cache 2)"
    )  # fmt: skip


def test_of_many_prefixes_the_largest_are_told_and_the_rest_together() -> None:
    kept = Sorted(())
    for number in range(30):
        for each in range(30 - number):
            kept.keep(f"p{number:02d}:{each}".encode())
    assert "p00: 30, p01: 29" in str(kept) and "20 other prefixes 210)" in str(kept)


def test_without_a_word_everything_is_kept() -> None:
    assert str(Sorted(())) == "0 keys of Redis were kept, 0 flushed"
