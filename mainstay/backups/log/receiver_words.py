"""What pg_receivewal's own words mean: what passes by itself, what a person must mend, and where the log broke."""

import re
from dataclasses import dataclass

from mainstay.backups.log.streaming import BreakKind


@dataclass(frozen=True)
class Said:
    why: str
    broken: BreakKind | None = None  # going on is impossible: it begins anew


_BROKEN: tuple[tuple[str, BreakKind], ...] = (
    (r"requested WAL segment \S+ has already been removed", "gap"),
    (r"replication slot .* does not exist", "slot lost"),
    (
        r"can(not| no longer) (access|get changes from|read from|use) .*replication slot|has been invalidated",
        "slot lost",
    ),
    (r"is ahead of the WAL flush position", "diverged"),
    (r"requested starting point .* on timeline .* is not in this server's history", "timeline"),
    (r"requested timeline .* is not a child|system identifier does not match|not in this server's history", "timeline"),
)
_MEANINGS = (
    (
        r"wal_level|WAL level",
        "the server writes too little into its log to be received. Set wal_level to replica or logical there; it must"
        " be restarted for it",
    ),
    (
        r"must be superuser or replication role|permission denied to start WAL sender|REPLICATION attribute|"
        r"permission denied to use replication slots",
        "its user may not receive the log. Run there: ALTER ROLE … REPLICATION; or name another user in"
        " database.stream.address",
    ),
    (
        r"no pg_hba.conf entry for replication",
        "the server lets its user in, and not for replication. Add to its pg_hba.conf a line for the database"
        " `replication` and that user, and reload it",
    ),
    (
        r"no encryption|SSL (off|connection is required)|sslmode value",
        "the server wants an encrypted connection (TLS), and the pg_receivewal here cannot do that (the one that comes"
        " with Mainstay cannot). Install postgresql-client of the server's version or newer on this machine",
    ),
    (
        r"requested standby connections exceeds|max_wal_senders|too many clients",
        "the server takes no more receivers. Raise max_wal_senders there by one; it must be restarted for it",
    ),
    (
        r"all replication slots are in use",
        "the server has no free replication slot. Drop one that nobody uses, or raise max_replication_slots there",
    ),
    (
        r"incompatible server version",
        "the server is newer than every pg_receivewal here. Install postgresql-client of its version on this machine",
    ),
    (
        r"is active for PID",
        "somebody else receives from this replication slot, or did until just now. Is it another system, with a"
        " database on the same server? Then give each a name of its own: database.stream.replication_slot",
    ),
    (r"No space left|could not write", "the disk of this machine takes no more of it. Make room in MAINSTAY_HOME"),
)


def read(said: str, ended: int) -> Said:
    """One sentence of what it said last, without its address."""
    lines = [re.sub(r"^pg_receivewal: (error|warning|detail|hint): ", "", line).strip() for line in said.splitlines()]
    text = " ".join(line for line in lines if line and not line.startswith("pg_receivewal: "))
    if broken := next((kind for sign, kind in _BROKEN if re.search(sign, text)), None):
        return Said(f"the server cannot go on where the receiver stopped ({text[-300:]})", broken)
    meaning = next((meaning for sign, meaning in _MEANINGS if re.search(sign, text)), None)
    if meaning is not None:
        return Said(f"The log is not received: {meaning}.")
    return Said(f"The log is not received: pg_receivewal ended with {ended}: {text[-300:] or 'it said nothing'}.")
