"""The news of sets, each a pure function of what happened."""

from collections.abc import Sequence

from mainstay.backups.due import Missed
from mainstay.notices import Notice, Severity, Words


def backup_failed(system: str, environment: str, id: str, why: str) -> Notice:
    return Notice(
        f"backup/{system}/{environment}/{id}",
        Severity.ALARM,
        system,
        environment,
        Words(
            f"The backup {id} of {system} {environment} failed: {why}",
            "There is no such set. Older sets are as they were, and none of them is deleted for it.",
            f"Mend the cause and take it again: mainstay backup {system} {environment}",
        ),
        Words(
            f"Резервная копия {id} системы {system} {environment} не удалась: {why}",
            "Такой копии нет. Прежние копии не тронуты, и ни одна из них из-за этого не удаляется.",
            f"Устраните причину и сделайте её снова: mainstay backup {system} {environment}",
        ),
    )


def set_is_bad(system: str, environment: str, id: str, why: str) -> Notice:
    return Notice(
        f"bad-set/{system}/{environment}/{id}",
        Severity.ALARM,
        system,
        environment,
        Words(
            f"The backup {id} of {system} {environment} cannot be restored: {why}",
            "Nothing is deleted while it is the newest, and the next set does not stand on it.",
            f"Take another one now: mainstay backup {system} {environment}. Then find out what happened to its store.",
        ),
        Words(
            f"Резервную копию {id} системы {system} {environment} нельзя восстановить: {why}",
            "Пока она самая новая, ничего не удаляется, и следующая копия на неё не опирается.",
            f"Сделайте новую сейчас: mainstay backup {system} {environment}. Затем проверьте хранилище.",
        ),
    )


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


def backups_missed(system: str, environment: str, missed: Sequence[Missed]) -> Notice:
    """One for all kinds: after an outage every one of them was missed."""
    english = "; ".join(_missed(each, "due {}, none begun since {}, the newest whole one of {}") for each in missed)
    russian = "; ".join(_missed(each, "срок {}, ни одной не начато с {}, последняя целая от {}") for each in missed)
    return Notice(
        "/".join(("missed", system, environment, *(f"{each.kind} {each.since.isoformat()}" for each in missed))),
        Severity.WARNING,
        system,
        environment,
        Words(
            f"Backups of {system} {environment} did not begin when they should have: {english}.",
            "One of each kind begins now, or has begun since. The moments that passed without one cannot be had any"
            " more: what was changed and lost again in between is in no backup of that kind.",
            "Was this machine, Prefect's server or its worker off? Then nothing is to be done. Otherwise see why no run"
            f" of backup for {system} {environment} began: mainstay status, and the runs in Prefect's UI.",
        ),
        Words(
            f"Резервные копии {system} {environment} не были начаты вовремя: {russian}.",
            "По одной копии каждого вида начинается сейчас или уже начата. Пропущенные моменты восстановить нельзя:"
            " то, что за это время изменили и снова потеряли, не вошло ни в одну копию этого вида.",
            "Были выключены эта машина, сервер Prefect или его worker? Тогда делать ничего не нужно. Иначе выясните,"
            f" почему запуски backup для {system} {environment} не начинались: mainstay status и список запусков в"
            " Prefect.",
        ),
    )


def _missed(missed: Missed, words: str) -> str:
    times = (missed.newest, missed.since, missed.whole)
    said = (f"{each:%Y-%m-%d %H:%M} UTC" if each else "—" for each in times)
    return f"{missed.kind} ({missed.slot}): {words.format(*said)}"
