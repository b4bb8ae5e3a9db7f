"""A turn as its holder has it: renewed as long as the holder's process runs, and not a second longer."""

from collections.abc import Callable, Iterable
from threading import Event, Lock, Thread

from edge import clock
from edge.store.port import Store
from mainstay import turn
from mainstay.errors import StopAsked, StoreLost, Superseded
from mainstay.records import decode, encode
from mainstay.turn import Phase, Turn

LOOK_SECONDS = 1.0  # how often a holder looks whether somebody asks it to stop


class HeldTurn:
    """A thread renews it, so that it ends with the process and pauses with it.

    While the store is away it stays ours: nobody else can take it there either, and the hosts know us.
    """

    def __init__(self, store: Store, key: str, taken: Turn, version: str) -> None:
        assert taken.holder is not None
        self.holder = taken.holder
        self.epoch = taken.epoch
        self.inherited = tuple(change for change in taken.unsettled if change != taken.holder.change)
        self._store, self._key = store, key
        self._turn, self._version = taken, version or None
        self._phase = taken.phase
        self._fault: BaseException | None = None
        self._after: Turn | None = None  # what stands there, when it is not ours any more
        self._lock, self._ended = Lock(), Event()
        Thread(target=self._keep, daemon=True, name=f"renews {key}").start()

    def check(self) -> None:
        """Go on? Call it between steps and while waiting in one. Never raises because the store is away."""
        self.still_mine()
        if (asked := self._turn.asked_to_stop) is not None:
            raise StopAsked(f"{asked.story} {asked.change} of {asked.who} waits for this turn: undo, and hand it over.")

    def still_mine(self) -> None:
        """The same for whoever is already on the way back."""
        if self._fault is not None:
            raise self._fault

    def watching(self) -> None:
        """Nothing is half-done: whoever hurries may take it now."""
        self._enter(Phase.WATCHING)

    def changing(self) -> None:
        self._enter(Phase.CHANGING)

    def settled(self, *changes: str) -> None:
        """The journals of these are closed, so nobody inherits them."""
        self._write(lambda mine: turn.settled(mine, changes))

    def release(self, settled: Iterable[str]) -> None:
        """Hand it over. ``StoreLost``: it is still ours and still renewed; release it again later."""
        changes = tuple(settled)
        try:
            self._write(lambda mine: turn.released(mine, changes))
        except Superseded:
            if self._after is None or self._after.holder is not None:
                raise  # and otherwise the answer to our own handing over was lost
        self.abandon()

    def abandon(self) -> None:
        """Stop renewing; what is unsettled is for the next holder."""
        self._ended.set()

    def _enter(self, phase: Phase) -> None:
        self._phase = phase
        try:
            self._write(self._renewed)
        except StoreLost:
            return  # the renewal carries it there as soon as the store is back

    def _renewed(self, mine: Turn) -> Turn:
        return turn.renewed(mine, self._phase, clock.now())

    def _keep(self) -> None:
        renewed_at = clock.monotonic()
        while not self._ended.wait(LOOK_SECONDS):
            try:
                if clock.monotonic() - renewed_at < turn.RENEWAL_SECONDS:
                    self._look()
                else:
                    self._write(self._renewed)
                    renewed_at = clock.monotonic()
            except StoreLost:
                continue  # tried again in a second
            except BaseException as fault:
                self._fault = fault  # raised where the holder asks
                return

    def _look(self) -> None:
        with self._lock:
            self._adopt()

    def _write(self, change: Callable[[Turn], Turn]) -> None:
        with self._lock:
            self.still_mine()
            while True:
                wanted = change(self._turn)
                new = self._store.swap(self._key, words(wanted), expected=self._version)
                if new is not None:
                    self._turn, self._version = wanted, new
                    return
                self._adopt()

    def _adopt(self) -> None:
        """What somebody else wrote into our turn; if it vanished with the store's memory, we write it anew."""
        found, version = read(self._store, self._key)
        if version is not None and (found.holder != self.holder or found.epoch != self.epoch):
            self._after = found
            self._fault = Superseded(f"Epoch {self.epoch} is over: {turn.has_the_turn(found)}. Touch nothing more.")
            raise self._fault
        self._turn, self._version = (found, version) if version is not None else (self._turn, None)


def read(store: Store, key: str) -> tuple[Turn, str | None]:
    stored = store.read(key)
    return (Turn(), None) if stored is None else (decode(Turn, stored.data), stored.version)


def words(value: Turn) -> bytes:
    return encode(value, nonce=clock.new_nonce())
