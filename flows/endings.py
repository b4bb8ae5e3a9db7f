"""How a story may end. Each end has a name that an operator can look for, and a sentence that says why."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from mainstay.journal import COMPLETED, NOTHING_TO_UNDO, ROLLED_BACK, UNPROVEN


def done(what: str) -> State[Any]:
    return Completed(name=COMPLETED, message=what)


def accepted(what: str) -> State[Any]:
    return Completed(name=UNPROVEN, message=what)


def awaiting_approval(what: str) -> State[Any]:
    return Completed(name="AwaitingApproval", message=what)


def nothing_to_do(why: str) -> State[Any]:
    return Completed(name="NothingToDo", message=why)


def incomplete(what: str) -> State[Any]:
    """What could be done is done; a person must see to the rest."""
    return Failed(name="Incomplete", message=what)


def nothing_to_undo(why: str) -> State[Any]:
    return Completed(name=NOTHING_TO_UNDO, message=why)


def rolled_back(why: str, now: tuple[str, ...]) -> State[Any]:
    """``now``: what is so since."""
    return Failed(name=ROLLED_BACK, message=f"It was taken back: {'; '.join(now)}. The reason: {why}")


@contextmanager
def told_if_broken_off(tell: Callable[[str], object], but: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """People hear why. What broke it off may keep us from telling too, and must not be lost with that. ``but``: what
    nobody need see to, but whoever asked.
    """
    try:
        yield
    except but:
        raise
    except BaseException as reason:
        with suppress(Exception):
            tell(str(reason) or type(reason).__name__)
        raise
