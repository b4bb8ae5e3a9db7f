"""The door to our own small files: whole or not there, for our eyes only."""

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Whoever reads the path sees the old bytes or the new ones, never half of them."""
    private_folder(path.parent)
    handle, aside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            if durable:
                out.flush()
                os.fsync(out.fileno())
        Path(aside).replace(path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise


def private_folder(path: Path) -> None:
    """There afterwards; ours alone if we had to make it."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
