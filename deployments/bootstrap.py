"""python -m deployments.bootstrap: make Prefect's server hold what is declared, and nothing else of ours.

Everything is read and checked before the first call; then each piece is put by one call that is safe to
repeat, compared, and only then the undeclared is removed. Killed anywhere, the next run completes it.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from httpx import HTTPStatusError, TransportError
from prefect.client.orchestration import SyncPrefectClient
from prefect.events.schemas.automations import AutomationCore

from deployments import automations, declarations, pools
from deployments.declarations import Wanted
from deployments.manifest import read_manifest
from edge import private
from edge.platform import lay_out
from edge.settings import Settings, read_settings
from mainstay.errors import MainstayError, ServerLost, ServerRefused
from mainstay.installation import Installation

MANIFEST = Path(__file__).parent.parent / "prefect.yaml"
AUTOMATIONS = Path(__file__).parent / "automations.yaml"


@dataclass(frozen=True)
class Bootstrapped:
    """What the server holds now, as it was read back."""

    deployments: dict[str, UUID]
    removed: tuple[str, ...]
    paused: tuple[str, ...]  # schedules that a person paused: they stay so


def bootstrap(
    installation: Installation, timezone: str, *, manifest: Path = MANIFEST, events: Path = AUTOMATIONS
) -> Bootstrapped:
    """Two at once wait for each other."""
    wanted = tuple(Wanted(flow, declared, timezone) for declared, flow in read_manifest(manifest))
    declared = automations.read_automations(events, {each.name for each in wanted})
    with private.alone(installation.home / "platform" / "bootstrap.lock", deadline_seconds=120):
        try:
            with SyncPrefectClient(installation.api, auth_string=installation.login) as client:
                return _put(client, installation, wanted, declared)
        except HTTPStatusError as reason:
            raise ServerRefused(f"Prefect said no to a declaration: {reason.response.text[:500]}") from reason
        except TransportError as reason:
            raise ServerLost(
                f"Prefect's server at {installation.api} does not answer ({type(reason).__name__}), so what is "
                "declared is not all there. See logs/server.log of our home; then do this again."
            ) from reason


def _put(
    client: SyncPrefectClient,
    installation: Installation,
    wanted: tuple[Wanted, ...],
    declared: tuple[automations.Declared, ...],
) -> Bootstrapped:
    pools.put_pool(client, installation)
    ids = {each.name: declarations.put_deployment(client, each) for each in wanted}
    actions = tuple(automations.as_prefect_has_it(each, ids) for each in declared)
    automations.put_automations(client, actions)
    removed = automations.prune_automations(client, actions)  # before the deployments they start
    removed += declarations.prune_deployments(client, set(ids.values()))
    _compare(client, installation, wanted, actions)
    paused = tuple(f"{each.name} {slug}" for each in wanted for slug in declarations.paused_by_hand(client, each))
    return Bootstrapped(ids, removed, paused)


def _compare(
    client: SyncPrefectClient,
    installation: Installation,
    wanted: tuple[Wanted, ...],
    actions: tuple[AutomationCore, ...],
) -> None:
    found = pools.pool_differences(client, installation)
    for each in wanted:
        found += declarations.differences(each, declarations.read_deployment(client, each.name))
    found += automations.automation_differences(client, actions)
    if found:
        raise ServerRefused("Prefect's server took everything and yet holds something else:\n" + "\n".join(found))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bootstrap", description=__doc__)
    parser.add_argument("--manifest", type=Path, default=MANIFEST)
    parser.add_argument("--automations", type=Path, default=AUTOMATIONS)
    asked = parser.parse_args(argv)
    try:
        settings = read_settings()
        told = _told(settings, asked.manifest, asked.automations)
    except MainstayError as reason:
        sys.stderr.write(f"{reason}\n")
        return 1
    sys.stdout.write(told)
    return 0


def _told(settings: Settings, manifest: Path, events: Path) -> str:
    done = bootstrap(lay_out(settings), settings.timezone, manifest=manifest, events=events)
    lines = [f"{name} is deployed" for name in done.deployments]
    lines += [f"removed: {name}" for name in done.removed]
    lines += [f"schedule {name} was paused by hand and stays so" for name in done.paused]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
