"""Carries out a run: Prefect's own engine, imported with our stories while the garbage collector rests.

All that is imported stays, so it looked through ever more and found nothing: 0.5 of the 1.7 s of processor time until a
run could begin.
"""

import gc
import importlib
import runpy


def main() -> None:
    gc.disable()
    importlib.import_module("flows.deploy")  # what nearly all of our stories stand on
    gc.freeze()
    gc.enable()
    runpy.run_module("prefect.engine", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
