"""A base stands in a set when PostgreSQL says that all of it came, and never otherwise."""

import os
import re
import signal
import sys
import tarfile
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import psutil
import pytest

from edge import processes
from edge.backups.bases import manifests
from edge.backups.bases.base import NoIncrement, copying, take_base, tool_for
from edge.backups.bases.clusters import make_point
from edge.backups.opening import Opened
from edge.backups.pg_tools import find_tools
from mainstay.backups.bases.tar import LIST, read_list
from mainstay.backups.log.places import position
from mainstay.backups.pg_versions import Tools
from mainstay.backups.sets import BackupSet
from mainstay.errors import CommandFailed, MainstayError, Refused
from tests.doors.backups.base_rig import STREAMS, Line, cluster, embedded, line, observed
from tests.doors.backups.dump_rig import DEBIAN, MANY_ROWS, needs_debian, sentence
from tests.doors.backups.set_rig import ENVIRONMENT, SYSTEM
from tests.waiting import until


@pytest.fixture(scope="module")
def ours(place: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with line(embedded(place), tmp_path_factory.mktemp("line"), *STREAMS) as made:
        made.server.empty(MANY_ROWS, name="crm")
        yield made


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """Of the system's PostgreSQL 15."""
    with line(DEBIAN, tmp_path_factory.mktemp("old"), "-cwal_level=replica") as made:
        made.server.empty(MANY_ROWS)
        yield made


def tar_of(line: Line, made: BackupSet) -> tarfile.TarFile:
    assert made.base is not None
    opened = Opened(line.shelf.store, line.shelf.keys.proving_key(), line.shelf.home)
    return tarfile.open(fileobj=BytesIO(opened.read(made.base.piece)))


def kept_keys(line: Line) -> set[str]:
    return {entry.key for entry in line.shelf.store.listing("sets") if "base." in entry.key or "base-" in entry.key}


def test_a_base_is_a_plain_tar_with_the_list_of_what_is_in_it(ours: Line) -> None:
    made = ours.base()
    assert made.base is not None
    names = tar_of(ours, made).getnames()
    assert {"PG_VERSION", "backup_label", LIST, "global/pg_control"} <= set(names)
    opened = Opened(ours.shelf.store, ours.shelf.keys.proving_key(), ours.shelf.home)
    listed = read_list(opened.read(made.base.manifest))
    assert (listed.cluster, listed.start, listed.stop) == (ours.cluster.id, made.base.start, made.base.stop)
    assert position(made.base.start) < position(made.base.stop) and made.base.server.startswith("18.")
    assert (made.base.depth, made.base.on, made.base.segment_bytes) == (0, None, 1 << 20)


def test_an_increment_is_smaller_and_names_its_base(ours: Line) -> None:
    first = ours.base()
    ours.server.empty("create table little (a int)")
    second = ours.base(on=first)
    assert first.base and second.base
    assert (second.base.on, second.base.depth, second.needs) == (first.id, 1, (first.id,))
    assert second.base.piece.plain_bytes < first.base.piece.plain_bytes / 2
    assert any(name.rpartition("/")[2].startswith("INCREMENTAL.") for name in tar_of(ours, second).getnames())


def test_an_increment_on_a_base_of_another_cluster_is_refused_by_name(ours: Line) -> None:
    first, taking = ours.base(), ours.begin("full")
    parent = manifests.recall(ours.shelf.home, SYSTEM, ENVIRONMENT, first.id)
    assert parent is not None
    lines = re.sub(rb"(\"System-Identifier\": )\d+", rb"\g<1>7300", parent).rpartition(b'"Manifest-Checksum"')[0]
    theirs = lines + b'"Manifest-Checksum": "' + sha256(lines).hexdigest().encode() + b'"}\n'
    with pytest.raises(NoIncrement, match="system identifier"):
        take_base(taking, ours.log, ours.cluster, on=first, parent=theirs)
    assert not [key for key in kept_keys(ours) if taking.id in key]


def test_an_increment_on_what_was_never_summarized_is_refused_by_name(place: Path, tmp_path: Path) -> None:
    """As when the server kept no summaries for a while."""
    with line(embedded(place), tmp_path, "-cwal_level=replica") as made:
        assert not made.cluster.summarizes
        first = made.base()
        with pytest.raises(NoIncrement, match="summar"):
            made.base(on=first)


def test_a_pg_basebackup_that_is_killed_leaves_no_base(ours: Line) -> None:
    before = kept_keys(ours)
    taking, observed = ours.begin("full"), ours.cluster
    tool = tool_for(ours.log, observed)
    with copying(ours.log, observed, tool) as copy:
        copy.read(100_000)
        [child] = [each for each in psutil.Process().children() if each.name() == "pg_basebackup"]
        child.send_signal(signal.SIGKILL)
        with pytest.raises(CommandFailed, match="pg_basebackup was ended by SIGKILL") as reason:
            taking.keep("base.tar.zst.age", copy, copy.finish)
    sentence(reason)
    assert kept_keys(ours) == before


def test_a_server_that_dies_half_way_leaves_no_base(place: Path, tmp_path: Path) -> None:
    with line(embedded(place), tmp_path, *STREAMS) as made:
        made.server.empty(MANY_ROWS)
        taking, observed = made.begin("full"), made.cluster
        with copying(made.log, observed, tool_for(made.log, observed)) as copy:
            copy.read(100_000)
            made.server.stop_at_once()
            with pytest.raises(CommandFailed, match="nothing of it may be kept") as reason:
                taking.keep("base.tar.zst.age", copy, copy.finish)
        sentence(reason)
        assert not kept_keys(made)


def test_a_pg_basebackup_that_says_all_is_well_is_not_simply_believed(ours: Line, tmp_path: Path) -> None:
    """It ends with 0 after half a tar."""
    liar, real = tmp_path / "pg_basebackup", find_tools()[-1]
    liar.write_text(f'#!/bin/sh\n"{real.folder}/pg_basebackup" "$@" | head -c 3000000\n')
    liar.chmod(0o755)
    tool = Tools(str(tmp_path), real.version, zstd=False, tls=False, bases=True)
    before, taking = kept_keys(ours), ours.begin("full")
    with copying(ours.log, ours.cluster, tool) as copy, pytest.raises(CommandFailed, match="breaks off"):
        taking.keep("base.tar.zst.age", copy, copy.finish)
    assert kept_keys(ours) == before


def test_whoever_is_killed_without_a_word_leaves_no_base_and_no_process(ours: Line, tmp_path: Path) -> None:
    """Killed at several moments of the same work."""
    before, store = kept_keys(ours), ours.shelf.store.address
    for megabytes in (0.1, 5, 20):
        argv = [
            sys.executable,
            "-m",
            "tests.doors.backups.base_taker",
            str(ours.shelf.home),
            store,
            ours.log,
            str(megabytes),
        ]
        taker = processes.start(argv, log=tmp_path / "log")
        until(lambda: (tmp_path / "log").read_text().count("ready") == 1)
        [child] = [each for each in psutil.Process(taker.pid).children() if each.name() == "pg_basebackup"]
        processes.kill(taker)
        until(lambda child=child: not child.is_running())  # type: ignore[misc]
        processes.reap()
        (tmp_path / "log").unlink()
    assert kept_keys(ours) == before


def test_whoever_is_interrupted_leaves_no_base_and_no_process(ours: Line) -> None:
    before, taking = kept_keys(ours), ours.begin("full")
    with pytest.raises(KeyboardInterrupt), copying(ours.log, ours.cluster, tool_for(ours.log, ours.cluster)) as copy:
        taking.keep("base.tar.zst.age", Interrupted(), copy.finish)
    assert kept_keys(ours) == before
    assert not [each for each in psutil.Process().children() if each.name() == "pg_basebackup"]


class Interrupted:
    def read(self, _size: int, /) -> bytes:
        raise KeyboardInterrupt


def test_no_process_shows_the_password(ours: Line) -> None:
    ours.server.empty().do(
        "drop role if exists receiver", "create role receiver login replication password 'pw-canary'"
    )
    log = ours.server.reference_to(ours.server.address.replace("boss", "receiver") + " password=pw-canary")
    with copying(log, ours.cluster, tool_for(log, ours.cluster)) as copy:
        copy.read(1)
        [child] = [each for each in psutil.Process().children() if each.name() == "pg_basebackup"]
        assert "pw-canary" not in " ".join(child.cmdline())


def test_a_user_who_may_not_receive_the_log_is_told_what_to_grant(ours: Line) -> None:
    ours.server.empty().do("drop role if exists plain", "create role plain login")
    with pytest.raises(Refused, match="ALTER ROLE … REPLICATION") as reason:
        observed(ours.server, ours.server.address.replace("boss", "plain"))
    sentence(reason)


def test_a_user_who_may_not_make_a_point_is_told_what_to_grant(ours: Line) -> None:
    ours.server.empty().do("drop role if exists plain", "create role plain login")
    with pytest.raises(Refused, match="GRANT EXECUTE ON FUNCTION pg_create_restore_point") as reason:
        make_point(ours.server.reference_to(ours.server.address.replace("boss", "plain")), "x")
    sentence(reason)


def test_a_server_that_lets_nobody_in_for_its_log_says_which_line_is_missing(ours: Line) -> None:
    database = ours.server.empty()
    hba = Path(str(database.ask("show hba_file")[0][0]))
    before = hba.read_text()
    try:
        hba.write_text("local all all trust\n")
        database.do("select pg_reload_conf()")
        with pytest.raises(Refused, match="host replication") as reason:
            until(lambda: not observed(ours.server, ours.server.address))
        sentence(reason)
    finally:
        hba.write_text(before)
        database.do("select pg_reload_conf()")


def test_a_server_with_too_little_in_its_log_says_what_to_set(place: Path, tmp_path: Path) -> None:
    with cluster(embedded(place), tmp_path, "-cwal_level=minimal", "-cmax_wal_senders=0") as server:
        with pytest.raises(Refused, match=r"max_wal_senders|wal_level") as reason:
            observed(server, server.address)
        sentence(reason)


def test_a_cluster_with_tablespaces_is_refused_by_their_names(ours: Line) -> None:
    database = ours.server.empty()
    aside = Path(str(database.ask("show data_directory")[0][0])).parent / "aside"
    aside.mkdir()
    os.chown(aside, aside.parent.joinpath("data").stat().st_uid, -1)
    database.do(f"create tablespace quick location '{aside}'")
    try:
        with pytest.raises(Refused, match=r"tablespaces \(quick\)") as reason:
            observed(ours.server, ours.server.address)
        sentence(reason)
    finally:
        database.do("drop tablespace quick")


@needs_debian
def test_a_tool_that_is_older_than_the_server_is_refused(ours: Line) -> None:
    with pytest.raises(Refused, match="an older one refuses a newer server") as reason:
        tool_for(ours.log, ours.cluster, find_tools([DEBIAN]))
    sentence(reason)


@needs_debian
def test_a_server_of_the_system_gives_a_base_too(old: Line) -> None:
    made = old.base()
    assert made.base is not None
    assert (made.base.server.partition(".")[0], made.base.tool.partition(".")[0]) == ("15", "15")
    assert LIST in tar_of(old, made).getnames() and not old.cluster.summarizes


def test_a_server_that_is_away_is_one_sentence(ours: Line) -> None:
    with pytest.raises(MainstayError, match="cannot be reached") as reason:
        observed(ours.server, ours.server.address.replace("sockets", "nowhere"))
    sentence(reason)
