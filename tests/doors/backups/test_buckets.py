"""A bucket goes into sets and comes back, each object with the hash and the words it had."""

import gzip
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from edge.backups.buckets import reading as bucket_reading
from edge.backups.buckets import restores as bucket_restores
from edge.backups.buckets.bucket import open_bucket
from edge.backups.buckets.failures import BucketLost, BucketRefused
from edge.backups.buckets.reading import SMALL_BYTES
from edge.backups.opening import BadSet
from mainstay.backups.buckets.names import Names
from mainstay.backups.plans import BucketWish
from mainstay.backups.sets import BEGUN
from mainstay.errors import MainstayError, Refused
from mainstay.store import Bucket
from tests.doors import store_rig
from tests.doors.backups.bucket_rig import NAME, BucketShelf, held
from tests.doors.faulty_s3 import Fault, faulty
from tests.doors.store_rig import CREDENTIALS, environment
from tests.waiting import until

ODD = ("a", "a/b", "a/b/c", "folder/", "a//b", "../up", "./here", "new line ё.txt", "100%", "x" * 300, "%2E", "b\\c")


@pytest.fixture(autouse=True)
def credentials() -> Iterator[None]:
    with environment(CREDENTIALS):
        yield


@pytest.fixture
def shelf(tmp_path: Path) -> BucketShelf:
    return BucketShelf.at(tmp_path)


def back(shelf: BucketShelf, tmp_path: Path, name: str = "back") -> Path:
    shelf.bring_back(shelf.taken[-1], tmp_path / name)
    return tmp_path / name / f"{NAME}.bucket"


def refilled(shelf: BucketShelf, tmp_path: Path) -> dict[str, tuple[object, ...]]:
    """What is in an empty bucket after the newest set was brought back into it."""
    shelf.s3.create_bucket(Bucket=f"{shelf.place.name}-back")
    bucket = shelf.bucket(replace(shelf.place, name=f"{shelf.place.name}-back"))
    laid = shelf.bring_back(shelf.taken[-1], tmp_path / "laid")
    assert bucket_restores.fill(bucket, tmp_path / "laid", NAME, laid) == laid.files
    return held(bucket)


def test_odd_keys_empty_and_long_objects_come_back_as_they_were(shelf: BucketShelf, tmp_path: Path) -> None:
    for key in ODD:
        shelf.put(key, key.encode() * 3)
    shelf.put("empty", b"")
    shelf.put("long", random.Random(1).randbytes(3 * SMALL_BYTES + 1))
    before = held(shelf.bucket())
    made = shelf.take()
    assert made.buckets[0].files == len(ODD) + 2
    assert refilled(shelf, tmp_path) == before


def test_a_key_may_take_the_place_of_a_folder_whose_objects_went(shelf: BucketShelf, tmp_path: Path) -> None:
    shelf.put("x/y/z", b"in a folder")
    full = shelf.take()
    shelf.remove("x/y/z")
    without = shelf.take(full)
    shelf.put("x", b"an object")
    before = held(shelf.bucket())
    shelf.take(without)
    assert refilled(shelf, tmp_path) == before


def test_what_stands_beside_the_bytes_comes_back_too(shelf: BucketShelf, tmp_path: Path) -> None:
    packed = gzip.compress(b"page" * 100)
    shelf.put("page", packed, ContentType="text/html", ContentEncoding="gzip", CacheControl="max-age=60")
    shelf.put("invoice", b"1", Metadata={"owner": "anna", "number": "7"}, Tagging="kind=bill&year=2026")
    shelf.put("named", b"2", ContentDisposition='attachment; filename="x.pdf"', ContentLanguage="de")
    shelf.take()
    found = refilled(shelf, tmp_path)
    assert found == held(shelf.bucket())
    assert found["page"][:2] == (
        packed,
        {"ContentType": "text/html", "ContentEncoding": "gzip", "CacheControl": "max-age=60"},
    )
    assert found["invoice"][2:] == ({"owner": "anna", "number": "7"}, {"kind": "bill", "year": "2026"})


def test_an_increment_holds_what_changed_and_the_chain_holds_all(shelf: BucketShelf, tmp_path: Path) -> None:
    for number in range(8):
        shelf.put(f"docs/{number:02d}.txt", b"%d" % number, Metadata={"n": str(number)})
    full = shelf.take()
    shelf.put("docs/03.txt", b"changed", Metadata={"n": "new"})
    shelf.remove("docs/04.txt")
    shelf.put("docs/05.txt/note", b"an object became a folder too")
    made = shelf.take(full)
    shelf.remove("docs/05.txt")
    shelf.take(made)
    assert refilled(shelf, tmp_path) == held(shelf.bucket())
    known = json.loads((tmp_path / "laid" / f"{NAME}.objects.jsonl").read_text().splitlines()[0])
    assert {"path", "key", "etag", "modified", "bytes", "metadata"} <= known.keys()


