"""From what a person typed to a plan: shared by whoever deploys and whoever agrees to it."""

from mainstay.deploy import GoLive, plan_go_live
from tasks.builds import build_release, resolve_version
from tasks.standings import observe_described, observe_from_afar


def plan_release(system: str, environment: str, version: str) -> GoLive | None:
    """None: this very release is what users have. Nothing was changed by asking."""
    observe_described(system, environment)
    commit = resolve_version(system, version)
    release = build_release(system, environment, commit)
    return plan_go_live(version, release, observe_from_afar(system, environment))
