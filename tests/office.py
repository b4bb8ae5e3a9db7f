"""Declared deployments in files, and the server that is to follow them."""

from pathlib import Path
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient

from deployments.bootstrap import AUTOMATIONS, Bootstrapped, bootstrap
from edge import processes
from edge.processes import Identity
from mainstay.installation import Installation

HEAD = """\
prefect-version: 3.8.8
name: mainstay
pull: []
deployments:
"""
NOTHING = "prefect-version: 3.8.8\nname: mainstay\npull: []\ndeployments: []\n"
UNDO = """\
  - name: main
    entrypoint: tests.stand_in_flows.undo
    description: Undoes.
    work_pool: {name: main, work_queue_name: urgent}
"""
CHANGE = """\
  - name: main
    entrypoint: tests.stand_in_flows.maintenance
    description: Changes something.
    tags: [change]
    parameters: {on: false}
    work_pool: {name: main, work_queue_name: routine}
"""
SCHEDULES = """\
    schedules:
      - {slug: nightly, cron: "0 2 * * *", timezone: "{{ $MAINSTAY_TIMEZONE }}", parameters: {system: shop}}
"""


class Office:
    """The files a person edits, and the server that is to follow them."""

    def __init__(self, installation: Installation, folder: Path, client: SyncPrefectClient) -> None:
        self.installation, self.client = installation, client
        self.manifest, self.events = folder / "prefect.yaml", folder / "automations.yaml"
        self.declare(HEAD + UNDO + CHANGE, AUTOMATIONS.read_text())

    def declare(self, manifest: str, events: str = "automations: []\n") -> None:
        self.manifest.write_text(manifest)
        self.events.write_text(events)

    def bootstrap(self) -> Bootstrapped:
        return bootstrap(self.installation, "Europe/Berlin", manifest=self.manifest, events=self.events)

    def start_bootstrap(self) -> Identity:
        argv = [self.installation.python, "-m", "deployments.bootstrap"]
        argv += ["--manifest", str(self.manifest), "--automations", str(self.events)]
        words = {"MAINSTAY_HOME": str(self.installation.home), "MAINSTAY_TIMEZONE": "Europe/Berlin"}
        return processes.start(argv, log=self.manifest.with_name("log"), environment=words)

    def empty(self) -> None:
        self.declare(NOTHING)
        self.bootstrap()

    def deployments(self) -> dict[str, UUID]:
        return {str(each.entrypoint): each.id for each in self.client.read_deployments()}

    def automations(self) -> list[str]:
        return sorted(each.name for each in self.client.read_automations())