def test_nothing_is_read_twice_that_has_not_changed(shelf: BucketShelf) -> None:
    """What was written within two seconds of the look is: a clock of whole seconds may hide a change."""
    for number in range(5):
        shelf.put(str(number), b"x" * number)
    made = shelf.take()
    while (again := shelf.begin(made)).read():  # until they are old enough
        made = shelf.finish(again, made)
    assert again.read_again() == 0
    shelf.put("3", b"new")
    assert again.read_again() == 1


def test_what_goes_or_changes_between_the_two_looks_is_in_the_set(shelf: BucketShelf, tmp_path: Path) -> None:
    for key in ("stays", "goes", "changes", "comes back"):
        shelf.put(key, b"first")
    bucket = shelf.begin()
    assert bucket.read() == 4
    shelf.remove("goes")
    shelf.remove("comes back")
    shelf.put("comes back", b"another")
    shelf.put("changes", b"second")
    shelf.put("new", b"new")
    shelf.finish(bucket)
    found = {path.name: path.read_bytes() for path in back(shelf, tmp_path).iterdir()}
    assert found == {
        **{"stays": b"first", "goes": b"first", "changes": b"second"},
        **{"comes back": b"another", "new": b"new"},
    }


def test_what_is_gone_when_it_is_to_be_read_was_never_there(shelf: BucketShelf) -> None:
    for number in range(3):
        shelf.put(str(number), b"x")
    bucket = shelf.bucket()
    paths = sorted(bucket.look(Names()).marks)
    shelf.remove("1")
    with bucket_reading.reading(bucket, paths) as reading:
        while reading.read():
            pass
    assert [each.path for each in reading.kept] == [b"0", b"2"]


def test_only_what_is_below_the_prefix_is_kept(tmp_path: Path) -> None:
    shelf = BucketShelf.at(tmp_path, "mine")
    shelf.put("a", b"1")
    for key in ("other", "mine2/b", "mine"):
        shelf.s3.put_object(Bucket=shelf.place.name, Key=key, Body=b"not ours")
    shelf.take()
    assert list(refilled(shelf, tmp_path)) == ["a"]


def test_a_long_object_goes_on_where_the_line_broke(shelf: BucketShelf, tmp_path: Path) -> None:
    content = random.Random(2).randbytes(3 * SMALL_BYTES)
    shelf.put("long", content)
    with faulty(str(shelf.place)) as way:
        endpoint = way.address.partition(" at ")[2]
        bucket = shelf.begin(bucket=shelf.bucket(replace(shelf.place, endpoint=endpoint)))
        found = shelf.bucket(replace(shelf.place, endpoint=endpoint))
        way.fails("GET", Fault.CUT)
        each = found.find("long", b"long")
        assert each is not None
        assert b"".join(found.chunks(each)) == content
        bucket.read()
        shelf.finish(bucket)
    assert (back(shelf, tmp_path) / "long").read_bytes() == content


@pytest.mark.parametrize("versions", [True, False])
def test_an_object_that_changes_while_its_line_is_broken_is_one_version_or_asked_for_again(
    shelf: BucketShelf, versions: bool
) -> None:
    if versions:
        status = {"Status": "Enabled"}
        shelf.s3.put_bucket_versioning(Bucket=shelf.place.name, VersioningConfiguration=status)  # type: ignore[arg-type]
    before, after = random.Random(3).randbytes(2 * SMALL_BYTES), random.Random(4).randbytes(2 * SMALL_BYTES)
    shelf.put("long", before)
    with faulty(str(shelf.place)) as way:
        bucket = shelf.bucket(replace(shelf.place, endpoint=way.address.partition(" at ")[2]))
        way.fails("GET", Fault.CUT)
        found = bucket.find("long", b"long")
        assert found is not None and (found.words.version is not None) is versions
        shelf.put("long", after)
        if versions:
            assert b"".join(bucket.chunks(found)) == before
        else:
            with pytest.raises(BucketLost, match="changed while the line to it was broken"):
                b"".join(bucket.chunks(found))
        found.body.close()


