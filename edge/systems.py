"""The door to the folder of descriptors: one file for each system, called like it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from edge.settings import Settings
from mainstay.descriptor.parsing import faults_between, faults_in, parse_system
from mainstay.descriptor.schema import json_schema
from mainstay.descriptor.shapes import WORD
from mainstay.descriptor.system import System
from mainstay.errors import BadDescriptor, BadInput
from mainstay.faults import Fault


def read_system(settings: Settings, name: str) -> System:
    """The system as its file describes it now."""
    known = _names(settings.systems)
    if name not in known or not re.fullmatch(WORD.pattern, name):
        raise BadInput(
            f"There is no system {name!a} in {settings.systems}. Known: {', '.join(known) or 'none'}. "
            f"Use one of them, or describe it in {settings.systems / 'NAME.yaml'}."
        )
    file = settings.systems / f"{name}.yaml"
    text = _read(file)
    if isinstance(text, Fault):
        raise BadDescriptor([text])
    return parse_system(text, str(file), called=name)


def written_system(settings: Settings, name: str) -> bytes:
    """The text of its file, with every comment."""
    read_system(settings, name)
    return (settings.systems / f"{name}.yaml").read_bytes()


def read_readable(settings: Settings) -> tuple[list[System], list[Fault]]:
    """Those systems whose files are good, and what is wrong with the others: one bad file silences only itself."""
    good: list[System] = []
    faults: list[Fault] = []
    for name in _names(settings.systems):
        try:
            good.append(read_system(settings, name))
        except BadDescriptor as reason:
            faults += reason.faults
    return good, faults


def check_all(folder: Path) -> list[Fault]:
    """All that is wrong with a folder of descriptors (or with one file); nothing, if all can be used."""
    if not folder.exists():
        return [Fault(str(folder), 1, "folder", "does not exist. Create it, or set MAINSTAY_SYSTEMS to where it is.")]
    files = [folder] if folder.is_file() else sorted(_descriptors(folder))
    texts = {file: _read(file) for file in files}
    good = {str(file): text for file, text in texts.items() if isinstance(text, str)}
    found = [text for text in texts.values() if isinstance(text, Fault)]
    found += [
        fault
        for file in files
        if str(file) in good
        for fault in faults_in(good[str(file)], str(file), called=file.stem)
    ]
    return sorted([*found, *faults_between(good), *_overlooked(folder)])


def write_schema(folder: Path) -> None:
    """Beside the descriptors, where editors look for it."""
    text = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    (folder / "schema.json").write_text(text, encoding="utf-8")


def _names(folder: Path) -> list[str]:
    return sorted(file.stem for file in _descriptors(folder))


def _descriptors(folder: Path) -> Iterator[Path]:
    return (file for file in folder.glob("*.yaml") if not file.name.startswith("."))


def _overlooked(folder: Path) -> Iterator[Fault]:
    for file in sorted(folder.glob("*.yml")):
        yield Fault(str(file), 1, "file", f'is not read: descriptors end in ".yaml". Rename it to {file.stem}.yaml.')


def _read(file: Path) -> str | Fault:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as reason:
        line = reason.object[: reason.start].count(b"\n") + 1
        return Fault(str(file), line, "file", "is not text in UTF-8. Save it as UTF-8.")
    except OSError as reason:
        return Fault(
            str(file), 1, "file", f"cannot be read ({reason.strerror}). Mend that, or take it out of the folder."
        )
