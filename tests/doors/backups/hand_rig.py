"""A person with docs/hand-restore.md, a recovery key and public tools, who types what it says."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TypeVar

import pytest

from edge.postgres import postgres_programs
from tests.doors.backups.bucket_rig import BucketShelf
from tests.doors.backups.set_rig import ENVIRONMENT, FOLDER, SYSTEM, Shelf

Kept = TypeVar("Kept", Shelf, BucketShelf)
DOCUMENT = Path(__file__).parents[3] / "docs" / "hand-restore.md"
needs_public_tools = pytest.mark.skipif(
    not all(map(shutil.which, ("age", "zstd", "ssh-keygen"))),
    reason="age, zstd or ssh-keygen is not installed: apt-get install age zstd openssh-client",
)


def typed(words: dict[str, str]) -> str:
    """All that it tells to type, with one's own words where it says so."""
    text = "\n".join(re.findall(r"```sh\n(.*?)```", DOCUMENT.read_text(), re.DOTALL))
    for name, word in words.items():
        text, count = re.subn(rf"^{name}=\S+ .*$", f"{name}={word}", text, count=1, flags=re.MULTILINE)
        assert count == 1, f"the document does not set {name}"
    return text


def with_a_key(shelf: Kept, tmp_path: Path) -> Kept:
    (tmp_path / "key").write_text(shelf.keys.new_recovery_key(instead=True) + "\n")
    (tmp_path / "signers").write_text(shelf.keys.signers + "\n")
    return shelf


def by_hand(shelf: "Shelf | BucketShelf", tmp_path: Path, **more: str) -> "subprocess.CompletedProcess[str]":
    words = {
        "STORE": str(tmp_path / "store"),
        "SYSTEM": f"{SYSTEM}/{ENVIRONMENT}",
        "KEY": str(tmp_path / "key"),
        "SIGNERS": str(tmp_path / "signers"),
        "FOLDER": FOLDER,
        "TARGET": str(tmp_path / "by hand"),
        "PROGRAMS": str(postgres_programs.in_place()),
        **{"DATABASE": "", "BUCKET": "", "INTO": "", "REDIS": "", "TENANT": "", "TENANT_DATABASE": ""},
        **more,
    }
    quoted = {name: f"'{word}'" for name, word in words.items()}
    tools = {**os.environ, "PATH": f"{postgres_programs.in_place()}:{os.environ['PATH']}"}
    return subprocess.run(["bash", "-c", typed(quoted)], capture_output=True, text=True, env=tools)
