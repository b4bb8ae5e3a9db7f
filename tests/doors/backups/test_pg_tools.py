from pathlib import Path

import pytest

from edge.backups import pg_tools
from edge.postgres import postgres_programs
from mainstay.errors import Refused
from tests.databases import folder
from tests.doors.backups.dump_rig import (
    CRM,
    DEBIAN,
    Bytes,
    Server,
    check_whole,
    debian_server,
    dumped,
    needs_debian,
    sentence,
)


@needs_debian
def test_a_server_newer_than_all_tools_is_refused(server: Server) -> None:
    with pytest.raises(Refused, match=r"The server is PostgreSQL 18\.\d+, and here is pg_dump 15") as reason:
        dumped(server.empty().reference, tools=pg_tools.find_tools([DEBIAN]))
    assert "apt-get install postgresql-client-18" in sentence(reason)


def test_no_tool_at_all_is_said(server: Server, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="here is no pg_dump"):
        dumped(server.empty().reference, tools=pg_tools.find_tools([tmp_path]))


@needs_debian
def test_an_older_server_is_dumped_with_its_own_tool(old_server: Server) -> None:
    dump, made = dumped(old_server.empty(*CRM).reference)
    assert made.server.startswith("15.") and made.tool.startswith("15.") and made.tables == 3 and made.notes == ()
    assert check_whole(Bytes(dump, 977)) == made.contents


@needs_debian
def test_a_dump_that_only_newer_servers_can_take_says_so(old_server: Server) -> None:
    ours = pg_tools.find_tools([postgres_programs.in_place()])
    dump, made = dumped(old_server.empty(*CRM).reference, tools=ours)
    assert made.tool.startswith("18.") and check_whole(Bytes(dump)).server.startswith("15.")
    assert len(made.notes) == 1 and "install postgresql-client-15" in made.notes[0]


@needs_debian
def test_an_encrypted_server_is_dumped_with_a_tool_that_can_or_not_at_all(tmp_path: Path) -> None:
    with folder() as root, debian_server(root, tmp_path, tls=True) as made:
        database = made.empty(*CRM)
        with pytest.raises(Refused, match=r"encrypted \(TLS\)") as reason:
            dumped(database.reference, tools=pg_tools.find_tools([postgres_programs.in_place()]))
        assert "postgresql-client-15" in sentence(reason)
        assert dumped(database.reference)[1].tables == 3


@needs_debian
def test_what_a_tool_can_is_found_by_asking_it() -> None:
    debian, ours = pg_tools.find_tools([DEBIAN, postgres_programs.in_place()])
    assert (debian.major, debian.tls, debian.zstd, debian.compression) == (15, True, False, "0")
    assert (ours.tls, ours.zstd) == (False, False)


@needs_debian
def test_the_wrapper_on_the_path_is_not_taken_for_a_tool() -> None:
    assert all(Path(each.folder).joinpath("pg_dump").resolve().name == "pg_dump" for each in pg_tools.find_tools())
