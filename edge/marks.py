"""The door to what running processes say about where they come from: words in their environment."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil

from edge import machine
from edge.identities import Identity, alive, identify, myself

PROGRAM = "MAINSTAY_PROGRAM"  # a program of an installation, and all its descendants
CHANGE = "MAINSTAY_CHANGE"  # whatever a change starts carries its name, so that it can be ended when the change is gone
CHANGE_BY = "MAINSTAY_CHANGE_SIGNED"  # and the signature of the process that carries the change out
OF_A_CHANGE = (CHANGE, CHANGE_BY)
STORY = "MAINSTAY_STORY"  # a story that was started as a child
ASKED_BY = "MAINSTAY_ASKED_BY"  # for whom such a story acts, whatever user it runs as; read in ``edge.settings``
RUN = "PREFECT__FLOW_RUN_ID"  # Prefect's own: whatever a run starts


def carriers(word: str) -> Iterator[tuple[Identity, Mapping[str, str]]]:
    """Every living process but us in whose environment this word stands, with that environment."""
    us = myself()
    for process in psutil.process_iter():
        try:
            environment = process.environ()
        except psutil.Error:
            continue  # it ended meanwhile, or belongs to somebody else
        identity = identify(process.pid) if word in environment else None
        if identity and identity != us and alive(identity):
            yield identity, environment


def carries_out_a_run(identity: Identity) -> bool:
    """It is the process of a flow itself, not who started it, nor its child."""
    try:
        return psutil.Process(identity.pid).cmdline()[-2:] == ["-m", "deployments.engine"] and alive(identity)
    except psutil.Error:
        return False


def saying(word: str, value: str) -> list[Identity]:
    """Those of them in whose environment it says just this."""
    return [identity for identity, environment in carriers(word) if environment[word] == value]


def signature(home: Path) -> str:
    """This very process, as one of this home and of this space of process numbers."""
    us = myself()
    return f"{us.pid} {us.started} {machine.process_space()} {home.resolve()}"


def orphans_of_changes(home: Path) -> dict[str, list[Identity]]:
    """Children of this home's changes whose process has ended without them, by change.

    Those of a container are seen from its host, and their parent's number means nothing there.
    """
    found: dict[str, list[Identity]] = {}
    for child, environment in carriers(CHANGE):
        parent = _parent(environment.get(CHANGE_BY, ""), f"{machine.process_space()} {home.resolve()}")
        if parent is not None and not alive(parent):
            found.setdefault(environment[CHANGE], []).append(child)
    return found


def _parent(signed: str, here: str) -> Identity | None:
    """Who signed, if he is one of ours."""
    pid, _, rest = signed.partition(" ")
    started, _, there = rest.partition(" ")
    return Identity(int(pid), started) if pid.isdigit() and there == here else None
