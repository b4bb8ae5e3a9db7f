"""What make.py says about a machine, an old Python and a failed installation."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from workshop.failures import explain
from workshop.machine import Machine, lacks, lacks_for_the_practice_site, warnings
from workshop.place import Place, to_compile

GOOD = Machine(
    python=(3, 11),
    implementation="cpython",
    family="debian",
    system="Linux",
    architecture="x86_64",
    glibc=(2, 36),
    can_make_venv=True,
    has_setpriv=True,
    has_git=True,
    writable=True,
    free_megabytes=50_000,
    free_temporary_megabytes=5_000,
)
TOO_NEW_FOR_PYTHON_2 = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Match, ast.Nonlocal, ast.AsyncFunctionDef)


def test_a_good_machine_lacks_nothing() -> None:
    mac = replace(GOOD, family="macos", system="Darwin", architecture="arm64", glibc=None, has_setpriv=False)
    for machine in (GOOD, replace(GOOD, architecture="aarch64", python=(3, 13), glibc=(2, 27)), mac):
        assert lacks(machine) == warnings(machine) == []


@pytest.mark.parametrize(
    ("machine", "mend"),
    [
        (replace(GOOD, can_make_venv=False), "apt-get install python3.11-venv"),
        (replace(GOOD, can_make_venv=False, family="fedora", python=(3, 12)), "dnf install python3.12"),
        (replace(GOOD, can_make_venv=False, family="void"), "with its modules venv and ensurepip"),
        (replace(GOOD, glibc=(2, 17)), "glibc here is 2.17 and the wheels need 2.27 or newer"),
        (replace(GOOD, glibc=None, family="alpine"), "python:3.13 bash"),
        (replace(GOOD, python=(3, 15)), "python3.13 make.py"),
        (replace(GOOD, implementation="pypy"), "python3.13 make.py"),
        (replace(GOOD, architecture="armv7l"), "use an x86_64 or arm64 machine"),
        (replace(GOOD, system="Windows"), "wsl --install"),
        (replace(GOOD, writable=False), "chown"),
        (replace(GOOD, free_megabytes=900), "900 MB are free where Mainstay is, 1500 are needed"),
        (replace(GOOD, free_temporary_megabytes=90), "TMPDIR=/var/tmp"),
    ],
)
def test_what_is_lacking_is_one_sentence_with_its_mend(machine: Machine, mend: str) -> None:
    (sentence,) = lacks(machine)
    assert mend in sentence


def test_everything_that_is_lacking_is_said_at_once() -> None:
    assert len(lacks(replace(GOOD, can_make_venv=False, glibc=(2, 17), free_megabytes=1))) == 3


def test_without_git_everything_can_be_installed_and_nothing_practised() -> None:
    machine = replace(GOOD, has_git=False)
    assert not lacks(machine) and not lacks_for_the_practice_site(GOOD)
    (sentence,) = lacks_for_the_practice_site(machine)
    assert sentence.endswith("apt-get install git")
    assert lacks_for_the_practice_site(replace(machine, family="macos"))[0].endswith("xcode-select --install")


def test_a_missing_setpriv_is_only_told() -> None:
    machine = replace(GOOD, has_setpriv=False)
    assert not lacks(machine)
    assert "apt-get install util-linux" in warnings(machine)[0]


@pytest.mark.parametrize(
    ("log", "says"),
    [
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "other files than the lock names"),
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("Temporary failure in name resolution", "cannot be reached"),
        ("ERROR: No matching distribution found for alpha==1.0", "has no file of the lock that fits"),
        ("something never seen", "The installation failed."),
    ],
)
def test_a_failed_installation_is_explained(log: str, says: str) -> None:
    sentence = explain(f"Collecting alpha\n{log}\n", Path("install.log"))
    assert says in sentence
    assert log in sentence
    assert sentence.endswith("All of it: install.log")


def test_only_what_mainstay_runs_with_is_compiled_at_once(tmp_path: Path) -> None:
    packages = tmp_path / ".venv" / "lib" / "python3.11" / "site-packages"
    for name, folder in (("alpha-lib", "alpha"), ("Beta.Tool", "beta")):
        record = packages / f"{name.replace('-', '_')}-1.0.dist-info" / "RECORD"
        record.parent.mkdir(parents=True)
        record.write_text(f"{folder}/__init__.py,,\nnamespace/{folder}.py,,\n")
        (packages / folder).mkdir()
    (packages / "namespace").mkdir()
    (tmp_path / "requirements.lock").write_text("alpha-lib==1.0\n")
    (tmp_path / "requirements-dev.lock").write_text("alpha-lib==1.0\nbeta-tool==1.0\n")
    found = {part.name for part in to_compile(Place(tmp_path))}
    assert found & {"alpha", "beta", "namespace"} == {"alpha", "namespace"}


def test_make_py_can_be_read_by_the_pythons_it_turns_away() -> None:
    source = (Path(__file__).parents[2] / "make.py").read_text(encoding="ascii")
    tree = ast.parse(source, feature_version=(3, 4))
    assert not [node for node in ast.walk(tree) if isinstance(node, TOO_NEW_FOR_PYTHON_2)]
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.returns]
