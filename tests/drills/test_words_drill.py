"""Somebody changes a word of the descriptor, and goes back: to the words that were there, not only to the code."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge import practice_site
from edge.prefect_server import Run
from mainstay.colors import other
from mainstay.deploy import Live
from mainstay.releases import ReleaseRecord
from tests.drills import deploy_rig as rig
from tests.drills.deploy_rig import PLACE
from tests.whole import Whole

OLD, NEW, NEVER = "Practice (staging)", "Practice (bad words)", "Practice (never planned)"
ENOUGH_SECONDS = 300


@pytest.fixture(scope="module", autouse=True)
def quick(whole: Whole) -> Iterator[None]:
    with rig.described(whole, "shortest_seconds: 15, settle_seconds: 5", "shortest_seconds: 10, settle_seconds: 2"):
        yield


def test_a_rollback_past_a_changed_word_brings_the_old_word_back_retired_or_warm(whole: Whole) -> None:
    """First to a color that ended; then back to the warm one, which needs neither the descriptor nor a secret."""
    good = _live_with_the_old_word(whole)
    with rig.described(whole, OLD, NEW):
        assert _ended(whole, "deploy", version=good.release.commit, again=True).type == "COMPLETED"
        bad = rig.records(whole)[0]
        assert (bad.replaced, _title(whole)) == (good.release.id, NEW)
        rig.nothing_is_warm(whole)
        back = _ended(whole, "rollback", to=good.release.id)
        assert (back.state, _title(whole)) == ("Completed", OLD), back.message
        assert rig.live(whole) == Live(other(bad.color), good.release.id)
    placed = _files(whole, bad)
    with _lost(whole.home / "practice" / PLACE / "secret-key"):
        back = _ended(whole, "rollback", to=bad.release.id)
    assert (back.state, _title(whole)) == ("Completed", NEW), back.message
    assert (rig.live(whole), _files(whole, bad)) == (Live(bad.color, bad.release.id), placed)
    assert {each.name.service for each in rig.running(whole) if each.release == bad.release.id} == {"web", "worker"}


def test_a_descriptor_that_is_changed_while_it_is_built_is_not_what_goes_out(whole: Whole) -> None:
    before = rig.standing(whole)
    file = whole.settings.systems / f"{practice_site.NAME}.yaml"
    edits = f"p = __import__('pathlib').Path('{file}'); p.write_text(p.read_text().replace('{OLD}', '{NEVER}'))"
    with rig.described(whole, "[python3, -m, unittest, discover]", f'[python3, -c, "{edits}"]'):
        run = _ended(whole, "deploy", version="v6", again=True)
        assert NEVER in file.read_text()
    assert (run.state, "the descriptor was changed" in run.message) == ("Refused", True), run.message
    assert rig.standing(whole) == before


def _live_with_the_old_word(whole: Whole) -> ReleaseRecord:
    if rig.live(whole) is None or _title(whole) != OLD:
        assert _ended(whole, "deploy", version="v4", again=True).type == "COMPLETED"
    live = rig.live(whole)
    assert live is not None and _title(whole) == OLD
    return next(each for each in rig.records(whole) if each.release.id == live.release)


def _ended(whole: Whole, story: str, **words: str | bool) -> Run:
    run = whole.start(story, {"system": practice_site.NAME, "environment": PLACE, **words})
    return whole.ended(run, seconds=ENOUGH_SECONDS)


def _title(whole: Whole) -> str:
    """What users read above every page."""
    return whole.page(PLACE).text.partition("<h1>")[2].partition("</h1>")[0]


def _files(whole: Whole, record: ReleaseRecord) -> dict[str, tuple[str, int]]:
    """Beside the artifact, with when each was written."""
    files = (each for each in (rig.releases(whole) / record.release.id).iterdir() if each.is_file())
    return {each.name: (each.read_text(), each.stat().st_mtime_ns) for each in files}


@contextmanager
def _lost(secret: Path) -> Iterator[None]:
    aside = secret.rename(secret.with_name("lost"))
    try:
        yield
    finally:
        aside.rename(secret)
