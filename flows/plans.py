"""From what a person typed to a plan: shared by whoever deploys and whoever agrees to it."""

from mainstay.deploy import GoLive, plan_go_live
from mainstay.unsettled import refuse_open
from tasks.builds import build_release, resolve_version
from tasks.changes import observe_brought
from tasks.standings import observe_described, observe_from_afar


def plan_release(system: str, environment: str, version: str) -> GoLive | None:
    """None: this very release is what users have, and no open change takes it back. Nothing was changed by asking."""
    observe_described(system, environment)
    commit = resolve_version(system, version)
    release = build_release(system, environment, commit)
    brought = observe_brought(system, environment)
    plan = plan_go_live(version, release, observe_from_afar(system, environment))
    if plan is None:
        refuse_open(version, f"{system} {environment}", release.id, brought)
    return plan
