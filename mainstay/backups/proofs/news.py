"""The news of proofs, each a pure function of what was found."""

from collections.abc import Sequence

from mainstay.backups.proofs.proving import Unproven
from mainstay.backups.sets import Proof
from mainstay.notices import Notice, Severity, Words


def set_has_gaps(system: str, environment: str, proof: Proof) -> Notice:
    found = ". ".join(proof.gaps)
    return Notice(
        f"set-with-gaps/{system}/{environment}/{proof.set}",
        Severity.WARNING,
        system,
        environment,
        Words(
            f"The backup {proof.set} of {system} {environment} can be restored, and not all is in it: {found}.",
            "It stays a proven set. Whoever restores it will miss these files: they went while it was taken, or users"
            " miss them already.",
            "Look for them in the folder that is backed up. If they are there, take another set. If an application"
            " removes files as soon as their rows are gone, let it wait longer than a backup takes.",
        ),
        Words(
            f"Резервная копия {proof.set} системы {system} {environment} восстанавливается, но не полностью: {found}.",
            "Копия остаётся проверенной. После восстановления этих файлов не будет: они исчезли, пока копия делалась,"
            " или их нет уже и у пользователей.",
            "Поищите их в исходной папке. Если они там, сделайте ещё одну копию. Если приложение удаляет файлы сразу"
            " вслед за строками, пусть оно ждёт дольше, чем делается копия.",
        ),
    )


def set_is_doubted(system: str, environment: str, proof: Proof) -> Notice:
    why = ". ".join(proof.doubts)
    return Notice(
        f"doubted-set/{system}/{environment}/{proof.set}",
        Severity.ALARM,
        system,
        environment,
        Words(
            f"The backup {proof.set} of {system} {environment} was restored, and is doubted: {why}.",
            "All of it came back as it was written, so either the application's own data are like that, or what was"
            " backed up was not what should have been. It does not count as proven: no older full set goes for it.",
            "Ask the same of the database that users have (database.invariants in the descriptor). Mend the data, or"
            f" the query, then: mainstay backup {system} {environment}, and mainstay prove {system} {environment}",
        ),
        Words(
            f"Резервная копия {proof.set} системы {system} {environment} восстановлена, но вызывает сомнения: {why}.",
            "Всё вернулось таким, как было записано: либо таковы сами данные приложения, либо скопировано не то, что"
            " нужно. Копия не считается проверенной, и ни одна прежняя полная копия из-за неё не удаляется.",
            "Задайте тот же вопрос рабочей базе данных (database.invariants в описании системы). Исправьте данные или"
            f" запрос, затем: mainstay backup {system} {environment} и mainstay prove {system} {environment}",
        ),
    )


def set_is_partly_proven(system: str, environment: str, proof: Proof) -> Notice:
    why = ". ".join(each.rstrip(".") for each in proof.unstarted)
    return Notice(
        f"partly-proven-set/{system}/{environment}/{proof.set}",
        Severity.WARNING,
        system,
        environment,
        Words(
            f"The backup {proof.set} of {system} {environment} was restored for proof in part: {why}.",
            "The rest came back as it was written, and this part was only read back. The clock does not try this set"
            " again. It does not count as proven, so no older full set goes for it, and the store fills up.",
            "Install on this machine what is lacking, the program that is named above or a PostgreSQL of that major,"
            f" then: mainstay prove {system} {environment} --set {proof.set}",
        ),
        Words(
            f"Резервная копия {proof.set} системы {system} {environment} восстановлена для проверки не вся: {why}.",
            "Остальное вернулось таким, как было записано, а эта часть только прочитана. По расписанию эта копия больше"
            " не проверяется. Проверенной она не считается: прежние полные копии не удаляются, хранилище заполняется.",
            "Установите на этой машине то, чего не хватает: названную выше программу или PostgreSQL той же версии,"
            f" затем: mainstay prove {system} {environment} --set {proof.set}",
        ),
    )


def set_is_unproven(found: Unproven) -> Notice:
    system, environment = found.system, found.environment
    return Notice(
        f"unproven-set/{system}/{environment}/{found.set}",
        Severity.WARNING,
        system,
        environment,
        Words(
            f"Nobody could prove the backup {found.set} of {system} {environment}, whole since"
            f" {found.since:%Y-%m-%d %H:%M} UTC: {_tries(found.tries)} ended without a verdict.",
            "That says nothing of the set, and nobody knows whether it can be restored. No older full set goes for it.",
            "See why the runs of prove ended, in Prefect's UI: a full disk, a store that was away, a database that the"
            f" scratch server does not know? Mend it, then: mainstay prove {system} {environment}",
        ),
        Words(
            f"Резервную копию {found.set} системы {system} {environment}, готовую с"
            f" {found.since:%Y-%m-%d %H:%M} UTC, проверить не удалось: попыток без результата — {found.tries}.",
            "О самой копии это ничего не говорит: неизвестно, можно ли её восстановить. Ни одна прежняя полная копия"
            " из-за неё не удаляется.",
            "Выясните в Prefect, почему запуски prove закончились: нет места на диске, недоступно хранилище, база не"
            f" подходит проверочному серверу? Устраните причину, затем: mainstay prove {system} {environment}",
        ),
    )


def reading_failed(system: str, environment: str, why: str) -> Notice:
    return Notice(
        f"reading/{system}/{environment}",
        Severity.WARNING,
        system,
        environment,
        Words(
            f"Tonight's reading of the backups of {system} {environment} broke off: {why}",
            "What was read before stays known. The rest is as it was, and waits for the next night.",
            f"Mend the cause; to read on now: mainstay prove {system} {environment} --set due --level 2",
        ),
        Words(
            f"Ночное чтение резервных копий {system} {environment} прервалось: {why}",
            "Уже прочитанное учтено. Остальное без изменений и ждёт следующей ночи.",
            f"Устраните причину; чтобы продолжить сейчас: mainstay prove {system} {environment} --set due --level 2",
        ),
    )


def sets_not_trusted(system: str, environment: str, strange: Sequence[str]) -> Notice:
    why = " ".join(strange)
    return Notice(
        f"strange-sets/{system}/{environment}",
        Severity.ALARM,
        system,
        environment,
        Words(
            f"In the store of backups of {system} {environment} lies what cannot be trusted: {why}",
            "It is in no restore and in no proof. What it was a copy of may be in no other set.",
            f"Find out who wrote there. Then see what there is: mainstay backups {system} {environment}",
        ),
        Words(
            f"В хранилище резервных копий {system} {environment} есть то, чему нельзя доверять: {why}",
            "Ни восстановление, ни проверка этого не используют. Другой копии этих данных может не быть.",
            f"Выясните, кто туда писал. Затем посмотрите, что осталось: mainstay backups {system} {environment}",
        ),
    )


def _tries(count: int) -> str:
    return "1 try" if count == 1 else f"{count or 'no'} tries"
