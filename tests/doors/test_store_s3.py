"""What only a bucket can do to us: lose answers, ignore conditions, forbid, die."""

import random
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from edge import clock
from edge.ports import free_ports
from edge.store import open_place
from edge.store.port import Published
from edge.store.s3_client import STREAM_SECONDS
from mainstay.errors import StoreLost, StoreRefused
from mainstay.store import MEBIBYTE
from tests.doors import store_rig
from tests.doors.faulty_s3 import Fault, Way, faulty

LONG = 9 * MEBIBYTE  # two parts


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with store_rig.place("s3", tmp_path) as address:
        yield address


@pytest.fixture
def way(address: str) -> Iterator[Way]:
    with faulty(address) as way:
        yield way


def unfinished(address: str) -> int:
    place, _, endpoint = address.partition(" at ")
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    client = boto3.client("s3", endpoint_url=endpoint)
    found = client.list_multipart_uploads(Bucket=bucket)
    client.close()
    return sum(upload["Key"].startswith(prefix) for upload in found.get("Uploads", ()))


def test_a_publish_whose_answer_was_lost_is_mine(way: Way) -> None:
    store = open_place(way.address)
    way.fails("PUT", Fault.ANSWER_LOST)
    assert store.publish("a", b"mine") is Published.MINE


def test_a_swap_whose_answer_was_lost_is_mine(way: Way) -> None:
    store = open_place(way.address)
    first = store.swap("turn", b"1", expected=None)
    way.fails("PUT", Fault.ANSWER_LOST)
    second = store.swap("turn", b"2", expected=first)
    assert second is not None
    assert store.swap("turn", b"3", expected=second) is not None


def test_an_upload_whose_last_answer_was_lost_is_there(way: Way, address: str) -> None:
    store = open_place(way.address)
    with store.upload("set") as upload:
        upload.write(bytes(LONG))
        way.fails("PUT", Fault.ANSWER_LOST)  # the second part: sent again
        way.fails("POST", Fault.ANSWER_LOST)
        assert upload.commit() in (Published.CREATED, Published.MINE)
    assert [entry.size for entry in store.listing("")] == [LONG]
    assert unfinished(address) == 0


def test_a_conflict_is_asked_again(way: Way) -> None:
    store = open_place(way.address)
    way.fails("PUT", Fault.CONFLICT, 2)
    assert store.publish("a", b"1") is Published.CREATED
    with store.upload("set") as upload:
        upload.write(bytes(LONG))
        upload.write(b"end")
        way.fails("PUT", Fault.BUSY)  # the last part: boto3 sends it again
        way.fails("POST", Fault.CONFLICT)
        assert upload.commit() is Published.CREATED


def test_half_an_object_is_never_an_answer(way: Way) -> None:
    store = open_place(way.address)
    store.publish("a", bytes(1000))
    way.fails("GET", Fault.CUT, 4)
    with pytest.raises(StoreLost, match="did not answer in time"):
        store.read("a")
    with pytest.raises(StoreLost, match="did not answer in time"), store.open("a") as stream:
        stream.read()
    way.next_fault("GET")
    way.next_fault("GET")
    found = store.read("a")
    assert found is not None
    assert found.data == bytes(1000)


def test_a_busy_server_is_lost_and_says_why(way: Way) -> None:
    store = open_place(way.address)
    way.fails("PUT", Fault.BUSY, 2)
    with pytest.raises(StoreLost, match="SlowDown: it asks us to be slower"):
        store.publish("a", b"1")
    assert store.publish("a", b"1") is Published.CREATED


def test_forbidden_at_the_beginning_is_a_refusal_and_later_an_outage(way: Way) -> None:
    way.fails("GET", Fault.FORBIDDEN)
    with pytest.raises(StoreRefused, match=r"AccessDenied: our credentials may not.*ListBucket"):
        open_place(way.address)
    store = open_place(way.address)
    way.fails("PUT", Fault.FORBIDDEN)
    with pytest.raises(StoreLost, match="AccessDenied"):
        store.publish("a", b"1")


