"""A release that users see may be taken from them again, as long as the change that brought it is open."""

from collections.abc import Iterable
from dataclasses import dataclass

from mainstay.deploy import remembered
from mainstay.errors import Refused
from mainstay.journal import Journal
from mainstay.turn import Holder

BRING = ("deploy", "rollback")


@dataclass(frozen=True)
class Bringing:
    """A change that nobody has closed yet, and the release that users get by it."""

    change: str
    story: str
    release: str  # the id
    kept: bool  # it passed or was accepted: from there on the way is forward
    holder: Holder | None  # who carries it out; None: whoever did is gone


def bringing(journal: Journal, holder: Holder | None) -> Bringing | None:
    """None: it brings nothing, or has not said yet what."""
    request = journal.request
    if request is None or request.step not in BRING:
        return None
    release = remembered(request.before, request.after).release.id
    return Bringing(journal.change, request.step, release, journal.kept is not None, holder)


def refuse_open(version: str, where: str, release: str, found: Iterable[Bringing]) -> None:
    """Whoever asks for what users see already may not hear that it is done while it may still be taken back."""
    brought_by = next((each for each in found if each.release == release and not each.kept), None)
    if brought_by is not None:
        raise Refused(
            f"Nothing was changed: users of {where} see {version}, but {brought_by.change}, which brought it, is open"
            f" and may take it back. {_how_to_know_more(brought_by)}"
        )


def _how_to_know_more(found: Bringing) -> str:
    holder = found.holder
    if holder is None:
        return (
            "Nobody carries it out now, so keeper settles it: start again when `mainstay status` shows it no more."
            f" Where no keeper runs: mainstay undo {found.change}"
        )
    if holder.run is None:
        return "It is still carried out: start again when `mainstay status` shows it no more."
    return f"How it ends: mainstay follow {holder.run}; or, if Prefect does not know that run, mainstay status."
