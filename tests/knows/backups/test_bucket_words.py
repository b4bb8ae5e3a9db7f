"""Where a bucket is, why one is not backed up, and what is written of its objects."""

from datetime import UTC, datetime

import pytest

from mainstay.backups.buckets import objects
from mainstay.backups.buckets.objects import ObjectWords, UnreadableObjects
from mainstay.backups.buckets.places import read_bucket, refuse_store_in
from mainstay.backups.files import scan
from mainstay.errors import BadInput
from mainstay.store import Bucket

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
WORDS = ObjectWords("a%-", "a", "e1", "v1", AT.isoformat(), 3, {"ContentType": "text/x"}, {"k": "é"}, {"t": "1"})


def test_a_bucket_is_read_with_its_prefix() -> None:
    assert read_bucket("s3://shop/a/b/", None) == Bucket("shop", "a/b", None)
    for odd in ("shop", "s3://", "https://shop"):
        with pytest.raises(BadInput, match="Write s3://bucket"):
            read_bucket(odd, None)


@pytest.mark.parametrize(
    ("bucket", "backups", "endpoint", "refused"),
    [
        (Bucket("shop", "", None), "s3://shop/sets", None, True),
        (Bucket("shop", "sets", None), "s3://shop/sets", None, True),
        (Bucket("shop", "sets/x", None), "s3://shop/sets", None, True),
        (Bucket("shop", "", "http://s3:9000/"), "s3://shop", "http://s3:9000", True),
        (Bucket("shop", "", "https://S3:443"), "s3://shop", "https://s3", True),
        (Bucket("shop", "", "https://s3.eu-central-1.amazonaws.com"), "s3://shop", None, True),
        (Bucket("shop", "set", None), "s3://shop/sets", None, False),
        (Bucket("shop", "files", None), "s3://shop/sets", None, False),
        (Bucket("shop", "", None), "s3://crm/sets", None, False),
        (Bucket("shop", "", "http://one"), "s3://shop", "http://two", False),
        (Bucket("shop", "", None), "/backups", None, False),
    ],
)
def test_the_bucket_that_holds_the_sets_is_not_backed_up(
    bucket: Bucket, backups: str, endpoint: str | None, refused: bool
) -> None:
    if refused:
        with pytest.raises(BadInput, match=r"MAINSTAY_BACKUPS.*Name a bucket of its own"):
            refuse_store_in(bucket, backups, endpoint)
    else:
        refuse_store_in(bucket, backups, endpoint)


def test_what_is_written_of_an_object_is_read_again() -> None:
    bare = ObjectWords("b", "b", "", None, "", 0)
    text = objects.line(WORDS) + objects.line(bare)
    assert list(objects.read_lines(text)) == [WORDS, bare] and text.isascii()


@pytest.mark.parametrize("line", [b"no json\n", b'{"path": "a"}\n', b'{"path": "a", "key": "a", "more": 1}\n', b"[]\n"])
def test_what_is_no_such_line_is_told(line: bytes) -> None:
    with pytest.raises(UnreadableObjects):
        list(objects.read_lines(line))


def test_an_object_is_another_when_bytes_or_time_or_size_are() -> None:
    first = objects.mark('"e1"', 3, AT)
    assert first == objects.mark("e1", 3, AT.replace(microsecond=70)), "a list tells parts of a second, an object none"
    others = {objects.mark("e2", 3, AT), objects.mark("e1", 4, AT), objects.mark("e1", 3, AT.replace(second=1))}
    assert len(others | {first}) == 4


def test_its_mark_is_compared_like_that_of_a_file() -> None:
    marks = {b"a": objects.mark("e-1", 5, AT), b"b": objects.mark("", 7, AT)}
    assert not any(map(scan.is_socket, marks.values()))
    assert list(scan.shards((b"a", b"b"), marks, most_bytes=5)) == [(b"a",), (b"b",)]
    assert scan.trusted(marks, marks, AT.timestamp() + 10) == marks
    assert set(scan.trusted(marks, marks, AT.timestamp() + 1).values()) == {scan.UNTRUSTED}
