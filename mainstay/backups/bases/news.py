"""The news of bases and points, each a pure function of what happened."""

from datetime import datetime

from mainstay.notices import Notice, Severity, Words


def without_log(system: str, environment: str, at: datetime, why: str) -> Notice:
    """Once a day: every backup would say it."""
    return Notice(
        f"without-log/{system}/{environment}/{at:%Y-%m-%d}",
        Severity.ALARM,
        system,
        environment,
        Words(
            f"The backup of {system} {environment} of {at:%Y-%m-%d %H:%M} UTC has no point in the database's log:"
            f" {why}",
            "The set is whole, and it can be restored: it holds a dump. But the database may be had only as it was at"
            " its dumps, not at any moment since, and each dump takes longer than a point.",
            f"Mend that, then take one again: mainstay backup {system} {environment}",
        ),
        Words(
            f"В резервной копии {system} {environment} от {at:%Y-%m-%d %H:%M} UTC нет точки в журнале базы данных:"
            f" {why}",
            "Копия цела, и её можно восстановить: в ней есть дамп. Но базу данных, возможно, удастся вернуть только к"
            " моментам её дампов, а не к любому моменту после них, и дамп занимает больше времени, чем точка.",
            f"Устраните причину и сделайте копию снова: mainstay backup {system} {environment}",
        ),
    )
