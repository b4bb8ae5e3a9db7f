"""The news of the second copy and of what protects sets, each a pure function of what happened."""

from datetime import timedelta

from mainstay.backups.copies.locks import AHEAD
from mainstay.notices import Notice, Severity, Words


def copy_is_late(system: str, environment: str, lacking: str, day: str) -> Notice:
    """``day``: it is told once a day. ``lacking``: how far behind it is."""
    return Notice(
        f"copy-late/{system}/{environment}/{day}",
        Severity.WARNING,
        system,
        environment,
        Words(
            f"The second copy of the backups of {system} {environment} is behind: {lacking}.",
            "What is not in it would be lost together with the first store. The sets there are as they were.",
            f"See why it does not get on: mainstay copy {system} {environment}",
        ),
        Words(
            f"Вторая копия резервных копий {system} {environment} отстаёт: {lacking}.",
            "Чего в ней нет, то будет потеряно вместе с первым хранилищем. Сами резервные копии не тронуты.",
            f"Выясните, почему она не пополняется: mainstay copy {system} {environment}",
        ),
    )


def copy_is_damaged(system: str, environment: str, id: str, why: str) -> Notice:
    return Notice(
        f"copy-damaged/{system}/{environment}/{id}",
        Severity.ALARM,
        system,
        environment,
        Words(
            f"The second copy of the backup {id} of {system} {environment} is not what it should be: {why}",
            "The first store has it as it was; nothing was written over in the copy.",
            f"Find out what happened to that store. To have {id} copied anew, move it away there by hand, then:"
            f" mainstay copy {system} {environment} --again",
        ),
        Words(
            f"Вторая копия резервной копии {id} системы {system} {environment} повреждена: {why}",
            "В первом хранилище она осталась прежней; во второй копии ничего не перезаписано.",
            f"Проверьте то хранилище. Чтобы скопировать {id} заново, уберите её оттуда вручную, затем:"
            f" mainstay copy {system} {environment} --again",
        ),
    )


def deletable(system: str, environment: str, sentence: str, day: str) -> Notice:
    """What could not be deleted before, and can be now."""
    return Notice(
        f"deletable/{system}/{environment}/{day}",
        Severity.WARNING,
        system,
        environment,
        Words(
            f"Backups of {system} {environment} lost their protection: {sentence}.",
            "Until now they could not be deleted from this machine. Whoever breaks into it can delete them now.",
            "See who changed the rights of that account or its bucket: docs/operating.md has the policy.",
        ),
        Words(
            f"Резервные копии {system} {environment} остались без защиты: {sentence}.",
            "До сих пор их нельзя было удалить с этой машины. Теперь это может сделать тот, кто её взломает.",
            "Выясните, кто изменил права этой учётной записи или бакета: политика описана в docs/operating.md.",
        ),
    )


def protecting_failed(system: str, environment: str, why: str, day: str) -> Notice:
    hours = AHEAD // timedelta(hours=1)
    return Notice(
        f"protect-failed/{system}/{environment}/{day}",
        Severity.WARNING,
        system,
        environment,
        Words(
            f"The protection of the backups of {system} {environment} could not be looked after: {why}",
            f"Where their store has locks, those that there are run out by and by, the first {hours} hours after the"
            " last night that went well. Whoever has the rights can delete what is not locked.",
            f"Mend the cause, then: mainstay protect {system} {environment}. Which rights it needs: docs/operating.md.",
        ),
        Words(
            f"Не удалось продлить защиту резервных копий {system} {environment}: {why}",
            f"Если в хранилище есть блокировки, они постепенно истекают, первые — через {hours} часов после последней"
            " успешной ночи. Что не заблокировано, может удалить любой, у кого есть права.",
            f"Устраните причину, затем: mainstay protect {system} {environment}. Нужные права описаны в"
            " docs/operating.md.",
        ),
    )
