"""Stories, one after the other, in a process of their own: ``some_stories '[["backup", {…}], …]'``, a line for each."""

import importlib
import json
import sys

if __name__ == "__main__":
    for name, parameters in json.loads(sys.argv[1]):
        story = getattr(importlib.import_module(f"flows.{name}"), name)
        state = story(**parameters, return_state=True)
        sys.stdout.write(f"told: {state.name}: {state.message}\n")
