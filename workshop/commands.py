"""The words that may follow `make`, and what each of them runs in the installation."""

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workshop.components import provide
from workshop.installation import Blocked, install
from workshop.machine import lacks_for_the_practice_site, observe

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Command:
    says: str
    steps: tuple[tuple[str, ...], ...]  # words for the installation's Python; the last step takes what was typed more
    components: bool = False  # whether the real programs the tests talk to are provided first
    practice: bool = False  # whether it deploys something, and so needs what that needs


COMMANDS = {
    "demo": Command(
        "an installation of its own, releases good and bad under traffic, one killed in the middle; measured",
        (("-m", "deployments.demo"),),
        practice=True,
    ),
    "up": Command("start Mainstay on this machine", (("-m", "deployments.command_line", "up"),)),
    "down": Command("stop it, after the changes in progress", (("-m", "deployments.command_line", "down"),)),
    "test": Command(
        "what CI runs: every claim but the drills",
        (("-m", "pytest", "-n", "3", "--no-loadscope-reorder"),),  # some wait while others work; the longest first
        components=True,
    ),
    "drill": Command(
        "kills and faults drawn by chance: SECONDS=n SEED=s, or ALL=1",
        (("-m", "pytest", "tests/drills", "-v"),),
        components=True,
    ),
    "check": Command(
        "style, types, descriptors",
        (
            ("-m", "ruff", "check", "."),
            ("-m", "ruff", "format", "--check", "."),
            ("-m", "mypy"),
            ("-m", "deployments.command_line", "check", "systems/"),
        ),
    ),
    "bench": Command('claims beside their peers: ARGS="--list", "--only NAME", "--json FILE"', (("-m", "benchmarks"),)),
}


def main(argv: Sequence[str]) -> int:
    """Becomes the last step of the command, or answers with the code of the first step that failed."""
    if not argv or argv[0] not in COMMANDS:
        print(_help())
        return 0 if argv[:1] in ([], ["help"], ["--help"], ["-h"]) else 2
    command = COMMANDS[argv[0]]
    try:
        more = _arguments(argv[1:])
        if command.practice and (missing := lacks_for_the_practice_site(observe(ROOT))):
            raise Blocked("\n".join(missing))
        python = install(ROOT)
        if command.components:
            provide()
        return _carry_out(python, command, more)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    except Blocked as reason:
        print(reason, file=sys.stderr)
        return 1


def _carry_out(python: Path, command: Command, more: Sequence[str]) -> int:
    os.chdir(ROOT)
    *first, last = command.steps
    failures = [code for step in first if (code := subprocess.call([python, *step]))]
    if first:
        failures.extend(filter(None, [subprocess.call([python, *last, *more])]))
        return _as_exit(failures[0]) if failures else 0
    sys.stdout.flush()
    os.execv(python, [str(python), *last, *more])  # signals, the terminal and the exit code are then its own


def _arguments(words: Sequence[str]) -> list[str]:
    """The variables of `make` and plain options alike: SECONDS=60 is --seconds 60, ARGS="-x -k turn" is -x -k turn."""
    options = []
    for word in words:
        name, _, value = word.partition("=")
        if name in ("SECONDS", "SEED"):
            options += [f"--{name.lower()}", value] if value else []
        elif name == "ALL":
            options += ["--all"] if value not in ("", "0", "no", "false") else []
        elif name == "ARGS":
            options += _split(value)
        else:
            options.append(word)
    return options


def _split(value: str) -> list[str]:
    try:
        return shlex.split(value)
    except ValueError as reason:
        raise Blocked(f"ARGS: {reason}; you wrote {value}. Close every quotation mark.") from reason


def _as_exit(code: int) -> int:
    """A step that a signal ended is told the way a shell tells it."""
    return code if code > 0 else 128 - code


def _help() -> str:
    lines = [f"  {name:<6} {command.says}" for name, command in COMMANDS.items()]
    return "\n".join(["python3 make.py COMMAND, or make COMMAND:", *lines])
