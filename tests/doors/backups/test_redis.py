"""A Redis goes into a set as it is, and comes back into an empty one, key by key."""

import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from edge.backups.redis import restores as redis_restores
from edge.backups.redis.copies import Copied, copying
from edge.backups.redis.scratch import RDB, NoScratchRedis, loaded, scratch_redis
from edge.redis_talk import RedisLost, RedisRefused, talking
from mainstay.backups.redis.keys import Sorted
from mainstay.backups.redis.rdb import DamagedRdb
from mainstay.errors import Refused
from tests.doors.backups.redis_rig import PASSWORD, Server, redis, spoiling
from tests.waiting import until

pytestmark = pytest.mark.skipif(
    shutil.which("redis-server") is None, reason="redis-server is not installed: apt-get install redis-server"
)
OLD = ("lpush", "queue", "c", "b", "a")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with redis(tmp_path_factory.mktemp("redis") / "source") as server:
        yield server


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with redis(tmp_path_factory.mktemp("redis") / "target") as server:
        yield server


@pytest.fixture(autouse=True)
def empty(source: Server, target: Server) -> None:
    for server in (source, target):
        server.do_all(("FLUSHALL",), ("FUNCTION", "FLUSH"), ("CONFIG", "SET", "repl-diskless-sync", "yes"))


def copy(server: Server) -> tuple[bytes, Copied]:
    whole = BytesIO()
    with copying(server.reference) as coming:
        while data := coming.read():
            whole.write(data)
        return whole.getvalue(), coming.finish()


def brought(rdb: bytes, target: Server, tmp_path: Path, *flush: str) -> Sorted:
    (tmp_path / RDB).write_bytes(rdb)
    with scratch_redis(tmp_path) as scratch, talking(target.reference) as there:
        return redis_restores.pour(scratch, there, flush)


def answer_as_the_web(web: socket.socket) -> None:
    with web.accept()[0] as line:
        line.recv(1000)
        line.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def filled(server: Server) -> None:
    """Of every kind that Redis has."""
    server.do_all(
        ("SET", "title", b"\x00\xff\r\n"), ("SET", "big", b"0123456789" * 300_000), ("SET", "counter", 42),
        ("LPUSH", "queue", "c", "b", "a"), ("HSET", "user:1", "name", "anna"), ("SADD", "tags", 1, 2, 3),
        ("ZADD", "scores", "1.5", "x", 2, "y"), ("XADD", "events", "1-1", "k", "v"), ("SETBIT", "bits", 7, 1),
        ("SET", "session:1", "x", "EX", 1000), ("SET", "session:2", "y"), ("SET", "cache:1", "z"),
        ("PFADD", "seen", "a", "b"), ("GEOADD", "places", "13.3", "52.5", "berlin"),
        ("XGROUP", "CREATE", "events", "readers", "0"),
        ("FUNCTION", "LOAD", "#!lua name=l\nredis.register_function('f', function() return 7 end)"),
    )  # fmt: skip


@pytest.mark.parametrize("diskless", ["yes", "no"])
def test_what_it_holds_comes_back_key_by_key(source: Server, target: Server, tmp_path: Path, diskless: str) -> None:
    source.do("CONFIG", "SET", "repl-diskless-sync", diskless)
    filled(source)
    rdb, copied = copy(source)
    assert (copied.keys, copied.notes) == (14, ()) and copied.server.count(".") == 2
    kept = brought(rdb, target, tmp_path)
    assert kept.kept == 14 and target.do("DBSIZE") == 14
    keys = source.do("KEYS", "*")
    assert isinstance(keys, list)
    dumps = [("DUMP", key) for key in keys if isinstance(key, bytes)]
    assert source.do_all(*dumps) == target.do_all(*dumps)
    assert target.do("FCALL", "f", 0) == 7 and target.do("EXISTS", redis_restores.UNFINISHED) == 0
    left = target.do("TTL", "session:1")
    assert isinstance(left, int) and 900 < left <= 1000


