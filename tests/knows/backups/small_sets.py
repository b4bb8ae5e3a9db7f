"""Sets as a plan sees them, in few words."""

from datetime import UTC, datetime

from mainstay.backups.plans import (
    BucketWish,
    Candidate,
    FolderWish,
    Wish,
    plan_set,
)
from mainstay.backups.sets import (
    BackupSet,
    Folder,
    Kind,
    Piece,
)
from mainstay.store import Bucket

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
PIECE = Piece("sets/x", 1, "0" * 64, 1)
UPLOADS = Folder("uploads", "/srv/uploads", (PIECE,), PIECE, None, 1)
THERE_IS = Wish((FolderWish("uploads", "main", "/srv/uploads", ()),), "env://DATABASE")

BUCKET = BucketWish("attachments", Bucket("shop", "", None), None)
ATTACHMENTS = Folder("attachments", "s3://shop", (PIECE,), PIECE, None, 1, objects=(PIECE,))
BUCKET_AND_REDIS = Wish((), None, (BUCKET,), "env://REDIS")


def made(id: str, kind: Kind = "full", *, parent: str | None = None, depth: int = 0) -> BackupSet:
    return BackupSet(
        id, "shop", "production", kind, NOON, NOON, NOON, "anna", None, None, PIECE, parent, depth, None, (UPLOADS,),
        all_read_at=NOON,
    )  # fmt: skip


def candidate(set: BackupSet, level: int | None = 1, *, remembered: bool = True) -> Candidate:
    return Candidate(set, level, remembered)


def parent_of(*candidates: Candidate, there_is: Wish = THERE_IS) -> tuple[str | None, str]:
    plan = plan_set("incremental", there_is, candidates, NOON)
    assert (plan.kind == "incremental") is (plan.parent is not None)
    return plan.parent.id if plan.parent else None, plan.reasons[0]
