"""A story of nothing but building and placing, without a server: ``python build_flow.py PREFECT_HOME VERSION``."""

import sys
from pathlib import Path

from edge.settings import leave_the_server

if __name__ == "__main__":
    leave_the_server(Path(sys.argv[1]))

from prefect import flow

from tasks.builds import build_release, place_release, resolve_version
from tasks.turns import turn


@flow
def place_everywhere(version: str) -> str:
    release = build_release("shop", "production", resolve_version("shop", version))
    with turn("shop", "production", "place") as change:
        place_release(change, release)
        place_release(change, release)
    return f"{release.id} {release.commit}"


if __name__ == "__main__":
    sys.stdout.write(f"\n{place_everywhere(sys.argv[2])}\n")
