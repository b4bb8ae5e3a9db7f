"""PostgreSQL's list is picked out of a base on its way, and what is not whole is not believed."""

import json
import random
import tarfile
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest

from mainstay.backups.bases.tar import LIST, DamagedBase, PassingBase, read_list


def manifest(**more: Any) -> bytes:
    """As PostgreSQL writes one: line by line, the last with the sum of those before."""
    said = {
        "PostgreSQL-Backup-Manifest-Version": 2,
        "System-Identifier": 7300,
        "Files": [{"Path": "PG_VERSION"}, {"Path": "base/1/2"}],
        "WAL-Ranges": [{"Timeline": 3, "Start-LSN": "0/3000028", "End-LSN": "0/3000120"}],
        **more,
    }
    text = ",\n".join(f'"{name}": {json.dumps(word)}' for name, word in said.items())
    lines = b"{ " + text.encode() + b",\n"
    return lines + b'"Manifest-Checksum": "' + sha256(lines).hexdigest().encode() + b'"}\n'


def tar(*members: tuple[str, bytes]) -> bytes:
    made = BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as out:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            out.addfile(info, BytesIO(content))
    return made.getvalue()


LISTED = manifest()
WHOLE = tar(("PG_VERSION", b"18\n"), ("base/1/2", bytes(70_000)), ("base/1/3", b""), (LIST, LISTED))


def passed(data: bytes, step: int = 1 << 20) -> PassingBase:
    passing = PassingBase()
    for at in range(0, len(data), step):
        passing.feed(data[at : at + step])
    return passing


@pytest.mark.parametrize("step", [1, 511, 512, 513, 10_240, 1 << 20])
def test_the_list_is_found_however_the_bytes_come(step: int) -> None:
    passing = passed(WHOLE, step)
    assert passing.close() == LISTED and passing.members == 4


def test_the_list_says_of_what_and_up_to_where_it_is() -> None:
    found = read_list(LISTED)
    assert (found.cluster, found.timeline, found.start, found.stop, found.files) == (
        "7300", 3, "0/3000028", "0/3000120", 2,
    )  # fmt: skip


def test_a_base_that_is_cut_anywhere_is_never_whole() -> None:
    end = len(WHOLE.rstrip(b"\0"))
    for at in sorted({0, *random.Random(4).sample(range(end), 200), end}):
        with pytest.raises(DamagedBase):
            passed(WHOLE[:at]).close()


def spoiled() -> Iterator[tuple[str, bytes]]:
    yield "its list is missing", tar(("PG_VERSION", b"18\n"))
    yield "a header is damaged", WHOLE[:10] + b"X" + WHOLE[11:]
    yield "more stands after its end", WHOLE + tar(("a", b"b"))


@pytest.mark.parametrize("data", [each for _, each in spoiled()], ids=[name for name, _ in spoiled()])
def test_what_is_no_whole_base_is_said(data: bytes) -> None:
    with pytest.raises(DamagedBase):
        passed(data).close()


def test_a_list_with_any_byte_changed_is_not_believed() -> None:
    for at in random.Random(5).sample(range(len(LISTED) - 1), 100):
        damaged = bytearray(LISTED)
        damaged[at] ^= 1
        with pytest.raises(DamagedBase):
            read_list(bytes(damaged))


def test_a_server_that_changed_its_timeline_meanwhile_gives_no_base() -> None:
    one = {"Timeline": 1, "Start-LSN": "0/1", "End-LSN": "0/2"}
    with pytest.raises(DamagedBase, match="changed its timeline"):
        read_list(manifest(**{"WAL-Ranges": [one, {**one, "Timeline": 2}]}))
