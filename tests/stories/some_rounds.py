"""Rounds, one after the other, in a process of their own: ``python -m tests.stories.some_rounds SLOT…``"""

import sys
from typing import Any

from flows.round import round as tell

if __name__ == "__main__":
    story: Any = tell
    for slot in sys.argv[1:]:
        state = story(slot, return_state=True)
        sys.stdout.write(f"{state.name}: {state.message}\n")
