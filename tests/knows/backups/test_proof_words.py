"""What a person reads beside a set: how far it was proven, when, and what he should know."""

from datetime import UTC, datetime, timedelta

from mainstay.backups.proofs.words import proven_at, shown_proofs
from mainstay.backups.sets import Proof, level_reached

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DOUBT = '"every deal has a contact" does not hold, for (7)'


def proof(level: int, hours_ago: float, *, good: bool = True, **more: object) -> Proof:
    return Proof("a", level, good, "what was found", NOW - timedelta(hours=hours_ago), **more)  # type: ignore[arg-type]


def said(*proofs: Proof) -> str:
    return shown_proofs(proofs, NOW)


def test_each_level_is_said_with_its_age_and_with_what_was_never_done() -> None:
    assert said() == "written, never looked at"
    assert said(proof(1, 50)) == "complete 2 d ago, never read back"
    assert said(proof(1, 50), proof(2, 5)) == "read back 5 h ago, never restored"
    assert said(proof(2, 9, unstarted=("no Redis",))) == "read back 9 h ago, restored in part: no Redis"
    assert said(proof(1, 50), proof(3, 30)) == "restored 30 h ago"
    assert said(proof(3, 200), proof(2, 5)) == "restored 8 d ago, read back 5 h ago"
    assert said(proof(2, 200), proof(3, 5)) == "restored 5 h ago"


def test_a_bad_set_says_what_is_wrong_also_when_a_shallower_look_found_nothing() -> None:
    assert said(proof(3, 30), proof(2, 5, good=False), proof(1, 1)) == "BAD, found 5 h ago: what was found"
    assert proven_at((proof(2, 5, good=False),)) is None


def test_one_that_was_bad_and_is_good_again_says_so() -> None:
    assert said(proof(3, 30, good=False), proof(3, 5)) == "restored 5 h ago"


def test_what_is_missing_of_what_rows_refer_to_is_counted() -> None:
    gaps = proof(3, 5, gaps=("…",), numbers={"references": 4000, "dangling": 2, "wrong": 1})
    assert said(gaps) == "restored 5 h ago, 3 of 4000 references lead nowhere"
    assert said(proof(3, 5, gaps=("nobody knows",))) == "restored 5 h ago, references not compared"


def test_a_doubted_set_was_restored_and_counts_as_no_more_than_read_back() -> None:
    doubted = proof(3, 5, doubts=(DOUBT,))
    assert level_reached((proof(1, 9), doubted)) == 2
    assert said(proof(1, 9), doubted) == f"DOUBTED, restored 5 h ago: {DOUBT}"
    assert proven_at((proof(1, 9), doubted)) == doubted.at


def test_a_doubt_clears_no_set_that_was_found_bad() -> None:
    assert level_reached((proof(3, 9, good=False), proof(3, 5, doubts=(DOUBT,)))) is None
