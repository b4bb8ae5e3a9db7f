"""A release's own tool that moves its schema: on one host, in the release's folder, with its environment.

The words it is started with are a system's own and hold no secret: those come from the environment file.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from edge.hosts import BEGIN, SHELL, Host
from edge.processes import check
from edge.settings import Settings
from mainstay.descriptor.kept import Migration
from mainstay.descriptor.placeholders import filled
from mainstay.descriptor.shapes import REFERENCE
from mainstay.descriptor.system import System
from mainstay.errors import BadInput

LOOK_SECONDS = 60.0
ONLY_LOOKS = "-c default_transaction_read_only=on"  # so that the wrong command in the descriptor moves nothing


@dataclass(frozen=True)
class Migrator:
    host: Host
    folder: PurePosixPath  # of the release
    migration: Migration
    own_options: str = ""  # what the system gives every session of its own in PGOPTIONS

    def head(self) -> str:
        """Where the database is, as the tool says it; empty if the descriptor has no command that does."""
        return self._look(self.migration.head, "asking the release's tool where the database is") or ""

    def pending(self) -> str | None:
        """The SQL that is still to run; None if the descriptor has no command that prints it."""
        return self._look(self.migration.sql, "asking the release's tool what is still to run")

    def moving(self, name: str, *options: str) -> list[str]:
        """The words that move the schema, in sessions with this name that give way to users."""
        return self._words(self.migration.argv, name, *options)

    def _look(self, argv: Sequence[str] | None, what: str) -> str | None:
        if argv is None:
            return None
        return check(
            self.host.ask(self._words(argv, "mainstay", ONLY_LOOKS), deadline_seconds=LOOK_SECONDS), what
        ).strip()

    def _words(self, argv: Sequence[str], name: str, *options: str) -> list[str]:
        waits = f"-c lock_timeout={math.ceil(self.migration.lock_timeout_seconds * 1000)}"
        said = " ".join(each for each in (self.own_options, waits, *options) if each)
        place = self.folder / "app" / self.migration.directory
        begin = [*SHELL, self.host.shipped(BEGIN), str(self.folder / "environment"), str(place), "--"]
        return [*begin, "env", f"PGOPTIONS={said}", f"PGAPPNAME={name}", *argv]


def migrator(settings: Settings, site: System, environment: str, host: Host, release: str) -> Migrator | None:
    """None: the descriptor does not say how the schema moves."""
    if site.database is None or site.database.migration is None:
        return None
    words = {"home": str(settings.home), "system": site.name, "environment": environment}
    described = site.environments[environment].hosts[host.name]
    folder = PurePosixPath(filled(described.releases_directory, **words)) / release
    return Migrator(host, folder, _filled(site.database.migration, words), _own_options(site, environment))


def _filled(migration: Migration, words: dict[str, str]) -> Migration:
    argvs = {"argv": migration.argv, "head": migration.head, "sql": migration.sql}
    changes = {name: argv and tuple(filled(word, **words) for word in argv) for name, argv in argvs.items()}
    return migration.model_copy(update=changes)


def _own_options(site: System, environment: str) -> str:
    own = site.variables(environment).get("PGOPTIONS", "")
    if re.fullmatch(REFERENCE.pattern, own):
        raise BadInput(
            f"{site.name} keeps PGOPTIONS as a secret ({own}), and the migration's limits could not be added to it. "
            "Nothing was changed. Write it in plain text: options are no secret."
        )
    return own
