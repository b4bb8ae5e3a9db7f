"""What was built, as the store keeps it: each archive under its own sha256, each build under what it was made of."""

from pathlib import Path

from edge import clock
from edge.store.port import Published, Store
from mainstay import keys, records
from mainstay.builds import Artifact, BuildRecord
from mainstay.errors import NotThere, StoreLost

CHUNK_BYTES = 1 << 20


def built(store: Store, system: str, commit: str, section: str) -> BuildRecord | None:
    """A record whose artifact is gone tells of nothing, and makes room for one that does."""
    key = keys.build(system, commit, section)
    found = _read(store, key)
    if found is not None and not _is_there(store, keys.artifact(system, found.artifact.digest)):
        store.delete(key)
        return None
    return found


def find(store: Store, system: str, commit: str, artifact: str) -> BuildRecord | None:
    """The build of this commit that made this artifact."""
    listed = [entry.key for entry in store.listing(keys.builds(system, commit))]
    found = (record for key in listed if (record := _read(store, key)) is not None)
    return next((record for record in found if record.artifact.digest == artifact), None)


def keep(store: Store, system: str, artifact: Artifact, archive: Path) -> None:
    """Once. The name is the content, so whoever put it there put the same."""
    key = keys.artifact(system, artifact.digest)
    if _is_there(store, key):
        return
    with store.upload(key) as upload, archive.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            upload.write(chunk)
        if upload.commit() is Published.ANOTHERS:
            raise StoreLost(
                f"Under {key} in {store.address} lies something that its content does not call so. Find out who wrote "
                "it, delete it, and deploy again."
            )


def record(store: Store, system: str, made: BuildRecord) -> BuildRecord:
    """Ours, or that of whoever was faster."""
    key = keys.build(system, made.commit, made.section)
    if store.publish(key, records.encode(made, nonce=clock.new_nonce())) is Published.ANOTHERS:
        return _read(store, key) or made
    return made


def _read(store: Store, key: str) -> BuildRecord | None:
    found = store.read(key)
    return records.decode(BuildRecord, found.data) if found else None


def _is_there(store: Store, key: str) -> bool:
    try:
        with store.open(key):
            return True
    except NotThere:
        return False
