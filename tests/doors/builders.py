"""Processes that resolve, build and place until they are killed: ``python -m tests.doors.builders WORD …``."""

import sys
from pathlib import Path

from edge import builds, release_folders
from tests.doors.build_rig import Source, installation, mirrored, shop, work


def _begun() -> None:
    sys.stdout.write("begun\n")
    sys.stdout.flush()


def _resolve(folder: str, source: str, version: str) -> None:
    repository = mirrored(Source(Path(source)), Path(folder))
    _begun()
    repository.resolve(version)


def _build(folder: str, source: str, commit: str, stages: str) -> None:
    prepared = work(installation(Path(folder)), shop(Source(Path(source)), stages=stages), commit)
    _begun()
    sys.stdout.write(builds.build(prepared).artifact.digest)


def _place(folder: str, archive: str, digest: str) -> None:
    _begun()
    with Path(archive).open("rb") as file:
        release_folders.place(Path(folder), file, digest=digest, files={"environment": "export A='1'\n"})


if __name__ == "__main__":
    {"resolve": _resolve, "build": _build, "place": _place}[sys.argv[1]](*sys.argv[2:])
