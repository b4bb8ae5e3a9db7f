"""Telling a person how the run goes. It never fails the story, and never holds it up for longer than two seconds."""

from functools import cache

from prefect.runtime import flow_run

from edge import clock, notices
from edge.changes import Change
from edge.own_server import server_of_this_run
from edge.settings import read_settings
from edge.telling import Teller
from mainstay.destinations import destinations
from mainstay.notices import Notice


def tell_progress(percent: float, what: str) -> None:
    """A bar in the UI, and the words under it."""
    _teller(flow_run.get_id()).progress(percent, what)


def tell_report(key: str, markdown: str) -> None:
    _teller(flow_run.get_id()).report(key, markdown)


def tell_people(change: Change, notice: Notice) -> None:
    """Everybody the descriptor names, and Prefect's feed; who cannot be told now is told later."""
    whom = destinations(change.site.notices)
    notices.deliver(notice, whom, change.store, clock.now(), home=read_settings().home)
    _teller(flow_run.get_id()).event(notice)


def asked_by() -> str | None:
    """Who started this run, as far as the server knows."""
    return _teller(flow_run.get_id()).asked_by()


def unsaid() -> tuple[str, ...]:
    """What could not be told in this run; the record of the change says so."""
    return tuple(_teller(flow_run.get_id()).unsaid)


@cache
def _teller(run: str | None) -> Teller:
    return Teller(server_of_this_run(read_settings()), run)
