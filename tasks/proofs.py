"""What a color answers: asked alone before users come, and through the proxy when they do."""

from functools import partial

from edge import clock, ports, sites
from edge.changes import Change
from edge.sites import Answer
from mainstay.colors import PAGE
from mainstay.deploy import GoLive, Live
from mainstay.descriptor.service import Check, Color
from mainstay.errors import BadRelease, CommandFailed
from mainstay.places import Web
from tasks.asking import IN_A_ROW, seen_in_a_row
from tasks.colors import start_anew
from tasks.places import places
from tasks.policies import converges, observes
from tasks.running import lies_idle, quoted, runs, seen, why_not_running

PAUSE_SECONDS = 0.2
NO_ANSWER = (502, 504)  # the proxy's own words: nobody answered it
PROOF_PAUSE_SECONDS = 0.05
WARM_UP_SECONDS = 10.0
SMOKE_SECONDS = 10.0
HEARING_SECONDS = 2.6  # requests that the proxy had sent on before the switch have arrived by then: measured


@converges("{wanted.color} gets ready")
def wait_until_ready(change: Change, wanted: Live) -> str:
    """Every web service of that color runs just this release and says on every host that it is ready; asked over
    HTTP, not by its port: a port may be somebody else's, and what is about to end still answers.
    """
    begun = clock.monotonic()
    for web in places(change).webs:
        _await_ready(change, web, wanted)
    return f"{wanted.color} was ready after {clock.monotonic() - begun:.1f} s"


@observes("{color} warms up")
def warm_up(change: Change, color: Color) -> int:
    """The first slow answers are nobody's: asked for before users come, whatever they are."""
    asked = [f"{web.address(color)}{path}" for web in places(change).webs for path in web.service.warm_up]
    for address in asked:
        change.check()
        sites.look(address, seconds=WARM_UP_SECONDS)
    return len(asked)


@observes("smoke test of {color}")
def smoke_test(change: Change, color: Color) -> int:
    """Asked through the proxy where it has a preview, so that the way there is tested as well."""
    return _smoke(change, color)


@observes("how the old color is")
def observe_ailment(change: Change, plan: GoLive) -> str:
    """What is wrong already with what users have, before anything is changed. Empty: it passes its own smoke test."""
    if plan.before is None:
        return ""
    try:
        _smoke(change, plan.before.color)
    except BadRelease as reason:
        return f"before anything was changed: {reason}"
    return ""


@observes("the old color lives with the new schema")
def probe_old_color(change: Change, plan: GoLive) -> None:
    """After a migration and before anything else: what worked for users must still work."""
    if plan.before is not None:
        _smoke(change, plan.before.color)


@observes("users see {wanted.color}")
def prove_shown(change: Change, wanted: Live) -> str:
    """A user who asks now gets that color: the command that switched is no proof, and neither is a color that does
    not answer. While the maintenance page is up, that is what users get, and it is said.
    """
    address, expected = places(change).proxy.address, wanted.color
    good = partial(_shows, expected)
    answer = seen_in_a_row(change, address, expected, good, _but, pause_seconds=PROOF_PAUSE_SECONDS)
    return f"{address} showed {answer.shows} {IN_A_ROW} times in a row"


@observes("requests on their way arrive")
def hear_out(change: Change) -> float:
    """What was sent on before the switch has been taken by the old color, which therefore may be told to end."""
    end = clock.monotonic() + HEARING_SECONDS
    while clock.monotonic() < end:
        change.check()
        clock.sleep(PAUSE_SECONDS)
    return HEARING_SECONDS


def _but(answer: Answer) -> str:
    return (
        f" and says that it shows {answer.shows or 'nobody knows what'}. Is it the proxy that the descriptor means,"
        " and does it look at its flags folder?"
    )


def _shows(expected: Color, answer: Answer) -> bool:
    return answer.shows == PAGE or (answer.shows == expected and answer.status not in NO_ANSWER)


def _await_ready(change: Change, web: Web, wanted: Live) -> None:
    address, within = f"{web.address(wanted.color)}{web.service.health}", web.service.ready_within_seconds
    end = clock.monotonic() + within
    while (answer := sites.look(address)).status != 200 or not runs(change, web, wanted):
        change.check()
        if lies_idle(change, web, wanted.color):
            start_anew(change, web, wanted)
        if why := why_not_running(change, web, wanted.color):
            raise BadRelease(f"{web.name} {wanted.color} on {web.host} does not run: {why} No user saw it.")
        if clock.monotonic() > end:
            raise BadRelease(
                f"{web.name} {wanted.color} on {web.host} was not ready within {within:g} s: {web.service.health}"
                f" answered {quoted(change, answer)}. No user saw it. Read its log, or allow it more:"
                " ready_within_seconds."
            )
        clock.sleep(PAUSE_SECONDS)
    _refuse_a_stranger_s_answer(change, web, wanted)


def _refuse_a_stranger_s_answer(change: Change, web: Web, wanted: Live) -> None:
    """Somebody on its port answers as well, until ours finds that taken and ends."""
    port, ours = web.ports[wanted.color], [each.pid for each in seen(change, web, wanted.color) if each.pid]
    if stranger := ports.stranger_on(port, ours):
        raise CommandFailed(
            f"Port {port}, where {web.name} {wanted.color} is to listen on {web.host}, is taken by {stranger}, who"
            " answered in its place. No user saw it. End that, then start again."
        )


def _smoke(change: Change, color: Color) -> int:
    preview = places(change).proxy.preview_url
    asked = 0
    for web in places(change).webs:
        for check in web.service.smoke:
            change.check()
            address = f"{preview or web.address(color)}{check.path}"
            answer = _patiently(change, address, color if preview else None)
            if preview and answer.status == 0:
                raise CommandFailed(f"The proxy does not answer at {preview} ({answer.text}). Is it being started?")
            _judge(change, check, answer, f"{web.name} {color} on {web.host}")
            asked += 1
    return asked


def _patiently(change: Change, address: str, color: Color | None) -> Answer:
    """Whoever does not answer at all may just be starting: a proxy that its keeper started again."""
    end = clock.monotonic() + SMOKE_SECONDS
    while (answer := sites.look(address, color=color, seconds=SMOKE_SECONDS)).status == 0 and clock.monotonic() < end:
        change.check()
        clock.sleep(PAUSE_SECONDS)
    return answer


def _judge(change: Change, check: Check, answer: Answer, where: str) -> None:
    if answer.status != check.status:
        wrong = f"answered {quoted(change, answer)}, not {check.status}"
    elif check.contains is not None and check.contains not in answer.text:
        wrong = f'answered without the text "{check.contains}": {quoted(change, answer)}'
    else:
        return
    raise BadRelease(f"The smoke test of {where} failed: {check.path} {wrong}.")
