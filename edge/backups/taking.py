"""A set that is being taken: each piece is sealed on its way into the store, and is kept only if its producer says
at the end that it was whole.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from io import BytesIO
from typing import TypeVar

from edge import clock
from edge.backups import sealing
from edge.backups.sealing import Readable
from edge.store.port import Store
from mainstay.backups import sets
from mainstay.backups.sets import Piece

R = TypeVar("R")


class Taking:
    """No dataclass, on purpose: Prefect walks through those."""

    def __init__(
        self, store: Store, system: str, environment: str, id: str, begun_at: datetime, sealed_to: Mapping[str, str]
    ) -> None:
        self.store, self.system, self.environment, self.id = store, system, environment, id
        self.begun_at = self.moment = begun_at
        self.sealed_to = sealed_to

    def keep(
        self, name: str, plain: Readable, finish: Callable[[], R], *, packed: bool = False, slow: bool = False
    ) -> tuple[Piece, R]:
        """``finish`` raises if what was read must not be believed; then nothing stands in the store."""
        key = sets.piece_key(self.system, self.environment, self.id, _own(name))
        with self.store.upload(key) as upload:
            sealed = sealing.seal(plain, upload.write, tuple(self.sealed_to.values()), packed=packed, slow=slow)
            found = finish()
            upload.commit()
        return Piece(key, sealed.bytes, sealed.sha256, sealed.plain_bytes), found

    def small(self, name: str, data: bytes) -> Piece:
        """One that is there already."""
        return self.keep(f"{name}.zst.age", BytesIO(data), lambda: None)[0]


def _own(name: str) -> str:
    """A try that was broken off may have left one of the same name; it is in no manifest, and goes with the sweep."""
    stem, _, rest = name.partition(".")
    return f"{stem}-{clock.new_nonce()[:6]}.{rest}"
