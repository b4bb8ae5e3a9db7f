"""Telling a person how the run goes. It never fails the story, and never holds it up for longer than two seconds."""

from functools import cache

from prefect.runtime import flow_run

from edge import clock, notices
from edge.audits import whoever_runs_this
from edge.changes import Change
from edge.own_server import server_of_this_run
from edge.settings import read_settings
from edge.store.port import Store
from edge.telling import Teller
from mainstay.descriptor.system import System
from mainstay.destinations import destinations
from mainstay.notices import Notice


def tell_progress(percent: float, what: str) -> None:
    """A bar in the UI, and the words under it."""
    _teller(flow_run.get_id()).progress(percent, what)


def tell_report(key: str, markdown: str) -> None:
    _teller(flow_run.get_id()).report(key, markdown)


def tell_people(change: Change, notice: Notice) -> None:
    """Everybody the descriptor names, and Prefect's feed; who cannot be told now is told later."""
    tell_all_of(change.site, change.store, notice)


def tell_all_of(site: System, store: Store, notice: Notice) -> None:
    """The same, where nothing is changed."""
    notices.deliver(notice, destinations(site.notices), store, clock.now(), home=read_settings().home)
    _teller(flow_run.get_id()).event(notice)


def asked_by() -> str:
    """Who started this run: as the server knows, or whose process this is."""
    return _teller(flow_run.get_id()).asked_by() or whoever_runs_this()


def unsaid() -> tuple[str, ...]:
    """What could not be told in this run; the record of the change says so."""
    return tuple(_teller(flow_run.get_id()).unsaid)


@cache
def _teller(run: str | None) -> Teller:
    return Teller(server_of_this_run(read_settings()), run)
