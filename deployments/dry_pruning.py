"""What a pruning would do now, for a person to read. It writes nothing, so the store's own clock is not asked."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import typer

from edge.backups.retention import pruner
from edge.backups.signers import signers_of
from edge.backups.stock import Stock
from edge.settings import Settings
from edge.store import open_backups, open_store
from edge.systems import read_system
from mainstay.backups.judgement import Judgement, Rules, judge
from mainstay.backups.retention.dry_run import told


def show(settings: Settings, system: str, environment: str) -> None:
    keep = read_system(settings, system).at(environment).backups.keep
    store = open_backups(settings)
    stock = Stock(store, open_store(settings), signers_of(settings, system, environment), system, environment)
    last = pruner.read_record(store, system, environment)[0].last
    for line in _lines(judge(stock.look(last_pruning=last), Rules(keep, ZoneInfo(settings.timezone)))):
        typer.echo(line)


def _lines(found: Judgement) -> Iterator[str]:
    yield from told(found.plan)
    yield from (f"Half deleted, and will be completed: {id}" for id in found.half_gone)
    yield from (f"Never finished, and will be removed: {id}" for id in found.unfinished.going)
    if found.sweep.going:
        yield f"Would be deleted now, their day being over: {', '.join(each.id for each in found.sweep.going)}"
    yield from found.sweep.refusals
