"""Where systemd keeps the keeper of a home, `mainstay up` asks systemd for it; a stand-in script is its systemctl."""

from pathlib import Path

import pytest

from edge.init import Init
from mainstay.errors import CommandFailed

SYSTEMCTL = """#!/bin/sh
echo "$*" >> "{here}/asked"
case "$1" in
  is-enabled) exit {enabled} ;;
  show) echo "PATH=/usr/bin MAINSTAY_HOME={home}" ;;
  restart) echo "Access denied"; exit {restart} ;;
esac
"""


def init(
    here: Path, *, enabled: int = 0, home: str = "/var/lib/mainstay", restart: int = 0, booted: bool = True
) -> Init:
    script = here / "systemctl"
    script.write_text(SYSTEMCTL.format(here=here, enabled=enabled, home=home, restart=restart))
    script.chmod(0o755)
    return Init(str(script), here if booted else here / "nothing", here / "environment")


def test_an_enabled_unit_of_this_home_keeps_it(tmp_path: Path) -> None:
    assert init(tmp_path).keeps(Path("/var/lib/mainstay"))


def test_a_home_named_in_the_file_of_words_wins_as_it_does_with_systemd(tmp_path: Path) -> None:
    (tmp_path / "environment").write_text('MAINSTAY_STORE=/mnt/store\nMAINSTAY_HOME="/srv/mainstay"\n')
    assert init(tmp_path).keeps(Path("/srv/mainstay"))
    assert not init(tmp_path).keeps(Path("/var/lib/mainstay"))


@pytest.mark.parametrize("other", ["/var/lib/mainstay2", "/var/lib", "/tmp/mainstay-demo-x/home"])
def test_a_unit_of_another_home_does_not(other: str, tmp_path: Path) -> None:
    assert not init(tmp_path).keeps(Path(other))


def test_a_unit_that_is_not_enabled_does_not(tmp_path: Path) -> None:
    assert not init(tmp_path, enabled=1).keeps(Path("/var/lib/mainstay"))


def test_without_systemd_as_init_it_is_not_even_asked(tmp_path: Path) -> None:
    assert not init(tmp_path, booted=False).keeps(Path("/var/lib/mainstay"))
    assert not Init("/nowhere/systemctl", tmp_path).keeps(Path("/var/lib/mainstay"))
    assert not (tmp_path / "asked").exists()


def test_its_keeper_is_started_anew_and_a_refusal_is_told(tmp_path: Path) -> None:
    init(tmp_path).start_anew()
    assert (tmp_path / "asked").read_text() == "restart mainstay-keeper\n"
    with pytest.raises(CommandFailed, match=r"only root may.*Access denied"):
        init(tmp_path, restart=1).start_anew()
