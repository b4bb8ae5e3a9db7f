from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mainstay.audit import (
    NOTHING_BEFORE,
    AuditEntry,
    AuditHead,
    Link,
    as_tags,
    asker_of_run,
    hash_of,
    verify,
    who_and_where,
)
from mainstay.records import encode

MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)


def written(count: int) -> list[Link]:
    links: list[Link] = []
    for number in range(1, count + 1):
        before = links[-1].sha256 if links else NOTHING_BEFORE
        links.append(link(AuditEntry(number, before, MIDNIGHT, "anna", "deploy 1.2", "web-1", "completed", "c1")))
    return links


def link(entry: AuditEntry) -> Link:
    return Link(entry.number, hash_of(encode(entry, nonce=str(entry.number))), entry)


def broken_at(links: list[Link], head: AuditHead | None) -> list[int]:
    return [found.number for found in verify(links, head)]


def changed(found: Link) -> Link:
    assert found.entry
    return link(replace(found.entry, who="somebody else"))


def test_what_was_left_alone_holds() -> None:
    chain = written(5)
    assert verify(chain, chain[-1].head) == []
    assert verify([], None) == []


def test_a_head_that_lags_is_honest() -> None:
    chain = written(5)
    assert verify(chain, chain[2].head) == []


@pytest.mark.parametrize("place", range(4))
def test_a_changed_entry_is_noticed_at_the_one_after_it(place: int) -> None:
    chain = written(5)
    head = chain[-1].head
    chain[place] = changed(chain[place])
    assert broken_at(chain, head) == [place + 2]


def test_a_changed_last_entry_is_noticed_by_the_head() -> None:
    chain = written(5)
    assert broken_at([*chain[:-1], changed(chain[-1])], chain[-1].head) == [5]


@pytest.mark.parametrize("place", range(5))
def test_a_missing_entry_is_noticed_wherever_it_stood(place: int) -> None:
    chain = written(5)
    head = chain[-1].head
    del chain[place]
    found = verify(chain, head)
    assert [each.number for each in found] == [place + 1]
    assert "took it away" in found[0].sentence


def test_a_cut_off_end_is_noticed_by_the_head_and_a_missing_head_is_said() -> None:
    chain = written(5)
    assert "Entries 3 to 5" in verify(chain[:2], chain[-1].head)[0].sentence
    assert "Entries 1 to 5" in verify([], chain[-1].head)[0].sentence
    assert "head is missing" in verify(chain, None)[0].sentence


def test_damaged_and_moved_entries_are_told_apart() -> None:
    chain = written(3)
    damaged = [chain[0], Link(2, "0", None), chain[2]]
    assert "cannot be read" in verify(damaged, chain[-1].head)[0].sentence
    moved = [chain[0], replace(chain[0], number=2), chain[2]]
    assert "moved" in verify(moved, chain[-1].head)[0].sentence


def test_a_chain_that_goes_on_after_a_theft_still_shows_the_theft() -> None:
    chain = written(5)
    after = link(AuditEntry(6, chain[4].sha256, MIDNIGHT, "anna", "deploy", "web-1", "completed", "c2"))
    assert broken_at([*chain[:4], after], after.head) == [5]


@pytest.mark.parametrize(
    ("tags", "creator", "who", "where"),
    [
        (("change", *as_tags("anna", "desk, ssh from 10.0.0.9")), None, "anna", "desk, ssh from 10.0.0.9"),
        (as_tags("keeper", "web-1"), "automation x", "keeper", "web-1"),
        (("asked-by:anna",), None, "anna", "Prefect"),
        (("change",), "automation undo a change", "automation undo a change", "Prefect"),
        ((), None, "somebody", "Prefect UI or API (shared login)"),
    ],
)
def test_a_run_is_put_down_to_whoever_asked_for_it_never_to_the_worker(
    tags: tuple[str, ...], creator: str | None, who: str, where: str
) -> None:
    assert who_and_where(asker_of_run(tags, creator)) == (who, where)


def test_somebody_who_does_not_say_where_he_sat_was_here() -> None:
    assert who_and_where("root (sudo by anna)") == ("root (sudo by anna)", None)
