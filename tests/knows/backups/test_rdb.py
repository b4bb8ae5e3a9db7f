"""A snapshot of Redis is believed when its own checksum says so."""

import pytest

from mainstay.backups.redis.crc64 import crc64
from mainstay.backups.redis.rdb import DamagedRdb, PassingRdb, Rdb

WORDS = b"\xfa\x09redis-ver\x067.0.15" b"\xfa\x0aredis-bits\xc0\x40" b"\xfa\x05ctime\xc2\x00\x01\x02\x03"  # fmt: skip
TWO_KEYS = b"\xfe\x00\xfb\x02\x00" b"\x00\x01a\x011" b"\x00\x01b\x012" b"\xff"  # fmt: skip


def written(body: bytes, *, version: bytes = b"0010", checksum: bool = True) -> bytes:
    whole = b"REDIS" + version + body
    return whole + (crc64(whole) if checksum else 0).to_bytes(8, "little")


def passed(data: bytes, size: int = 7) -> Rdb:
    passing = PassingRdb()
    for at in range(0, len(data), size):
        passing.feed(data[at : at + size])
    return passing.close()


@pytest.mark.parametrize("size", [1, 7, 8, 9, 1000])
def test_it_says_by_whom_it_was_written_and_how_many_keys_it_holds(size: int) -> None:
    assert passed(written(WORDS + TWO_KEYS), size) == Rdb(10, "7.0.15", 2, True)


def test_an_empty_one_holds_none() -> None:
    assert passed(written(WORDS + b"\xff")).first_keys == 0


@pytest.mark.parametrize(
    ("sizes", "keys"),
    [
        (b"\x3f", 63),
        (b"\x7f\xff", 0x3FFF),
        (b"\x80\x00\x01\x00\x00", 65536),
        (b"\x81" + b"\x00" * 6 + b"\x01\x00", 256),
    ],
)
def test_lengths_are_read_as_redis_writes_them(sizes: bytes, keys: int) -> None:
    assert passed(written(b"\xfe\x00\xfb" + sizes + b"\x00\xff")).first_keys == keys


def test_what_it_says_in_a_way_that_is_not_known_leaves_its_keys_uncounted() -> None:
    assert passed(written(WORDS + b"\xf7\x01\x02\x03")).first_keys is None
    assert passed(written(b"\xf5\x05hello" + TWO_KEYS)).first_keys == 2, "a function is passed over"


def test_every_changed_byte_is_seen() -> None:
    data = bytearray(written(WORDS + TWO_KEYS))
    for at in range(len(data)):
        data[at] ^= 0x10
        with pytest.raises(DamagedRdb):
            passed(bytes(data))
        data[at] ^= 0x10


def test_one_that_was_cut_is_seen_wherever() -> None:
    data = written(WORDS + TWO_KEYS)
    for length in range(len(data)):
        with pytest.raises(DamagedRdb):
            passed(data[:length])


def test_a_server_that_writes_no_checksum_is_told_from_one_that_does() -> None:
    assert not passed(written(WORDS + TWO_KEYS, checksum=False)).checked


def test_a_format_without_any_is_refused() -> None:
    with pytest.raises(DamagedRdb, match="version 4"):
        passed(written(TWO_KEYS, version=b"0004"))
