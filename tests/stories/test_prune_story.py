"""Sets leave the store as a person sees it: shown before, held and released, deleted by the flow, once."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from random import Random

import pytest

from edge import audits, clock, processes
from edge.backups.retention import pruner
from edge.settings import read_settings
from edge.store import open_store
from mainstay import keys
from mainstay.backups.sets import set_folder
from mainstay.descriptor.environment import Keep
from mainstay.notices import Undelivered
from mainstay.records import decode
from mainstay.store import COPY
from tests.doors.backups.prune_rig import WHERE, Yard
from tests.doors.store_rig import ROOT
from tests.knows.small_shop import SHOP

KEPT = "hourly: 0, daily: 2, weekly: 0, monthly: 0, yearly: 0, all_for_hours: 1"
PRODUCTION = "  production:\n"
NOBODY = 'notices: {webhooks: ["http://127.0.0.1:9/nobody"]}\n'


@dataclass
class Shop:
    yard: Yard
    words: dict[str, str]
    nights: list[str]

    def say(self, *words: str) -> processes.Output:
        argv = [sys.executable, "-m", "deployments.command_line", *words]
        return processes.run(argv, deadline_seconds=180, environment=self.words)

    def prune(self, *words: str) -> str:
        return self.say("prune", *WHERE, *words, "--without-server").text

    def tell(self, *stories: str, **more: str) -> str:
        asked = json.dumps([(name, dict(zip(("system", "environment"), WHERE, strict=True))) for name in stories])
        argv = [sys.executable, "-m", "tests.stories.some_stories", asked]
        return processes.run(argv, deadline_seconds=180, cwd=ROOT, environment={**self.words, **more}).text

    @contextmanager
    def stuck(self, set: str) -> Iterator[None]:
        """One object of it is not to be had, and no other of all there are."""
        used = {_lock(entry.key) for entry in self.yard.store.listing("")}
        names = (f"{set_folder(*WHERE, set)}/more-{number}" for number in count())
        key = next(each for each in names if _lock(each) not in used)
        self.yard.store.publish(key, b"more")
        lock = Path(self.yard.store.address) / ".locks" / _lock(key)
        lock.unlink(missing_ok=True)
        lock.mkdir()
        try:
            yield
        finally:
            lock.rmdir()

    def told_people(self) -> str:
        store = open_store(read_settings(self.words))
        waiting = [store.read(entry.key) for entry in store.listing("notices/undelivered")]
        return " ".join(decode(Undelivered, found.data).notice.english.happened for found in waiting if found)


def _lock(key: str) -> str:
    return sha256(key.encode()).hexdigest()[:2]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Proven fulls of the last nights, the newest of an hour ago; what may go was condemned yesterday."""
    root = tmp_path_factory.mktemp("prune")
    yard = Yard(root, Keep(hourly=0, daily=2, weekly=0, monthly=0, yearly=0, all_for_hours=1), Random(1))
    home = root / "home"
    (home / "systems").mkdir(parents=True)
    kept = f"{PRODUCTION}    backups: {{full: nightly, keep: {{{KEPT}}}}}\n"
    (home / "systems" / "shop.yaml").write_text(SHOP.replace(PRODUCTION, kept) + NOBODY)
    words = {
        "MAINSTAY_HOME": str(home),
        "MAINSTAY_STORE": str(root / "records"),
        "MAINSTAY_BACKUPS": str(root / "sets"),
    }
    yard.time = clock.now() - timedelta(days=8, hours=1)
    nights = []
    for _ in range(8):
        nights.append(yard.take("full"))
        yard.time += timedelta(days=1)
    yield Shop(yard, words, nights)


def test_what_would_go_is_shown_and_nothing_is_touched(shop: Shop) -> None:
    before = [entry.key for entry in shop.yard.store.listing("")]
    told = shop.say("prune", *WHERE, "--dry-run")
    assert told.exit == 0 and "May go: 6 full sets" in told.text, told.text
    assert "Stays: " in told.text
    assert [entry.key for entry in shop.yard.store.listing("")] == before


