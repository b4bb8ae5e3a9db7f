"""python small_keeper.py PROGRAMS.json: the real keeper, looking after small programs instead of the platform."""

import sys
from pathlib import Path

from pydantic import TypeAdapter

from mainstay.programs import Program
from residents.keeper import main

PROGRAMS = TypeAdapter(tuple[Program, ...])

if __name__ == "__main__":
    sys.exit(main(PROGRAMS.validate_json(Path(sys.argv[1]).read_bytes()), sys.argv[2:], turn_seconds=0.2))
