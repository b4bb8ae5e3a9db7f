"""The door to what is installed here: one digest that changes whenever the server must be told anew."""

import importlib.metadata
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from edge.settings import Settings, to_environment

ROOT = Path(__file__).resolve().parent.parent  # the folder the rooms stand in


def digest(settings: Settings, root: Path = ROOT) -> str:
    """Of the version, of all the server is told from (manifest, automations, flows), and of our settings."""
    seen = sha256(importlib.metadata.version("mainstay").encode())
    for path in _declared(root):
        seen.update(f"\n{path.relative_to(root)}\n".encode())
        seen.update(path.read_bytes())
    for name, word in sorted(to_environment(settings).items()):
        seen.update(f"\n{name}={word}".encode())
    return seen.hexdigest()


def _declared(root: Path) -> Iterator[Path]:
    yield from (path for path in (root / "prefect.yaml",) if path.exists())
    for room in ("deployments", "flows"):
        yield from sorted(path for path in (root / room).iterdir() if path.suffix in (".py", ".yaml"))
