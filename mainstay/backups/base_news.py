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
            f"The backup of {system} {environment} of {at:%Y-%m-%d %H:%M} UTC holds the database only as a dump: {why}",
            "The set is whole, and it can be restored. But the database can be had only as it was at its dumps, not at"
            " any moment since, and each dump takes longer than a point in the log.",
            f"Mend that, then take one again: mainstay backup {system} {environment}",
        ),
        Words(
            f"Резервная копия {system} {environment} от {at:%Y-%m-%d %H:%M} UTC содержит базу данных только как дамп:"
            f" {why}",
            "Копия цела, и её можно восстановить. Но базу данных можно вернуть только к моментам её дампов, а не к"
            " любому моменту после них, и каждый дамп занимает больше времени, чем точка в журнале.",
            f"Устраните причину и сделайте копию снова: mainstay backup {system} {environment}",
        ),
    )
