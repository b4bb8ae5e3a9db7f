"""The place a demonstration lives in: made for it, and gone with all that runs there, however it ends."""

import shutil
import tempfile
from pathlib import Path

from deployments.down import bring_down
from edge import clock, keeper, marks, practice_site
from edge.postgres import data_of
from edge.settings import Settings, for_home

SPEAKS_SECONDS = 15.0  # a keeper that was just started has said who it is by then


def new_home() -> Settings:
    return for_home(Path(tempfile.mkdtemp(prefix="mainstay-demo-")) / "home")


def remove(settings: Settings) -> None:
    """Nothing of the demo is left, also when it was broken off: neither a file nor a run that still needs one."""
    _let_the_keeper_speak(settings)
    bring_down(settings, at_once=True)
    for home in (settings.home, practice_site.folder(settings.home)):
        shutil.rmtree(data_of(home).parent, ignore_errors=True)  # as root it lies outside the home
    shutil.rmtree(settings.home.parent)


def _let_the_keeper_speak(settings: Settings) -> None:
    """Whoever stops while it is being started would find nothing to stop, and leave it behind."""
    end = clock.monotonic() + SPEAKS_SECONDS
    while not keeper.keeps(settings.home) and clock.monotonic() < end:
        if not marks.saying("MAINSTAY_HOME", str(settings.home)):
            return
        clock.sleep(0.2)
