"""Builds, tries, tests and starts Mainstay, also where `make` is missing: python3 make.py help

This file alone must be readable by the Pythons it turns away, down to 2.7; everything else is in workshop/.
"""

import os
import subprocess
import sys

OLDEST = (3, 11)

if sys.version_info < OLDEST:
    ASKED = "import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))"
    for newer in ("python3.13", "python3.12", "python3.11", "python3.14"):
        try:
            if subprocess.call([newer, "-c", ASKED], stderr=subprocess.PIPE) != 0:
                continue
        except OSError:
            continue
        os.execvp(newer, [newer] + sys.argv)  # noqa: RUF005
    sys.exit(
        "Mainstay needs Python 3.11 or newer and this is %d.%d; install it (Debian, Ubuntu: apt-get install python3 "  # noqa: UP031
        "python3-venv; macOS: brew install python@3.13) and start this with it: python3.13 make.py ..."
        % sys.version_info[:2]
    )

if __name__ == "__main__":
    from workshop.commands import main

    sys.exit(main(sys.argv[1:]))
