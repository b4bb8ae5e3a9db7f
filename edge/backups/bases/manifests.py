"""PostgreSQL's lists of bases, which this machine remembers so that an increment can be made on them.

Those in the store are sealed, and whoever writes sets cannot open them. Where one is lost, the next base is a full one.
"""

from pathlib import Path

from edge import private
from mainstay.backups.bases.tar import DamagedBase, read_list

KEPT = 10  # an increment stands on the newest; a few more, because a newer set may never be finished


def remember(home: Path, system: str, environment: str, set: str, manifest: bytes) -> None:
    folder = private.folder(_folder(home, system, environment))
    private.write_bytes(folder / set, manifest)
    for old in sorted(each for each in folder.iterdir() if not each.name.startswith("."))[:-KEPT]:
        old.unlink(missing_ok=True)


def recall(home: Path, system: str, environment: str, set: str) -> bytes | None:
    """None: it is not here, or damaged."""
    try:
        manifest = (_folder(home, system, environment) / set).read_bytes()
        read_list(manifest)
    except (FileNotFoundError, DamagedBase):
        return None
    return manifest


def _folder(home: Path, system: str, environment: str) -> Path:
    return home / "base-manifests" / system / environment
