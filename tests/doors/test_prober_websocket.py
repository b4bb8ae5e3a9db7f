"""A websocket over a switch: kept, or sent away in good order and back; whatever else happens to it is a failure."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.probing import Prober, probing
from mainstay.sights import BACK_WITHIN_SECONDS, Sight
from tests.doors.moody_site import Site, after, moody_site, stop_asking, target_of


@pytest.fixture
def site() -> Iterator[Site]:
    with moody_site() as site:
        yield site


@pytest.fixture
def prober(site: Site, tmp_path: Path) -> Iterator[Prober]:
    with probing(target_of(site, websocket=True, patience_seconds=5.0), tmp_path) as prober:
        after(lambda: len(site.words) >= 2)
        yield prober


def sights(prober: Prober) -> list[Sight]:
    return [sight for sight in prober.sights().sights if sight.kind == "websocket"]


def closings(prober: Prober) -> list[Sight]:
    return [sight for sight in sights(prober) if sight.is_closing]


def answered_words(prober: Prober) -> int:
    return sum(sight.ok and sight.status == 101 for sight in sights(prober))


def test_words_and_connections_are_counted_as_the_site_counts_them(site: Site, prober: Prober) -> None:
    stop_asking(prober)
    after(lambda: prober.sights().unfinished is not None)
    assert site.handshakes == {101: 1}
    assert answered_words(prober) == len(site.words) + 1
    assert site.words == [f"word {number}" for number in range(len(site.words))]


def test_sent_away_it_is_back_on_the_new_color_and_loses_no_word(site: Site, prober: Prober) -> None:
    site.shows = "green"
    site.say(site.send_away(1012))
    after(lambda: bool(closings(prober)))
    heard = len(site.words)
    after(lambda: len(site.words) >= heard + 2)
    (closing,) = closings(prober)
    assert (closing.ok, closing.status, closing.shows) == (True, 1012, "green")
    assert closing.why == "closed 1012 by blue"
    assert closing.seconds <= BACK_WITHIN_SECONDS
    assert site.handshakes == {101: 2}
    assert sorted(set(site.words)) == sorted(f"word {number}" for number in range(len(set(site.words))))
    count = prober.count()
    assert (count.failed, count.closings.number, count.closings.back_on) == (0, 1, "green")


def test_an_end_without_a_word_is_one_failure(site: Site, prober: Prober) -> None:
    site.say(site.tear())
    after(lambda: site.handshakes[101] == 2)
    heard = len(site.words)
    after(lambda: len(site.words) >= heard + 2)
    (closing,) = closings(prober)
    assert (closing.ok, closing.status, closing.why) == (False, 1006, "closed 1006 by blue")
    assert prober.count().failed == 1


@pytest.mark.parametrize("code", [1000, 1001, 1011])
def test_sent_away_without_being_asked_back_is_a_failure(site: Site, prober: Prober, code: int) -> None:
    site.say(site.send_away(code))
    after(lambda: site.handshakes[101] == 2)
    (closing,) = closings(prober)
    assert (closing.ok, closing.status) == (False, code)
    assert prober.count().failed == 1


def test_not_back_in_time_is_one_failure_and_each_later_try_another(site: Site, prober: Prober) -> None:
    site.refuses_handshakes = 502
    site.say(site.send_away(1012))
    after(lambda: sum(not sight.ok for sight in sights(prober)) >= 3)
    site.refuses_handshakes = None
    after(lambda: site.handshakes[101] == 2)
    closing, *later = [sight for sight in sights(prober) if not sight.ok]
    assert (closing.status, closing.ok) == (1012, False)
    assert "not back within 2 s: answered 502" in closing.why
    assert {(sight.status, sight.why) for sight in later} == {(502, "answered 502")}
    tries_on_the_way_back = site.handshakes[502] - len(later)
    assert tries_on_the_way_back >= 2
    assert prober.count().failed == 1 + len(later)


def test_a_word_without_an_echo_is_a_failure_and_the_next_one_is_heard(site: Site, prober: Prober) -> None:
    site.deaf = True
    heard = len(site.words)
    after(lambda: len(site.words) > heard)
    after(lambda: prober.count().failed >= 1)
    site.deaf = False
    failed = prober.count().failed
    well = answered_words(prober)
    after(lambda: answered_words(prober) >= well + 2)
    assert "did not come back within 5 s" in next(sight.why for sight in sights(prober) if not sight.ok)
    assert prober.count().failed <= failed + 1
    assert not closings(prober)


def test_a_word_said_into_an_end_is_said_again_and_counted_once(site: Site, prober: Prober) -> None:
    site.deaf = True
    heard = len(site.words)
    after(lambda: len(site.words) > heard)
    lost = site.words[-1]
    site.say(site.send_away(1012))
    site.deaf = False
    after(lambda: site.words.count(lost) == 2)
    after(lambda: any("said again" in sight.why for sight in sights(prober)))
    stop_asking(prober)
    after(lambda: prober.sights().unfinished is not None)
    assert (prober.count().failed, prober.sights().unfinished) == (0, {})
    assert answered_words(prober) == len(set(site.words)) + 1, "each word once, and the first handshake"


def test_a_handshake_that_meets_no_websocket_is_a_failure_though_somebody_answers(site: Site, tmp_path: Path) -> None:
    site.refuses_handshakes = 404
    with probing(target_of(site, websocket=True), tmp_path) as prober:
        after(lambda: prober.count().of("websocket").failed >= 1)
    assert (sights(prober)[0].status, sights(prober)[0].ok) == (404, False)
    assert prober.count().of("websocket").failed == site.handshakes[404]
