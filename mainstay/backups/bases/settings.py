"""What PostgreSQL is told so that it makes a cluster of a base and of the log that lies beside it."""

import re
from dataclasses import dataclass

from mainstay.backups.bases.replays import Replay

SIGNAL, SETTINGS = "recovery.signal", "postgresql.auto.conf"
# Of the cluster that it is a copy of: it must neither write into that one's archive, nor follow or wait for anybody.
_NOT_OURS = re.compile(
    r"\s*(recovery_\w+|restore_command|archive_\w+|primary_\w+|synchronous_standby_names|promote_trigger_file"
    r"|standby_mode)\b",
    re.IGNORECASE,
)
# With none its subscriptions rest: a publisher would send the copy what the original then never gets.
SUBSCRIBERS = "max_logical_replication_workers"
OF_ANY_COPY = (  # it archives nothing where the original does, and waits for nobody
    "recovery_target_action = 'promote'",
    "archive_mode = 'off'",
    "synchronous_standby_names = ''",
    f"{SUBSCRIBERS} = 0",
)
TO_KNOW = (
    "Unlogged tables are empty in it, as after a crash, and subscriptions rest: take"
    f" {SUBSCRIBERS} out of its postgresql.auto.conf when it takes the place of the original"
)


@dataclass(frozen=True)
class Recovery:
    """What a scratch server is told of a cluster that is made anew, and what is said of it."""

    id: str  # of what it is
    server: str  # the version of PostgreSQL
    superuser: str
    settings: str
    said: str  # how far it is replayed
    point: str = ""  # where it must stop


def recovery_of(replay: Replay) -> Recovery:
    base = replay.base
    return Recovery(replay.id, base.server, base.superuser, recovery_settings(replay), str(replay), replay.point)


def recovery_settings(replay: Replay) -> str:
    """The log lies in pg_wal, where PostgreSQL looks when ``restore_command`` brings nothing; there must be one."""
    lines = [
        "restore_command = 'false'",
        *_target(replay),
        "recovery_target_timeline = 'current'",
        *OF_ANY_COPY,
    ]
    return "".join(f"{line}\n" for line in lines)


def of_a_copy(settings: str, replay: Replay) -> str:
    """The settings that came with a base, without what ties them to the cluster it is a copy of."""
    kept = [line for line in settings.splitlines() if not _NOT_OURS.match(line)]
    return "".join(f"{line}\n" for line in kept) + recovery_settings(replay)


def quoted(word: str) -> str:
    """As a value in PostgreSQL's own settings."""
    doubled = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"


def _target(replay: Replay) -> tuple[str, ...]:
    if replay.point:
        return (f"recovery_target_name = {quoted(replay.point)}",)
    if replay.at is not None:
        return (f"recovery_target_time = '{replay.at:%Y-%m-%d %H:%M:%S.%f}+00'",)
    return () if replay.all_of_it else ("recovery_target = 'immediate'",)
