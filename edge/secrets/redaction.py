"""What this process has learned to keep to itself, taken out of every text before it leaves.

From the first learned value on, no log record of this process carries it: it is cleaned where it is
made, so no handler, Prefect's included, has ever seen it. Fields given by ``extra=`` are set after
that and are not cleaned: no secret may be among them.
"""

import re
import threading
from collections.abc import Sequence

from edge.secrets import log_records
from mainstay.errors import SecretExposed, SecretUnusable
from mainstay.redaction import MASK, forms, mask_shapes, sayable
from mainstay.secrets import SHORTEST

_NOTHING = re.compile(r"(?!)")
_learning = threading.Lock()
_values: set[str] = set()
_learned: frozenset[str] = frozenset()
_pattern: re.Pattern[str] = _NOTHING


def learn(value: str) -> None:
    """Hide this value, and whatever it may look like, from now on and for the life of the process."""
    global _learned, _pattern
    if len(value) < SHORTEST:
        raise SecretUnusable(f"a secret of fewer than {SHORTEST} characters cannot be hidden; use a longer one")
    with _learning:
        if value not in _values:  # it is resolved at each use, and learned once
            known = _learned | forms(value)
            _pattern = _compiled(known)
            _learned = known
            _values.add(value)
        log_records.clean_with(redact, redact_value)


def redact(text: str) -> str:
    """The text as it may leave: without anything learned, without what is a secret by its shape, and such that whoever
    keeps it can: Prefect asks its database for ever to take a state with a NUL in it.
    """
    return sayable(mask_shapes(_masked(text) if _pattern.search(text) else text))


def carries_secret(text: str) -> bool:
    """Whether a learned value is in it, in any of its forms."""
    return _pattern.search(text) is not None


def refuse_in_argv(argv: Sequence[str]) -> None:
    for place, word in enumerate(argv):
        if carries_secret(word):
            raise SecretExposed(
                f"{redact(argv[0])} was not started: its argument {place} carries a secret, and every user of this "
                "machine can read the arguments of every process. Pass it by environment, stdin or a file (mode 0600)."
            )


def redact_value(value: object) -> object:
    """The value itself if showing it shows nothing; otherwise what it says, without the secret."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, str):
        return redact(value)
    if type(value) is tuple:  # of faults, say: whoever lists them one by one lists no letters
        return tuple(redact_value(each) for each in value)
    said = str(value)
    clean = redact(said) == said and redact(repr(value)) == repr(value)
    return value if clean else redact(said)


def _masked(text: str) -> str:
    """Rare, so it may be slow: forms may overlap, and then all that any of them covers is hidden."""
    spans = sorted(
        (found.start(), found.start() + len(form))
        for form in _learned
        for found in re.finditer(f"(?={re.escape(form)})", text)
    )
    for start, end in reversed(_joined(spans)):
        text = text[:start] + MASK + text[end:]
    return text


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _compiled(known: frozenset[str]) -> re.Pattern[str]:
    """By first character, so that a log line is not compared with every form at every place."""
    by_first: dict[str, list[str]] = {}
    for form in known:
        by_first.setdefault(form[0], []).append(re.escape(form[1:]))
    return re.compile("|".join(f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in by_first.items()))
