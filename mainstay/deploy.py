"""Which color takes a release, from what stands on the hosts; and how a journal remembers that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mainstay.colors import COLORS, FIRST, Standing, loaded, other
from mainstay.descriptor.service import Color, HttpService
from mainstay.descriptor.system import System
from mainstay.errors import BadInput, NotFinished, Refused
from mainstay.releases import Release

NOTHING_SHOWN = ""


@dataclass(frozen=True)
class Live:
    """What users see: a color, and the id of the release it was given."""

    color: Color
    release: str


@dataclass(frozen=True)
class GoLive:
    """A release takes a color, and then the users of another, or nobody's: nothing was here before."""

    version: str  # as a person typed it
    release: Release
    to: Color
    before: Live | None
    reasons: tuple[str, ...] = ()

    @property
    def after(self) -> Live:
        return Live(self.to, self.release.id)

    @property
    def first(self) -> bool:
        return self.before is None


def judge_described(site: System, environment: str) -> None:
    """What this version cannot bring to users is said before anything is built."""
    webs = {name: service for name, service in site.services.items() if isinstance(service, HttpService)}
    for name, service in webs.items():
        if service.strategy != "blue_green":
            raise BadInput(
                f"services.{name}.strategy: {service.strategy} is not known to this version of Mainstay, so nothing was"
                " changed. Write `strategy: blue_green`, with a port for each color."
            )
    if webs and not any(not host.runs or webs.keys() & set(host.runs) for host in site.at(environment).hosts.values()):
        raise BadInput(
            f"No host of {site.name} {environment} runs {', '.join(webs)}, so nobody would see a release there. Nothing"
            " was changed. Name it in `runs:` of a host."
        )
    if not webs or site.at(environment).proxy is None:
        raise BadInput(
            f"{site.name} {environment} has {'no proxy' if webs else 'no service that answers HTTP'}, so there is"
            " nothing that could show one color or the other. Nothing was changed. Describe it: systems/practice.yaml"
            " is the manual."
        )


def plan_go_live(version: str, release: Release, standings: Sequence[Standing]) -> GoLive | None:
    """None: this very release is what users see everywhere."""
    before = seen_by_users(standings)
    if before is None:
        return GoLive(version, release, FIRST, None, (f"nothing is live yet: {version} takes {FIRST}",))
    if before.release == release.id:
        return None
    to = other(before.color)
    return GoLive(
        version, release, to, before, (f"{before.color} is live with {before.release}: {version} takes {to}",)
    )


def seen_by_users(standings: Sequence[Standing]) -> Live | None:
    seen = {(standing.shown, standing.release) for standing in standings}
    if len(seen) > 1:
        each = ", ".join(
            f"{each.host} shows {each.shown or 'nothing'} {each.release or ''}".strip() for each in standings
        )
        raise Refused(
            f"The hosts do not agree: {each}. Nothing was changed. If a change is open there, keeper settles it: look"
            " at `mainstay status` and start again. If none is, somebody set their flags by hand: make them the same,"
            " or take the odd host out of the descriptor."
        )
    color, release = next(iter(seen), (None, None))
    if color is None:
        return None
    if release is None:
        raise Refused(
            f"Users see {color}, and nobody wrote down which release that color was given, so there would be no way"
            f" back to it. Nothing was changed. Set {loaded(color)} by hand in the flags folder of the host: the name"
            " of a folder of its releases."
        )
    return Live(color, release)


def same_way(agreed: GoLive, now: GoLive, *, settled: bool = False, free: bool = False) -> GoLive:
    """What was planned, and maybe agreed to by a person, is still what would happen; otherwise nothing does. ``free``:
    nobody need agree. Then what we ``settled`` ourselves, in the way of this release, changes nothing of its wish.
    """
    if settled and free:
        return now
    if now.before != agreed.before:
        was = agreed.before.release if agreed.before else "nothing"
        found = now.before.release if now.before else "nothing"
        raise Refused(
            f"Nothing was changed: when {agreed.version} was planned, {was} was live, and now it is {found}:"
            f" {'what was under way there was settled first' if settled else 'another deploy came before'}. Start this"
            " one again if it is still wanted."
        )
    return now


def judge_as_described(plan: GoLive, configuration: str) -> None:
    """What was built, and maybe agreed to, is what the descriptor still says; ``configuration``: its digest now."""
    if plan.release.configuration != configuration:
        raise Refused(
            f"Nothing was changed: since {plan.version} was planned, the descriptor was changed: it says otherwise now"
            " what its services are started with, and that was neither planned nor agreed to. Deploy it again."
        )


def as_before(plan: GoLive) -> dict[str, str]:
    """For the journal: where the way back leads."""
    live = plan.before
    return (
        {"color": live.color, "release": live.release} if live else {"color": NOTHING_SHOWN, "release": NOTHING_SHOWN}
    )


def as_after(plan: GoLive, **said: str) -> dict[str, str]:
    """What is wanted; ``said`` is what the record of the release will tell beside it."""
    release = plan.release
    return {
        "color": plan.to,
        "version": plan.version,
        "commit": release.commit,
        "artifact": release.artifact,
        "configuration": release.configuration,
        **{name: word for name, word in said.items() if word},
    }


def remembered(before: Mapping[str, str], after: Mapping[str, str]) -> GoLive:
    """The plan, as a journal's request tells it to whoever settles the change."""
    try:
        release = Release(after["commit"], after["artifact"], after["configuration"])
        was = _color(before["color"])
        live = Live(was, before["release"]) if was else None
        to = _color(after["color"])
        assert to is not None
        return GoLive(after["version"], release, to, live)
    except (KeyError, AssertionError) as reason:
        raise NotFinished(
            f"The request in the journal cannot be read ({reason}): {dict(before)} -> {dict(after)}. It was written by"
            " another version of Mainstay; settle it with that one."
        ) from reason


def _color(word: str) -> Color | None:
    return next((color for color in COLORS if color == word), None)
