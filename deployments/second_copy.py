"""What a person is told of where sets are: whether they may be deleted from here, and how far the copy is behind."""

from collections.abc import Collection, Iterator
from datetime import datetime

import typer

from edge import clock
from edge.backups.catalogue import Catalogue
from edge.backups.copies import carrying, protecting
from edge.settings import Settings
from edge.store import open_backups, open_copy, open_sets, open_store
from mainstay.backups.copies.lacking import Behind, behind, behind_since, told
from mainstay.backups.copies.protection import shown
from mainstay.backups.sets import sets_folder
from mainstay.errors import BadInput, MainstayError
from mainstay.store import COPY, Source


def held(settings: Settings, system: str, environment: str) -> Collection[str] | None:
    """The sets in the copy. None: there is no copy, or it does not answer."""
    if settings.copy is None:
        return None
    try:
        return carrying.look(open_copy(settings), sets_folder(system, environment)).stored
    except BadInput:
        raise
    except MainstayError:
        return None


def lines(
    settings: Settings, system: str, environment: str, source: Source, found: Catalogue, held: Collection[str] | None
) -> Iterator[str]:
    yield _protection(settings, source)
    if source == "copy":
        return
    if settings.copy is None:
        yield f"There is no second copy: {COPY} names no place."
        return
    yield _behind(settings, system, environment, found, held)
    if held is not None:
        yield _protection(settings, "copy")


def _behind(settings: Settings, system: str, environment: str, found: Catalogue, held: Collection[str] | None) -> str:
    good = {each.set.id for each in found.kept if each.level is not None}
    look = carrying.look(open_backups(settings), sets_folder(system, environment))
    stored, now = {id: at for id, at in look.stored.items() if id in good}, clock.now()
    if held is not None:
        late = behind(stored, held, _lacking_log(settings, system, environment), now)
        return _colored(f"Second copy in {settings.copy}: {told(late, now)}.", late)
    known = carrying.recall(open_store(settings), system, environment)
    late = behind_since(stored, known.whole_at if known else None)
    said = f"Second copy in {settings.copy}: it does not answer; as far as is known {told(late, now)}."
    return typer.style(said, fg=typer.colors.RED)


def _lacking_log(settings: Settings, system: str, environment: str) -> Collection[datetime]:
    """None of it, if the copy went away since its sets were looked at: of these it is told all the same."""
    try:
        return carrying.lacking_log(open_backups(settings), open_copy(settings), system, environment).values()
    except MainstayError:
        return ()


def _colored(line: str, behind: Behind) -> str:
    return typer.style(line, fg=typer.colors.RED) if behind.is_late(clock.now()) else line


def _protection(settings: Settings, source: Source) -> str:
    try:
        known = protecting.recall(open_store(settings), source)
    except MainstayError:
        known = None  # the line says then that nobody knows
    safe, line = shown(known, open_sets(settings, source).address, clock.now())
    return line if safe else typer.style(line, fg=typer.colors.RED)
