"""The words for a host's gate, and what its answer means. The gate itself is ``edge/gate.sh``.

Whoever takes a turn claims *every* host first, then looks, then acts: from the claim on, whatever an
earlier holder still sends there is refused under the same lock that every act is done under.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from mainstay.errors import ActFailed, ActGoesOn, CommandFailed, HostBusy, Superseded
from mainstay.journal import HostMarks


class Exit(IntEnum):
    DONE = 0
    NOT_UNDERSTOOD = 2
    REFUSED = 3
    DEADLINE = 4
    FAILED = 5
    BUSY = 6
    BROKEN = 7


@dataclass(frozen=True)
class Call:
    """``change`` is the one that is acted for: who settles another's change names that one, except to claim."""

    system: str
    environment: str
    epoch: int
    change: str
    verb: tuple[str, ...]
    deadline_seconds: int = 20  # how long it may wait for the lock, and then how long an act may take


SEE = ("see",)
CLAIM = ("claim",)


def act(argv: Sequence[str]) -> tuple[str, ...]:
    return ("act", "--", *argv)


def mark(word: str) -> tuple[str, ...]:
    return ("mark", word)


def live(color: str) -> tuple[str, ...]:
    return ("live", color)


def set_flag(directory: str, name: str, text: str) -> tuple[str, ...]:
    return ("flag", directory, "set", name, text)


def clear_flag(directory: str, name: str) -> tuple[str, ...]:
    return ("flag", directory, "clear", name)


def argv(shell: Sequence[str], script: str, state: str, call: Call) -> list[str]:
    return [*shell, script, state, str(call.epoch), call.change, str(call.deadline_seconds), *call.verb]


def longest_seconds(call: Call) -> float:
    """A healthy gate has answered by then; the rest is for its own disk."""
    return 2 * call.deadline_seconds + 10.0


@dataclass(frozen=True)
class GateAnswer:
    """What the gate saw when it was done."""

    exit: int
    epoch: int = 0
    holder: str = "-"
    live: str | None = None
    flags: dict[str, str] = field(default_factory=dict)
    acts: int = 0  # of the change it was called for
    marks: tuple[str, ...] = ()
    code: int | None = None  # with which an act ended that failed
    acting: bool = False  # somebody's act goes on here
    error: str = ""
    output: str = ""

    def of(self, host: str) -> HostMarks:
        return HostMarks(host, self.acts, self.marks)


def read_answer(exit: int, text: str) -> GateAnswer:
    """Every line is "key value"; what begins with "|" was said by the act and means nothing here."""
    lines = text.split("\n")  # as the gate marks them: what splitlines() takes for an end may stand inside a line
    said = [line.partition(" ")[::2] for line in lines if line and not line.startswith("| ")]
    one = dict(said)
    return GateAnswer(
        exit=exit,
        epoch=int(one.get("epoch", "0")),
        holder=one.get("holder", "-"),
        live=one.get("live"),
        flags=dict(value.partition(" ")[::2] for value in _all(said, "flag")),
        acts=int(one.get("acts", "0")),
        marks=tuple(dict.fromkeys(_all(said, "mark"))),
        code=int(one["code"]) if "code" in one else None,
        acting="acting" in one,
        error=one.get("error", "" if exit == Exit.DONE else text.strip()[-400:]),
        output="\n".join(line[2:] for line in lines if line.startswith("| ")),
    )


def _all(said: Iterable[tuple[str, str]], key: str) -> list[str]:
    return [value for name, value in said if name == key]


def judged(answer: GateAnswer, call: Call, host: str) -> GateAnswer:
    """The answer of a gate that did what it was told; otherwise the error that says what it means."""
    if answer.exit == Exit.DONE:
        return answer
    what = f"{' '.join(call.verb)[:120]!r} on {host} for change {call.change}"
    if answer.exit == Exit.REFUSED:
        raise Superseded(f"{what} was {answer.error}. Touch nothing more: whoever has the turn settles what is left.")
    if answer.exit == Exit.BUSY:
        raise (ActGoesOn if answer.acting else HostBusy)(
            f"{what} did not get its turn within {call.deadline_seconds} s: {answer.error}. Ask again."
        )
    said = f" It said: {answer.output[-800:]}" if answer.output else ""
    if answer.exit == Exit.FAILED:
        raise ActFailed(f"{what} failed: {answer.error}.{said}", answer.output, answer.code)
    raise CommandFailed(f"{what} failed: {answer.error}.{said}")
