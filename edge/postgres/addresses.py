"""The address of a system's own PostgreSQL: resolved here, and passed on so that no other user sees its password."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from edge.secrets import redaction, resolve
from mainstay.errors import BadInput, DatabaseLost
from mainstay.secrets import SHORTEST

CONNECT_SECONDS = 5
# A server whose machine is gone is noticed within a minute; nothing else would ever tell.
NOTICED_DEAD = {"keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3"}
_OPTIONS = pq.Conninfo.get_defaults()
_VARIABLES = {each.keyword.decode(): each.envvar.decode() for each in _OPTIONS if each.envvar}
_SECRETS = {each.keyword.decode() for each in _OPTIONS if each.dispchar == b"*"}


@dataclass(frozen=True)
class Address:
    reference: str
    _words: Mapping[str, str] = field(repr=False)

    def connect(self, name: str) -> psycopg.Connection[tuple[Any, ...]]:
        """Outside of any transaction."""
        try:
            return psycopg.connect(make_conninfo(**{**self._words, "application_name": name}), autocommit=True)
        except psycopg.Error as reason:
            raise DatabaseLost(
                f"The database in {self.reference} cannot be reached: {' '.join(str(reason).split())}. Nothing was "
                "begun there. Is it up, is it there, and may this machine and user in?"
            ) from None

    def connect_for_log(self, name: str) -> psycopg.Connection[tuple[Any, ...]]:
        """As whoever receives its write-ahead log; it understands few words then. psycopg's own errors."""
        words = {**self._words, "application_name": name, "replication": "true"}
        return psycopg.connect(make_conninfo(**words), autocommit=True)

    def environment(self, name: str) -> dict[str, str]:
        """For a child of ours, and nobody else: the environment of a process is its user's alone to read."""
        words = {**self._words, "application_name": name}
        return {_VARIABLES[each]: word for each, word in words.items() if each in _VARIABLES}

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        """Hosts, or folders of sockets, each with its port; the first where it lies is enough."""
        hosts = self._words.get("hostaddr") or self._words.get("host") or "/var/run/postgresql"
        ports = (self._words.get("port") or "5432").split(",")
        each = hosts.split(",")
        return tuple(zip(each, ports if len(ports) == len(each) else ports[:1] * len(each), strict=True))

    @property
    def argument(self) -> str:
        """What there are no variables for; it makes one of PostgreSQL's tools connect at all."""
        return "--dbname=" + make_conninfo(**{each: w for each, w in self._words.items() if each not in _VARIABLES})


def read_address(reference: str, database: str = "") -> Address:
    """``database``: another one of the same server, for the same login; without it the one that the address names."""
    try:
        words = {name: str(word) for name, word in conninfo_to_dict(resolve(reference).reveal()).items()}
    except psycopg.Error:
        raise BadInput(
            f"What lies in {reference} is no address of a PostgreSQL (it is not repeated here: a password is in it), "
            "so nothing was begun. Write postgresql://user:password@host:port/name there."
        ) from None
    for name in _SECRETS & words.keys():
        if len(words[name]) >= SHORTEST:
            redaction.learn(words[name])
    if database:
        reference, words["dbname"] = f"{reference} (there {database!r})", database
    return Address(reference, {**NOTICED_DEAD, "connect_timeout": str(CONNECT_SECONDS), **words})
