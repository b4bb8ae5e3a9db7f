from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from edge.notices import webhook
from edge.secrets import redaction
from mainstay import news
from mainstay.notices import WebhookTo
from tests.doors.bad_receiver import receiving

MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)
TRIAL = news.trial("shop", "production")


def test_delivered_is_what_was_answered_with_2xx_and_it_says_everything() -> None:
    with receiving("204") as receiver:
        answer = webhook.post(TRIAL, WebhookTo(receiver.address), MIDNIGHT, timeout_seconds=5)
    assert answer.delivered
    (body,) = receiver.bodies
    assert body["key"] == TRIAL.key and body["severity"] == "info" and body["at"] == "2026-11-20T00:00:00+00:00"
    assert "Это пробное уведомление." in str(body["text"]) and "trial notice" in str(body["text"])


@pytest.mark.parametrize("word", ["500", "502", "503", "429", "408", "reset"])
def test_what_may_pass_is_worth_asking_again(word: str) -> None:
    with receiving(word) as receiver:
        answer = webhook.post(TRIAL, WebhookTo(receiver.address), MIDNIGHT, timeout_seconds=5)
    assert not answer.delivered and answer.worth_again
    assert "127.0.0.1" in answer.said


@pytest.mark.parametrize("word", ["400", "401", "404", "410"])
def test_a_verdict_is_not_asked_for_twice(word: str) -> None:
    with receiving(word) as receiver:
        answer = webhook.post(TRIAL, WebhookTo(receiver.address), MIDNIGHT, timeout_seconds=5)
    assert not answer.delivered and not answer.worth_again
    assert word in answer.said and "check the address" in answer.said


def test_a_moved_address_is_not_followed() -> None:
    with receiving("200") as elsewhere, receiving(f"302 {elsewhere.address}") as receiver:
        answer = webhook.post(TRIAL, WebhookTo(receiver.address), MIDNIGHT, timeout_seconds=5)
        assert not answer.delivered and "new address" in answer.said
        assert elsewhere.bodies == []


@pytest.mark.parametrize("asked", ["7", format_datetime(MIDNIGHT + timedelta(seconds=7))])
def test_the_other_side_may_say_when(asked: str) -> None:
    with receiving(f"429 {asked}") as receiver:
        answer = webhook.post(TRIAL, WebhookTo(receiver.address), MIDNIGHT, timeout_seconds=5)
    assert answer.again_after_seconds == 7


@pytest.mark.parametrize("asked", ["soon", "-3", "Fri, 99 Nov", format_datetime(MIDNIGHT - timedelta(hours=1))])
def test_nonsense_about_when_is_no_wish(asked: str) -> None:
    with receiving(f"503 {asked}") as receiver:
        answer = webhook.post(TRIAL, WebhookTo(receiver.address), MIDNIGHT, timeout_seconds=5)
    assert answer.again_after_seconds == 0


def test_nobody_there_and_nobody_answering_are_said() -> None:
    with receiving("hang") as receiver:
        late = webhook.post(TRIAL, WebhookTo(receiver.address), MIDNIGHT, timeout_seconds=0.3)
    gone = webhook.post(TRIAL, WebhookTo(receiver.address), MIDNIGHT, timeout_seconds=1)
    assert late.worth_again and gone.worth_again
    assert "Timeout" in late.said and "Connect" in gone.said


@pytest.mark.parametrize("written", ["kanarienvogel-hook", "ftp://kanarienvogel-hook/x", "http:///kanarienvogel-hook"])
def test_an_address_that_is_none_is_said_and_not_repeated(tmp_path: Path, written: str) -> None:
    (tmp_path / "hook").write_text(written)
    (tmp_path / "hook").chmod(0o600)
    answer = webhook.post(TRIAL, WebhookTo(f"file://{tmp_path}/hook"), MIDNIGHT, timeout_seconds=1)
    assert not answer.delivered and not answer.worth_again and "not an http(s) address" in answer.said
    assert "kanarienvogel" not in answer.said


def test_a_ping_tells_that_we_live_and_that_all_is_not_well() -> None:
    with receiving("200") as outsider:
        assert webhook.ping(f"{outsider.address}/kanarie-0123456789abcdef?x=1", ok=True)
        assert webhook.ping(f"{outsider.address}/kanarie-0123456789abcdef?x=1", ok=False)
    assert outsider.paths == ["/hook/kanarie-0123456789abcdef?x=1", "/hook/kanarie-0123456789abcdef/fail?x=1"]
    assert redaction.redact("GET /hook/kanarie-0123456789abcdef 200") == "GET *** 200"
    assert not webhook.ping(outsider.address, ok=True, timeout_seconds=1)
