"""Where each kind of record lies in the store."""

import re
from datetime import datetime

from mainstay.errors import BadInput

_PART = r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}"  # no file system takes a longer name
_KEY = re.compile(rf"(?=.{{1,512}}\Z){_PART}(/{_PART})*")


def is_key(text: str) -> bool:
    return _KEY.fullmatch(text) is not None


def checked(key: str) -> str:
    """The key itself, if every store can hold it: no dots in front, no way out of the store."""
    if not is_key(key):
        raise BadInput(f"{key!r} cannot be a key in the store; use letters, digits, '.', '_', '-' between '/'")
    return key


def turn(system: str, environment: str) -> str:
    return f"turns/{system}/{environment}.json"


def journal(system: str, environment: str, change: str) -> str:
    """The folder of one change's journal; its entries are numbered inside it."""
    return f"journals/{system}/{environment}/{change}"


def journal_entry(system: str, environment: str, change: str, number: int) -> str:
    return f"{journal(system, environment, change)}/{number:04d}.json"


def audit(number: int) -> str:
    return f"audit/{number:010d}.json"


def artifact(system: str, digest: str) -> str:
    return f"artifacts/{system}/{digest}.tar.gz"


def builds(system: str, commit: str) -> str:
    """The folder of what was built of one commit; several, if the descriptor's section changed meanwhile."""
    return f"builds/{system}/{commit}"


def build(system: str, commit: str, section: str) -> str:
    return f"{builds(system, commit)}/{section}.json"


def configuration(system: str, digest: str) -> str:
    return f"configurations/{system}/{digest}.json"


def releases(system: str, environment: str) -> str:
    """The folder of release records; changes, and so their records, sort by time."""
    return f"releases/{system}/{environment}"


def release(system: str, environment: str, change: str) -> str:
    return f"{releases(system, environment)}/{change}.json"


AUDIT_HEAD = "audit-head.json"  # a hint where to begin looking, never the truth
TURNS = "turns/"
UNDELIVERED = "notices/undelivered/"
ALARMS = "alarms/"


def undelivered(id: str) -> str:
    return f"{UNDELIVERED}{id}.json"


def alarm(key: str) -> str:
    return checked(f"{ALARMS}{key}.json")


def approval(system: str, environment: str, binding: str) -> str:
    return f"approvals/{system}/{environment}/{binding}.json"


def waiting(system: str, environment: str, binding: str) -> str:
    return f"approvals/{system}/{environment}/{binding}.waiting.json"


def missed_backup(system: str, environment: str, kind: str, since: datetime) -> str:
    """What was missed after one backup is one thing, however many slots it lasts."""
    return f"missed-backups/{system}/{environment}/{kind}/{since:%Y%m%dT%H%M%SZ}.json"


def ended_backup(system: str, environment: str, id: str) -> str:
    """What people heard of a backup that came to no set."""
    return checked(f"ended-backups/{system}/{environment}/{id}.json")


def recovery_checks(recipient: str) -> str:
    """The folder of when somebody had the secret half of this key."""
    return checked(f"recovery-checks/{recipient}")


def recovery_reminder(system: str, environment: str, recipient: str, since: datetime, week: int) -> str:
    return checked(f"recovery-reminders/{system}/{environment}/{recipient}/{since:%Y%m%dT%H%M%SZ}-{week}.json")


def unproven_set(system: str, environment: str, id: str) -> str:
    """That people heard of a set which nobody could prove."""
    return checked(f"unproven-sets/{system}/{environment}/{id}.json")


def holds(system: str, environment: str) -> str:
    """The folder of what people want kept; like the four below it lies where sets are kept."""
    return checked(f"holds/{system}/{environment}")


def hold(system: str, environment: str, set: str, id: str) -> str:
    return checked(f"{holds(system, environment)}/{set}/{id}.json")


def tombstones(system: str, environment: str) -> str:
    return checked(f"tombstones/{system}/{environment}")


def tombstone(system: str, environment: str, set: str) -> str:
    return checked(f"{tombstones(system, environment)}/{set}.json")


def readings(system: str, environment: str) -> str:
    """The folder of who reads sets just now."""
    return checked(f"readings/{system}/{environment}")


def reading(system: str, environment: str, id: str) -> str:
    return checked(f"{readings(system, environment)}/{id}.json")


def pruning(system: str, environment: str) -> str:
    """Who prunes, and when that was last done."""
    return checked(f"pruning/{system}/{environment}/record.json")


def pruning_trials(system: str, environment: str) -> str:
    """What is written to learn the store's time, and removed to learn whether we may. Below ``trials`` a lifecycle
    rule of the bucket removes what we cannot.
    """
    return checked(f"trials/pruning/{system}/{environment}")


def ended_backups(system: str, environment: str) -> str:
    """The folder of backups that came to no set, by their ids; it lies beside releases and turns."""
    return f"ended-backups/{system}/{environment}"


def copied(system: str, environment: str) -> str:
    """What is remembered of the second copy of its sets."""
    return f"copies/{system}/{environment}/copied.json"


def told_of_copy(system: str, environment: str, what: str) -> str:
    return checked(f"copies/{system}/{environment}/told/{what}.json")


def protection(source: str) -> str:
    return f"protection/{source}.json"


def refused_backup(system: str, environment: str, kind: str, at: datetime) -> str:
    """Of four hours: one that is told every three minutes is not read."""
    return f"refused-backups/{system}/{environment}/{kind}/{at:%Y%m%d}-{at.hour // 4}.json"
