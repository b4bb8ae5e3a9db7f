"""A Redis out of a set: key by key from one that has loaded the RDB into an empty one, over any network.

Nothing is written over: where a key stands, somebody uses that server. Until all is in it a key says that it is not.
"""

from collections.abc import Iterator, Sequence

from edge.redis_talk import Answer, RedisSays, Talk, refused
from mainstay.backups.redis.keys import Sorted
from mainstay.errors import CommandFailed, Refused

UNFINISHED = b"mainstay:restore-unfinished"
_AT_ONCE = 200  # keys; so many values lie in memory
_FOR_EVER, _GONE = -1, -2  # as PTTL says


def refuse_used(target: Talk) -> None:
    if target.told("cluster").get("cluster_enabled") == "1":
        raise Refused(
            f"Redis at {target.place} is one node of a cluster, and this version brings keys back into one that stands"
            " alone. Nothing was done. Name such a one; or let the set's redis.rdb lie beside, and load it by hand."
        )
    if _counted(target):
        unfinished = target.ask("EXISTS", UNFINISHED) == 1
        mend = "empty it (FLUSHALL) and do this again" if unfinished else "name an empty one"
        why = "a restore into it was broken off" if unfinished else "a restore changes nothing that is"
        raise Refused(f"Redis at {target.place} is not empty, and {why}. Nothing was done there: {mend}.")


def pour(source: Talk, target: Talk, flush: Sequence[str]) -> Sorted:
    """All keys but those with these prefixes, with the time they have left. ``target``: an empty one."""
    refuse_used(target)
    target.ask("SET", UNFINISHED, "A restore goes on here, or was broken off.")
    kept, lasting = Sorted(flush), 0
    _functions(source, target)
    for database in _databases(source):
        for talk in (source, target):
            talk.ask("SELECT", database)
        for keys in _scanned(source):
            lasting += _moved(source, target, keys, kept)
    target.ask("SELECT", 0)
    target.ask("DEL", UNFINISHED)
    if not lasting <= (there := _counted(target)) <= kept.kept:
        raise CommandFailed(
            f"{kept.kept} keys were restored into Redis at {target.place}, and {there} are there: somebody else writes"
            " there, or it drops keys (maxmemory-policy). Do not use it; name a Redis of its own."
        )
    return kept


def _moved(source: Talk, target: Talk, keys: Sequence[bytes], kept: Sorted) -> int:
    """How many of these stay for ever."""
    wanted = [key for key in keys if kept.keep(key)]
    values = source.ask_all([("DUMP", key) for key in wanted])
    times = source.ask_all([("PTTL", key) for key in wanted])
    there = [
        (key, value, time)
        for key, value, time in zip(wanted, values, times, strict=True)
        if isinstance(value, bytes) and isinstance(time, int) and time not in (0, _GONE)
    ]
    sent = [("RESTORE", key, max(time, 0), value) for key, value, time in there]
    for (key, value, _), answer in zip(there, target.ask_all(sent), strict=True):
        if isinstance(answer, RedisSays):
            _refuse(target, key, value, answer)
    return sum(time == _FOR_EVER for _, _, time in there)


def _refuse(target: Talk, key: bytes, value: bytes, answer: RedisSays) -> None:
    if answer.code == "BUSYKEY":
        raise CommandFailed(
            f"The key {key!a} stands in Redis at {target.place} already: somebody else writes there. Nothing was"
            " written over. Empty it (FLUSHALL), keep others away, and do this again."
        )
    if "version" in str(answer) or "Bad data format" in str(answer):
        raise CommandFailed(
            f"Redis at {target.place} cannot read the key {key!a} ({len(value)} bytes): it is older than the Redis that"
            " was kept, or lacks a module of it. Name one that is as new; empty this one (FLUSHALL)."
        )
    raise refused(target.place, answer)


def _functions(source: Talk, target: Talk) -> None:
    """Those of Redis 7 are kept in it like keys. An older one has none."""
    found = source.ask_all([("FUNCTION", "LIST")])[0]
    if isinstance(found, list) and found:
        target.ask("FUNCTION", "RESTORE", _bytes(source.ask("FUNCTION", "DUMP")))


def _scanned(source: Talk) -> Iterator[list[bytes]]:
    """Every key once: nobody writes there, and nothing of it is moved about while we look (activerehashing no)."""
    cursor = b"0"
    while True:
        answer = source.ask("SCAN", cursor, "COUNT", _AT_ONCE)
        assert isinstance(answer, list) and isinstance(answer[1], list)
        cursor = _bytes(answer[0])
        yield [_bytes(each) for each in answer[1]]
        if cursor == b"0":
            return


def _databases(talk: Talk) -> list[int]:
    return [int(name.removeprefix("db")) for name in talk.told("keyspace") if name.startswith("db")]


def _counted(talk: Talk) -> int:
    words = (value.partition(",")[0] for name, value in talk.told("keyspace").items() if name.startswith("db"))
    return sum(int(word.removeprefix("keys=")) for word in words)


def _bytes(answer: Answer) -> bytes:
    assert isinstance(answer, bytes)
    return answer
