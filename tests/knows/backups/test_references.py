"""What rows refer to, beside what was restored."""

import pytest

from mainstay.backups.proofs.questions import Answers, broken
from mainstay.backups.proofs.references import NAMED, NoReference, Reference, compare, read_references

HASH, OTHER = "a" * 64, "b" * 64
FILES = {b"one": HASH, b"two": HASH, b"of/three": HASH}


def refers(*paths: str, sha256: str | None = None) -> list[Reference]:
    return [Reference(path.encode(), sha256) for path in paths]


def test_a_reference_to_nothing_is_named_and_a_file_nobody_speaks_of_is_only_counted() -> None:
    found = compare("uploads", refers("one", "gone"), FILES)
    assert (found.dangling, found.wrong, found.orphans) == ((b"gone",), (), 2)
    assert found.gaps == ("1 of 2 references from rows to files of uploads lead to no file in the set: gone",)
    assert str(found) == "uploads: 2 references from rows, 1 lead to no file, 0 to one with another hash"


def test_a_file_that_holds_something_else_is_named() -> None:
    found = compare("uploads", [*refers("one", sha256=OTHER), *refers("two", sha256=HASH)], FILES)
    assert (found.dangling, found.wrong) == ((), (b"one",))
    assert "lead to a file that does not have the hash they say: one" in found.gaps[0]


def test_what_rows_and_files_agree_on_leaves_no_gap() -> None:
    found = compare("uploads", refers("one", "two", "of/three"), FILES)
    assert not found.gaps and found.orphans == 0
    assert str(found) == "uploads: 3 references from rows, each to a file that is there"


def test_folders_and_links_are_there_too() -> None:
    assert not compare("uploads", refers("of", "latest", sha256=HASH), FILES, {b"of", b"latest"}).gaps


def test_a_file_that_many_rows_speak_of_is_named_once() -> None:
    found = compare("uploads", refers("gone", "gone", "one", "one"), FILES)
    assert (found.references, found.dangling, found.orphans) == (4, (b"gone",), 2)


def test_of_many_the_first_are_named_and_the_rest_counted() -> None:
    (gap,) = compare("uploads", refers(*(f"file-{number:03}" for number in range(NAMED + 7))), FILES).gaps
    assert f"file-{NAMED - 1:03} and 7 more" in gap and f"file-{NAMED:03}" not in gap


def test_a_row_without_a_path_refers_to_nothing() -> None:
    assert list(read_references([(None,), ("",), ("one", None)])) == refers("one")


def test_hashes_come_as_text_or_as_bytes_and_odd_names_as_they_are() -> None:
    rows = [("договор «1».pdf", HASH.upper()), (b"raw\xff", bytes.fromhex(HASH))]
    assert list(read_references(rows)) == [Reference("договор «1».pdf".encode(), HASH), Reference(b"raw\xff", HASH)]


@pytest.mark.parametrize(("row", "why"), [((17, "one"), "must be a path"), (("one", "md5:123"), "must be a sha256")])
def test_an_answer_that_tells_nothing_of_files_is_no_reference(row: tuple[object, ...], why: str) -> None:
    with pytest.raises(NoReference, match=why):
        list(read_references([row]))


def test_answers_are_told_with_what_held_and_what_did_not() -> None:
    doubt = broken("every deal has a contact", [(7, "a\nlong " * 20), (8, None)], more=True)
    assert doubt.startswith('"every deal has a contact" does not hold, for (7, a long a long') and "\n" not in doubt
    assert doubt.endswith("…), (8, None) and more")
    said = Answers((compare("uploads", refers("gone"), FILES),), ("nobody knows",), 2, (doubt,))
    assert said.said[-1] == "2 of 3 invariants hold" and len(said.gaps) == 2
    assert said.numbers == {"references": 1, "dangling": 1, "wrong": 0, "orphans": 3}
    assert Answers().said == Answers().gaps == () and not Answers().numbers
