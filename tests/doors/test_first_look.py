"""Whoever starts or follows a run is not sent away by one missed answer, and soon hears of a server that is down."""

import json
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from deployments.stories import follow, tell
from edge.ports import free_ports
from edge.settings import Settings, for_home
from mainstay.errors import BadInput, Refused
from mainstay.installation import Ports
from tests.doors.bad_receiver import receiving


def laid_out(home: Path, server: int) -> Settings:
    """As far as somebody needs it who only asks the server."""
    (home / "platform").mkdir(parents=True)
    (home / "platform" / "ports.json").write_text(json.dumps(asdict(Ports(database=1, server=server, gateway=2))))
    (home / "platform" / "login").touch(mode=0o600)
    (home / "platform" / "login").write_text("mainstay:first-look-5c1e")
    return for_home(home)


def test_a_server_that_missed_an_answer_is_asked_again(tmp_path: Path) -> None:
    with receiving("503", "200", "503", "404") as server:
        settings = laid_out(tmp_path, server.server_port)
        with pytest.raises(BadInput, match='Prefect knows no run "r"'):
            follow(settings, "r")
    assert server.paths == ["/api/ready"] * 2 + ["/api/flow_runs/r"] * 2


def test_a_server_that_is_down_is_told_of_within_ten_seconds(tmp_path: Path) -> None:
    settings, began = laid_out(tmp_path, free_ports(1)[0]), time.monotonic()
    with pytest.raises(Refused, match=r"so nothing was started.*mainstay undo … --without-server"):
        tell(settings, "undo", {"run": "r"}, without_server=False)
    assert time.monotonic() - began < 10
