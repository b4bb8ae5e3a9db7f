"""The maintenance page: seen on each host, set on each host, proven through the site."""

import html

from edge import clock, sites
from edge.changes import Change
from mainstay.colors import PAGE
from mainstay.errors import CommandFailed
from mainstay.gate import clear_flag, set_flag
from mainstay.maintenance import FLAG, NO_PAGE, SetPage
from tasks.places import places
from tasks.policies import converges, observes

LOOKS = 3  # in a row: one good answer may come from a process that is about to end
PAUSE_SECONDS = 0.2
PROOF_SECONDS = 10.0


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
    end, good = clock.monotonic() + PROOF_SECONDS, 0
    while good < LOOKS:
        change.check()
        answer = sites.look(proxy.address)
        good = good + 1 if _shows(answer, wish) else 0
        if good == 0 and clock.monotonic() > end:
            raise CommandFailed(
                f"{proxy.address} does not show what it should after {PROOF_SECONDS:.0f} s: it answered "
                f"{answer.status or 'nothing'} ({answer.text[:200]}). Does the proxy look at its flags folder?"
            )
        clock.sleep(PAUSE_SECONDS)
    return f"{proxy.address} answered as it should {LOOKS} times in a row"


def _shows(answer: sites.Answer, wish: str) -> bool:
    """A proxy that says what it shows is believed: an application, or an empty site, may answer 503 as well."""
    if wish == NO_PAGE:
        return 0 < answer.status < 500 if answer.shows is None else answer.shows != PAGE
    return answer.status == 503 and answer.shows in (None, PAGE) and wish in html.unescape(answer.text)
