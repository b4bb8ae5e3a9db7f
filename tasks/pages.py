"""The maintenance page: seen on each host, set on each host, proven through the site."""

import html
from functools import partial

from edge.changes import Change
from edge.sites import Answer
from mainstay.colors import PAGE
from mainstay.gate import clear_flag, set_flag
from mainstay.maintenance import FLAG, NO_PAGE, SetPage
from tasks.asking import IN_A_ROW, seen_in_a_row
from tasks.places import places
from tasks.policies import converges, observes

PAUSE_SECONDS = 0.2


@observes("which page users see")
def observe_pages(change: Change) -> dict[str, str]:
    """What each host shows now: the words of its page, or NO_PAGE."""
    return {host: change.look(host).flags.get(FLAG, NO_PAGE) for host in change.hosts}


@converges("page {step.says} on {step.host}")
def set_page(change: Change, step: SetPage) -> None:
    """The host shows the page, or the application, and remembers it over a reboot."""
    folder = places(change).flags(step.host)
    verb = clear_flag(folder, FLAG) if step.after == NO_PAGE else set_flag(folder, FLAG, step.after)
    change.act(
        step.host, verb, step=f"page {step.says}", before={step.host: step.before}, after={step.host: step.after}
    )


@observes("proof through the site")
def prove_page(change: Change, wish: str) -> str:
    """A user who asks now gets what was wished for; says what was seen, or raises."""
    proxy = change.site.environments[change.environment].proxy
    if proxy is None:
        return "this environment has no proxy, so nobody was asked"
    good = partial(_shows, wish)
    seen_in_a_row(change, proxy.address, "what it should", good, _but, pause_seconds=PAUSE_SECONDS)
    return f"{proxy.address} answered as it should {IN_A_ROW} times in a row"


def _but(answer: Answer) -> str:
    return f" ({answer.text[:200]}). Does the proxy look at its flags folder?"


def _shows(wish: str, answer: Answer) -> bool:
    """A proxy that says what it shows is believed: an application, or an empty site, may answer 503 as well."""
    if wish == NO_PAGE:
        return 0 < answer.status < 500 if answer.shows is None else answer.shows != PAGE
    return answer.status == 503 and answer.shows in (None, PAGE) and wish in html.unescape(answer.text)
