"""Releases on their way to a host: from the store into a folder there, with what they are started with."""

import re
from collections.abc import Mapping

from edge import artifacts
from edge.hosts import Host
from edge.secrets import resolve
from edge.settings import Settings
from edge.store.port import Store
from mainstay import keys
from mainstay.builds import needed_bytes
from mainstay.descriptor.placeholders import filled
from mainstay.descriptor.shapes import REFERENCE
from mainstay.descriptor.system import System
from mainstay.errors import BadInput, CommandFailed, NotThere
from mainstay.releases import Release


def variables(settings: Settings, system: System, environment: str) -> dict[str, str]:
    """What every service is started with, its secrets resolved now; whoever has them writes them nowhere else."""
    words = {"home": str(settings.home), "system": system.name, "environment": environment}
    written = {name: filled(text, **words) for name, text in system.variables(environment).items()}
    return {
        name: resolve(text).reveal() if re.search(REFERENCE.pattern, text) else text for name, text in written.items()
    }


def place(store: Store, host: Host, system: str, release: Release, parent: str, files: Mapping[str, str]) -> None:
    """The release stands there with these files; what stands there already is not fetched again."""
    target = f"{parent}/{release.id}"
    if host.placed(target):
        return host.provide(target, files)
    _refuse_without_room(store, host, system, release, parent)
    key = keys.artifact(system, release.artifact)
    try:
        with store.open(key) as archive:
            host.place(target, archive, digest=release.artifact, files=files)
    except NotThere as reason:
        raise BadInput(
            f"Release {release.id} cannot be placed on {host.name}: its artifact {key} is no longer in {store.address}."
            f" Deploy its commit anew: it is built again. ({release.commit})"
        ) from reason


def _refuse_without_room(store: Store, host: Host, system: str, release: Release, parent: str) -> None:
    built = artifacts.find(store, system, release.commit, release.artifact)
    needed, free = needed_bytes(built.artifact if built else None), host.free_bytes(parent)
    if free < needed:
        raise CommandFailed(
            f"Release {release.id} was not placed on {host.name}: it needs {needed // 2**20} MB in {parent}, and "
            f"{free // 2**20} MB are free. Free some room there, then do this again."
        )
