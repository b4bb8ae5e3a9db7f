"""A holder as a process of its own: claims, tells what it got, goes on until it is stopped or superseded.

With a step to stop at it carries out a small change through the gate, and stops itself right before the
real gate is called for that step: between the check and the act.
"""

import json
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from edge import turns
from edge.hosts import LocalHost
from edge.journals import JournalWriter
from edge.store.directory import open_directory
from mainstay import gate
from mainstay.errors import StopAsked, Superseded
from mainstay.gate import Call, GateAnswer
from mainstay.journal import Journal, Kind
from mainstay.turn import Claim, Urgency


@dataclass(frozen=True)
class Orders:
    store: str
    home: str
    environment: str
    change: str
    told: str  # the file to tell in
    urgency: int = Urgency.ROUTINE
    watch: bool = False
    patience_seconds: float = 60
    stop_before: int = -1  # which call of the gate; -1: only hold the turn


class StoppingHost:
    """Stops this whole process just before one of the calls is passed on; that is no part of the product."""

    def __init__(self, host: LocalHost, before: int, told: Path) -> None:
        self._host, self._before, self._told, self._calls = host, before, told, 0

    def gate(self, call: Call) -> GateAnswer:
        if self._calls == self._before:
            tell(self._told, "stopping")
            os.kill(os.getpid(), signal.SIGSTOP)
        self._calls += 1
        return self._host.gate(call)


def steps(flags: str, world: str) -> list[tuple[str, ...]]:
    """A switch in small: everything a change does on a host."""
    return [
        gate.CLAIM,
        gate.act(["sh", "-c", f"echo started >> {world}"]),
        gate.set_flag(flags, "green.on", "new"),
        gate.clear_flag(flags, "blue.on"),
        gate.live("green"),
        gate.mark("PASS"),
    ]


def tell(told: Path, word: str) -> None:
    with told.open("a") as file:
        file.write(word + "\n")


def main(orders: Orders) -> None:
    store, told = open_directory(Path(orders.store)), Path(orders.told)
    me = turns.this_process(orders.change, "deploy", run=None, who="anna", urgency=Urgency(orders.urgency))
    held = turns.claim(store, "shop", orders.environment, Claim(me, orders.patience_seconds))
    tell(told, f"epoch {held.epoch}")
    try:
        if orders.watch:
            held.watching()
            tell(told, "watching")
        if orders.stop_before >= 0:
            host = StoppingHost(LocalHost(Path(orders.home)), orders.stop_before, told)
            writer = JournalWriter(store, "shop", orders.environment, Journal(orders.change), epoch=held.epoch)
            writer.write(Kind.REQUEST, "deploy")
            flags, world = f"{orders.home}/{orders.environment}-flags", f"{orders.home}/{orders.environment}-world"
            for number, verb in enumerate(steps(flags, world)):
                held.check()
                writer.write(Kind.STEP, f"{number} {verb[0]}")
                host.gate(Call("shop", orders.environment, held.epoch, orders.change, verb))
            tell(told, "finished")
        while True:
            held.check()
            time.sleep(0.1)
    except StopAsked:
        held.release([orders.change])
        tell(told, "handed over")
    except Superseded as reason:
        tell(told, f"superseded {reason}")


if __name__ == "__main__":
    main(Orders(**json.loads(sys.argv[1])))
