"""The store as keeper uses it: it has shown to this version, at this address, that it keeps its promises."""

import importlib.metadata
from threading import Lock

from edge import private
from edge.settings import Settings
from edge.store import open_store
from edge.store.port import Door
from edge.store.selftest import prove


class ProvenStore:
    """Opened and proven by the first who asks; a failure is not kept, so the next one tries again.

    A boot brings up what the settings say now, not what `mainstay up` once tried.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._record = settings.home / "store-proven"
        self._lock = Lock()
        self._store: Door | None = None

    def __call__(self) -> Door:
        with self._lock:
            if self._store is None:
                self._store = self._proven()
            return self._store

    def _proven(self) -> Door:
        store = open_store(self._settings)
        wanted = f"{store.address}\n{importlib.metadata.version('mainstay')}\n"
        if not self._record.exists() or self._record.read_text() != wanted:
            prove(store)
            private.write(private.folder_if_missing(self._record.parent) / self._record.name, wanted)
        return store
