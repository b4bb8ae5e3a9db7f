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


def change_not_undone(system: str, environment: str, change: str, why: str) -> Notice:
    return Notice(
        f"not-undone/{change}",
        Severity.ALARM,
        system,
        environment,
        Words(
            f"The change {change} could be carried neither forward nor back: {why}",
            "Something is half done and stays so: users may already see errors.",
            f"Look at the host named in the report, then run: mainstay undo {change}",
        ),
        Words(
            f"Изменение {change} не удалось ни завершить, ни отменить: {why}",
            "Что-то сделано наполовину и так и останется: пользователи могут уже видеть ошибки.",
            f"Проверьте сервер, названный в отчёте, затем выполните: mainstay undo {change}",
        ),
    )


def told_late(system: str, environment: str, change: str, outcome: str) -> Notice:
    return Notice(
        f"told-late/{change}",
        Severity.INFO,
        system,
        environment,
        Words(
            f"The change {change} ended ({outcome}) while Prefect or the store did not answer.",
            "The change itself was not disturbed; its record was completed afterwards.",
            "Nothing to do; look why the platform was away if nobody stopped it.",
        ),
        Words(
            f"Изменение {change} завершилось ({outcome}), пока Prefect или хранилище не отвечали.",
            "На само изменение это не повлияло; запись о нём дополнена позже.",
            "Делать ничего не нужно; если платформу никто не останавливал, выясните, почему её не было.",
        ),
    )


def program_restarted(program: str, machine: str, why: str) -> Notice:
    return Notice(
        f"restarted/{machine}/{program}",
        Severity.WARNING,
        "",
        "",
        Words(
            f"{program} on {machine} was started again: {why}",
            "It runs again; what it was doing was continued or will be settled by itself.",
            f"Nothing to do now. If it repeats, read the log of {program} on {machine}.",
        ),
        Words(
            f"{program} на {machine} запущен снова: {why}",
            "Он снова работает; то, чем он занимался, продолжено или будет улажено само.",
            f"Сейчас делать ничего не нужно. Если повторится, читайте журнал {program} на {machine}.",
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


def store_lost(address: str, why: str) -> Notice:
    return Notice(
        "store-lost",
        Severity.ALARM,
        "",
        "",
        Words(
            f"The store {address} does not answer: {why}",
            "What is live stays live. No change can begin, and nothing new is protected, until it is back.",
            "Bring the store back (disk mounted and not full; bucket and credentials in order).",
        ),
        Words(
            f"Хранилище {address} не отвечает: {why}",
            "Работающее остаётся работать. Пока оно не вернётся, изменения не начинаются и новое не защищается.",
            "Верните хранилище (диск подключён и не заполнен; бакет и доступ к нему в порядке).",
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
