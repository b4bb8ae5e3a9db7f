"""The news Mainstay has to tell, each a pure function of what happened."""

from collections.abc import Sequence

from mainstay.backups.due import Missed
from mainstay.notices import Notice, Severity, Words


def change_undone(system: str, environment: str, change: str, why: str) -> Notice:
    return Notice(
        f"undone/{change}",
        Severity.WARNING,
        system,
        environment,
        Words(
            f"The change {change} was undone: {why}",
            "What was live before it is live again; nothing is half done.",
            "Read the report of the run, mend the cause, start the change again.",
        ),
        Words(
            f"Изменение {change} отменено: {why}",
            "Снова работает то, что работало до него; ничего не осталось сделанным наполовину.",
            "Прочитайте отчёт запуска, устраните причину и запустите изменение снова.",
        ),
    )


def release_came_back(system: str, environment: str, change: str, version: str, why: str) -> Notice:
    """A person is called: no machine sends it out again."""
    return Notice(
        f"came-back/{change}",
        Severity.ALARM,
        system,
        environment,
        Words(
            f"{version} was taken back from {system} {environment}: {why}",
            "Users have what they had before. No machine deploys this commit again.",
            "Read the report of the run, mend the cause and deploy another commit; or, if it was not the release's"
            f" fault: mainstay deploy {system} {environment} {version} --again",
        ),
        Words(
            f"{version} отозвана из {system} {environment}: {why}",
            "У пользователей то, что было раньше. Автоматически этот коммит больше не развёртывается.",
            "Прочитайте отчёт запуска, устраните причину и разверните другой коммит; или, если релиз не виноват:"
            f" mainstay deploy {system} {environment} {version} --again",
        ),
    )


def look_at_this(system: str, environment: str, change: str, what: str) -> Notice:
    return Notice(
        f"look/{change}/{what[:40]}",
        Severity.ALARM,
        system,
        environment,
        Words(
            f"While {change} is watched on {system} {environment}: {what}.",
            "It is not switched back for that: going back would not help.",
            "Mend what both colors share; the watch goes on meanwhile.",
        ),
        Words(
            f"Во время наблюдения за {change} в {system} {environment}: {what}.",
            "Назад из-за этого не переключаемся: это не помогло бы.",
            "Устраните общую для обеих версий причину; наблюдение продолжается.",
        ),
    )


def release_waits(system: str, environment: str, version: str, commit: str, how: str) -> Notice:
    return Notice(
        f"waits/{system}/{environment}/{commit}",
        Severity.INFO,
        system,
        environment,
        Words(
            f"{version} ({commit[:12]}) is built and waits for a person's word to go to {system} {environment}.",
            "Nothing was changed there, and nothing is until somebody agrees.",
            f"Look at what it changes, then: {how}",
        ),
        Words(
            f"{version} ({commit[:12]}) собрана и ждёт согласия человека, чтобы попасть в {system} {environment}.",
            "Там ничего не изменилось и не изменится, пока никто не согласится.",
            f"Посмотрите, что она меняет, затем: {how}",
        ),
    )


def release_unproven(system: str, environment: str, version: str, why: str) -> Notice:
    return Notice(
        f"unproven/{system}/{environment}/{version}",
        Severity.WARNING,
        system,
        environment,
        Words(
            f"{version} is live on {system} {environment} and was accepted without proof: {why}",
            "Nothing spoke against it, and too little for it. It stays live.",
            f"Look at it yourself; back to the one before: mainstay rollback {system} {environment}",
        ),
        Words(
            f"{version} работает в {system} {environment} и принята без доказательства: {why}",
            "Против неё ничего не говорит, но и за неё сказано слишком мало. Она остаётся.",
            f"Проверьте её сами; вернуть прежнюю: mainstay rollback {system} {environment}",
        ),
    )


def release_not_well(system: str, environment: str, change: str, version: str, why: str) -> Notice:
    return Notice(
        f"not-well/{change}",
        Severity.ALARM,
        system,
        environment,
        Words(
            f"{version} had been found good for {system} {environment} and does not work now: {why}",
            "It is what users are sent to all the same, so they may get errors. The release before it is kept warm.",
            f"Go back: mainstay rollback {system} {environment}. Or deploy a mend.",
        ),
        Words(
            f"{version} была признана годной для {system} {environment}, но сейчас не работает: {why}",
            "Пользователи всё же направляются на неё и могут видеть ошибки. Предыдущий релиз ещё запущен.",
            f"Вернитесь назад: mainstay rollback {system} {environment}. Или разверните исправление.",
        ),
    )


def program_stays_down(program: str, machine: str, why: str) -> Notice:
    return Notice(
        f"down/{machine}/{program}",
        Severity.ALARM,
        "",
        "",
        Words(
            f"{program} on {machine} does not stay up: {why}",
            "It is tried again, more and more rarely. What is live stays live; no change is started meanwhile.",
            f"Read the log of {program} on {machine}, mend the cause; it is started again by itself.",
        ),
        Words(
            f"{program} на {machine} не удаётся удержать работающим: {why}",
            "Попытки продолжаются всё реже. Работающее остаётся работать; новые изменения пока не начинаются.",
            f"Прочитайте журнал {program} на {machine} и устраните причину; он запустится сам.",
        ),
    )


def duty_fails(duty: str, machine: str, why: str) -> Notice:
    return Notice(
        f"duty/{machine}/{duty}",
        Severity.ALARM,
        "",
        "",
        Words(
            f"The keeper on {machine} has failed for a minute at: {duty}. {why}",
            "What is live stays live. Until this works again, somebody may have to do it by hand.",
            f"Run on {machine}: mainstay status. It says what is not well and what to do.",
        ),
        Words(
            f"Хранитель на {machine} уже минуту не справляется с задачей: {duty}. {why}",
            "Работающее остаётся работать. Пока это не исправлено, возможно, придётся действовать вручную.",
            f"Выполните на {machine}: mainstay status. Команда скажет, что не в порядке и что делать.",
        ),
    )


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


def trial(system: str, environment: str) -> Notice:
    return Notice(
        f"trial/{system}/{environment}",
        Severity.INFO,
        system,
        environment,
        Words("This is a trial notice.", "Notices for this system reach you.", "Nothing to do."),
        Words("Это пробное уведомление.", "Уведомления по этой системе до вас доходят.", "Делать ничего не нужно."),
    )
