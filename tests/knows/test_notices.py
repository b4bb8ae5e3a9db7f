from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mainstay import news, records
from mainstay.backups.copies.news import protecting_failed
from mainstay.backups.due import Missed
from mainstay.backups.log.news import stream_stands_still
from mainstay.backups.log.streaming import StreamTrouble
from mainstay.backups.news import backup_failed, backups_missed, set_is_bad
from mainstay.backups.proofs.news import (
    reading_failed,
    set_has_gaps,
    set_is_doubted,
    set_is_partly_proven,
    set_is_unproven,
    sets_not_trusted,
)
from mainstay.backups.proofs.proving import Unproven
from mainstay.backups.retention.news import pruning_failed
from mainstay.backups.sets import Proof
from mainstay.notices import (
    ALARM_AFTER,
    LONGEST_GAP,
    Alarm,
    Answer,
    MailTo,
    Notice,
    Undelivered,
    WebhookTo,
    alarm_of,
    first_kept,
    kept_again,
)

MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)
HOOK = WebhookTo("env://HOOK")
MAIL = MailTo("mail.example:587", "mainstay@shop.example", ("a@shop.example", "b@shop.example"))
NO = Answer(False, "nobody there", worth_again=True)
TRIAL = news.trial("shop", "production")
NEVER_WHOLE = Missed("shop", "production", "full", "nightly", MIDNIGHT, MIDNIGHT + timedelta(days=1), None)

FOUND = Proof("s1", 3, True, "restored", MIDNIGHT, {}, ("1 of 7 is gone",), ("no deal has a contact",))

ALL_NEWS = [
    TRIAL,
    news.change_undone("shop", "production", "c1", "the deploy was killed"),
    news.release_came_back("shop", "production", "c1", "v2", "7 of 45 requests failed on green"),
    news.release_waits("shop", "production", "v2", "0123", "mainstay approve shop production 0123"),
    news.release_unproven("shop", "production", "v2", "too few requests"),
    news.release_not_well("shop", "production", "c1", "v2", "it ended 3 times by itself"),
    news.program_stays_down("worker", "web-1", "it ends with exit 1 after 2 s"),
    backup_failed("shop", "production", "s1", "the disk is full"),
    set_is_bad("shop", "production", "s1", "its dump was changed"),
    set_has_gaps("shop", "production", FOUND),
    set_is_doubted("shop", "production", FOUND),
    set_is_partly_proven("shop", "production", replace(FOUND, unstarted=("Redis was not loaded: no redis-server",))),
    set_is_unproven(Unproven("shop", "production", "s1", 3, MIDNIGHT)),
    reading_failed("shop", "production", "the store is away"),
    pruning_failed("shop", "production", "the store is away", "2026-11-20"),
    protecting_failed("shop", "production", "the store is away", "2026-11-20"),
    sets_not_trusted("shop", "production", ["the signature of s1 is missing"]),
    backups_missed("shop", "production", [NEVER_WHOLE, replace(NEVER_WHOLE, kind="files", whole=MIDNIGHT)]),
    stream_stands_still("shop", "production", StreamTrouble("store", "it is away"), MIDNIGHT),
    stream_stands_still("shop", "production", StreamTrouble("slot", "it is 3 GB behind"), None),
    news.duty_fails("settling open changes", "web-1", "the disk is full"),
]


@pytest.mark.parametrize("notice", ALL_NEWS, ids=lambda notice: notice.key)
def test_every_notice_says_all_three_things_in_both_languages(notice: Notice) -> None:
    for words in (notice.english, notice.russian):
        assert all((words.happened, words.means, words.do))
    assert notice.english.happened in notice.text and notice.russian.do in notice.text
    assert "\n" not in notice.subject
    assert any("а" <= letter <= "я" for letter in notice.russian.means)


def test_a_stream_that_stands_still_is_told_with_the_moment_up_to_which_all_is_safe() -> None:
    notice = stream_stands_still("shop", "production", StreamTrouble("store", "it is away"), MIDNIGHT)
    assert "Moments after 2026-11-20 00:00 UTC cannot be restored until it does" in notice.english.means
    assert "моменты после 2026-11-20 00:00 UTC восстановить нельзя" in notice.russian.means


def test_gaps_grow_to_an_hour_and_no_further() -> None:
    waiting = first_kept(TRIAL, HOOK, MIDNIGHT)
    gaps = []
    for _ in range(12):
        waiting = kept_again(waiting, NO, MIDNIGHT)
        gaps.append(waiting.next_at - MIDNIGHT)
    assert gaps == sorted(gaps) and gaps[0] == timedelta(seconds=30) and gaps[-1] == LONGEST_GAP


def test_the_other_side_may_ask_for_more_time_but_not_for_ever() -> None:
    waiting = first_kept(TRIAL, HOOK, MIDNIGHT)
    assert kept_again(waiting, Answer(False, "", True, 120), MIDNIGHT).next_at == MIDNIGHT + timedelta(seconds=120)
    assert kept_again(waiting, Answer(False, "", True, 1e9), MIDNIGHT).next_at == MIDNIGHT + LONGEST_GAP


def test_only_those_who_were_refused_are_told_again() -> None:
    left = MailTo(MAIL.server, MAIL.sender, ("b@shop.example",))
    waiting = kept_again(first_kept(TRIAL, MAIL, MIDNIGHT), Answer(False, "", True, remaining=left), MIDNIGHT)
    assert waiting.destination == left


def test_a_quarter_of_an_hour_of_silence_is_an_alarm_with_all_three_sentences() -> None:
    waiting = kept_again(first_kept(TRIAL, HOOK, MIDNIGHT), NO, MIDNIGHT)
    assert alarm_of(waiting, "x", MIDNIGHT + ALARM_AFTER - timedelta(seconds=1)) is None
    alarm = alarm_of(waiting, "x", MIDNIGHT + ALARM_AFTER)
    assert alarm and TRIAL.subject in alarm.words.happened and "nobody there" in alarm.words.means and alarm.words.do


@pytest.mark.parametrize("destination", [HOOK, MAIL])
def test_what_waits_is_read_as_it_was_written(destination: WebhookTo | MailTo) -> None:
    waiting = first_kept(TRIAL, destination, MIDNIGHT)
    assert records.decode(Undelivered, records.encode(waiting, nonce="n")) == waiting
    alarm = alarm_of(waiting, "x", MIDNIGHT + ALARM_AFTER)
    assert alarm and records.decode(Alarm, records.encode(alarm, nonce="n")) == alarm


@pytest.mark.parametrize(
    "written", ["kanarienvogel", "https://u:kanarienvogel@hooks.example/kanarienvogel?kanarienvogel"]
)
def test_a_destination_is_shown_without_what_may_be_secret(written: str) -> None:
    assert "kanarienvogel" not in WebhookTo(written).shown