def test_the_first_deletion_is_shown_a_day_before_and_more_than_thirty_percent_wait_for_a_word(shop: Shop) -> None:
    shop.yard.time = clock.now() - timedelta(hours=25)
    shop.yard.prune()
    oldest = shop.nights[0]
    held = shop.say("hold", *WHERE, oldest, "--why", "lawsuit of March")
    assert held.exit == 0 and "release-hold" in held.text, held.text
    listed = shop.say("backups", *WHERE).text
    assert "held: lawsuit of March, by " in listed and "may go from " in listed
    refused = shop.prune()
    assert "Refused: 0 deleted" in refused and "--agree" in refused, refused
    assert "Old backups of shop production are not deleted" in shop.told_people()
    word = refused.partition("--agree ")[2].split(",")[0].strip()
    with shop.stuck(shop.nights[5]):
        while "Refused: Nothing was changed" in (broken := shop.prune("--agree", word)):
            """Once in 256 times what it wrote to learn the store's time has the same lock."""
    assert "StoreLost" in broken and shop.nights[5] not in shop.yard.whole(), broken
    done = shop.prune()
    assert "Completed: 1 deleted" in done, done
    assert shop.yard.whole() == [oldest, *shop.nights[-2:]] and not shop.yard.faults()
    chained = audits.tail(open_store(read_settings(shop.words)), 4)
    assert {each.what for each in chained} == {"prune of shop production"}
    assert [each.outcome.partition(",")[0] for each in chained] == [
        "began: 5 may go",
        "StoreLost",
        "began: 1 may go",
        "1 deleted",
    ]
    assert chained[0].change == chained[1].change != chained[2].change == chained[3].change


def test_a_hold_says_for_what_and_is_released_by_name(shop: Shop) -> None:
    for words, sentence in [
        (("hold", *WHERE, "no-such-set", "--why", "x"), "There is no set 'no-such-set'"),
        (("hold", *WHERE, shop.nights[0], "--why", " "), "Say why"),
        (("release-hold", *WHERE, shop.nights[-1]), "Nobody holds the set"),
    ]:
        told = shop.say(*words)
        assert told.exit == 1 and sentence in told.text, told.text
    released = shop.say("release-hold", *WHERE, shop.nights[0])
    assert released.exit == 0 and "no longer held for: lawsuit of March" in released.text, released.text


def test_nobody_is_told_of_a_pruning_that_leaves_the_work_to_another_one(shop: Shop) -> None:
    before, asked = shop.told_people(), (shop.yard.store, *WHERE)
    record, version = pruner.claim(*asked, "anna")
    try:
        told = shop.tell("prune")
    finally:
        pruner.leave(*asked, record, version)
    assert "told: Refused: " in told and "is being pruned by anna" in told, told
    assert shop.told_people() == before


def test_records_that_cannot_be_read_hide_no_set_and_people_hear_that_nothing_is_pruned_or_protected(
    shop: Shop, tmp_path: Path
) -> None:
    """Both are started at night, when nobody looks."""
    record = shop.yard.root / "sets" / keys.pruning(*WHERE)
    (tmp_path / "away").write_text("a disk that is not there")
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text("half a rec")
    shop.yard.store.publish(keys.tombstone(*WHERE, shop.nights[-1]), b"half a tombst")
    listed = shop.say("backups", *WHERE).text
    assert shop.nights[-2] in listed and "its tombstone cannot be read, so no set goes" in listed, listed
    told = shop.tell("prune", "protect", **{COPY: str(tmp_path / "away")})
    assert "told: Refused: Nothing was changed" in told and "told: Incomplete: " in told, told
    said = shop.told_people()
    assert "No old backup of shop production could be deleted" in said and "not a readable PruningRecord" in said
    assert "protection of the backups of shop production could not be looked after" in said
