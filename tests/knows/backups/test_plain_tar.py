"""A tar is read as it passes, in pieces of any size; one that is not whole is found out."""

import io
import tarfile
from hashlib import sha256

import pytest

from mainstay.backups.files.plain_tar import NOTHING, DamagedTar, PassingTar

LONG = "d/" + "n" * 180


def written(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            member.mtime = 1_700_000_000.25  # a fraction needs a header of its own
            tar.addfile(member, io.BytesIO(content))
        folder, link, hard = tarfile.TarInfo("folder"), tarfile.TarInfo("link"), tarfile.TarInfo("hard")
        folder.type, link.type, hard.type = tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE
        link.linkname, hard.linkname = "nowhere", members[0][0]
        for each in (folder, link, hard):
            tar.addfile(each)
    return out.getvalue()


CONTENTS = ((LONG, b"long" * 1000), ("empty", b""), ("block", b"x" * 512), ("имя", b"y" * 513))
TAR = written(*CONTENTS)


def passed(data: bytes, step: int) -> PassingTar:
    passing = PassingTar()
    for begin in range(0, len(data), step):
        passing.feed(data[begin : begin + step])
    return passing


@pytest.mark.parametrize("step", [1, 7, 511, 512, 513, 1 << 20])
def test_every_member_passes_with_its_hash_in_pieces_of_any_size(step: int) -> None:
    passing = passed(TAR, step)
    passing.close()
    assert passing.length is not None and not TAR[passing.length :].strip(b"\0")
    found = {member.name: member.sha256 for member in passing.members if member.is_file}
    assert found == {
        **{name.encode(): sha256(content).hexdigest() for name, content in CONTENTS},
        b"hard": sha256(CONTENTS[0][1]).hexdigest(),
    }
    assert {member.name for member in passing.members if not member.is_file} == {b"folder", b"link"}
    assert sha256(b"").hexdigest() == NOTHING


@pytest.mark.parametrize("end", range(0, TAR.rindex(b"hard") + 512, 301))
def test_a_tar_that_breaks_off_anywhere_is_not_whole(end: int) -> None:
    passing = passed(TAR[:end], 1 << 20)
    with pytest.raises(DamagedTar, match="breaks off"):
        passing.close()


def test_a_header_that_was_changed_is_found_out() -> None:
    damaged = bytearray(TAR)
    damaged[TAR.index(b"empty")] ^= 1
    with pytest.raises(DamagedTar, match="is not whole"):
        passed(bytes(damaged), 1 << 20)


def test_what_stands_behind_the_end_is_no_tar() -> None:
    with pytest.raises(DamagedTar, match="after its end"):
        passed(TAR + written(("more", b"m")), 1 << 20)
