"""Which files of tests go to one worker, one after the other: those that share what takes long to start."""

from xdist.scheduler.loadfile import LoadFileScheduling

_STORIES = "tests/stories/test_"
_TOGETHER = {  # what is shared lives as long as a worker, so elsewhere it would be started once more
    "an installation": ("backup_story", "deploy_story"),
    "another installation": ("maintenance_story", "no_flapping_story", "up_and_down"),
    "a platform": (
        "bootstrap",
        "broken_automation",
        "copy_story",
        "down",
        "forsaken_runs",
        "prefect_server",
        "round_story",
    ),
}
_SHARED = {f"{_STORIES}{name}.py": what for what, names in _TOGETHER.items() for name in names}


class ByWhatIsShared(LoadFileScheduling):  # type: ignore[misc]  # it has no types
    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return _SHARED.get(file, file)