def test_keys_that_a_restore_flushes_are_left_out_and_counted(source: Server, target: Server, tmp_path: Path) -> None:
    source.do_all(*[("SET", f"session:{n}", n) for n in range(450)], ("SET", "cache:1", 1), ("SET", "user:1", 1))
    source.do("SET", "plain", "1")
    kept = brought(copy(source)[0], target, tmp_path, "session:", "cache:", "nothing:")
    assert str(kept) == (
        "2 keys of Redis were kept (without a prefix 1, user: 1), 451 flushed (session: 450, cache: 1, nothing: 0)"
    )
    assert target.do("DBSIZE") == 2


def test_every_database_of_it_comes_back(source: Server, target: Server, tmp_path: Path) -> None:
    source.do_all(("SET", "a", 1), ("SELECT", 3), ("SET", "a", 2), ("SET", "b", 3))
    rdb, copied = copy(source)
    assert copied.keys is None, "its RDB says only of the first how many there are"
    brought(rdb, target, tmp_path)
    assert target.do_all(("GET", "a"), ("SELECT", 3), ("GET", "a"), ("GET", "b"))[::2] == [b"1", b"2"]


def test_an_empty_one_is_copied_as_such(source: Server, target: Server, tmp_path: Path) -> None:
    rdb, copied = copy(source)
    assert copied.keys == 0 and brought(rdb, target, tmp_path).kept == 0


def test_as_many_keys_are_loaded_as_were_counted_also_when_their_time_is_over(source: Server, tmp_path: Path) -> None:
    source.do_all(("SET", "a", 1, "PX", 1), ("SET", "b", 1), ("DEBUG", "SET-ACTIVE-EXPIRE", 0))
    source.do_all(*[("SET", f"short:{n}", 1, "PX", 300) for n in range(20)])
    rdb, copied = copy(source)
    (tmp_path / RDB).write_bytes(rdb)
    until(lambda: source.do("EXISTS", "short:19") == 0)
    with scratch_redis(tmp_path) as scratch:
        assert loaded(scratch) == copied.keys and scratch.ask("DBSIZE") == 1


def test_nothing_is_written_over(source: Server, target: Server, tmp_path: Path) -> None:
    source.do("SET", "a", "theirs")
    rdb = copy(source)[0]
    target.do("SET", "a", "mine")
    with pytest.raises(Refused, match="is not empty"):
        brought(rdb, target, tmp_path)
    assert target.do("GET", "a") == b"mine"


def test_a_restore_that_was_broken_off_is_told_from_a_whole_one(source: Server, target: Server, tmp_path: Path) -> None:
    filled(source)
    (tmp_path / RDB).write_bytes(copy(source)[0])
    target.do("CONFIG", "SET", "maxmemory", "2mb")
    try:
        with pytest.raises(RedisRefused, match="maxmemory"):
            brought(copy(source)[0], target, tmp_path)
    finally:
        target.do("CONFIG", "SET", "maxmemory", 0)
    with pytest.raises(Refused, match=r"broken off.*FLUSHALL"):
        brought(copy(source)[0], target, tmp_path)


def test_a_replica_is_a_source_and_one_that_lost_its_primary_is_none(source: Server, tmp_path: Path) -> None:
    source.do("SET", "a", "1")
    with redis(tmp_path / "replica", "--replicaof", "127.0.0.1", source.address.rpartition(":")[2]) as replica:
        until(lambda: replica.do("DBSIZE") == 1)
        assert copy(replica)[1].keys == 1
        replica.do("REPLICAOF", "127.0.0.1", 1)
        with pytest.raises(RedisLost, match="lost its primary"):
            copy(replica)


def test_a_user_with_few_rights_is_enough_and_one_without_them_is_told(source: Server, tmp_path: Path) -> None:
    port = source.address.rpartition(":")[2]
    source.do("ACL", "SETUSER", "keeper", "on", ">keeper-pass", "+ping", "+info", "+psync", "+replconf")
    source.do("ACL", "SETUSER", "reader", "on", ">reader-pass", "~*", "+@read", "+ping", "+info", "+replconf")
    for user, password in [("keeper", "keeper-pass"), ("reader", "reader-pass"), ("keeper", "wrong-pass")]:
        file = tmp_path / password
        file.write_text(f"redis://{user}:{password}@127.0.0.1:{port}/2")
        file.chmod(0o600)
    assert copy(Server("", f"file://{tmp_path}/keeper-pass", source.process))[1].keys == 0
    with pytest.raises(RedisRefused, match=r"NOPERM.*\+psync \+replconf"):
        copy(Server("", f"file://{tmp_path}/reader-pass", source.process))
    with pytest.raises(RedisRefused, match="WRONGPASS") as told:
        copy(Server("", f"file://{tmp_path}/wrong-pass", source.process))
    assert "wrong-pass" not in str(told.value)


