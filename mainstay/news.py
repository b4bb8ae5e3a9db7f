"""The news Mainstay has to tell, each a pure function of what happened."""

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


def trial(system: str, environment: str) -> Notice:
    return Notice(
        f"trial/{system}/{environment}",
        Severity.INFO,
        system,
        environment,
        Words("This is a trial notice.", "Notices for this system reach you.", "Nothing to do."),
        Words("Это пробное уведомление.", "Уведомления по этой системе до вас доходят.", "Делать ничего не нужно."),
    )
