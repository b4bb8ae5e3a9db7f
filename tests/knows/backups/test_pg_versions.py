import pytest

from mainstay.backups.pg_versions import Tools, choose_for_dump, choose_for_restore, choose_for_stream, major
from mainstay.errors import Refused

OLD, MIDDLE, NEW = (Tools(f"/usr/lib/postgresql/{n}/bin", f"{n}.3", zstd=n > 15, tls=True) for n in (15, 16, 17))
OURS = Tools("/venv", "18.6", zstd=False, tls=False)
ALL = (NEW, OLD, MIDDLE, OURS)


def test_the_major_is_read_from_whatever_is_printed() -> None:
    assert [major(each) for each in ("18.6", "15.18 (Debian 15.18-0+deb12u1)", "17beta2", "?")] == [18, 15, 17, 0]


@pytest.mark.parametrize(("server", "chosen"), [("14.2", OLD), ("15.9", OLD), ("16.0", MIDDLE), ("18.1", OURS)])
def test_the_lowest_tool_that_is_not_older_dumps_a_server(server: str, chosen: Tools) -> None:
    assert choose_for_dump(ALL, server, tls=False) == chosen


def test_a_server_newer_than_every_tool_is_refused() -> None:
    with pytest.raises(Refused, match=r"PostgreSQL 19\.1, and here is pg_dump 17\.3, 15\.3, 16\.3, 18\.6.*client-19"):
        choose_for_dump(ALL, "19.1", tls=False)


def test_what_goes_over_an_encrypted_connection_needs_a_tool_that_can() -> None:
    assert choose_for_dump((OURS, NEW), "17.1", tls=True) == NEW
    with pytest.raises(Refused, match=r"encrypted.*postgresql-client-18"):
        choose_for_dump(ALL, "18.1", tls=True)


def test_a_log_is_received_by_the_lowest_tool_that_is_not_older_and_can_encrypt() -> None:
    assert choose_for_stream(ALL, "16.0", tls=False) == MIDDLE
    assert choose_for_stream(ALL, "18.1", tls=False) == OURS
    with pytest.raises(Refused, match=r"older pg_receivewal refuses a newer server.*client-19"):
        choose_for_stream(ALL, "19.1", tls=False)
    with pytest.raises(Refused, match=r"encrypted.*postgresql-client-18"):
        choose_for_stream(ALL, "18.1", tls=True)


def test_of_the_same_version_what_a_person_installed_is_taken() -> None:
    theirs = Tools("/usr/lib/postgresql/18/bin", "18.1", zstd=True, tls=True)
    assert choose_for_dump((theirs, OURS), "18.1", tls=False) == theirs
    assert (theirs.compression, OURS.compression) == ("zstd:1", "0")


def test_a_dump_is_restored_with_a_tool_not_older_than_the_one_that_wrote_it() -> None:
    assert choose_for_restore(ALL, "15.3", "", "18.6", tls=False) == OLD
    assert choose_for_restore(ALL, "16.3", "", "16.1", tls=False) == MIDDLE
    with pytest.raises(Refused, match=r"written by pg_dump 19\.1"):
        choose_for_restore(ALL, "19.1", "", "19.1", tls=False)


def test_what_a_newer_tool_wrote_is_not_forced_on_a_server_that_cannot_take_it() -> None:
    with pytest.raises(Refused, match=r"Nothing was restored: what pg_dump 17 writes .* not into 16"):
        choose_for_restore(ALL, "17.3", "", "16.1", tls=False)


def test_what_was_packed_with_zstd_needs_a_tool_that_unpacks_it() -> None:
    assert choose_for_restore((OLD, OURS, MIDDLE), "16.3", "zstd", "16.1", tls=False) == MIDDLE
    with pytest.raises(Refused, match=r"no pg_restore here can unpack that.*postgresql-client-18"):
        choose_for_restore(ALL, "18.1", "zstd", "18.6", tls=False)
