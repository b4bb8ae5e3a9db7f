"""The door to the write-ahead log in the store: each piece is sealed, and believed only with a record signed here.

A record is published after its piece, so a death in between leaves a piece that nobody believes; the next try puts
another one beside it. Nothing is ever replaced or removed here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from edge import clock
from edge.backups import sealing, signing
from edge.backups.keyring import OURS, Keyring, SealedToAnother, named
from edge.backups.opening import BadSet, Opened
from edge.backups.signing import NotOurs
from edge.store.port import Published, Store
from mainstay import records
from mainstay.backups.log.places import SEGMENT_BYTES, lsn
from mainstay.backups.log.shipped import NOWHERE, SIGNED, Log, Shipped, joined, unbroken
from mainstay.backups.sets import Piece
from mainstay.descriptor.environment import Keys
from mainstay.errors import MainstayError
from mainstay.records import UnreadableRecord


class Diverged(MainstayError):
    """Under the name of a segment the store holds another content: this is no continuation of what lies there."""


@dataclass(frozen=True)
class Shipping:
    """The way of one cluster's log into a store. Safe to go twice, by several at once, and to be killed on."""

    store: Store
    log: Log
    ring: Keyring
    keys: Keys = OURS

    def whole(self, file: str, plain: bytes, received_at: datetime) -> Shipped:
        return self._ship(file, plain, self.log.begins(file), received_at)

    def partial(self, file: str, plain: bytes, offset: int, received_at: datetime) -> Shipped:
        """What an unfinished segment holds from an offset on."""
        return self._ship(file, plain, self.log.begins(file) + offset, received_at)

    def history(self, file: str, plain: bytes, received_at: datetime) -> Shipped:
        return self._ship(file, plain, None, received_at)

    def _ship(self, file: str, plain: bytes, start: int | None, received_at: datetime) -> Shipped:
        """``start``: its place in the log, of what is a part of it."""
        places = (NOWHERE, NOWHERE) if start is None else (lsn(start), lsn(start + len(plain)))
        hashed = sha256(plain).hexdigest()
        key = self.log.record_key(Shipped(file, *places, Piece("", 0, "", 0), hashed, received_at))
        if (there := read_record(self.store, self.ring.may_sign(self.keys), self.log, key)) is not None:
            return self._same(there, hashed, places)
        sealed_to = self.ring.sealed_to(self.keys)
        shipped = Shipped(file, *places, self._sealed(key, plain, sealed_to), hashed, received_at, sealed_to)
        line = records.encode(shipped, nonce=clock.new_nonce())
        if self.store.publish(key, line + signing.sign(self.ring.writer, line)) is not Published.ANOTHERS:
            return shipped
        there = read_record(self.store, self.ring.may_sign(self.keys), self.log, key)
        return self._same(there, hashed, places) if there else shipped

    def _sealed(self, key: str, plain: bytes, sealed_to: Mapping[str, str]) -> Piece:
        """Under a name of its own: a try that was broken off may have left one."""
        name = f"{key.removesuffix(SIGNED)}-{clock.new_nonce()[:6]}.zst.age"
        with self.store.upload(name) as upload:
            sealed = sealing.seal(BytesIO(plain), upload.write, tuple(sealed_to.values()))
            upload.commit()
        return Piece(name, sealed.bytes, sealed.sha256, sealed.plain_bytes)

    def _same(self, there: Shipped, hashed: str, places: tuple[str, str]) -> Shipped:
        """Shipped before. Parts of a segment that begin elsewhere cannot be compared, and the whole one will be."""
        if (there.start, there.stop) == places and there.plain_sha256 != hashed:
            raise Diverged(
                f"The write-ahead log of {self.log.system} {self.log.environment} is not the one that was backed up so"
                f" far: its {there.file} is another one than that in {self.store.address}. So this database was put"
                " back to an earlier state beside us, as by a snapshot of its disk. Nothing there was touched; what"
                " was written since then counts as lost until a full backup was taken."
            )
        return there


def read_record(store: Store, public: str, log: Log, key: str) -> Shipped | None:
    """``NotOurs`` if it is not what its writer signed, or was put under another key."""
    found = store.read(key)
    return believed(store.address, public, (log,), key, found.data) if found else None


def believed(address: str, public: str, logs: Sequence[Log], key: str, data: bytes) -> Shipped:
    """The same, of the bytes of a record. ``logs``: in one of them it lies under this key."""
    line, end, signature = data.partition(b"\n")
    try:
        signing.check(public, line + end, signature)
        shipped = records.decode(Shipped, line)
        if not any(log.holds(shipped, key) for log in logs):
            raise NotOurs(f"it is the record of {shipped.file}, {shipped.start} to {shipped.stop}")
    except (NotOurs, UnreadableRecord, ValueError) as reason:
        raise NotOurs(
            f"{key} in {address} is not trusted: {reason}. Nothing was done with it. Find out who wrote there."
        ) from reason
    return shipped


def reach(
    store: Store,
    public: str,
    system: str,
    environment: str,
    cluster: str,
    timeline: int,
    since: int,
    *,
    segment_bytes: int = SEGMENT_BYTES,
) -> int:
    """Up to where the log can be replayed from a place on, without a gap. Nothing there: that very place.

    Whole segments are told by their keys, and only the newest of them is read: ``fetch`` looks at each.
    """
    log = Log(system, environment, cluster, segment_bytes)
    after = f"{log.folder}/{log.name(timeline, since)}"
    reached = unbroken(log, timeline, since, (entry.key for entry in store.listing(log.folder, after=after)))
    while reached > since and not _trusted(store, public, log, log.whole_key(log.name(timeline, reached - 1))):
        reached -= segment_bytes
    begins = reached - reached % segment_bytes
    return max(since, joined(begins, _parts(store, public, log, log.name(timeline, begins))))


