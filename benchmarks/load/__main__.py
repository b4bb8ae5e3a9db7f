"""python -m benchmarks.load ORDER RESULTS: asks as it was ordered until it is asked to end. A line for each answer."""

import asyncio
import os
import signal
import ssl
import sys
from collections.abc import Coroutine
from pathlib import Path

from benchmarks.load.asking import Load, OverHttp1, OverHttp2, Way
from benchmarks.load.order import Order, read_order
from edge.prober.conversation import Conversation
from edge.prober.notebook import Notebook
from edge.prober.pace import Pace
from mainstay.colors import CHOOSE, SHOWS
from mainstay.sights import PATIENCE_SECONDS, Target

LAST_WORDS_SECONDS = PATIENCE_SECONDS + 1  # for what is under way at the end: each has its own patience
LOOK_SECONDS = 1.0


def main() -> None:
    order = read_order(Path(sys.argv[1]).read_text())
    with Path(sys.argv[2]).open("ab") as file:
        asyncio.run(ask(order, Notebook(file)))


async def ask(order: Order, notebook: Notebook) -> None:
    ending = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ending.set)
    pace, parent, under_way = Pace(ending), os.getppid(), set[asyncio.Task[None]]()

    def spawn(work: Coroutine[None, None, None]) -> None:
        under_way.add(task := asyncio.get_running_loop().create_task(work))
        task.add_done_callback(under_way.discard)

    notebook.begin()
    Load(order, notebook, _way(order)).begin(pace, spawn)
    for _ in range(order.websockets):
        spawn(_conversation(order, notebook).go_on(pace))
    while not await pace.over_by(asyncio.get_running_loop().time() + LOOK_SECONDS):
        if os.getppid() != parent:
            ending.set()
    await asyncio.wait(under_way, timeout=LAST_WORDS_SECONDS)
    notebook.end()


def _way(order: Order) -> Way:
    if not order.http2:
        return OverHttp1(order, _trust(order))
    trust = _trust(order) or ssl.create_default_context()
    trust.set_alpn_protocols(["h2"])
    return OverHttp2(order, trust)


def _conversation(order: Order, notebook: Notebook) -> Conversation:
    site = f"ws{order.site.removeprefix('http')}"
    target = Target(order.site, None, None, {}, SHOWS, CHOOSE, order.authority)
    return Conversation(target, f"{site}{order.websocket_page}", notebook, _trust(order))


def _trust(order: Order) -> ssl.SSLContext | None:
    if not order.site.startswith("https:"):
        return None
    return ssl.create_default_context(cafile=order.authority)


if __name__ == "__main__":
    main()
