"""What pgBackRest keeps of a database, as it tells of it; and what is wrong when it says no."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from mainstay.backups.bases.settings import OF_ANY_COPY, SUBSCRIBERS, quoted
from mainstay.backups.elsewhere.held import Elsewhere, NeededLog
from mainstay.backups.sets import Kind
from mainstay.errors import BadInput, Refused
from mainstay.places import Places

PROGRAM = "pgbackrest"
ANNOTATION = "mainstay-set"  # by which a backup is found again; pgBackRest keeps such words since 2.41
TYPES: Mapping[Kind, str] = {"full": "full", "database": "incr"}
ITS_OWN_RETENTION = "it stays there as long as pgBackRest's own retention (repo1-retention-…) says"
_OK, _NO_STANZA, _NO_BACKUP = 0, 1, 2  # of its status
_PLAIN = re.compile(r"[A-Za-z0-9_./:=@+-]+")
_ERROR = re.compile(r"ERROR: \[(\d{3})\]: (.*)")
AT_WORK = 50  # what it ends with while another one is
_MEANINGS = {
    27: "its configuration cannot be read; mend the file, or config: under database.pgbackrest",
    28: "its repository is of another cluster; was the database made anew? Then: pgbackrest stanza-upgrade",
    31: "it does not know a word that we use: it is older than 2.41; install a newer one (apt.postgresql.org)",
    37: "its configuration lacks something; mend the file, or stanza: and config: under database.pgbackrest",
    39: "it may not read or write there; whose is its repository? That user is user: under database.pgbackrest",
    41: "it may not read or write there; whose is its repository? That user is user: under database.pgbackrest",
    AT_WORK: "another one is at work there; the next backup tries again",
    51: "the database was made anew, or is another one: pgbackrest stanza-upgrade",
    55: "the stanza was never made, or the file is not there. Is archive_command set? Then, as its user: pgbackrest"
    " stanza-create",
    56: "it does not reach the database as its configuration says (pg1-path, pg1-port, pg1-socket-path, pg1-user)",
    58: "the database answers otherwise than its files; pg1-path and pg1-port are of two clusters",
    75: "it has no backup that is older than that moment; name a later one",
    82: "the log does not come into its repository: look at archive_command and archive_mode of the database, and at"
    " what the server's log says of archive-push",
    87: "archive_mode or archive_command of the database is not as it must be; set them, and restart the server",
    103: "none of its repositories can be used; see whether they are there, and whose they are",
}


@dataclass(frozen=True)
class StanzaWish:
    """A database of which pgBackRest makes backups, and how it is asked."""

    stanza: str
    user: str  # of this machine: as whom it runs
    config: str | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """In front of what it is to do."""
        config = (f"--config={self.config}",) if self.config else ()
        return (PROGRAM, *config, f"--stanza={self.stanza}")

    def __str__(self) -> str:
        return f"stanza {self.stanza} of pgBackRest"


@dataclass(frozen=True)
class Backup:
    """One of its backups."""

    label: str
    set: str  # for which it was taken; empty: for none of ours
    stopped: datetime
    bytes: int  # that it added to the repository
    server: str
    log: NeededLog
    damaged: bool


def stanza_wish(places: Places) -> StanzaWish | None:
    found = places.system.database.pgbackrest if places.system.database else None
    if found is None:
        return None
    return StanzaWish(places.filled(found.stanza), found.user, places.filled(found.config) if found.config else None)


def read_info(said: str, wish: StanzaWish) -> tuple[Backup, ...]:
    """Oldest first. ``Refused``: it keeps nothing of this database, or cannot tell."""
    told = next((each for each in json.loads(said) if each.get("name") == wish.stanza), None)
    status = told["status"]["code"] if told else _NO_STANZA
    if told is None or status == _NO_STANZA:
        raise Refused(f"There is no {wish}: {_MEANINGS[55]}.")
    if status not in (_OK, _NO_BACKUP):
        said = "; ".join(each["status"]["message"] for each in told.get("repo", ())) or told["status"]["message"]
        raise Refused(f"The {wish} cannot be looked at: {' '.join(said.split())[:300]}. It{_MEANINGS[41][2:]}.")
    clusters = {(each["id"], each.get("repo-key")): each for each in told["db"]}
    return tuple(_read(each, clusters) for each in told["backup"])


def read_tablespaces(said: str, label: str) -> tuple[str, ...]:
    """Of one backup, when that one was asked for."""
    found = [each for stanza in json.loads(said) for each in stanza["backup"] if each["label"] == label]
    return tuple(each["name"] for backup in found for each in backup.get("tablespace") or ())


def of_set(known: Sequence[Backup], set: str) -> Backup | None:
    return next((each for each in reversed(known) if each.set == set and not each.damaged), None)


def as_held(backup: Backup, wish: StanzaWish, superuser: str) -> Elsewhere:
    return Elsewhere(
        "pgbackrest", backup.label, str(wish), backup.stopped, backup.bytes, backup.server, (ITS_OWN_RETENTION,),
        replace(backup.log, superuser=superuser),
    )  # fmt: skip


def failed(what: str, wish: StanzaWish, exit: int, said: str) -> str:
    """A sentence of whatever it said; its code is its exit, if it came to one."""
    found = _ERROR.search(said)
    number, word = (int(found[1]), found[2]) if found else (exit, " ".join(said.split()) or "it said nothing")
    reason = word.rstrip(":. ")[:300]
    if exit < 0:
        return (
            f"{what} of the {wish} was killed (signal {-exit}): {reason}. What it began it goes on with the next time."
        )
    meaning = _MEANINGS[41] if "Permission denied" in said else _MEANINGS.get(number)
    return f"{what} of the {wish} failed ({number:03d}): {reason}{f'; {meaning}' if meaning else ''}."


def archive_get(wish: StanzaWish, data: str) -> str:
    """What PostgreSQL is told to bring its log with: a line of shell, which it runs, so every word is one."""
    words = [*wish.words, f"--pg1-path={data}", "--log-level-file=off", "archive-get"]
    return " ".join((*map(_shell_word, words), "%f", '"%p"'))


def scratch_settings(wish: StanzaWish, data: str) -> str:
    """For a copy that is only looked at: the log as far as it is needed, and nothing is archived."""
    lines = [
        f"restore_command = {quoted(archive_get(wish, data))}",
        "recovery_target = 'immediate'",
        "recovery_target_timeline = 'current'",
        *OF_ANY_COPY,
    ]
    return "".join(f"{line}\n" for line in lines)


def restore_words(wish: StanzaWish, data: str, into: str, at: datetime | None) -> Iterator[str]:
    """``data``: where it lies while it is laid out; ``into``: where it will be started; ``at``: None: all of the log.

    It never archives into the stanza it is a copy of, and takes nothing from the publishers of its subscriptions.
    """
    if not _PLAIN.fullmatch(into):
        raise BadInput(
            f"{into!a} holds what a line of shell takes otherwise, and PostgreSQL is told such a line with it. Nothing"
            " was done. Restore into a path of letters, digits, points, hyphens and slashes."
        )
    yield from ("restore", f"--pg1-path={data}", "--archive-mode=off")
    yield f"--recovery-option=restore_command={archive_get(wish, into)}"
    yield f"--recovery-option={SUBSCRIBERS}=0"
    if at is not None:
        yield from ("--type=time", f"--target={at:%Y-%m-%d %H:%M:%S.%f}+00", "--target-action=promote")


def _shell_word(word: str) -> str:
    return word if _PLAIN.fullmatch(word) else "'" + word.replace("%", "%%").replace("'", "'\\''") + "'"


def _read(told: Mapping[str, Any], clusters: Mapping[tuple[int, int | None], Mapping[str, Any]]) -> Backup:
    of = told["database"]
    cluster = clusters[(of["id"], of.get("repo-key"))]
    start = told["archive"]["start"]
    log = NeededLog(
        str(cluster["system-id"]),
        int(start[:8], 16) if start else 0,  # a name in the log begins with its timeline
        told["lsn"]["start"] or "",
        told["lsn"]["stop"] or "",
    )
    return Backup(
        told["label"],
        (told.get("annotation") or {}).get(ANNOTATION, ""),
        datetime.fromtimestamp(told["timestamp"]["stop"], UTC),
        int(told["info"]["repository"]["delta"]),
        str(cluster["version"]),
        log,
        bool(told.get("error")),
    )