def test_an_object_of_several_parts_is_known_again(shelf: BucketShelf, tmp_path: Path) -> None:
    """Its ETag is no hash of it."""
    content = random.Random(5).randbytes(17 << 20)
    shelf.s3.upload_fileobj(BytesIO(content), shelf.place.name, "parts")
    assert "-" in shelf.s3.head_object(Bucket=shelf.place.name, Key="parts")["ETag"]
    bucket = shelf.begin()
    assert bucket.read() == 1
    until(lambda: bucket.read() == 0)
    shelf.finish(bucket)
    assert (back(shelf, tmp_path) / "parts").read_bytes() == content


def test_an_object_that_was_tampered_with_in_the_store_is_never_brought_back(
    shelf: BucketShelf, tmp_path: Path
) -> None:
    shelf.put("a", b"1" * 1000)
    made = shelf.take()
    file = tmp_path / "store" / made.buckets[0].archives[0].key
    file.chmod(0o600)
    data = bytearray(file.read_bytes())
    data[-30] ^= 1
    file.write_bytes(data)
    with pytest.raises(BadSet, match="is not what was written there"):
        back(shelf, tmp_path)
    assert not (tmp_path / "back").exists()


def test_a_bucket_that_is_not_empty_is_not_restored_into(shelf: BucketShelf, tmp_path: Path) -> None:
    shelf.put("a", b"1")
    laid = shelf.bring_back(shelf.take(), tmp_path / "laid")
    with pytest.raises(Refused, match="is not empty"):
        bucket_restores.fill(shelf.bucket(), tmp_path / "laid", NAME, laid)
    bucket = shelf.bucket(replace(shelf.place, prefix="beside"))
    assert bucket_restores.fill(bucket, tmp_path / "laid", NAME, laid) == 1


def test_a_restore_that_was_broken_off_is_told_from_a_whole_one(shelf: BucketShelf, tmp_path: Path) -> None:
    for number in range(5):
        shelf.put(str(number), b"x")
    laid = shelf.bring_back(shelf.take(), tmp_path / "laid")
    (tmp_path / "laid" / f"{NAME}.bucket" / "3").unlink()
    bucket = shelf.bucket(replace(shelf.place, prefix="beside"))
    with pytest.raises(FileNotFoundError):
        bucket_restores.fill(bucket, tmp_path / "laid", NAME, laid)
    assert bucket_restores.UNFINISHED in held(bucket)
    with pytest.raises(Refused, match="was broken off"):
        bucket_restores.fill(bucket, tmp_path / "laid", NAME, laid)


def test_a_bucket_that_holds_the_store_of_backups_is_refused_however_it_is_called(shelf: BucketShelf) -> None:
    bucket = shelf.begin()
    shelf.put(f"sets/shop/production/{bucket.taking.id}/{BEGUN}", b"{}")
    with pytest.raises(Refused, match="backed up itself"):
        bucket.read()


@pytest.mark.parametrize(
    ("fault", "kind", "sentence"),
    [
        (Fault.FORBIDDEN, BucketRefused, "ListBucket, GetObject and GetObjectTagging"),
        (Fault.BUSY, BucketLost, "slower"),
    ],
)
def test_a_server_that_says_no_is_told_in_one_sentence(
    shelf: BucketShelf, fault: Fault, kind: type[MainstayError], sentence: str
) -> None:
    with faulty(str(shelf.place)) as way:
        way.fails("GET", fault, times=4)
        bucket = shelf.bucket(replace(shelf.place, endpoint=way.address.partition(" at ")[2]))
        with pytest.raises(kind, match=sentence):
            shelf.begin(bucket=bucket).read()


def test_a_bucket_that_is_not_there_and_a_server_that_is_not(shelf: BucketShelf) -> None:
    with pytest.raises(BucketRefused, match="there is no such bucket; create it"):
        shelf.bucket(Bucket("nobodys", "", store_rig.s3_server())).is_empty()
    with pytest.raises(BucketLost, match="Look at its server, at endpoint:"):
        shelf.bucket(Bucket("shop", "", "http://127.0.0.1:1")).is_empty()


def test_without_credentials_it_is_said_where_they_go(shelf: BucketShelf, tmp_path: Path) -> None:
    with environment({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"}):
        with pytest.raises(BucketRefused, match="Describe login: of the bucket"):
            shelf.bucket().is_empty()
        (tmp_path / "user").write_text("AKIAKEY1234")
        (tmp_path / "password").write_text("secretkey")
        for name in ("user", "password"):
            (tmp_path / name).chmod(0o600)
        login = (f"file://{tmp_path}/user", f"file://{tmp_path}/password")
        assert open_bucket(BucketWish(NAME, shelf.place, login)).is_empty()
