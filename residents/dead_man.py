"""Somebody outside is told every minute that all is well. Silence is the alarm: it also tells of our own death."""

from collections.abc import Callable
from dataclasses import replace

from edge.notices import ping
from mainstay.errors import Transient
from mainstay.keeper import Report, faults

NAME = "dead-man ping"


class DeadMan:
    """A chore: says nothing while anything is not well."""

    def __init__(self, address: str, report: Callable[[], Report]) -> None:
        self._address = address
        self._report = report

    def __call__(self) -> None:
        report = self._report()
        others = tuple(trouble for trouble in report.troubles if trouble.chore != NAME)  # its own would end it for good
        if report.programs and not faults(replace(report, troubles=others)) and not ping(self._address, True):
            raise Transient(
                "the address in MAINSTAY_DEAD_MAN could not be reached. Whoever watches it will soon call this"
                " installation dead. Check the address, and the way out of this machine."
            )
