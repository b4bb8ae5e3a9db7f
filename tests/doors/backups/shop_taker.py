"""Takes a backup of the shop whose home the environment names, step by step, and stands still before its end."""

import sys
import time

from tasks.backups.sets import begin_set, keep_files, observe_what_to_keep, open_folders
from tests.doors.backups.shop_rig import WHERE


def main() -> None:
    plan = observe_what_to_keep.fn(*WHERE, "files")
    taking = begin_set.fn(*WHERE, plan)
    for folder in open_folders.fn(taking, plan):
        keep_files.fn(folder)
    sys.stdout.write(f"{taking.id}\n")
    sys.stdout.flush()
    time.sleep(600)


if __name__ == "__main__":
    main()
