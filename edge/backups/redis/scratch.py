"""A Redis to throw away: it holds what is in an RDB, for us alone, and is gone with us."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge import clock, companions
from edge.identities import Identity, alive
from edge.redis_talk import RedisLost, Talk, talking_to
from mainstay.backups.redis.places import PORT, RedisPlace
from mainstay.backups.redis.rdb import DamagedRdb
from mainstay.errors import CommandFailed, Refused

RDB = "redis.rdb"
END_SECONDS = 5.0
START_SECONDS = 20.0
PAUSE_SECONDS = 0.02
_PROGRAMS = ("redis-server", "valkey-server")
_TOO_NEW = ("Can't handle RDB format version", "module")  # what the log says of what it cannot know
_DAMAGED = ("checksum", "Internal error in RDB", "Short read", "Bad file format", "Unknown RDB", "corrupt")
_SETTINGS = (
    *("--port", "0", "--unixsocket", "socket", "--unixsocketperm", "700", "--save", "", "--appendonly", "no"),
    *(
        "--dbfilename",
        RDB,
        "--daemonize",
        "no",
        "--activerehashing",
        "no",
        "--databases",
        "1024",
        "--maxmemory",
        "0",
        "--logfile",
        "",
    ),
)


class NoScratchRedis(Refused):
    """What it would say of an RDB is not known here: that proves nothing."""


@contextmanager
def scratch_redis(folder: Path) -> Iterator[Talk]:
    """On the RDB that lies in this folder, all of it loaded. Enter and leave it in the main thread."""
    program = next((found for name in _PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        raise NoScratchRedis("there is no redis-server on this machine; install it: apt-get install redis-server")
    log = folder / "redis.log"
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # by way of its folder's handle: a longer path than a socket may have would do as well
        address = RedisPlace("", PORT, f"/proc/{os.getpid()}/fd/{place}/socket", False, "", "")
        argv = [program, "--dir", str(folder), *_SETTINGS]
        with companions.companion(argv, log=log, grace_seconds=END_SECONDS) as server:
            _await(address, server, log)
            with talking_to(address) as talk:
                yield talk
    finally:
        os.close(place)


def loaded(talk: Talk) -> int | None:
    """How many keys were in the RDB, those whose time is over included. None: a Redis before 7.0 does not say."""
    told = talk.told("persistence")
    if "rdb_last_load_keys_loaded" not in told:
        return None
    return int(told["rdb_last_load_keys_loaded"]) + int(told["rdb_last_load_keys_expired"])


def _await(address: RedisPlace, server: Identity, log: Path) -> None:
    """It loads before it answers, for as long as that takes."""
    until = clock.monotonic() + START_SECONDS
    while True:
        try:
            with talking_to(address) as talk:
                if talk.told("persistence").get("loading") == "0":
                    return
        except RedisLost as reason:
            if not alive(server) or (clock.monotonic() > until and not Path(address.socket).exists()):
                raise _failed(log) from reason
        clock.sleep(PAUSE_SECONDS)


def _failed(log: Path) -> Exception:
    said = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    why = next((line for line in said if any(word in line for word in _TOO_NEW)), None)
    if why is not None:
        return NoScratchRedis(
            f"the redis-server of this machine cannot read what that Redis wrote ({why[-160:]}); install one that is as"
            " new, with the same modules"
        )
    if damage := [line for line in said if any(word in line for word in _DAMAGED)]:
        return DamagedRdb(f"a Redis that was to load it says: {damage[0][-300:]}")
    return CommandFailed(f"A Redis did not take the copy that was to be loaded: {'; '.join(said[-3:])[-600:]}")
