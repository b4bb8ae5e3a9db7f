"""Where log records are made: whatever a record says has been cleaned before any handler sees it."""

import logging
import traceback
from collections.abc import Callable, Mapping
from typing import Any


def _as_it_is(value: object) -> object:
    return value


_text: Callable[[str], str] = str
_value: Callable[[object], object] = _as_it_is


def clean_with(text: Callable[[str], str], value: Callable[[object], object]) -> None:
    """Every record made from now on is cleaned; said twice, it is done once."""
    global _text, _value
    _text, _value = text, value
    current = logging.getLogRecordFactory()
    if getattr(current, "cleans", False):
        return

    def make(*words: Any, **named: Any) -> logging.LogRecord:
        return _cleaned(current(*words, **named))

    make.cleans = True  # type: ignore[attr-defined]  # how we know it again, should another library have replaced it
    logging.setLogRecordFactory(make)


def _cleaned(record: logging.LogRecord) -> logging.LogRecord:
    _clean_message(record)
    if record.exc_info:  # the exception itself would be formatted again, by each handler in its own way
        record.exc_text = _text("".join(traceback.format_exception(*record.exc_info))).rstrip("\n")
        record.exc_info = None
    if record.stack_info:
        record.stack_info = _text(record.stack_info)
    return record


def _clean_message(record: logging.LogRecord) -> None:
    """Arguments stay arguments where they can: uvicorn's access log takes them apart again."""
    try:
        record.args = _clean_args(record.args)
        said = record.getMessage()
    except Exception as reason:  # logging never raises into its caller, and here it must not print the arguments
        said, record.msg = f"{record.msg} (its arguments could not be put in: {type(reason).__name__})", ""
    if not isinstance(record.msg, str) or _text(said) != said or not record.msg:
        record.msg, record.args = _text(said), ()


def _clean_args(args: Any) -> Any:
    if isinstance(args, Mapping):
        return {name: _value(value) for name, value in args.items()}
    return tuple(_value(value) for value in args or ())
