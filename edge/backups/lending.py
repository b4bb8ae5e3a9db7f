"""The key that a person lends this process: it is in its memory alone, for as long as a story lasts.

A parameter of a flow, an argument, the environment or a file would be read by others, or stay.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from edge.backups import sealing
from edge.secrets import redaction

SHAPE = "AGE-SECRET-KEY-1"

_lent: list[str] = []  # one at most; of the process and not of a thread, whichever thread Prefect runs a step in


@contextmanager
def lent(key: str) -> Iterator[None]:
    """``key``: the text of a key file, as it was typed. ``BadInput`` if it is none."""
    hide(key)
    sealing.public_half(key)  # before anything is begun
    _lent.append(key)
    try:
        yield
    finally:
        _lent.clear()


def lent_key() -> str | None:
    return _lent[0] if _lent else None


def hide(key: str) -> None:
    """In all that this process says from now on."""
    for word in key.split():
        if word.startswith(SHAPE):
            redaction.learn(word)
