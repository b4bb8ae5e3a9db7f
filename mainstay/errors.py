"""Every error a user may read: what happened, what it means, what to do."""

from collections.abc import Iterable, Mapping

from mainstay.faults import Fault


class MainstayError(Exception):
    """The message is for a person: what happened, what it means, what to do."""


class Transient(MainstayError):
    """It may pass by itself: asking again is worth it. Verdicts are never transient."""


class StoreLost(Transient):
    """The store did not answer, or answered that it cannot keep what it was given."""


class StoreForbids(StoreLost):
    """The store is there, and our credentials may not do this in it."""


class StoreRefused(MainstayError):
    """This place does not keep the promises a store must keep, so nothing is kept there."""


class NotThere(MainstayError):
    """Nothing stands under this key in the store."""


class HostBusy(Transient):
    """Somebody holds the lock of this host's gate."""


class ActGoesOn(HostBusy):
    """It is an act, which ends by its deadline at the latest."""


class RuntimeLost(Transient):
    """What keeps the services of a host running did not answer; it is started again by whoever keeps it up."""


class DatabaseLost(Transient):
    """The system's database did not answer, or not in time."""


class FolderRestless(Transient):
    """What lies in a folder became something else while it was read."""


class DatabaseBusy(Transient):
    """Somebody else moves this database's schema just now."""


class ServerLost(Transient):
    """Prefect's server did not answer in time, or could not do what it was asked just now."""


class ServerRefused(MainstayError):
    """Prefect's server understood, and said no: asking again gives the same answer."""


class Superseded(MainstayError):
    """Somebody else has the turn now: touch nothing more."""


class StopAsked(MainstayError):
    """Somebody urgent waits for this turn: stop, undo, hand it over."""


class Refused(MainstayError):
    """Nothing was changed, and this is why."""


class BadRelease(MainstayError):
    """A verdict about a release: it does not stay. With what was measured, for the report and the record."""

    def __init__(self, sentence: str, findings: str = "", numbers: Mapping[str, float] | None = None) -> None:
        super().__init__(sentence)
        self.findings, self.numbers = findings, dict(numbers or {})


class NotFromHere(Refused):
    """It can be done, and not with the rights that we have here."""


class Overtaken(Refused):
    """Somebody was faster, and does what we were about to do."""


class RepositoryLost(Transient, Refused):
    """The repository did not answer, or not with what was asked for: nothing was changed, and it may pass by itself."""


class BuildFailed(Refused):
    """A commit could not be turned into an artifact: it says which stage, and what that said last."""


class BadInput(MainstayError):
    """What was typed cannot be carried out: where it is wrong, and what to write."""


class BadDescriptor(BadInput):
    """A descriptor with faults: all of them, so that one look at the file mends it."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.faults)  # not the text: an exception is rebuilt from these when it crosses processes

    def __str__(self) -> str:
        return "\n".join(map(str, self.faults))


class NotFinished(MainstayError):
    """A change could be carried neither forward nor back: a person must look."""


class CommandFailed(MainstayError):
    """A command ended with an error, or not at all."""


class ActFailed(CommandFailed):
    """An act on a host ended with an error of its own; what it said is kept for whoever can tell more from it."""

    def __init__(self, message: str, said: str = "", code: int | None = None) -> None:
        super().__init__(message)
        self.said, self.code = said, code


class SecretUnusable(MainstayError):
    """A reference leads to nothing that can be used as a secret; the reference is named, the value never."""


class SecretExposed(MainstayError):
    """A secret was on its way to where others can read it, and was stopped."""
