"""What is looked at before anything changes: each fault a sentence, and nothing is begun."""

from edge import clock, machine, ports, sites
from edge.access_logs import AccessLog
from edge.backups import catalogue
from edge.backups.catalogue import Kept
from edge.backups.keyring import keyring
from edge.changes import Change
from edge.settings import read_settings
from edge.store import open_backups
from mainstay.backups.newest import Newest, newest
from mainstay.deploy import GoLive
from mainstay.errors import MainstayError, Refused
from tasks.places import places
from tasks.policies import observes
from tasks.running import seen


@observes("backup check")
def check_backup(change: Change) -> Newest:
    """What could be gone back to if this release spoils data. It only tells: nobody is kept from mending."""
    system, environment, settings = change.site.name, change.environment, read_settings()
    try:
        public = keyring(settings.home).may_sign(change.site.at(environment).backups.keys)
        found = catalogue.newest_first(open_backups(settings), public, system, environment)
        whole = ((each.set, each.level) for each in found if isinstance(each, Kept))
        return newest(whole, database=change.site.database is not None, now=clock.now())
    except MainstayError as reason:
        return Newest("", f"what backups there are could not be looked up: {reason}")


@observes("room for {plan.to}")
def check_room(change: Change, plan: GoLive) -> str:
    """The proxy answers and logs that it did, the ports of the color are its own or free, there is memory for both."""
    _proxy_answers(change)
    _proxy_writes_its_log(change)
    _ports_are_free(change, plan)
    return _memory(change)


def _proxy_answers(change: Change) -> None:
    address = places(change).proxy.address
    answer = sites.look(address)
    if answer.status == 0:
        raise Refused(
            f"The proxy of {change.site.name} {change.environment} does not answer at {address} ({answer.text})."
            " Nothing was changed. Start it, or mend proxy.address in the descriptor."
        )
    if not answer.shows:
        raise Refused(
            f"Who answers at {address} does not say what it shows, so it is not the proxy that looks at our flags."
            f" Nothing was changed. Its configuration: mainstay proxy-config {change.site.name} {change.environment}"
        )


def _proxy_writes_its_log(change: Change) -> None:
    """Without it a release that fails for everybody would be judged by our own questions alone."""
    for host in places(change).web_hosts:
        log = AccessLog(change.hosts[host], places(change).access_log(host), past_bytes=0)
        if why := log.trial(lambda: sites.look(places(change).proxy.address)):
            raise Refused(
                f"The log of the proxy of {change.site.name} {change.environment}: {why}. Nothing was changed. What a"
                ' Caddy needs for it: docs/operating.md, "A proxy of your own"; its file: mainstay proxy-config'
                f" {change.site.name} {change.environment}"
            )


def _ports_are_free(change: Change, plan: GoLive) -> None:
    for web in places(change).webs:
        port, whose = web.ports[plan.to], f"{web.name} {plan.to}"
        ours = any(each.pid for each in seen(change, web, plan.to))
        if not ours and not ports.is_free(port):
            raise Refused(
                f"Port {port}, where {whose} is to listen on {web.host}, is taken by {ports.listener(port)}."
                " Nothing was changed. End that, or give the service another port in the descriptor."
            )


def _memory(change: Change) -> str:
    needed = sum((each.service.memory_megabytes or 0) * each.service.instances for each in places(change).webs)
    free = machine.free_megabytes()
    if needed > free:
        raise Refused(
            f"Both colors run at once for a while, and a second one needs {needed} MB where {free} MB are free."
            " Nothing was changed. Free some, or lower memory_megabytes if the service needs less."
        )
    return f"{free} MB of memory are free, {needed} MB are needed"
