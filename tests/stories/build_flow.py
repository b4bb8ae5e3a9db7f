"""A story of nothing but building and placing, without a server: ``python build_flow.py PREFECT_HOME VERSION``."""

import sys
from collections.abc import Mapping
from pathlib import Path

from edge.settings import leave_the_server

if __name__ == "__main__":
    leave_the_server(Path(sys.argv[1]))

from prefect import flow

from tasks.builds import build_release, observe_build, observe_releases, place_release, resolve_version
from tasks.turns import turn


def files(variables: Mapping[str, str]) -> Mapping[str, str]:
    return {"environment": "".join(f"export {name}='{value}'\n" for name, value in sorted(variables.items()))}


@flow
def place_everywhere(version: str) -> str:
    release = build_release("shop", "production", resolve_version("shop", version))
    with turn("shop", "production", "place") as change:
        for host in change.hosts:
            place_release(change, host, release, files)
            place_release(change, host, release, files)
        built = observe_build(change, release)
        assert built is not None and observe_releases(change) == []
    return f"{release.id} {built.commit} {len(built.stages)}"


if __name__ == "__main__":
    sys.stdout.write(f"\n{place_everywhere(sys.argv[2])}\n")
