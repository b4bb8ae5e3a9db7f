"""The jobs go from one color to the other beside the story: a long job holds neither the watch nor a gate."""

from edge import clock
from edge.changes import Change
from mainstay.colors import other
from mainstay.deploy import Live
from mainstay.places import Worker
from tasks.colors import let_workers_end, start_worker
from tasks.places import places
from tasks.policies import converges
from tasks.running import Everything, everything, of

LOOK_SECONDS = 0.5


class Handover:
    """One color takes jobs: a worker of the new one starts when the old one's has finished its job and ended."""

    def __init__(self, change: Change, wanted: Live) -> None:
        self._change, self._wanted = change, wanted
        self._waiting: tuple[Worker, ...] = places(change).workers
        self._told = False
        self.done_at: float | None = None  # in seconds since 1970, as the last was started; None: some are waited for

    def go_on(self, found: Everything) -> None:
        """As far as it goes now. Asked again after any error, it goes on from there."""
        begun = clock.now().timestamp()
        if not self._told:
            let_workers_end(self._change, other(self._wanted.color))
            self._told = True
        for worker in [each for each in self._waiting if not self._is_in_the_way(each, found)]:
            start_worker(self._change, worker, self._wanted)
            self._waiting = tuple(each for each in self._waiting if each != worker)
        if not self._waiting and self.done_at is None:
            self.done_at = begun

    def _is_in_the_way(self, worker: Worker, found: Everything) -> bool:
        """Somebody still works there: for the other color, or for a release that this one was given before, and that
        fell back. Starting would wait for his drain, and nobody would watch meanwhile.
        """
        old, own = of(found, worker, other(self._wanted.color)), of(found, worker, self._wanted.color)
        return any(each.pid for each in old) or any(each.state == "stopping" for each in own)


@converges("the jobs are {wanted.color}'s")
def hand_over_jobs(change: Change, wanted: Live) -> None:
    """Where nothing is watched meanwhile: it is over when this returns."""
    handover = Handover(change, wanted)
    while handover.done_at is None:
        change.check()
        handover.go_on(everything(change))
        clock.sleep(LOOK_SECONDS)
