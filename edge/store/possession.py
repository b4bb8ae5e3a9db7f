"""Whose a directory is: a directory store belongs to one machine, which is written in it."""

import json
import os
from pathlib import Path

from edge import durable, machine
from edge.store.drafts import Draft
from mainstay.errors import StoreRefused

MARKER = ".store.json"
DRAFTS = ".drafts"
LOCKS = ".locks"
_NOBODYS = {DRAFTS, LOCKS, "lost+found"}  # found in a directory that is not taken yet


def take(root: Path, setting: str) -> None:
    """Ours afterwards, or refused with a sentence. Safe for many processes at once, and to be killed in."""
    with durable.failing(str(root), StoreRefused):
        if root.exists() and not root.is_dir():
            raise StoreRefused(f"{root} is a file, so it cannot be the store. Name a directory in {setting}.")
        if not (root / MARKER).exists():
            _mark(root, setting)
    owner = _owner(root)
    if owner != machine.machine_id():
        raise StoreRefused(
            f"The store {root} belongs to another machine ({owner}; this one is {machine.machine_id()})."
            " A directory is for one machine: its locks mean nothing on another. For several machines use"
            f" {setting}=s3://bucket/prefix. If it was moved here for good and nothing else uses it:"
            f" {_claim(root)}"
        )


def _mark(root: Path, setting: str) -> None:
    _make(root)
    foreign = sorted(entry.name for entry in root.iterdir() if entry.name not in _NOBODYS)
    if MARKER in foreign:
        return  # another process was faster
    if foreign:
        raise StoreRefused(_not_empty(root, foreign[0], setting))
    root.chmod(0o700)
    (root / DRAFTS).mkdir(mode=0o700, exist_ok=True)
    (root / LOCKS).mkdir(mode=0o700, exist_ok=True)
    draft = Draft(root / DRAFTS)
    try:
        draft.write(_words())
        draft.settle()
        os.link(draft.path, root / MARKER)
        durable.settle_folder(root)
    except FileExistsError:
        return  # another process was faster; it wrote the same
    finally:
        draft.discard()


def _make(folder: Path) -> None:
    if folder.is_dir():
        return
    _make(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    durable.settle_folder(folder.parent)


def _owner(root: Path) -> str:
    with durable.failing(str(root), StoreRefused):
        text = (root / MARKER).read_text()
    try:
        return str(json.loads(text)["machine"])
    except (ValueError, KeyError, TypeError) as reason:
        raise StoreRefused(
            f"{root / MARKER} does not say whose store this is: {reason}. If no other machine uses it: {_claim(root)}"
        ) from reason


def _not_empty(root: Path, name: str, setting: str) -> str:
    return (
        f"{root} is not a store of ours and not empty (it holds {name}), so it was left alone."
        f" Name an empty or a new directory in {setting}."
        f" If it is a store that lost its mark, and no other machine uses it: {_claim(root)}"
    )


def _claim(root: Path) -> str:
    return f"""echo '{_words().decode().strip()}' > {root / MARKER}"""


def _words() -> bytes:
    return json.dumps({"format": 1, "machine": machine.machine_id()}).encode() + b"\n"