@pytest.mark.parametrize("diskless", ["yes", "no"])
def test_a_server_that_dies_while_it_sends_leaves_nothing_that_is_believed(tmp_path: Path, diskless: str) -> None:
    with redis(tmp_path / "dying", "--repl-diskless-sync", diskless, "--rdbcompression", "no") as server:
        server.do_all(*[("SET", f"k{n}", b"%d" % n * 100_000) for n in range(300)])
        with copying(server.reference) as coming:
            assert coming.read(1000)
            server.process.kill()
            with pytest.raises(RedisLost, match=r"broke off"):
                while coming.read():
                    pass


def test_what_was_changed_on_its_way_is_never_believed(source: Server, tmp_path: Path) -> None:
    """By a proxy, a cable, a disk: its own checksum says so."""
    source.do_all(("CONFIG", "SET", "rdbcompression", "no"), ("SET", "a", b"x" * 5000))
    with spoiling(source, b"x" * 50, tmp_path) as reference, copying(reference) as coming:
        while coming.read():
            pass
        with pytest.raises(RedisLost, match="checksum is another one"):
            coming.finish()


def test_it_speaks_tls_and_names_who_it_does_not_trust(tmp_path: Path) -> None:
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-days", "2"]
    files = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{tmp_path}/key", "-out", f"{tmp_path}/crt"]
    subprocess.run([*words, *files], check=True, capture_output=True)
    own = ("--tls-cert-file", f"{tmp_path}/crt", "--tls-key-file", f"{tmp_path}/key", "--tls-auth-clients", "no")
    tls = (*own, "--tls-ca-cert-file", f"{tmp_path}/crt")
    with redis(tmp_path / "tls", tls=tls, reference=f"?ssl_ca_certs={tmp_path}/crt") as server:
        server.do("SET", "a", "1")
        assert copy(server)[1].keys == 1
        (tmp_path / "strange").write_text(server.address.partition("?")[0])
        (tmp_path / "strange").chmod(0o600)
        with pytest.raises(RedisRefused, match="do not agree on TLS"):
            copy(Server("", f"file://{tmp_path}/strange", server.process))


def test_what_is_no_redis_and_what_is_not_there(tmp_path: Path) -> None:
    file = tmp_path / "address"
    with socket.create_server(("127.0.0.1", 0)) as web:
        file.write_text(f"redis://127.0.0.1:{web.getsockname()[1]}")
        file.chmod(0o600)
        answering = threading.Thread(target=answer_as_the_web, args=(web,))
        answering.start()
        with pytest.raises(RedisRefused, match="is no Redis"), copying(f"file://{file}"):
            pass
        answering.join()
    with pytest.raises(RedisLost, match="did not answer"), copying(f"file://{file}"):
        pass


def test_a_copy_that_no_redis_here_can_read_proves_nothing_and_a_damaged_one_is_told(
    source: Server, tmp_path: Path
) -> None:
    filled(source)
    rdb = copy(source)[0]
    for name, data, kind in [
        ("new", b"REDIS0099" + rdb[9:], NoScratchRedis),
        ("bad", rdb[:3000] + b"\xff" * 40 + rdb[3040:], DamagedRdb),
    ]:
        (tmp_path / name).mkdir()
        (tmp_path / name / RDB).write_bytes(data)
        with pytest.raises(kind), scratch_redis(tmp_path / name):
            pass


def test_a_password_stands_in_no_list_of_processes(source: Server) -> None:
    """Of ours: the one that Redis itself was started with is the test's own."""
    with copying(source.reference) as coming:
        assert PASSWORD not in repr(coming.__dict__)
