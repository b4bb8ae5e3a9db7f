"""What the keeper does beside looking after programs: each duty a chore, none of which the loop waits for."""

from collections.abc import Callable, Iterator
from functools import partial

from edge import clock, late_audits, logs, notices, ports, release_records
from edge.prefect_automations import PrefectAutomations
from edge.prefect_server import PrefectServer
from edge.settings import Settings
from edge.store.port import Door, Store
from edge.stories import Started, start_story
from mainstay.errors import Refused
from mainstay.installation import Installation
from mainstay.keeper import Report, faults
from mainstay.store import Directory, read_place
from residents import dead_man
from residents.automations import Automations
from residents.chores import Chore
from residents.dead_man import DeadMan
from residents.news import News, read_descriptors
from residents.orphans import end_orphans
from residents.pool import Pool
from residents.proving import ProvenStore
from residents.retiring import Retiring
from residents.rpo import Rpo
from residents.runs import Runs
from residents.settling import Settling

UNDO, RETIRE, BACKUP = "undo", "retire", "backup"
RUN_LOGS_SECONDS = 90 * 24 * 3600.0  # as long as Prefect keeps the runs themselves
SWEEP_SECONDS = 24 * 3600.0
OLDEST_UPLOAD_SECONDS = 7 * 24 * 3600.0  # parts of an upload nobody will complete cost money


def duties(settings: Settings, installation: Installation, report: Callable[[], Report]) -> Iterator[Chore]:
    server = PrefectServer(installation.api, installation.login)
    yield from _of_the_home(settings, server, report)
    yield from _of_prefect(settings, installation, server, report)
    if settings.dead_man is not None:
        yield Chore(dead_man.NAME, DeadMan(settings.dead_man, report), every_seconds=60)


def _of_the_home(settings: Settings, server: PrefectServer, report: Callable[[], Report]) -> tuple[Chore, ...]:
    store = ProvenStore(settings)
    settling = Settling(store, partial(start_undo, settings, server))
    return (
        Chore("ending what dead changes left", partial(end_orphans, settings.home), every_seconds=2),
        Chore("settling open changes", settling, every_seconds=_look_seconds(settings)),
        Chore(
            "sweeping what dead uploads left", partial(sweep, store), every_seconds=SWEEP_SECONDS, limit_seconds=3600
        ),
        Chore("ending old colors", Retiring(settings, partial(start_retire, settings, server)), every_seconds=30),
        Chore(
            "seeing how old the newest backups are",
            Rpo(settings, store, partial(start_full, settings, server)),
            every_seconds=2,
            limit_seconds=600,
        ),
        Chore("forgetting old logs of runs and builds", partial(forget_old_logs, settings), every_seconds=3600),
        Chore("reading the descriptors", partial(read_descriptors, settings), every_seconds=60),
        Chore("telling what is not well", News(settings, store, report), every_seconds=10, limit_seconds=600),
        Chore("delivering what could not be delivered", partial(redeliver, settings, store), every_seconds=30),
    )


def _of_prefect(
    settings: Settings, installation: Installation, server: PrefectServer, report: Callable[[], Report]
) -> tuple[Chore, ...]:
    def server_is_ready() -> bool:
        return report().ready("server")

    runs = Runs(settings.home, server, server_is_ready)
    pool = Pool(settings.home, server, server_is_ready)
    automations = PrefectAutomations(installation.api, installation.login, budget_seconds=10)
    return (
        Chore("bringing forsaken runs to their end", runs, every_seconds=2),
        Chore("letting runs begin again", pool, every_seconds=2),
        Chore("seeing whether automations act", Automations(automations, server_is_ready), every_seconds=15),
        Chore("looking for strangers on our ports", Strangers(installation, report), every_seconds=30),
    )


def start_undo(settings: Settings, server: PrefectServer, change: str, key: str, ask_prefect: bool) -> Started:
    asked = server if ask_prefect else None
    return start_story(UNDO, {"run": change}, key, home=settings.home, server=asked, asked_by="keeper")


def start_retire(settings: Settings, server: PrefectServer, system: str, environment: str, key: str) -> Started:
    asked = {"system": system, "environment": environment}
    return start_story(RETIRE, asked, key, home=settings.home, server=server, asked_by="keeper", urgent=False)


def start_full(settings: Settings, server: PrefectServer, system: str, environment: str, key: str) -> Started:
    asked = {"system": system, "environment": environment, "kind": "full"}
    return start_story(BACKUP, asked, key, home=settings.home, server=server, asked_by="keeper", urgent=False)


def sweep(store: Callable[[], Door]) -> None:
    store().sweep("", older_than_seconds=OLDEST_UPLOAD_SECONDS)


def forget_old_logs(settings: Settings) -> None:
    for folder in (settings.logs / "runs", settings.logs / "builds"):
        logs.forget_old(folder, older_than_seconds=RUN_LOGS_SECONDS, now=clock.now())


def redeliver(settings: Settings, store: Callable[[], Store]) -> None:
    """What nobody could be told, and what releases and audit chain have not heard of, while somebody was away."""
    release_records.catch_up(store(), home=settings.home)
    late_audits.catch_up(store(), home=settings.home)
    notices.redeliver(store(), clock.now(), home=settings.home)


class Strangers:
    """A chore: asks only while something is not ready, because it looks at every process of the machine."""

    def __init__(self, installation: Installation, report: Callable[[], Report]) -> None:
        self._installation = installation
        self._report = report

    def __call__(self) -> None:
        if faults(self._report()) and (found := ports.strangers(self._installation)):
            raise Refused(" ".join(found))


def _look_seconds(settings: Settings) -> float:
    """A bucket is asked more rarely, because each question has a price; still within the term of a turn."""
    local = isinstance(read_place(settings.store, settings.store_endpoint), Directory)
    return 2 if local else 5
