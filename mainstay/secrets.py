"""A secret is written as a reference: where its value lies, never the value.

No message here repeats what was written unless it is known to be a reference: somebody may have
put the secret itself where its reference belongs.
"""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from mainstay.errors import BadInput

SHORTEST = 4  # characters; a shorter value is part of too many innocent words to be hidden in a text
LATER = ("block", "vault", "ssm", "awssm", "age")

_WAYS = "Write env://NAME or file:///absolute/path."
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Variable:
    """A variable of the environment of the process that uses the secret."""

    name: str

    def __str__(self) -> str:
        return f"env://{self.name}"


@dataclass(frozen=True)
class SecretFile:
    """A file that holds the secret and nothing else."""

    path: PurePosixPath

    def __str__(self) -> str:
        return f"file://{self.path}"


@dataclass(frozen=True)
class Later:
    """A place Mainstay knows by name and cannot read yet."""

    scheme: str
    rest: str

    def __str__(self) -> str:
        return f"{self.scheme}://{self.rest}"


Reference = Variable | SecretFile | Later


def parse(reference: str) -> Reference:
    """What the words refer to; ``BadInput`` for words that refer to nothing."""
    scheme, separator, rest = reference.partition("://")
    if not separator or scheme not in ("env", "file", *LATER):
        raise BadInput(
            "this is not a reference to a secret (it is not repeated here: it may be the secret itself). "
            f"{_WAYS} If it was a secret, it now stands in a file where it does not belong: change it."
        )
    match scheme:
        case "env":
            return _variable(rest)
        case "file":
            return _file(rest)
        case _:
            return Later(scheme, rest)


def _variable(name: str) -> Variable:
    if not _NAME.fullmatch(name):
        raise BadInput(
            "env:// must be followed by the name of a variable (letters, digits and '_', not a digit first); "
            "what follows is not one and is not repeated here. Write env://NAME."
        )
    return Variable(name)


def _file(path: str) -> SecretFile:
    if not path.startswith("/") or path.endswith("/") or "\0" in path:
        raise BadInput(
            "file:// must be followed by the absolute path of a file, so with a third slash; "
            "what follows is not one and is not repeated here. Write file:///run/secrets/name."
        )
    return SecretFile(PurePosixPath(path))


def judge_value(value: str) -> str | None:
    """Why this cannot be used as a secret, as the end of a sentence about it; None if it can."""
    if not value.strip():
        return "is empty. Put the secret there"
    if len(value.strip().splitlines()) == 1 and value != value.strip():
        return "begins or ends with white space or a line break, which no secret does on purpose. Write it without"
    if "\0" in value:
        return "contains a zero byte, which no program can be given. Write it as text"
    if len(value) < SHORTEST:
        return (
            f"is shorter than {SHORTEST} characters: it could not be hidden in logs without hiding half of every "
            "line, and it could be guessed. Use a longer secret"
        )
    return None


def without_last_break(text: str) -> str:
    """A file of one line ends with a line break that is the editor's; in several lines (a key) it is kept."""
    line = text.removesuffix("\n").removesuffix("\r")
    return text if "\n" in line else line
