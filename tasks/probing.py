"""The prober beside a story, and what it and the proxy's log tell of users."""

from collections.abc import Iterator
from contextlib import contextmanager

from edge.access_logs import AccessLog
from edge.changes import Change
from edge.probing import Prober as Prober
from edge.probing import probing as _probing
from edge.settings import read_settings
from edge.witnesses import Witness as Witness
from mainstay.probes import target_of
from tasks.places import places


@contextmanager
def probing(change: Change) -> Iterator[Witness]:
    """Somebody asks all along, as users do, until the story ends."""
    with _probing(target_of(change.site, change.environment), read_settings().home / "probes") as prober:
        yield Witness(_logs(change), prober)


def _logs(change: Change) -> list[AccessLog]:
    quiet = {path for web in places(change).webs for path in (web.service.health, web.service.liveness) if path}
    return [AccessLog(change.hosts[host], places(change).access_log(host), quiet) for host in places(change).web_hosts]