def test_an_upload_that_breaks_off_leaves_no_parts_on_the_server(way: Way, address: str) -> None:
    store = open_place(way.address)
    with pytest.raises(StoreLost), store.upload("set") as upload:
        upload.write(bytes(LONG))
        way.fails("PUT", Fault.FORBIDDEN)
        upload.commit()
    assert unfinished(address) == 0
    assert list(store.listing("")) == []


def test_a_part_is_sent_while_the_next_is_made(way: Way) -> None:
    store = open_place(way.address)
    way.fails("PUT", Fault.SILENCE)
    with store.upload("set") as upload:
        begun = clock.monotonic()
        upload.write(bytes(LONG))
        upload.write(bytes(6 * MEBIBYTE))
        assert clock.monotonic() - begun < STREAM_SECONDS, "nobody waits for a server that says nothing"
        way.over.set()
        assert upload.commit() is Published.CREATED


def test_a_part_that_was_refused_ends_the_upload(way: Way, address: str) -> None:
    store = open_place(way.address)
    way.fails("PUT", Fault.FORBIDDEN)
    with pytest.raises(StoreLost, match="AccessDenied"), store.upload("set") as upload:
        upload.write(bytes(LONG))
        upload.commit()
    assert open_place(address).read("set") is None
    assert unfinished(address) == 0


def test_a_sweep_takes_the_unfinished_below_its_prefix(address: str) -> None:
    store = open_place(address)
    with store.upload("set") as upload:
        upload.write(bytes(LONG))
        store.sweep("other", older_than_seconds=0)
        assert unfinished(address) == 1
        store.sweep("", older_than_seconds=0)
        assert unfinished(address) == 0
        with pytest.raises(StoreLost):
            upload.commit()
    assert list(store.listing("")) == []


def test_what_a_person_put_there_is_not_a_record(address: str) -> None:
    store = open_place(address)
    store.publish("a/b", b"1")
    client = boto3.client("s3", endpoint_url=address.partition(" at ")[2])
    prefix = address.partition(" at ")[0].removeprefix(f"s3://{store_rig.BUCKET}/")
    for name in ("a/", "a/my file.txt", "a//b"):
        client.put_object(Bucket=store_rig.BUCKET, Key=f"{prefix}/{name}", Body=b"")
    client.close()
    assert [entry.key for entry in store.listing("")] == ["a/b"]


def test_a_bucket_that_is_not_there_is_refused(address: str) -> None:
    endpoint = address.partition(" at ")[2]
    with pytest.raises(StoreRefused, match="there is no such bucket; create it"):
        open_place(f"s3://no-such-bucket/x at {endpoint}")


def test_a_dead_server_is_a_lost_store(address: str) -> None:
    with pytest.raises(StoreLost, match="did not answer in time"):
        open_place(f"s3://{store_rig.BUCKET}/x at http://127.0.0.1:{free_ports(1)[0]}")


def test_missing_credentials_are_named_and_given_ones_never_shown(address: str) -> None:
    absent = {name: "" for name in store_rig.CREDENTIALS}
    absent |= {"AWS_EC2_METADATA_DISABLED": "true", "AWS_SHARED_CREDENTIALS_FILE": "/none", "AWS_CONFIG_FILE": "/none"}
    with store_rig.environment(absent), pytest.raises(StoreRefused, match="AWS_ACCESS_KEY_ID"):
        open_place(address)
    secret = random.randbytes(20).hex()
    with store_rig.environment({"AWS_SECRET_ACCESS_KEY": secret}), faulty(address) as way:
        way.fails("GET", Fault.FORBIDDEN)
        with pytest.raises(StoreRefused) as refused:
            open_place(way.address)
        assert secret not in repr(refused.value) + repr(refused.value.__cause__)
        assert secret not in open_place(way.address).address
