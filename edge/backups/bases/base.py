"""The door to physical copies of a cluster, as pg_basebackup writes them: read as they come, never on our disk."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge import streams
from edge.backups.bases.clusters import NAME
from edge.backups.dumps.taking import CHUNK_BYTES, SILENT_SECONDS, comes, why
from edge.backups.pg_tools import find_tools
from edge.backups.taking import Taking
from edge.postgres.addresses import read_address
from edge.streams import TONGUE, Stream
from mainstay.backups.bases.base import Cluster, refuses_increment
from mainstay.backups.bases.tar import LIST, DamagedBase, Listed, PassingBase, read_list
from mainstay.backups.pg_versions import Tools, choose_for_base
from mainstay.backups.sets import BackupSet, Base
from mainstay.errors import CommandFailed

# One stream, with its list at its end, and packed by us: a server that packs it cannot put its list there.
HOW = ("--format=tar", "--pgdata=-", "--wal-method=none", "--checkpoint=fast", "--no-password")


class NoIncrement(CommandFailed):
    """PostgreSQL makes no increment on that base: the reason."""


@dataclass(frozen=True)
class Copied:
    listed: Listed
    manifest: bytes  # PostgreSQL's list, for the next increment


class Copying:
    """A base as it comes. ``finish`` says whether it may be kept."""

    def __init__(self, stream: Stream, cluster: Cluster, *, increment: bool) -> None:
        self._stream, self._cluster, self._increment = stream, cluster, increment
        self._passing = PassingBase()

    def read(self, size: int = -1) -> bytes:
        if not comes(self._stream):
            raise self._broken(f"it stood still for {SILENT_SECONDS:g} s. Does its server answer?")
        data = self._stream.read(CHUNK_BYTES if size < 0 else size)
        try:
            self._passing.feed(data)
        except DamagedBase as reason:
            raise self._broken(f"{reason}.") from reason
        return data

    def finish(self) -> Copied:
        """All of it came: pg_basebackup says so, and PostgreSQL's own list."""
        ended = self._stream.ended()
        if ended != 0:
            said = self._stream.said()
            if self._increment and ended > 0 and refuses_increment(said):
                raise NoIncrement(why(ended, said, "pg_basebackup").rstrip("."))
            raise self._broken(why(ended, said, "pg_basebackup"))
        try:
            manifest = self._passing.close()
            listed = read_list(manifest)
        except DamagedBase as reason:
            raise self._broken(f"pg_basebackup ended well, but {reason}.") from reason
        if listed.cluster not in (None, self._cluster.id) or listed.timeline != self._cluster.timeline:
            raise self._broken("its server is another one than when it began, or on another timeline. Start again.")
        return Copied(listed, manifest)

    def _broken(self, reason: str) -> CommandFailed:
        return CommandFailed(f"The base broke off, and nothing of it may be kept: {reason}")


def tool_for(log: str, cluster: Cluster, tools: Sequence[Tools] | None = None) -> Tools:
    """The pg_basebackup that may take it."""
    with read_address(log).connect_for_log(NAME) as connection:
        encrypted = bool(connection.pgconn.ssl_in_use)
    return choose_for_base(find_tools() if tools is None else tools, cluster.server, tls=encrypted)


@contextmanager
def copying(log: str, cluster: Cluster, tool: Tools, *, on: bytes | None = None) -> Iterator[Copying]:
    """``log`` is a reference. ``on``: the list of the base that an increment is made on."""
    target = read_address(log)
    with tempfile.NamedTemporaryFile() as list_of_parent:  # pg_basebackup takes it by its name
        list_of_parent.write(on or b"")
        list_of_parent.flush()
        increment = (f"--incremental={list_of_parent.name}",) if on is not None else ()
        argv = [str(Path(tool.folder, "pg_basebackup")), *HOW, f"--label={NAME}", *increment, target.argument]
        with streams.producing(argv, environment={**target.environment(NAME), **TONGUE}) as stream:
            yield Copying(stream, cluster, increment=on is not None)


def take_base(
    taking: Taking,
    log: str,
    cluster: Cluster,
    *,
    on: BackupSet | None = None,
    parent: bytes | None = None,
    tools: Sequence[Tools] | None = None,
) -> tuple[Base, bytes]:
    """With PostgreSQL's list of it. ``on``: the set whose base it is an increment of; ``parent``: the list of that.

    ``NoIncrement``: PostgreSQL makes none on that one.
    """
    tool = tool_for(log, cluster, tools)
    with copying(log, cluster, tool, on=parent) as copy:
        piece, found = taking.keep("base.tar.zst.age", copy, copy.finish)
    manifest = taking.small(LIST, found.manifest)
    listed, depth = found.listed, on.base.depth + 1 if on and on.base else 0
    base = Base(
        piece, manifest, cluster.id, listed.timeline, listed.start, listed.stop, cluster.server, tool.version,
        on=on.id if on else None, depth=depth, segment_bytes=cluster.segment_bytes, superuser=cluster.superuser,
    )  # fmt: skip
    return base, found.manifest
