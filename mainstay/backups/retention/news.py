"""The news of prunings, each a pure function of what happened."""

from collections.abc import Sequence

from mainstay.notices import Notice, Severity, Words


def sets_condemned(system: str, environment: str, told: Sequence[str]) -> Notice:
    """Before the first deletion ever of an environment. ``told``: what ``dry_run`` has to say."""
    going = " ".join(line for line in told if line.startswith("May go: "))
    return Notice(
        f"condemned/{system}/{environment}",
        Severity.INFO,
        system,
        environment,
        Words(
            f"Backups of {system} {environment} will be deleted for the first time, a day from now. {told[0]}",
            f"This is what backups.keep of the descriptor comes to. {going}",
            "Is it right? Then nothing is to be done. Otherwise mend backups.keep, or hold a set: mainstay hold"
            f" {system} {environment} SET --why … . What stays, and why: mainstay prune {system} {environment}"
            " --dry-run",
        ),
        Words(
            f"Резервные копии системы {system} {environment} через сутки будут удалены впервые. {told[0]}",
            f"Так следует из backups.keep в описании системы. {going}",
            "Всё верно? Тогда делать ничего не нужно. Иначе исправьте backups.keep или удержите копию: mainstay hold"
            f" {system} {environment} SET --why … . Что остаётся и почему: mainstay prune {system} {environment}"
            " --dry-run",
        ),
    )


def pruning_refused(system: str, environment: str, why: Sequence[str]) -> Notice:
    said = " ".join(why)
    return Notice(
        f"prune/{system}/{environment}",
        Severity.WARNING,
        system,
        environment,
        Words(
            f"Old backups of {system} {environment} are not deleted. {said}",
            "No backup is lost by that, and new ones are taken as ever. Their store fills up meanwhile.",
            f"Do what stands there, then: mainstay prune {system} {environment}. What would go: mainstay prune {system}"
            f" {environment} --dry-run",
        ),
        Words(
            f"Старые резервные копии системы {system} {environment} не удаляются. {said}",
            "Ни одна копия из-за этого не потеряна, новые делаются как всегда. Но хранилище заполняется.",
            f"Сделайте, что там сказано, затем: mainstay prune {system} {environment}. Что было бы удалено: mainstay"
            f" prune {system} {environment} --dry-run",
        ),
    )


def pruning_failed(system: str, environment: str, why: str, day: str) -> Notice:
    return Notice(
        f"prune-failed/{system}/{environment}/{day}",
        Severity.WARNING,
        system,
        environment,
        Words(
            f"No old backup of {system} {environment} could be deleted, or not all: {why}",
            "What was deleted before that is gone as it should be; all others are as they were, and new ones are taken"
            " as ever. Their store fills up meanwhile. It is tried again every night.",
            f"Mend the cause; to do it now: mainstay prune {system} {environment}",
        ),
        Words(
            f"Старые резервные копии {system} {environment} не удалены или удалены не все: {why}",
            "Что успели удалить до этого, удалено правильно; остальные не тронуты, новые делаются как всегда. Но"
            " хранилище заполняется. Попытка повторяется каждую ночь.",
            f"Устраните причину; чтобы сделать это сейчас: mainstay prune {system} {environment}",
        ),
    )
