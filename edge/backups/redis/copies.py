"""A Redis on its way into a set: it is asked for all it holds as a replica asks, and writes an RDB for us.

It forks for that, as for each replica, and goes on meanwhile. Where it is set to send without a disk it does: a copy on
its own disk would be read by it at its next start. Then it waits for other replicas first, for 5 s unless its
repl-diskless-sync-delay says otherwise.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from edge.redis_talk import RedisLost, RedisRefused, RedisSays, Talk, refused, talking
from mainstay.backups.redis.rdb import DamagedRdb, PassingRdb
from mainstay.errors import Refused

CHUNK_BYTES = 1 << 20
_MARK_BYTES = 40  # of random letters: behind what is sent without a length


@dataclass(frozen=True)
class Copied:
    server: str
    keys: int | None  # None: not counted
    notes: tuple[str, ...]


class Copying:
    """An RDB, as it comes."""

    def __init__(self, talk: Talk, databases: int, version: str) -> None:
        self._talk, self._databases, self._version = talk, databases, version
        self._passing = PassingRdb()
        self._left, self._mark = _begun(talk)
        self._tail, self._over = b"", self._left == 0
        self._passed = 0

    def read(self, size: int = -1) -> bytes:
        while not self._over:
            data = self._next(CHUNK_BYTES if size < 0 else size)
            if data:
                self._passing.feed(data)
                self._passed += len(data)
                return data
        return b""

    def finish(self) -> Copied:
        """It was whole; otherwise nothing that was read may be kept."""
        try:
            found = self._passing.close()
        except DamagedRdb as reason:
            raise RedisLost(
                f"What Redis at {self._talk.place} sent of itself is not whole: {reason}. Nothing of it was kept. See"
                " its log; does a proxy stand between?"
            ) from reason
        notes = (
            ()
            if found.checked
            else ("Redis writes no checksum (rdbchecksum no): that its copy is whole is known by its length",)
        )
        keys = found.first_keys if self._databases <= 1 else None
        return Copied(found.server or self._version, keys, notes)

    def _next(self, most: int) -> bytes:
        data = self._talk.some(most if self._left is None else min(most, self._left))
        if not data:
            raise RedisLost(
                f"Redis at {self._talk.place} broke off after {self._passed} bytes of itself, so nothing of it was"
                " kept. Its log says why: no memory or disk for its copy, a buffer that ran over, or it was ended."
            )
        if self._left is not None:
            self._left -= len(data)
            self._over = self._left == 0
            return data
        both = self._tail + data
        if both.endswith(self._mark):
            self._over = True
            return both[: -len(self._mark)]
        self._tail = both[-_MARK_BYTES:]
        return both[:-_MARK_BYTES]


@contextmanager
def copying(address: str) -> Iterator[Copying]:
    """``address``: the reference under which that of the server lies."""
    with talking(address) as talk:
        if talk.told("cluster").get("cluster_enabled") == "1":
            raise Refused(
                f"Redis at {talk.place} is one node of a cluster, so what it holds is a part of all, and was not kept."
                " This version keeps a Redis that stands alone: take redis: out of the YAML, and keep the cluster in"
                " another way."
            )
        databases = len(talk.told("keyspace"))
        version = talk.told("server").get("redis_version", "")
        for words in (("capa", "eof"), ("rdb-only", "1")):
            _declared(talk, *words)
        yield Copying(talk, databases, version)


def _declared(talk: Talk, *words: str) -> None:
    """What we understand; an older server does not know what it is asked, and goes the older way."""
    answer = talk.ask_all([("REPLCONF", *words)])[0]
    if isinstance(answer, RedisSays) and answer.code != "ERR":
        raise refused(talk.place, answer)


def _begun(talk: Talk) -> tuple[int | None, bytes]:
    """How long it is; or None, and the mark behind it."""
    first = talk.ask("PSYNC", "?", -1)
    if not isinstance(first, bytes) or not first.startswith(b"FULLRESYNC"):
        raise RedisRefused(f"Redis at {talk.place} did not send all it holds when it was asked: {first!r:.80}.")
    line = b""
    while not line:  # while it writes, an empty line now and then says that it lives
        line = talk.line()
    if line.startswith(b"-"):
        raise refused(talk.place, RedisSays(line[1:].decode(errors="replace")))
    told = line.removeprefix(b"$")
    if told.startswith(b"EOF:") and len(told) == 4 + _MARK_BYTES:
        return None, told[4:]
    if line.startswith(b"$") and told.isdigit():
        return int(told), b""
    raise RedisRefused(f"What answers at {talk.place} does not speak as Redis does: {line!r:.80}.")
