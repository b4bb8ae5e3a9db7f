"""Whether a database lies on this machine is known without connecting to it, and whose its server is."""

import os
import pwd
import socket
from pathlib import Path

import pytest

from edge import private
from edge.postgres.neighbours import neighbour
from mainstay.errors import BadInput

ME = pwd.getpwuid(os.geteuid()).pw_name


def reference(folder: Path, address: str) -> str:
    private.write(folder / "address", address)
    return f"file://{folder}/address"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", socket.gethostname()])
def test_a_server_that_listens_here_is_a_neighbour_with_its_user(tmp_path: Path, host: str) -> None:
    with socket.create_server(("", 0)) as listening:
        port = listening.getsockname()[1]
        found = neighbour(reference(tmp_path, f"postgresql://app:not-a-word-of-ours@{host}:{port}/shop"))
    assert found is not None and found.user == ME


def test_a_socket_is_on_this_machine_and_its_owner_is_the_servers(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / ".s.PGSQL.5433"))
        found = neighbour(reference(tmp_path, f"host={tmp_path} port=5433 dbname=shop"))
    assert found is not None and found.user == ME


def test_where_nothing_listens_nobody_knows_whose_it_is(tmp_path: Path) -> None:
    found = neighbour(reference(tmp_path, "host=/nowhere dbname=shop"))
    assert found is not None and found.user is None


@pytest.mark.parametrize("host", ["192.0.2.1", "db.invalid"])
def test_a_server_elsewhere_is_none(tmp_path: Path, host: str) -> None:
    assert neighbour(reference(tmp_path, f"postgresql://app:not-a-word-of-ours@{host}:5432/shop")) is None


def test_the_other_of_two_hosts_counts_too(tmp_path: Path) -> None:
    assert neighbour(reference(tmp_path, "host=192.0.2.1,127.0.0.1 port=5432,1 dbname=shop")) is not None


def test_what_is_no_address_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is no address of a PostgreSQL"):
        neighbour(reference(tmp_path, "hello"))
