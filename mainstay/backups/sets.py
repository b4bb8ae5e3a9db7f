"""A set: one moment of everything a system keeps, and what is remembered of it.

Its manifest is published last, so whoever finds one finds a whole set. It is signed by its writer. Whether it can be
restored is told by proofs, which come later and lie beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, get_args

from mainstay import keys
from mainstay.backups.elsewhere.held import Elsewhere
from mainstay.backups.log.places import SEGMENT_BYTES
from mainstay.backups.shown import shown_bytes
from mainstay.errors import BadInput

Kind = Literal["full", "database", "files", "incremental"]
KINDS: tuple[Kind, ...] = get_args(Kind)
# How what a set holds is of one moment: there is one part; or files were read before and after that of the database.
Consistency = Literal["alone", "bracket"]
NEEDS_A_PARENT: Kind = "incremental"
MANIFEST, SIGNATURE, BEGUN = "set.json", "set.json.sig", "begun.json"
COMPLETE, READ_BACK, RESTORED = 1, 2, 3  # how deep a look went, and what a set has reached by it


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
    objects: tuple[Piece, ...] = ()  # of a bucket, beside each archive: what there is of each object beside its bytes

    @property
    def pieces(self) -> tuple[Piece, ...]:
        return tuple(piece for piece in (*self.archives, *self.objects, self.sums, self.gone) if piece)


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
class RedisCopy:
    """All that a Redis holds, as it writes it for a replica: a plain RDB."""

    piece: Piece
    server: str  # the version of Redis
    keys: int | None  # None: not counted, it has several databases
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
    buckets: tuple[Folder, ...] = ()
    redis: RedisCopy | None = None
    all_read_at: datetime | None = None  # when every file was read, here or in what it stands on; None: nobody knows
    elsewhere: tuple[Elsewhere, ...] = ()  # physical copies of the database that others keep: named, not held
    consistency: Consistency | None = None  # how it was meant to be one moment; what fell between, proofs tell
    tenants: tuple[Dump, ...] = ()  # of those that have a database of their own, each named by it

    @property
    def pieces(self) -> tuple[Piece, ...]:
        of_folders = [piece for each in (*self.folders, *self.buckets) for piece in each.pieces]
        of_base = [self.base.piece, self.base.manifest] if self.base else []
        of_redis = [self.redis.piece] if self.redis else []
        dumps = [dump.piece for dump in (*([self.database] if self.database else []), *self.tenants)]
        return (*dumps, *of_base, *of_redis, *of_folders, self.descriptor)

    @property
    def needs(self) -> tuple[str, ...]:
        """The sets without which this one cannot be restored."""
        wanted = (self.parent, self.base.on if self.base else None, self.point.base if self.point else None)
        return tuple(dict.fromkeys(each for each in wanted if each is not None and each != self.id))

    @property
    def bytes(self) -> int:
        return sum(piece.bytes for piece in self.pieces)


@dataclass(frozen=True)
class Process:
    """Who takes a set: of all that ever had this number there, the one that was started then."""

    here: str  # where the number means something
    pid: int
    started: str


@dataclass(frozen=True)
class Begun:
    """Somebody takes a set. Without a manifest beside it: it goes on, it failed, or its process is gone."""

    id: str
    kind: Kind
    at: datetime
    who: str
    machine: str
    parent: str | None = None
    process: Process | None = None  # None: an older version began it


@dataclass(frozen=True)
class Proof:
    """What was found when a set was looked at: 0 written, 1 complete, 2 read back, 3 restored."""

    set: str
    level: int
    good: bool
    sentence: str
    at: datetime
    numbers: Mapping[str, float] = field(default_factory=dict)
    gaps: tuple[str, ...] = ()  # what a person who restores it will miss: a sentence each
    doubts: tuple[str, ...] = ()  # why nobody should rely on it, though all of it could be restored
    suspect: bool | None = None  # far smaller than the one before it; False: a person said that this is as it should be
    unstarted: tuple[str, ...] = ()  # it was restored but for this, for which there is no program here: why, each

    @property
    def proves(self) -> int:
        """What is doubted was read back, and no more: it does not stand for an older set."""
        return min(self.level, READ_BACK) if self.doubts else self.level


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


def set_of(piece: Piece) -> str:
    """In which it lies; empty: it is of no set, as what a log is shipped in."""
    words = piece.key.split("/")
    return words[3] if words[0] == "sets" and len(words) > 4 else ""


def proofs_folder(system: str, environment: str, id: str = "") -> str:
    """Of one set, or of all there ever were."""
    return keys.checked(f"proofs/{system}/{environment}/{id}".rstrip("/"))


def refuted_folder(system: str, environment: str) -> str:
    """The ids of sets that a look found bad, so that who seeks these need not read every proof."""
    return keys.checked(f"refuted/{system}/{environment}")


def bucket_index(name: str) -> str:
    """Under which it is remembered what a bucket held; no folder can be called so: their names have no dot."""
    return f"{name}.bucket"


def tries_folder(system: str, environment: str, id: str) -> str:
    return keys.checked(f"proof-tries/{system}/{environment}/{id}")


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
        if not bad.good and not any(each.proves >= bad.level and each.at > bad.at for each in good):
            return None
    return max((proof.proves for proof in good), default=0)


def is_suspect(proofs: tuple[Proof, ...]) -> bool:
    """Whole, and so much smaller than the one before it that it stands for no older one, until a person says so."""
    said = [proof for proof in proofs if proof.suspect is not None]
    return bool(said) and max(said, key=lambda proof: proof.at).suspect is True
