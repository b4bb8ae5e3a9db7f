"""python small_keeper.py PROGRAMS.json: the real keeper, looking after small programs instead of the platform."""

import json
import sys
from pathlib import Path

from mainstay.programs import Program
from residents.keeper import main


def programs(path: Path) -> tuple[Program, ...]:
    return tuple(
        Program(**{name: tuple(value) if isinstance(value, list) else value for name, value in words.items()})
        for words in json.loads(path.read_text())
    )


if __name__ == "__main__":
    sys.exit(main(programs(Path(sys.argv[1])), sys.argv[2:]))
