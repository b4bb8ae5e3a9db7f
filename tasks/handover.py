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
        self.done_at: float | None = None  # in seconds since 1970; None: some are still waited for
        let_workers_end(change, other(wanted.color))

    def go_on(self, found: Everything) -> None:
        """As far as it goes now."""
        old = other(self._wanted.color)
        ended = [worker for worker in self._waiting if not any(each.pid for each in of(found, worker, old))]
        for worker in ended:
            start_worker(self._change, worker, self._wanted)
        self._waiting = tuple(worker for worker in self._waiting if worker not in ended)
        if not self._waiting and self.done_at is None:
            self.done_at = clock.now().timestamp()


@converges("the jobs are {wanted.color}'s")
def hand_over_jobs(change: Change, wanted: Live) -> None:
    """Where nothing is watched meanwhile: it is over when this returns."""
    handover = Handover(change, wanted)
    while handover.done_at is None:
        change.check()
        handover.go_on(everything(change))
        clock.sleep(LOOK_SECONDS)
