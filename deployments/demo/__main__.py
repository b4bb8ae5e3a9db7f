"""python -m deployments.demo: whoever stops it while it is still being read sees no traceback either."""

import sys

if __name__ == "__main__":
    try:
        from deployments.demo.main import run

        run()
    except KeyboardInterrupt:
        sys.exit(130)
