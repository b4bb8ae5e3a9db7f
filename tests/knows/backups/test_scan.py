"""What changed between two looks, and what goes into one archive."""

from mainstay.backups.files.scan import UNTRUSTED, compare, read_scan, shards, trusted


def mark(kind: str = "f", size: int = 1, changed: float = 100.0, inode: int = 1, names: int = 1) -> bytes:
    return f"{kind} {size} 50.0 {changed} {inode} {names}".encode()


def test_names_and_marks_are_read_whatever_is_in_a_name() -> None:
    told = b"".join(mark(inode=n) + b"\0" + name + b"\0" for n, name in enumerate([b"", b"a b", b"new\nline", b"\xff"]))
    assert read_scan(told) == {
        b".": mark(inode=0),
        b"a b": mark(inode=1),
        b"new\nline": mark(inode=2),
        b"\xff": mark(inode=3),
    }


def test_nothing_to_find_is_no_names() -> None:
    assert read_scan(b"") == {}


def test_another_mark_is_a_change_and_a_missing_name_is_gone() -> None:
    now, known = {b"a": mark(), b"b": mark(size=2), b"c": mark()}, {b"a": mark(), b"b": mark(), b"d": mark()}
    found = compare(now, known)
    assert (found.changed, found.gone) == ((b"b", b"c"), (b"d",))


def test_what_changed_only_just_before_the_look_is_read_again_next_time() -> None:
    """A clock of a file system ticks: a second change in the same tick leaves the same mark."""
    marks = {b"old": mark(changed=90), b"fresh": mark(changed=99.5), b"future": mark(changed=200)}
    kept = trusted(marks, marks, looked_at=100)
    assert kept == {b"old": marks[b"old"], b"fresh": UNTRUSTED, b"future": UNTRUSTED}
    assert compare(marks, kept).changed == (b"fresh", b"future")


def test_archives_are_bounded_and_a_large_file_has_one_of_its_own() -> None:
    marks = {b"a": mark(size=4), b"b": mark(size=4), b"c": mark(size=50), b"d": mark("d", 4096), b"e": mark(size=6)}
    assert list(shards(sorted(marks), marks, most_bytes=10)) == [(b"a", b"b"), (b"c",), (b"d", b"e")]


def test_all_names_of_one_file_are_in_one_archive() -> None:
    marks = {b"a": mark(size=4, inode=7, names=2), b"b": mark(size=8), b"c": mark(size=4, inode=7, names=2)}
    assert list(shards(sorted(marks), marks, most_bytes=10)) == [(b"a", b"c"), (b"b",)]
