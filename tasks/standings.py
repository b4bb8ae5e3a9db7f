"""What users see now, looked at without the turn: it may be otherwise a moment later."""

from edge.openings import look_around
from edge.settings import read_settings
from edge.systems import read_system
from mainstay.colors import Standing, read_standing
from mainstay.deploy import judge_described
from mainstay.places import Places
from tasks.policies import observes


@observes("whether {system} {environment} can be deployed to")
def observe_described(system: str, environment: str) -> None:
    """A word nobody described, or what this version cannot do, is said before anything is built."""
    judge_described(read_system(read_settings(), system), environment)


@observes("what users of {system} {environment} see")
def observe_from_afar(system: str, environment: str) -> tuple[Standing, ...]:
    """Each host with a proxy: which color it shows, and which release each color was given."""
    return standings_from_afar(system, environment)


def standings_from_afar(system: str, environment: str) -> tuple[Standing, ...]:
    settings = read_settings()
    site = read_system(settings, system)
    hosts = Places(site, environment, str(settings.home)).web_hosts
    answers = look_around(settings, site, environment)
    return tuple(read_standing(name, answer) for name, answer in answers.items() if name in hosts)
