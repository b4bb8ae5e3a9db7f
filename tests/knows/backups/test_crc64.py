"""The CRC-64 of Redis, whole or in pieces."""

import random

import pytest

from mainstay.backups.redis.crc64 import crc64


def by_bits(data: bytes, before: int) -> int:
    """As its definition says, one bit after the other."""
    for byte in data:
        before ^= byte
        for _ in range(8):
            before = (before >> 1) ^ (0x95AC9329AC4BC9B5 if before & 1 else 0)
    return before


def test_it_is_the_one_that_redis_takes() -> None:
    assert crc64(b"123456789") == 0xE9C6D914C4B8D9CA  # as its own test says


@pytest.mark.parametrize("length", [0, 1, 255, 511, 512, 513, 1_001, 32_768, 32_769, 70_003])
def test_folding_changes_nothing(length: int) -> None:
    chance = random.Random(length)
    data, before = chance.randbytes(length), chance.getrandbits(64)
    assert crc64(data, before) == by_bits(data, before)


def test_pieces_are_as_good_as_the_whole() -> None:
    data = random.Random(1).randbytes(100_000)
    for cut in (0, 1, 600, 33_000, 99_999):
        assert crc64(data[cut:], crc64(data[:cut])) == crc64(data)


def test_every_changed_bit_is_seen() -> None:
    data = bytearray(random.Random(2).randbytes(5_000))
    whole = crc64(bytes(data))
    for at in range(0, len(data), 97):
        data[at] ^= 1 << at % 8
        assert crc64(bytes(data)) != whole
        data[at] ^= 1 << at % 8
