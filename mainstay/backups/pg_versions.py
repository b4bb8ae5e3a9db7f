"""Which of PostgreSQL's own tools may dump a server, and which may restore a dump."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mainstay.errors import Refused

PACKED = "zstd:1"  # what pg_dump is told where it can; more costs much time and saves few bytes
UNPACKED = "0"
TELLS_OF_TRANSACTION_TIMEOUT = 17  # since this one pg_restore sets it, and older servers do not know it
INSTALL = "Install it (Debian and Ubuntu, from apt.postgresql.org): apt-get install postgresql-client-{major}"


@dataclass(frozen=True)
class Tools:
    """pg_dump and pg_restore of one build."""

    folder: str
    version: str
    zstd: bool
    tls: bool
    bases: bool = False  # pg_basebackup is there too

    @property
    def major(self) -> int:
        return major(self.version)

    @property
    def compression(self) -> str:
        return PACKED if self.zstd else UNPACKED


def major(version: str) -> int:
    """Of "18.6", or of "pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"."""
    found = re.search(r"\d+", version)
    return int(found[0]) if found else 0


def choose_for_dump(found: Sequence[Tools], server: str, *, tls: bool) -> Tools:
    """The lowest that is not older than the server: a newer one writes what the server's own may not read."""
    return _not_older(found, server, tls, "pg_dump", "nothing was dumped")


def choose_for_stream(found: Sequence[Tools], server: str, *, tls: bool) -> Tools:
    """The lowest that is not older than the server: an older pg_receivewal refuses it."""
    return _not_older(found, server, tls, "pg_receivewal", "its log is not received")


def choose_for_base(found: Sequence[Tools], server: str, *, tls: bool) -> Tools:
    """The lowest that is not older than the server: an older pg_basebackup refuses it."""
    able = [each for each in found if each.bases and each.major >= major(server)]
    if not able:
        known = ", ".join(each.version for each in found if each.bases) or "none"
        raise Refused(
            f"The server is PostgreSQL {server}, and the pg_basebackup here is {known}: an older one refuses a newer "
            f"server, so no base was taken. {INSTALL.format(major=major(server))}"
        )
    return _lowest(able, tls, f"not older than the server's {server}", major(server))


def _not_older(found: Sequence[Tools], server: str, tls: bool, tool: str, so: str) -> Tools:
    able = [each for each in found if each.major >= major(server)]
    if not able:
        raise Refused(
            f"The server is PostgreSQL {server}, and here {_told(found)}: an older {tool} refuses a newer server, so "
            f"{so}. {INSTALL.format(major=major(server))}"
        )
    return _lowest(able, tls, f"not older than the server's {server}", major(server))


def choose_for_restore(found: Sequence[Tools], made_by: str, packed: str, server: str, *, tls: bool) -> Tools:
    """The lowest that is not older than the pg_dump that wrote it, and can unpack it."""
    able = [each for each in found if each.major >= major(made_by)]
    if not able:
        raise Refused(
            f"The dump was written by pg_dump {made_by}, and here {_told(found)}: an older pg_restore cannot read it, "
            f"so nothing was restored. {INSTALL.format(major=major(made_by))}"
        )
    if packed == "zstd" and not (able := [each for each in able if each.zstd]):
        raise Refused(
            f"pg_dump {made_by} packed the dump with zstd, and no pg_restore here can unpack that (the one that comes "
            f"with Mainstay cannot), so nothing was restored. {INSTALL.format(major=max(major(made_by), 16))}"
        )
    chosen = _lowest(able, tls, f"not older than the pg_dump {made_by} that wrote it", major(made_by))
    if fault := too_new_to_restore(chosen.version, server):
        raise Refused(f"Nothing was restored: {fault}.")
    return chosen


def too_new_to_restore(tool: str, server: str) -> str | None:
    """Why a dump by this tool cannot be restored into such a server, as a clause; None if it can."""
    if major(tool) >= TELLS_OF_TRANSACTION_TIMEOUT > major(server):
        return (
            f"what pg_dump {major(tool)} writes can be restored into PostgreSQL {TELLS_OF_TRANSACTION_TIMEOUT} or "
            f"newer, not into {major(server)}"
        )
    return None


def _lowest(able: Sequence[Tools], tls: bool, what: str, number: int) -> Tools:
    """Of two of the same major the first: what a person installed can more than what comes with us."""
    fitting = [each for each in able if each.tls or not tls]
    if not fitting:
        raise Refused(
            f"The connection is encrypted (TLS), and no tool here that is {what} can do that (the one that comes with "
            f"Mainstay cannot), so nothing was begun. {INSTALL.format(major=number)}. Or, where nobody else is on the "
            "way to that server, write sslmode=disable into its address."
        )
    return min(fitting, key=lambda each: each.major)


def _told(found: Sequence[Tools]) -> str:
    return f"is pg_dump {', '.join(each.version for each in found)}" if found else "is no pg_dump"
