"""What is remembered of a stream on this machine, and told of it in the store."""

from collections.abc import Iterator
from pathlib import Path

from edge import clock, private
from edge.backups import signing
from edge.backups.keyring import Keyring
from edge.backups.log.folders import WalFolders
from edge.backups.signing import NotOurs
from edge.store.port import Store
from mainstay import records
from mainstay.backups.log.places import wal_folder
from mainstay.backups.log.streaming import Break, StreamState, break_key, breaks_folder
from mainstay.records import UnreadableRecord

STATE = "state.json"


def folders(home: Path, system: str, environment: str) -> WalFolders:
    return WalFolders(home / "wal" / system / environment)


def sweep(home: Path, system: str, environment: str) -> None:
    """What one who was killed left beside it; nobody else may be at work there."""
    private.sweep(folders(home, system, environment).root / STATE)


def recall(home: Path, system: str, environment: str) -> StreamState | None:
    """None: nothing was ever received here, or it cannot be read: then it begins anew."""
    try:
        return records.decode(StreamState, (folders(home, system, environment).root / STATE).read_bytes())
    except (FileNotFoundError, UnreadableRecord):
        return None


def remember(home: Path, system: str, environment: str, state: StreamState, *, durable: bool) -> None:
    """Each second; durable only what must not be forgotten."""
    root = private.folder(folders(home, system, environment).root)
    private.write(root / STATE, records.encode(state, nonce=clock.new_nonce()).decode(), durable=durable)


def publish_break(store: Store, ring: Keyring, system: str, environment: str, broken: Break) -> None:
    """Signed like the log's own records. Safe to do again."""
    line = records.encode(broken, nonce=f"{broken.at:%Y%m%dT%H%M%S%fZ}")
    store.publish(break_key(system, environment, broken), line + signing.sign(ring.writer, line))


def breaks(store: Store, public: str, system: str, environment: str) -> Iterator[Break]:
    """All that were told there and are what their writer signed, newest first."""
    for key in reversed([entry.key for entry in store.listing(breaks_folder(system, environment))]):
        if (found := store.read(key)) is None:
            continue
        line, end, signature = found.data.partition(b"\n")
        try:
            signing.check(public, line + end, signature)
            broken = records.decode(Break, line)
        except (NotOurs, UnreadableRecord):
            continue  # a stranger's word is none
        if break_key(system, environment, broken) == key:
            yield broken


def holds_some(store: Store, system: str, environment: str, cluster: str) -> bool:
    """Something of this cluster's log was shipped, by us or before us."""
    return next(iter(store.listing(wal_folder(system, environment, cluster))), None) is not None
