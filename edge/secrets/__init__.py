"""The door to secrets: a reference becomes its value at the moment of use, and is hidden from then on."""

import os
import stat
from pathlib import Path
from typing import NoReturn

from edge.secrets import redaction
from mainstay.errors import SecretExposed, SecretUnusable
from mainstay.redaction import MASK
from mainstay.secrets import LATER, Later, SecretFile, Variable, judge_value, parse, without_last_break

_LARGEST_BYTES = 64 * 1024


class Secret:
    """A value that never shows itself; whoever must have it says ``reveal()``."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        redaction.learn(value)
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, _how: str) -> str:
        return MASK

    def __deepcopy__(self, _seen: object) -> "Secret":
        return self

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise SecretExposed("a secret was about to be written down (pickled). Pass its reference and resolve it there.")


def resolve(reference: str) -> Secret:
    """The secret, known to redaction before anybody has it."""
    return Secret(look_up(reference))


def look_up(reference: str) -> str:
    """What the reference leads to, for a value that only sits beside secrets, as a login does: it is not hidden."""
    match parse(reference):
        case Variable() as variable:
            value = _read_variable(variable)
        case SecretFile() as file:
            value = _read_file(file)
        case Later(scheme) as later:
            raise SecretUnusable(
                f"{later}: Mainstay knows {', '.join(f'{word}://' for word in LATER)} by name and cannot read them in "
                f"this version. Bring what lies in {scheme}:// into a variable or a file, and write env:// or file://."
            )
    if fault := judge_value(value):
        raise SecretUnusable(f"{reference}: the value {fault}.")
    return value


def _read_variable(variable: Variable) -> str:
    value = os.environ.get(variable.name)
    if value is None:
        raise SecretUnusable(
            f"{variable}: the environment of this process (pid {os.getpid()}) has no {variable.name}, so what needs "
            "it was not done. Set it where the service is started (systemd: EnvironmentFile=) and restart the service."
        )
    return value


def _read_file(file: SecretFile) -> str:
    path = Path(file.path)
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a fifo would hold us for ever
        with os.fdopen(opened, "rb") as source:
            _refuse_if_others_read(file, os.fstat(source.fileno()))  # of what was opened, not of what has the name now
            raw = source.read(_LARGEST_BYTES + 1)
    except OSError as reason:
        raise SecretUnusable(
            f"{file}: cannot be read ({reason.strerror}), so what needs it was not done. "
            f"Put the file there, readable by {_whoami()} only (mode 0600)."
        ) from None
    if len(raw) > _LARGEST_BYTES:
        raise SecretUnusable(f"{file}: is larger than {_LARGEST_BYTES // 1024} KiB: that is no secret. Check the path.")
    try:
        return without_last_break(raw.decode())
    except UnicodeDecodeError:
        raise SecretUnusable(
            f"{file}: is not text in UTF-8. Store the secret as text (base64 if it is bytes)."
        ) from None


def _refuse_if_others_read(file: SecretFile, found: os.stat_result) -> None:
    """A group may read what root owns: so a service is given a secret that it cannot change. Nobody else may."""
    mode = stat.S_IMODE(found.st_mode)
    if not stat.S_ISREG(found.st_mode):
        raise SecretUnusable(f"{file}: is not a plain file. Write the path of the file that holds the secret.")
    if mode & (0o037 if found.st_uid == 0 else 0o077):
        raise SecretUnusable(
            f"{file}: has mode {mode:04o}, so other users of this machine may read or change it. It was not used. "
            f"Run: chmod 600 {file.path} (and change the secret, if others could log in here)."
        )
    if os.geteuid() not in (0, found.st_uid) and found.st_uid != 0:
        raise SecretUnusable(
            f"{file}: belongs to user {found.st_uid}, who could change it under {_whoami()}. It was not used. "
            f"Run: chown {os.geteuid()} {file.path}"
        )


def _whoami() -> str:
    return f"user {os.geteuid()}"
