"""The news of what is safe only up to an old moment, and of logs that are not received, each of what was found."""

from datetime import datetime, timedelta

from mainstay.backups.log.streaming import Break, StreamState, StreamTrouble, TroubleKind
from mainstay.backups.rpo import Meter
from mainstay.backups.shown import shown_age
from mainstay.notices import Notice, Severity, Words

_DO: dict[TroubleKind, tuple[str, str]] = {
    "receiver": (
        "Do what it says above; then it goes on by itself, and what was written meanwhile is fetched.",
        "Сделайте то, что сказано выше; дальше всё продолжится само, и записанное за это время будет получено.",
    ),
    "slot": (
        "See what holds the receiver up: mainstay status, and logs/wal-*.log in the home.",
        "Выясните, что задерживает приём: mainstay status и logs/wal-*.log в домашнем каталоге.",
    ),
    "store": (
        "Mend the store; what waits here is shipped then.",
        "Почините хранилище; тогда ожидающее здесь будет отправлено.",
    ),
    "disk": (
        "Make room in MAINSTAY_HOME, or mend the store so that what waits there can go.",
        "Освободите место в MAINSTAY_HOME или почините хранилище, чтобы ожидающее ушло.",
    ),
}


SILENT = timedelta(minutes=2)


def troubles(state: StreamState, now: datetime) -> tuple[StreamTrouble, ...]:
    """What a stream told; one that tells nothing any more is in trouble too."""
    if now - state.at > SILENT:
        why = f"the process that receives it has said nothing for {shown_age(now - state.at)}. Is the keeper up?"
        return (StreamTrouble("receiver", why),)
    return state.troubles


def too_old(meter: Meter) -> Notice:
    """One for all of an environment: mostly they have one cause."""
    english = _aged(meter, "not backed up yet", "safe up to {} ago")
    russian = _aged(meter, "ещё нет в копиях", "сохранено по состоянию {} назад")
    return Notice(
        f"rpo/{meter.system}/{meter.environment}/{'+'.join(each.name for each in meter.late)}",
        Severity.ALARM,
        meter.system,
        meter.environment,
        Words(
            f"Too much of {meter.system} {meter.environment} would be lost if its host were gone now: {english}.",
            "What was written since is on that host alone.",
            f"See why: mainstay backups {meter.system} {meter.environment}, and mainstay status. It clears by itself"
            " when a newer backup is there.",
        ),
        Words(
            f"Если хост {meter.system} {meter.environment} пропадёт сейчас, потеряется слишком много: {russian}.",
            "Всё, что записано позже, есть только на этом хосте.",
            f"Выясните причину: mainstay backups {meter.system} {meter.environment} и mainstay status. Когда появится"
            " более новая копия, тревога снимется сама.",
        ),
    )


def stream_stands_still(
    system: str, environment: str, trouble: StreamTrouble, covered_until: datetime | None
) -> Notice:
    """``covered_until``: what was committed by then is in the store; None: nothing yet."""
    english, russian = _DO[trouble.kind]
    said = f"{covered_until:%Y-%m-%d %H:%M} UTC" if covered_until else ""
    which, these = (f"Moments after {said}", f"моменты после {said}") if said else ("Its moments", "её моменты")
    return Notice(
        f"stream/{system}/{environment}/{trouble.kind}",
        Severity.ALARM,
        system,
        environment,
        Words(
            f"The log of the database of {system} {environment} does not leave its host as it should: {trouble.why}",
            f"{which} cannot be restored until it does. Users notice nothing.",
            english,
        ),
        Words(
            f"Журнал базы данных {system} {environment} не уходит с хоста, как должен: {trouble.why}",
            f"До тех пор {these} восстановить нельзя. Пользователи ничего не замечают.",
            russian,
        ),
    )


def stream_broke(system: str, environment: str, broken: Break) -> Notice:
    said = f"{broken.at:%Y-%m-%d %H:%M:%S} UTC"
    return Notice(
        f"break/{system}/{environment}/{said}",
        Severity.ALARM,
        system,
        environment,
        Words(
            f"The log of the database of {system} {environment} broke at {said}: {broken.why}.",
            "What was written between the end of the old log and the next full backup cannot be restored to its"
            " moments. Earlier moments can.",
            "A full backup is started now by itself. See that it succeeds: mainstay backups"
            f" {system} {environment}. Then find out why it broke.",
        ),
        Words(
            f"Журнал базы данных {system} {environment} прервался {said}: {broken.why}.",
            "К моментам между концом старого журнала и следующей полной копией вернуться нельзя. К более ранним можно.",
            "Полная копия запускается сама прямо сейчас. Проверьте, что она удалась: mainstay backups"
            f" {system} {environment}. Затем выясните, почему журнал прервался.",
        ),
    )


def _aged(meter: Meter, never: str, since: str) -> str:
    ages = ((each.name, each.age(meter.at)) for each in meter.late)
    return "; ".join(f"{name}: {never if age is None else since.format(shown_age(age))}" for name, age in ages)
