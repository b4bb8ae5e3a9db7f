"""The news of physical copies that others keep, each a pure function of what happened."""

from collections.abc import Sequence
from datetime import datetime

from mainstay.notices import Notice, Severity, Words


def nothing_elsewhere(system: str, environment: str, at: datetime, why: Sequence[str]) -> Notice:
    """Once a day: every backup would say it."""
    said = " ".join(why)
    return Notice(
        f"nothing-elsewhere/{system}/{environment}/{at:%Y-%m-%d}",
        Severity.WARNING,
        system,
        environment,
        Words(
            f"The backup of {system} {environment} of {at:%Y-%m-%d %H:%M} UTC has no physical copy of the database:"
            f" {said}",
            "The set is whole, and it can be restored from its dump; that takes longer than such a copy would.",
            f"Mend that, then take one again: mainstay backup {system} {environment}",
        ),
        Words(
            f"В резервной копии {system} {environment} от {at:%Y-%m-%d %H:%M} UTC нет физической копии базы данных:"
            f" {said}",
            "Копия цела, и базу данных можно восстановить из её дампа; это занимает больше времени.",
            f"Устраните причину и сделайте копию снова: mainstay backup {system} {environment}",
        ),
    )


def snapshots_stay(system: str, environment: str, at: datetime, why: Sequence[str]) -> Notice:
    """Of sets that have gone; once a day."""
    said = " ".join(why)
    return Notice(
        f"snapshots-stay/{system}/{environment}/{at:%Y-%m-%d}",
        Severity.WARNING,
        system,
        environment,
        Words(
            f"Backups of {system} {environment} were deleted, and their snapshots were not: {said}",
            "No backup that shall stay is touched by that. The snapshots cost money, and count for the quota.",
            f"Do what stands there. What may pass by itself is tried again by the next: mainstay prune {system}"
            f" {environment}",
        ),
        Words(
            f"Резервные копии {system} {environment} удалены, а их снимки (snapshots) остались: {said}",
            "Копии, которые должны остаться, не затронуты. Снимки стоят денег и учитываются в квоте.",
            f"Сделайте, что там сказано. Что может пройти само, будет повторено следующим запуском: mainstay prune"
            f" {system} {environment}",
        ),
    )


def not_restored_elsewhere(system: str, environment: str, id: str, why: Sequence[str]) -> Notice:
    said = " ".join(why)
    return Notice(
        f"not-restored-elsewhere/{system}/{environment}/{id}",
        Severity.WARNING,
        system,
        environment,
        Words(
            f"The backup {id} of {system} {environment} was restored for proof, and the physical copy that it names was"
            f" not: {said}",
            "The set is as good as it was: it is restored from its dump, which takes longer. Moments between two sets"
            " may be lost with what keeps the log.",
            "Look at what keeps it, as its own user: pgbackrest info; pgbackrest verify. Then take a full backup:"
            f" mainstay backup {system} {environment}",
        ),
        Words(
            f"Резервная копия {id} системы {system} {environment} при проверке восстановлена, а физическая копия,"
            f" которую она называет, — нет: {said}",
            "Сама копия не хуже прежнего: база данных восстанавливается из дампа, это дольше. Но моменты между двумя"
            " копиями могут быть потеряны.",
            "Проверьте от имени её пользователя: pgbackrest info; pgbackrest verify. Затем сделайте полную копию:"
            f" mainstay backup {system} {environment}",
        ),
    )
