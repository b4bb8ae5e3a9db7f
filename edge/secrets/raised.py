"""What an exception says when it leaves: its words, its notes and its causes carry no secret."""

import sys
import threading
import traceback
from collections.abc import Callable
from functools import wraps
from types import TracebackType
from typing import ParamSpec, TypeVar

from edge.secrets import log_records
from edge.secrets.redaction import redact, redact_value

P = ParamSpec("P")
R = TypeVar("R")


class Unrepeatable(Exception):
    """Stands where an exception stood that could not be said without a secret."""


def leaves_clean(work: Callable[P, R]) -> Callable[P, R]:
    """Whatever escapes from it may be shown: it is the same exception, or one that says what it was."""

    @wraps(work)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return work(*args, **kwargs)
        except BaseException as reason:
            clean = cleaned(reason)
            if clean is reason:
                raise
        raise clean  # here and not above, where Python would hang the first exception on it as its context

    return guarded


def cleaned(reason: BaseException) -> BaseException:
    """The exception without secrets; of the same type wherever its words can be changed in place."""
    return _cleaned(reason, {})


def install_hooks() -> None:
    """For a process with a command line: what it dies of is told to the terminal without secrets."""
    log_records.clean_with(redact, redact_value)
    sys.excepthook = _tell
    threading.excepthook = _tell_thread
    sys.unraisablehook = _tell_unraisable


def _cleaned(reason: BaseException, seen: dict[int, BaseException]) -> BaseException:
    if id(reason) in seen:
        return seen[id(reason)]
    seen[id(reason)] = reason
    clean = seen[id(reason)] = _clean_alone(reason)
    cause, context = reason.__cause__, reason.__context__
    suppressed = reason.__suppress_context__
    _set(clean, "__cause__", _cleaned(cause, seen) if cause else None)
    _set(clean, "__context__", _cleaned(context, seen) if context else None)
    _set(clean, "__suppress_context__", suppressed)
    return clean


def _clean_alone(reason: BaseException) -> BaseException:
    try:
        _clean_in_place(reason)
        return reason if _is_clean(reason) else _stand_in(reason)
    except Exception as failure:  # an exception whose own words raise: that must not hide that it was raised
        words = f"{type(reason).__name__}, which cannot be put into words ({type(failure).__name__})"
    return Unrepeatable(words).with_traceback(reason.__traceback__)


def _set(reason: BaseException, name: str, value: object) -> None:
    getattr(BaseException, name).__set__(reason, value)  # also where the class forbids setting (a frozen dataclass)


def _clean_in_place(reason: BaseException) -> None:
    _set(reason, "args", tuple(redact_value(word) for word in reason.args))
    own = vars(reason)
    own.update({name: redact_value(value) for name, value in own.items() if name != "__notes__"})
    if "__notes__" in own:
        own["__notes__"] = [redact(str(note)) for note in own["__notes__"]]
    if isinstance(reason, SystemExit):
        reason.code = reason.args[0] if reason.args else None  # what the interpreter prints
    if isinstance(reason, BaseExceptionGroup):
        for part in reason.exceptions:
            _clean_in_place(part)


def _is_clean(reason: BaseException) -> bool:
    said = "".join(traceback.format_exception_only(reason)) + repr(reason)
    if isinstance(reason, BaseExceptionGroup):
        return redact(said) == said and all(_is_clean(part) for part in reason.exceptions)
    return redact(said) == said


def _stand_in(reason: BaseException) -> BaseException:
    words = redact("".join(traceback.format_exception_only(reason)).strip())
    return Unrepeatable(words).with_traceback(reason.__traceback__)


def _tell(kind: type[BaseException], reason: BaseException, trace: TracebackType | None) -> None:
    sys.stderr.write(redact("".join(traceback.format_exception(kind, reason, trace))))


def _tell_thread(died: threading.ExceptHookArgs) -> None:
    if died.exc_type is SystemExit:
        return
    words = traceback.format_exception(died.exc_type, died.exc_value, died.exc_traceback)
    sys.stderr.write(redact(f"Exception in thread {died.thread.name if died.thread else '?'}:\n{''.join(words)}"))


def _tell_unraisable(lost: "sys.UnraisableHookArgs") -> None:
    words = traceback.format_exception(lost.exc_type, lost.exc_value, lost.exc_traceback)
    sys.stderr.write(redact(f"{lost.err_msg or 'Exception ignored in'}: {lost.object!r}\n{''.join(words)}"))
