"""What is sealed is opened by either key and by nobody else, and is whole or refused; age itself opens it too."""

import io
import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest

from edge.backups.sealing import Readable, SealBroken, seal, unseal
from mainstay.errors import BadInput

CONTENT = random.Random(1).randbytes(300_000) + b"x" * 3_000_000
FIRST, SECOND, STRANGER = (pyrage.x25519.Identity.generate() for _ in range(3))
RECIPIENTS = (str(FIRST.to_public()), str(SECOND.to_public()))


def sealed(content: bytes = CONTENT) -> bytes:
    out = io.BytesIO()
    told = seal(io.BytesIO(content), out.write, RECIPIENTS)
    assert (told.bytes, told.plain_bytes) == (len(out.getvalue()), len(content))
    return out.getvalue()


def opened(data: bytes, identity: str = str(FIRST)) -> bytes:
    out = io.BytesIO()
    unseal(io.BytesIO(data), out.write, identity)
    return out.getvalue()


@pytest.mark.parametrize("content", [b"", b"x", CONTENT])
def test_either_key_opens_it(content: bytes) -> None:
    data = sealed(content)
    assert opened(data) == content
    assert opened(data, f"# created by hand\n# public key: {RECIPIENTS[1]}\n{SECOND}\n") == content


def test_nobody_else_opens_it() -> None:
    with pytest.raises(SealBroken, match="cannot be opened with this key"):
        opened(sealed(), str(STRANGER))


@pytest.mark.parametrize("key", ["", "hello", "# only a comment\n"])
def test_what_is_no_key_is_named(key: str) -> None:
    with pytest.raises(SealBroken, match="is no age key"):
        opened(sealed(), key)
    with pytest.raises(BadInput, match="begins with age1"):
        seal(io.BytesIO(), io.BytesIO().write, (key,))


@pytest.mark.parametrize("seed", range(30))
def test_whatever_is_changed_or_cut_off_is_refused(seed: int) -> None:
    chance, data = random.Random(seed), bytearray(sealed())
    if seed % 2:
        del data[chance.randrange(len(data)) :]
    else:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    with pytest.raises(SealBroken):
        opened(bytes(data))


def test_something_added_is_refused() -> None:
    with pytest.raises(SealBroken):
        opened(sealed() + b"\0")


class Failing(io.RawIOBase):
    """Does its work until so many bytes have passed."""

    def __init__(self, after: int) -> None:
        self.left = after

    def read(self, size: int = -1, /) -> bytes:
        self._pass(size)
        return os.urandom(size)

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        self._pass(len(data))
        return len(data)

    def _pass(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise OSError(28, "No space left on device")


def test_a_producer_that_fails_is_not_taken_for_one_that_ended() -> None:
    source: Readable = Failing(after=5 << 20)
    with pytest.raises(OSError, match="No space"):
        seal(source, lambda _data: None, RECIPIENTS)


@pytest.mark.parametrize("after", [0, 1000, 100_000])
def test_a_store_that_fails_is_heard(after: int) -> None:
    with pytest.raises(OSError, match="No space"):
        seal(io.BytesIO(CONTENT), Failing(after).write, RECIPIENTS)


def test_a_store_that_fails_at_the_very_last_write_is_heard() -> None:
    """The library itself forgets that one."""
    pieces: list[bytes] = []
    seal(io.BytesIO(CONTENT), pieces.append, RECIPIENTS)
    for last in range(1, len(pieces) + 1):
        left = iter(range(last - 1))

        def write(_data: bytes, left: Iterator[int] = left) -> None:
            if next(left, None) is None:
                raise OSError(28, "No space left on device")

        with pytest.raises(OSError, match="No space"):
            seal(io.BytesIO(CONTENT), write, RECIPIENTS)


@pytest.mark.parametrize("after", [0, 1_000_000, len(CONTENT) - 1])
def test_a_taker_that_fails_is_heard(after: int) -> None:
    with pytest.raises(OSError, match="No space"):
        unseal(io.BytesIO(sealed()), Failing(after).write, str(FIRST))


@pytest.mark.skipif(not shutil.which("age"), reason="age is not installed: apt-get install age")
def test_age_and_zstd_open_it_by_hand(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{FIRST}\n")
    (tmp_path / "sealed").write_bytes(sealed())
    age = subprocess.run(["age", "-d", "-i", "key", "sealed"], cwd=tmp_path, capture_output=True, check=True)
    zstd = subprocess.run(["zstd", "-dc"], input=age.stdout, capture_output=True, check=True)
    assert zstd.stdout == CONTENT