def fetch(
    opened: Opened,
    public: str,
    system: str,
    environment: str,
    cluster: str,
    timeline: int,
    start: int,
    stop: int,
    folder: Path,
    *,
    segment_bytes: int = SEGMENT_BYTES,
) -> tuple[Path, ...]:
    """The plain segments that hold the log from one place to another, each under its own name and of its full length,
    and the history of its timeline. ``BadSet`` if one is missing or is not what its writer signed.
    """
    log = Log(system, environment, cluster, segment_bytes)
    names = [log.name(timeline, at) for at in range(start - start % segment_bytes, stop, segment_bytes)]
    return (
        *_history(opened, public, log, timeline, folder),
        *(_lay(opened, public, log, n, stop, folder) for n in names),
    )


class LogRead:
    """Which whole segments were read and found as they were shipped: points on one base need the same ones again.

    No dataclass, on purpose: Prefect walks through those.
    """

    def __init__(self) -> None:
        self.segments: set[str] = set()


def read_through(
    opened: Opened, public: str, log: Log, timeline: int, start: int, stop: int, known: LogRead | None = None
) -> int:
    """What ``fetch`` would lay out is opened and compared, and kept nowhere. How many bytes; ``BadSet`` as there."""
    known, passed = known or LogRead(), 0
    if history := _signed(opened, public, log, log.whole_key(f"{timeline:08X}.history")):
        passed += len(_opened(opened, history))
    for begins in range(start - start % log.segment_bytes, stop, log.segment_bytes):
        key = log.whole_key(log.name(timeline, begins))
        if key not in known.segments:
            passed += len(_plain(opened, public, log, log.name(timeline, begins), stop))
            if begins + log.segment_bytes <= stop:
                known.segments.add(key)
    return passed


def _lay(opened: Opened, public: str, log: Log, name: str, stop: int, folder: Path) -> Path:
    return _written(folder / name, _plain(opened, public, log, name, stop))


def _plain(opened: Opened, public: str, log: Log, name: str, stop: int) -> bytes:
    """Of a segment, filled up with zeros."""
    begins = log.begins(name)
    whole = _signed(opened, public, log, log.whole_key(name))
    plain = bytearray(log.segment_bytes)
    parts = (whole,) if whole else _parts(opened.store, public, log, name)
    wanted = min(stop, begins + log.segment_bytes)
    if (reached := joined(begins, parts)) < wanted:
        raise BadSet(
            f"The write-ahead log of {log.system} {log.environment} in {opened.store.address} has a gap: nothing holds"
            f" it from {lsn(reached)} to {lsn(wanted)}. It can be replayed up to {lsn(reached)} and no further: restore"
            " an earlier moment, or a later set."
        )
    for part in parts:
        at = part.starts_at - begins
        plain[at : part.stops_at - begins] = _opened(opened, part)
    return bytes(plain)


def _history(opened: Opened, public: str, log: Log, timeline: int, folder: Path) -> Iterator[Path]:
    """The first timeline has none, and one that was not shipped is wanted by nobody who stays on his timeline."""
    name = f"{timeline:08X}.history"
    if shipped := _signed(opened, public, log, log.whole_key(name)):
        yield _written(folder / name, _opened(opened, shipped))


def _signed(opened: Opened, public: str, log: Log, key: str) -> Shipped | None:
    try:
        return read_record(opened.store, public, log, key)
    except NotOurs as reason:
        raise BadSet(str(reason)) from reason


def _opened(opened: Opened, shipped: Shipped) -> bytes:
    if shipped.sealed_to and (ours := sealing.public_half(opened.identity)) not in shipped.sealed_to.values():
        raise SealedToAnother(
            f"The write-ahead log in {shipped.piece.key} cannot be opened on this machine: it is sealed to"
            f" {named(shipped.sealed_to)}, and the proving key here is {ours}. Nothing was found against it. Do this"
            " where that key is."
        )
    plain = opened.read(shipped.piece)
    if sha256(plain).hexdigest() != shipped.plain_sha256:
        raise BadSet(
            f"{shipped.piece.key} in {opened.store.address} does not hold the log that its record speaks of. Nothing of"
            " it was kept here. Restore a moment before it, and find out what happened to it."
        )
    return plain


def _written(file: Path, plain: bytes) -> Path:
    with file.open("xb") as out:
        out.write(plain)
    file.chmod(0o600)
    return file


def _trusted(store: Store, public: str, log: Log, key: str) -> Shipped | None:
    try:
        return read_record(store, public, log, key)
    except NotOurs:
        return None  # a stranger's word is none; what is missing without it is told as a gap


def _parts(store: Store, public: str, log: Log, name: str) -> Sequence[Shipped]:
    """Those of an unfinished segment, in the order of their ends: read from the newest back to one that begins it."""
    listed = [entry.key for entry in store.listing(log.partial_folder(name)) if entry.key.endswith(SIGNED)]
    found = list[Shipped]()
    for key in reversed(listed):
        if (part := _trusted(store, public, log, key)) is not None:
            found.append(part)
            if part.starts_at == log.begins(name):
                break
    return tuple(reversed(found))
