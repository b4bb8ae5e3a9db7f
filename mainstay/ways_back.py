"""What a way back to an earlier release needs of the database, over all the migrations that stand in it since."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from mainstay.descriptor.kept import MigrationKind

Way = Literal["code only", "needs a down-migration", "needs a restore"]


@dataclass(frozen=True)
class Stands:
    """A migration that stands in the database, whatever became of the release that brought it."""

    version: str
    kind: MigrationKind | None
    loses: bool = True
    head: str = ""


@dataclass(frozen=True)
class WayBack:
    way: Way
    sentence: str


def way_back(since: Iterable[Stands]) -> WayBack:
    """What going back to a release needs of the database, over all that was moved since then."""
    moved = [each for each in since if each.kind is not None]
    for gone in (each for each in moved if each.kind == "contract" and each.loses):
        return WayBack("needs a restore", f"{_said(gone)} took away what only a backup still has.")
    for tight in (each for each in moved if each.kind == "contract"):
        why = f"{_said(tight)} took nothing away that was data, but the old code cannot work with the schema as it is"
        return WayBack("needs a down-migration", f"{why}. Undo it in a migration of a new release, then go back.")
    for rows in (each for each in moved if each.kind == "data"):
        why = f"{_said(rows)} changed rows, and they stay as they are now"
        return WayBack("code only", f"{why}. Whether the old code reads them right, its author must say.")
    if moved:
        return WayBack("code only", f"The database stays at {moved[-1].head or 'its head'}: expand, both can work.")
    return WayBack("code only", "The database was not moved since.")


def _said(moved: Stands) -> str:
    return f"The migration of {moved.version}" + (f" (to {moved.head})" if moved.head else "")
