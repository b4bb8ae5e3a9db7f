"""Sets of the practice site, taken, listed and brought back as a person would."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edge.prefect_server import Run
from tests.whole import Whole

WHERE = ("practice", "staging")
ASKED = {"system": "practice", "environment": "staging"}


@contextmanager
def kept_files(whole: Whole) -> Iterator[Path]:
    """The folder that is backed up, with something in it."""
    folder = whole.home / "practice" / "staging" / "uploads"
    (folder / "kept").mkdir()
    (folder / "kept" / "contract.pdf").write_bytes(b"signed")
    yield folder
    for path in (folder / "kept" / "contract.pdf", folder / "kept" / "more.pdf"):
        path.unlink(missing_ok=True)
    (folder / "kept").rmdir()


def taken(whole: Whole, kind: str = "full") -> Run:
    return whole.ended(whole.start("backup", {**ASKED, "kind": kind}))


def proven(whole: Whole) -> Run:
    return whole.ended(whole.start("prove", ASKED))


def restored(whole: Whole, into: Path, **asked: str) -> Run:
    return whole.ended(whole.start("restore", {**ASKED, "into": str(into), **asked}))


def sets(whole: Whole) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(whole.command("backups", *WHERE, "--json").text)["sets"]
    return found
