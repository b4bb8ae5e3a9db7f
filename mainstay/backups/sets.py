"""A set: one moment of everything a system keeps, and what is remembered of it.

Its manifest is published last, so whoever finds one finds a whole set. It is signed by its writer. Whether it can be
restored is told by proofs, which come later and lie beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, get_args

from mainstay import keys
from mainstay.backups.shown import shown_bytes
from mainstay.backups.wal import SEGMENT_BYTES
from mainstay.errors import BadInput

Kind = Literal["full", "database", "files", "incremental"]
KINDS: tuple[Kind, ...] = get_args(Kind)
NEEDS_A_PARENT: Kind = "incremental"
MANIFEST, SIGNATURE, BEGUN = "set.json", "set.json.sig", "begun.json"


@dataclass(frozen=True)
class Piece:
    """One object of a set, packed and sealed."""

    key: str
    bytes: int  # as it is stored
    sha256: str  # of these
    plain_bytes: int


@dataclass(frozen=True)
class Folder:
    """One of the descriptor's ``files``. Of an incremental set: what changed since its parent."""

    name: str
    path: str  # where it was
    archives: tuple[Piece, ...]  # plain tars
    sums: Piece | None  # the sha256 of every file in these archives, as ``sha256sum --check`` reads it
    gone: Piece | None  # the names that went since the parent, each ended by a zero byte
    files: int  # in the whole folder
    restless: int = 0  # of them changed whenever they were read


@dataclass(frozen=True)
class Dump:
    """A logical copy of the database, as ``pg_restore`` reads it."""

    piece: Piece
    server: str  # the version of PostgreSQL
    tool: str  # that of pg_dump
    database: str  # its name
    tables: int
    lsn: str  # in the server's log: what was committed before stands before it
    notes: tuple[str, ...] = ()  # what a person should know who wants to restore it


@dataclass(frozen=True)
class Base:
    """A physical copy of a whole cluster, as pg_basebackup writes it. Of an increment: what changed since another one.

    It holds no WAL, and can be started only with what was written from ``start`` to ``stop``.
    """

    piece: Piece  # a plain tar of the data directory
    manifest: Piece  # PostgreSQL's own list of what is in it, for pg_verifybackup and for the next increment
    cluster: str  # PostgreSQL's own number of it
    timeline: int
    start: str  # as a place in the WAL
    stop: str
    server: str  # the version of PostgreSQL
    tool: str  # that of pg_basebackup
    on: str | None = None  # the set with the base that it is an increment of
    depth: int = 0  # how many bases it stands on
    segment_bytes: int = SEGMENT_BYTES  # of the cluster's log
    superuser: str = "postgres"  # who may do everything in it


@dataclass(frozen=True)
class Point:
    """A moment of the database, reached by replaying WAL on a base."""

    name: str  # as PostgreSQL was told to call it
    cluster: str
    timeline: int
    at: str  # as a place in the WAL
    base: str  # the set that holds the base


@dataclass(frozen=True)
class BackupSet:
    """The manifest."""

    id: str
    system: str
    environment: str
    kind: Kind
    begun_at: datetime
    moment: datetime  # what it is a copy of
    ended_at: datetime
    who: str
    version: str | None  # what was live, as a person typed it
    release: str | None  # its id
    descriptor: Piece  # as it was
    parent: str | None = None  # the set without which this one cannot be restored
    depth: int = 0  # how many sets it stands on
    database: Dump | None = None
    folders: tuple[Folder, ...] = ()
    notes: tuple[str, ...] = ()  # why it is what it is
    sealed_to: Mapping[str, str] = field(default_factory=dict)  # the public keys, by whose they are
    base: Base | None = None
    point: Point | None = None

    @property
    def pieces(self) -> tuple[Piece, ...]:
        of_folders = [piece for each in self.folders for piece in (*each.archives, each.sums, each.gone) if piece]
        of_base = [self.base.piece, self.base.manifest] if self.base else []
        return (*([self.database.piece] if self.database else []), *of_base, *of_folders, self.descriptor)

    @property
    def needs(self) -> tuple[str, ...]:
        """The sets without which this one cannot be restored."""
        wanted = (self.parent, self.base.on if self.base else None, self.point.base if self.point else None)
        return tuple(dict.fromkeys(each for each in wanted if each is not None and each != self.id))

    @property
    def bytes(self) -> int:
        return sum(piece.bytes for piece in self.pieces)


@dataclass(frozen=True)
class Begun:
    """Somebody takes a set. Without a manifest beside it: it goes on, or it failed."""

    id: str
    kind: Kind
    at: datetime
    who: str
    machine: str
    parent: str | None = None


@dataclass(frozen=True)
class Proof:
    """What was found when a set was looked at: 0 written, 1 complete, 2 read back, 3 restored."""

    set: str
    level: int
    good: bool
    sentence: str
    at: datetime
    numbers: Mapping[str, float] = field(default_factory=dict)


def read_kind(word: str) -> Kind:
    for kind in KINDS:
        if kind == word:
            return kind
    raise BadInput(f"{word!a} is no kind of backup. Known: {', '.join(KINDS)}. Use one of them.")


def new_id(kind: Kind, at: datetime, nonce: str) -> str:
    """Sorts by time, and says what it is."""
    return f"{at:%Y%m%d-%H%M%S}.{at.microsecond // 1000:03d}-{kind}-{nonce[:4]}"


def kind_of(id: str) -> Kind | None:
    """As the id says it; None: it is none of ours."""
    return next((kind for kind in KINDS if id.split("-")[2:3] == [kind]), None)


def sets_folder(system: str, environment: str) -> str:
    return keys.checked(f"sets/{system}/{environment}")


def set_folder(system: str, environment: str, id: str) -> str:
    return keys.checked(f"{sets_folder(system, environment)}/{id}")


def piece_key(system: str, environment: str, id: str, name: str) -> str:
    return keys.checked(f"{set_folder(system, environment, id)}/{name}")


def proofs_folder(system: str, environment: str, id: str = "") -> str:
    """Of one set, or of all there ever were."""
    return keys.checked(f"proofs/{system}/{environment}/{id}".rstrip("/"))


def complete(made: BackupSet, there: Mapping[str, int], at: datetime) -> Proof:
    """Level 1: all that its manifest names is there, and as long as it says. ``there``: sizes by key."""
    wrong = [piece.key for piece in made.pieces if there.get(piece.key) != piece.bytes]
    sentence = (
        f"{', '.join(wrong)}: missing, or not as long as the manifest says"
        if wrong
        else f"all {len(made.pieces)} pieces are there, {shown_bytes(made.bytes)}"
    )
    return Proof(made.id, 1, not wrong, sentence, at, {"pieces": len(made.pieces), "bytes": made.bytes})


def level_reached(proofs: tuple[Proof, ...]) -> int | None:
    """The highest that was proven. None: it is bad, and no later look that goes as deep found it good."""
    good = [proof for proof in proofs if proof.good]
    for bad in proofs:
        if not bad.good and not any(each.level >= bad.level and each.at > bad.at for each in good):
            return None
    return max((proof.level for proof in good), default=0)
