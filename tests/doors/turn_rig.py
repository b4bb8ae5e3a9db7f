"""Holders as processes, started by a test and never left behind."""

import json
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

from edge import turns
from mainstay.turn import Claim, Urgency
from tests.doors.turn_holder import Orders

PLACE = ("shop", "production")
PROGRAM = Path(__file__).with_name("turn_holder.py")


def start_holder(orders: Orders) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, str(PROGRAM), json.dumps(asdict(orders))], start_new_session=True)


def told(orders: Orders, word: str, *, within_seconds: float = 30) -> str:
    """The line that begins with the word, as soon as the holder has told it."""
    limit = time.monotonic() + within_seconds
    while True:
        text = Path(orders.told).read_text() if Path(orders.told).exists() else ""
        for line in text.splitlines():
            if line.startswith(word):
                return line
        assert time.monotonic() < limit, f"{orders.change} never told {word!r}, only: {text!r}"
        time.sleep(0.05)


def wanted(change: str, urgency: Urgency = Urgency.ROUTINE, *, patience_seconds: float = 10, above: int = 0) -> Claim:
    me = turns.this_process(change, "deploy", run=None, who="anna", urgency=urgency)
    return Claim(me, patience_seconds, above)
