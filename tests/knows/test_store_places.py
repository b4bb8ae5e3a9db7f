"""What a person writes in MAINSTAY_STORE, and what it means."""

from pathlib import PurePath

import pytest

from mainstay.errors import BadInput
from mainstay.store import MEBIBYTE, MOST_PARTS, Bucket, Directory, part_bytes, read_place, refuse_one_place


def test_an_absolute_path_is_a_directory() -> None:
    assert read_place("/var/lib/mainstay/store") == Directory(PurePath("/var/lib/mainstay/store"))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("s3://crm", Bucket("crm", "", None)),
        ("s3://crm/", Bucket("crm", "", None)),
        ("s3://crm/main/stay/", Bucket("crm", "main/stay", None)),
    ],
)
def test_a_bucket_has_a_prefix_or_none(written: str, meant: Bucket) -> None:
    assert read_place(written) == meant


def test_another_server_is_named_beside() -> None:
    assert read_place("s3://crm/x", "https://minio.example:9000/") == Bucket("crm", "x", "https://minio.example:9000")


@pytest.mark.parametrize(
    "place", [Directory(PurePath("/a b/c")), Bucket("crm", "", None), Bucket("crm", "x/y", "http://127.0.0.1:9000")]
)
def test_a_place_shown_is_a_place_that_can_be_read(place: Directory | Bucket) -> None:
    assert read_place(str(place)) == place


@pytest.mark.parametrize(
    ("written", "endpoint", "sentence"),
    [
        ("store", None, "must be an absolute path or s3://bucket/prefix"),
        ("", None, "must be an absolute path"),
        ("~/store", None, "must be an absolute path"),
        ("gs://bucket", None, "must be an absolute path or s3://bucket/prefix"),
        ("s3:///prefix", None, "is not the name of a bucket"),
        ("s3://b/x", None, "is not the name of a bucket"),
        ("s3://crm/a b", None, "cannot be a key"),
        ("s3://crm/x?versionId=1", None, "must be an absolute path or s3://"),
        ("s3://crm", "minio:9000", "must be http"),
        ("s3://crm", "http://minio:9000/path", "must be http"),
    ],
)
def test_what_cannot_be_a_store_says_what_to_write(written: str, endpoint: str | None, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        read_place(written, endpoint)


@pytest.mark.parametrize(
    ("written", "endpoint"),
    [
        ("s3://KEY:hunter2@crm/x", None),
        ("gs://KEY:hunter2@crm/x", None),
        ("s3://crm", "https://KEY:hunter2@minio:9000"),
    ],
)
def test_credentials_in_an_address_are_refused_and_not_repeated(written: str, endpoint: str | None) -> None:
    with pytest.raises(BadInput, match="no credentials") as refused:
        read_place(written, endpoint)
    assert "hunter2" not in str(refused.value)


def test_the_parts_of_an_object_are_equal_for_forty_gibibytes_and_hold_hundreds() -> None:
    sizes = [part_bytes(number) for number in range(1, MOST_PARTS + 1)]
    assert set(sizes[:5000]) == {8 * MEBIBYTE}
    assert sum(sizes) > 600 * 1024 * MEBIBYTE
    assert max(sizes) <= 128 * MEBIBYTE


SETS = Bucket("crm", "sets", "http://s3.example:9000")


@pytest.mark.parametrize(
    ("first", "copy"),
    [
        (SETS, Bucket("crm", "sets", "http://s3.example:9000")),
        (SETS, Bucket("crm", "sets/copy", "http://s3.example:9000")),
        (SETS, Bucket("crm", "", "http://s3.example:9000")),
        (SETS, Bucket("crm", "beside", "http://S3.example:9000", "other keys")),
        (Bucket("crm", "", "https://s3.example"), Bucket("crm", "x", "https://s3.example:443")),
        (Bucket("crm", "", "http://s3.example"), Bucket("crm", "x", "https://s3.example")),
        (Bucket("crm", "", None), Bucket("crm", "x", "https://s3.eu-central-1.amazonaws.com")),
    ],
)
def test_one_bucket_is_one_place_whatever_the_prefix_and_however_its_server_is_written(
    first: Bucket, copy: Bucket
) -> None:
    with pytest.raises(BadInput, match="another prefix of the same bucket is not enough"):
        refuse_one_place(first, copy)


@pytest.mark.parametrize(
    "copy",
    [
        Bucket("crm-copy", "sets", "http://s3.example:9000"),
        Bucket("crm", "sets", "http://s3.example:9001"),
        Bucket("crm", "sets", None),
        Directory(PurePath("/crm/sets")),
    ],
)
def test_another_bucket_another_server_and_a_directory_are_second_places(copy: Bucket | Directory) -> None:
    refuse_one_place(SETS, copy)
