"""Looks at a target until it is asked to end, or until whoever started it is gone. One line for each answer."""

import asyncio
import os
import signal
import ssl
import sys
from collections.abc import Coroutine
from pathlib import Path

from edge.prober.asking import LAST_WORD_SECONDS, SELDOM_SECONDS, Questions
from edge.prober.conversation import Conversation
from edge.prober.notebook import Notebook
from edge.prober.pace import Pace
from mainstay.sights import Kind, Target, read_target

COLORS: tuple[Kind, ...] = ("green", "blue")


def main() -> None:
    target_file, result_file = map(Path, sys.argv[1:])
    target = read_target(target_file.read_text())
    with result_file.open("ab") as file:
        asyncio.run(probe(target, Notebook(file)))


async def probe(target: Target, notebook: Notebook) -> None:
    """What goes wrong with the site is noted; what goes wrong with us ends us at once, with a reason."""
    ending = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ending.set)
    trust = _trust(target)
    notebook.begin()
    async with asyncio.TaskGroup() as group:
        group.create_task(_mourn(os.getppid(), Pace(ending), ending))
        await _ask(target, notebook, trust, Pace(ending), group)
    notebook.end()


async def _ask(
    target: Target, notebook: Notebook, trust: ssl.SSLContext | None, pace: Pace, group: asyncio.TaskGroup
) -> None:
    questions = Questions(target, notebook, trust)
    quick: set[asyncio.Task[None]] = set()

    def spawn(question: Coroutine[None, None, None]) -> None:
        quick.add(task := group.create_task(question))
        task.add_done_callback(quick.discard)

    spawn(questions.fresh(pace, spawn))
    spawn(questions.kept(pace))
    for color in (color for color in COLORS if color in target.colors):
        spawn(questions.color(color, target.colors[color], pace, spawn))
    if target.websocket:
        spawn(Conversation(target, target.websocket, notebook, trust).go_on(pace))
    slow = {group.create_task(questions.slow(target.slow, pace))} if target.slow else set()
    await pace.end()
    await _finish(quick, LAST_WORD_SECONDS)
    if slow:
        notebook.end()  # whoever is in a hurry has it all but this one
    await _finish(slow, questions.slow_left_seconds)


async def _finish(tasks: "set[asyncio.Task[None]]", seconds: float) -> None:
    """What has no answer by then stays without one."""
    _, waiting = await asyncio.wait(tasks, timeout=seconds) if tasks else (set(), set())
    for task in waiting:
        task.cancel()
    if waiting:
        await asyncio.wait(waiting)


async def _mourn(parent: int, pace: Pace, ending: asyncio.Event) -> None:
    """The kernel ends us with our parent where it can; elsewhere we notice."""
    async for _ in pace.every(SELDOM_SECONDS):
        if os.getppid() != parent:
            ending.set()


def _trust(target: Target) -> ssl.SSLContext | None:
    """Built only if it is needed, because it takes longer than all the rest."""
    addresses = (target.page, target.slow, target.websocket, *target.colors.values())
    if not any(address and address.startswith(("https:", "wss:")) for address in addresses):
        return None
    context = ssl.create_default_context()
    if target.authority:
        context.load_verify_locations(target.authority)
    return context


if __name__ == "__main__":
    main()
