"""python small_keeper.py PROGRAMS.json: the real keeper, looking after small programs instead of the platform."""

import sys
from functools import partial
from pathlib import Path

from pydantic import TypeAdapter

from edge.prefect_server import PrefectServer
from edge.settings import Settings
from mainstay.programs import Program
from residents.chores import Chore
from residents.duties import start_undo
from residents.keeper import Keeper, main
from residents.orphans import end_orphans
from residents.programs import Programs
from residents.proving import ProvenStore
from residents.settling import Settling

PROGRAMS = TypeAdapter(tuple[Program, ...])


def small(settings: Settings) -> Keeper:
    programs = Programs(settings.home, PROGRAMS.validate_json(Path(sys.argv[1]).read_bytes()))
    kept = Keeper(settings.home, programs, deployed=lambda: True, turn_seconds=0.2)
    no_server = PrefectServer("http://127.0.0.1:1/api", None)
    settling = Settling(ProvenStore(settings), partial(start_undo, settings, no_server))
    kept.take_on(
        Chore("ending what dead changes left", partial(end_orphans, settings.home), every_seconds=2),
        Chore("settling open changes", settling, every_seconds=2),
    )
    return kept


if __name__ == "__main__":
    sys.exit(main(small, sys.argv[2:]))
