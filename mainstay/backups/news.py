"""The news of sets, each a pure function of what happened."""

from collections.abc import Sequence
from datetime import datetime

from mainstay.backups.due import Missed
from mainstay.backups.proofs.recovery import AMBER_AFTER, HOW, Standing
from mainstay.backups.sets import Begun, Kind
from mainstay.notices import Notice, Severity, Words

NAMED = 5  # of many files


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


def backup_refused(system: str, environment: str, kind: Kind | None, why: str, at: datetime) -> Notice:
    """``kind``: None: none at all."""
    english, russian = (f"A {kind} backup", f"Резервная копия ({kind})") if kind else ("No backup", "Ни одна копия")
    return Notice(
        f"refused-backup/{system}/{environment}/{kind or 'any'}/{at:%Y%m%d}-{at.hour // 4}",
        Severity.ALARM,
        system,
        environment,
        Words(
            f"{english} of {system} {environment} could {'not ' if kind else ''}be begun: {why}",
            "Until that is mended there is no new set; older ones are as they were. This is told at most every four"
            " hours.",
            f"Mend it, then take one: mainstay backup {system} {environment}. mainstay backups {system} {environment}"
            " shows what there is.",
        ),
        Words(
            f"{russian} системы {system} {environment} не могла быть начата: {why}",
            "Пока это не исправлено, новых копий нет; прежние не тронуты. Об этом сообщается не чаще раза в четыре"
            " часа.",
            f"Исправьте это и сделайте копию: mainstay backup {system} {environment}. Что есть, показывает mainstay"
            f" backups {system} {environment}.",
        ),
    )


def backup_died(system: str, environment: str, begun: Begun) -> Notice:
    since = f"{begun.at:%Y-%m-%d %H:%M} UTC"
    return Notice(
        f"backup/{system}/{environment}/{begun.id}",
        Severity.ALARM,
        system,
        environment,
        Words(
            f"The backup {begun.id} of {system} {environment}, begun at {since} on {begun.machine}, came to no end: its"
            " process is gone.",
            "It was killed, or the machine went down. There is no such set; older ones are as they were. If the clock"
            " began it, it is taken once more now.",
            "Was there a reboot? Then nothing is to be done. Otherwise see what killed it, for want of memory perhaps"
            f" (dmesg), then take it again: mainstay backup {system} {environment} --kind {begun.kind}",
        ),
        Words(
            f"Резервная копия {begun.id} системы {system} {environment}, начатая {since} на {begun.machine}, не"
            " завершена: её процесса больше нет.",
            "Его убили, или машина была выключена. Такой копии нет; прежние не тронуты. Если её начали по расписанию,"
            " она сейчас делается ещё раз.",
            "Была перезагрузка? Тогда делать ничего не нужно. Иначе выясните, что его убило, возможно нехватка памяти"
            f" (dmesg), и сделайте копию снова: mainstay backup {system} {environment} --kind {begun.kind}",
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


def files_spoiled(system: str, environment: str, id: str, folder: str, names: Sequence[bytes]) -> Notice:
    shown = ", ".join(ascii(name.decode(errors="backslashreplace")) for name in names[:NAMED])
    left = len(names) - NAMED
    return Notice(
        f"spoiled/{system}/{environment}/{id}/{folder}",
        Severity.WARNING,
        system,
        environment,
        Words(
            f"Files in {folder} of {system} {environment} hold something else than in the last backup, and nothing says"
            f" that anybody wrote to them: {shown}{f' and {left} more' if left > 0 else ''}.",
            f"The disk may rot, or somebody hides a change. The set {id} holds them as they are now, sets before it as"
            " they were.",
            f"Look at these files, and at the disk (dmesg, smartctl). As they were: mainstay restore {system}"
            f" {environment} PATH --set ID --only {folder}, with the id of a set before {id}.",
        ),
        Words(
            f"Файлы в {folder} системы {system} {environment} содержат не то, что в прошлой копии, хотя по всем"
            f" признакам в них никто не писал: {shown}{f' и ещё {left}' if left > 0 else ''}.",
            f"Возможно, портится диск или кто-то скрывает изменение. В копии {id} они такие, как сейчас, в более ранних"
            " — прежние.",
            f"Проверьте эти файлы и диск (dmesg, smartctl). Вернуть прежние: mainstay restore {system} {environment}"
            f" PATH --set ID --only {folder}, с именем копии раньше {id}.",
        ),
    )


def set_is_suspect(system: str, environment: str, id: str, why: str) -> Notice:
    intended = f"mainstay backups {system} {environment} --as-intended {id}"
    return Notice(
        f"suspect-set/{system}/{environment}/{id}",
        Severity.WARNING,
        system,
        environment,
        Words(
            f"The backup {id} of {system} {environment} is {why}",
            "It is whole and can be restored, but something may have emptied what it is a copy of. Until a person says"
            " that this is as it should be, no older set is deleted for it. The next ones that are as small are not"
            " told again.",
            f"Look whether data is missing. If it is, restore an older set. If all is as it should be: {intended}",
        ),
        Words(
            f"Резервная копия {id} системы {system} {environment} намного меньше предыдущей: {why}",
            "Она цела и её можно восстановить, но, возможно, данные были удалены. Пока человек не подтвердит, что так и"
            " должно быть, ни одна прежняя копия из-за неё не удаляется. О следующих таких же копиях больше не"
            " сообщается.",
            f"Проверьте, не пропали ли данные. Если пропали, восстановите прежнюю копию. Если всё верно: {intended}",
        ),
    )


def recovery_key_unused(system: str, environment: str, found: Standing) -> Notice:
    due = f"{found.since + AMBER_AFTER:%Y-%m-%d}"
    since = f"{found.since:%Y-%m-%d}"
    return Notice(
        f"recovery-key/{system}/{environment}/{found.recipient}/{found.week}",
        Severity.WARNING,
        system,
        environment,
        Words(
            f"Nobody has shown since {since} that the recovery key of {system} {environment} ({found.recipient}) is"
            " still to be had.",
            f"On the day on which this machine is gone nothing else opens its backups. From {due} on they count as"
            " amber.",
            f"Take the key from where it is kept and try it: {HOW}. If it is lost: mainstay recovery-key --instead,"
            " then take a full backup.",
        ),
        Words(
            f"С {since} никто не показал, что ключ восстановления {system} {environment} ({found.recipient}) ещё"
            " доступен.",
            f"Если этой машины не станет, резервные копии больше ничем не открыть. С {due} они считаются"
            " сомнительными.",
            f"Достаньте ключ оттуда, где он хранится, и проверьте его: {HOW}. Если он потерян: mainstay recovery-key"
            " --instead, затем сделайте полную копию.",
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
