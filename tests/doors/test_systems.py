from dataclasses import replace
from pathlib import Path

import pytest

from edge.settings import Settings, read_settings
from edge.systems import check_all, read_readable, read_system
from mainstay.errors import BadDescriptor, BadInput

SIMPLE = """\
name: shop
source:
  repository: https://example.com/shop.git
  branches: {main: production}
services:
  web:
    start: [node, server.js]
    ports: {blue: 3001, green: 3002}
    health: /health
environments:
  production:
    hosts: {main: {address: local}}
    proxy: {kind: nginx, address: "http://127.0.0.1:80"}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    systems = tmp_path / "systems"
    systems.mkdir()
    (systems / "shop.yaml").write_text(SIMPLE)
    return systems


def settings(folder: Path) -> Settings:
    return replace(read_settings({"MAINSTAY_HOME": str(folder.parent)}), systems=folder)


def says(folder: Path) -> list[str]:
    return [str(fault).replace(f"{folder}/", "") for fault in check_all(folder)]


def test_a_system_is_read_by_its_name(folder: Path) -> None:
    assert read_system(settings(folder), "shop").name == "shop"
    good, faults = read_readable(settings(folder))
    assert ([system.name for system in good], faults) == (["shop"], [])
    assert check_all(folder) == check_all(folder / "shop.yaml") == []


def test_an_unknown_system_is_answered_with_the_known_ones(folder: Path) -> None:
    (folder / "cafe.yaml").write_text(SIMPLE)
    with pytest.raises(BadInput, match=r"There is no system 'shpo' in .*\. Known: cafe, shop\. Use one of them"):
        read_system(settings(folder), "shpo")
    with pytest.raises(BadInput, match="Known: none"):
        read_system(settings(folder / "absent"), "shop")


@pytest.mark.parametrize("name", ["../systems/shop", "", ".", "/etc/passwd", "shop\n", "shop.yaml", "Shop", "a\x1b"])
def test_a_name_leads_to_no_other_file(folder: Path, name: str) -> None:
    (folder / "Shop.yaml").write_text(SIMPLE)
    with pytest.raises(BadInput) as caught:
        read_system(settings(folder), name)
    assert str(caught.value).isprintable()


def test_a_file_is_called_like_its_system(folder: Path) -> None:
    (folder / "cafe.yaml").write_text(SIMPLE.replace("300", "400"))
    expected = 'cafe.yaml:1: name: is not what the file is called. Write name: cafe, or rename the file to "shop.yaml".'
    assert says(folder) == [expected]
    with pytest.raises(BadDescriptor, match="is not what the file is called"):
        read_system(settings(folder), "cafe")
    assert read_system(settings(folder), "shop").name == "shop"  # another's fault is not its own


def test_all_faults_of_all_files_come_at_once(folder: Path) -> None:
    (folder / "shop.yaml").write_text(SIMPLE.replace("/health", "health"))
    (folder / "cafe.yaml").write_text(SIMPLE.replace("name: shop", "name: cafe").replace("nginx", "apache"))
    assert [(Path(f.file).name, f.line, f.path) for f in check_all(folder)] == [
        ("cafe.yaml", 13, "environments.production.proxy.kind"),
        ("shop.yaml", 8, "services.web.ports.blue"),
        ("shop.yaml", 8, "services.web.ports.green"),
        ("shop.yaml", 9, "services.web.health"),
    ]


def test_nothing_in_the_folder_is_passed_over_in_silence(folder: Path) -> None:
    (folder / "cafe.yml").write_text(SIMPLE)
    (folder / "latin.yaml").write_bytes(b"name: caf\xe9\n")
    (folder / "late.yaml").write_bytes(b"name: late\n#\n# caf\xe9\n")
    (folder / "folder.yaml").mkdir()
    (folder / "gone.yaml").symlink_to(folder / "nowhere")
    assert says(folder) == [
        'cafe.yml:1: file: is not read: descriptors end in ".yaml". Rename it to cafe.yaml.',
        "folder.yaml:1: file: cannot be read (Is a directory). Mend that, or take it out of the folder.",
        "gone.yaml:1: file: cannot be read (No such file or directory). Mend that, or take it out of the folder.",
        "late.yaml:3: file: is not text in UTF-8. Save it as UTF-8.",
        "latin.yaml:1: file: is not text in UTF-8. Save it as UTF-8.",
    ]
    with pytest.raises(BadDescriptor, match="UTF-8"):
        read_system(settings(folder), "latin")


def test_a_folder_that_is_not_there_is_a_fault(folder: Path) -> None:
    (fault,) = check_all(folder / "absent")
    assert fault.sentence == "does not exist. Create it, or set MAINSTAY_SYSTEMS to where it is."


def test_windows_line_ends_and_a_byte_order_mark_are_welcome(folder: Path) -> None:
    (folder / "shop.yaml").write_bytes(b"\xef\xbb\xbf" + SIMPLE.replace("\n", "\r\n").encode())
    assert read_system(settings(folder), "shop").name == "shop"


def test_a_descriptor_is_read_anew_each_time(folder: Path) -> None:
    before = read_system(settings(folder), "shop")
    (folder / "shop.yaml").write_text(SIMPLE.replace("/health", "/ready"))
    assert read_system(settings(folder), "shop") != before
