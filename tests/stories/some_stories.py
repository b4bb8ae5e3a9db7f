"""Stories, one after the other, in a process of their own: ``some_stories '[["backup", {…}], …]'``, a line for each."""

import importlib
import json
import os
import sys

if __name__ == "__main__":
    # where no server is given, Prefect starts one; a busy machine takes longer for it than its 20 seconds
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    for name, parameters in json.loads(sys.argv[1]):
        story = getattr(importlib.import_module(f"flows.{name}"), name)
        state = story(**parameters, return_state=True)
        sys.stdout.write(f"told: {state.name}: {state.message}\n")
