"""The CRM's releases as a git repository, the same to the last byte each time: whole, or not there at all.

Made beside its place and moved there in one step. In one that is there already the tags are put right; its branches
are whoever pushes to them.
"""

import argparse
import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from practice.alone import alone
from practice.changes import CHANGES, Change

SOURCE = Path(__file__).with_name("crm")
OURS = {".py", ".sql", ".md", ".in", ".lock"}
PACKAGES = {"crm/__init__.py": '"""A small CRM."""\n', "tests/__init__.py": ""}  # here our own tests would shadow them
BRANCHES = ("main", "develop")
WHO = "Practice <practice@example.com>"
BEGAN = 1_767_225_600  # the first commit's time; each later one comes an hour after
DEADLINE_SECONDS = 60

Files = dict[str, str]


def lay_out(path: Path) -> dict[str, str]:
    """The full sha of each tag."""
    with alone(path):
        for left in path.parent.glob(f".{path.name}.*.partial"):  # of somebody who was killed; his git may live on
            shutil.rmtree(left, ignore_errors=True)
        made = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
        git(["init", "--quiet", "--bare", "--template=", "--initial-branch=main", str(made)])
        git(["--git-dir", str(made), "fast-import", "--quiet"], stdin=b"".join(history()))
        if not path.exists():
            os.sync()
            made.rename(path)
        elif tags(path) != tags(made):
            put_right = ["fetch", "--quiet", "--atomic", "--force", "--no-write-fetch-head", str(made)]
            git(["--git-dir", str(path), *put_right, "refs/tags/*:refs/tags/*"])
        shutil.rmtree(made, ignore_errors=True)
        return tags(path)


def tags(repository: Path) -> dict[str, str]:
    """Ours; a person may have added others."""
    told = git(["--git-dir", str(repository), "for-each-ref", "--format=%(refname:short) %(objectname)", "refs/tags"])
    found = dict(line.split() for line in told.splitlines())
    return {change.tag: found[change.tag] for change in CHANGES if change.tag in found}


def history() -> Iterator[bytes]:
    """What ``git fast-import`` is told."""
    trees: dict[str | None, Files] = {None: source()}
    marks: dict[str | None, int] = {}
    for mark, change in enumerate(CHANGES, 1):
        trees[change.tag], marks[change.tag] = changed(trees[change.after], change), mark
        yield _commit(change, mark, marks.get(change.after), trees[change.tag])
    for branch in BRANCHES:
        yield f"reset refs/heads/{branch}\nfrom :{marks['v1']}\n\n".encode()


def source() -> Files:
    """The tree of the first release: what lies here, and what makes packages of it."""
    paths = (path for path in SOURCE.rglob("*") if path.suffix in OURS and path.is_file())
    return {path.relative_to(SOURCE).as_posix(): path.read_text(encoding="utf-8") for path in paths} | PACKAGES


def changed(files: Files, change: Change) -> Files:
    """The words of a change are found exactly once, or it would not do what it says. ``{}`` stands for any words."""
    made = files | change.files
    for path, was, now in change.words:
        pattern = re.escape(was).replace(re.escape("{}"), r'[^"\n]*')
        made[path], found = re.subn(pattern, now.replace("\\", r"\\"), made[path])
        if found != 1:
            raise ValueError(f"{change.tag}: {was!r} stands {found} times in {path}; it must stand there once.")
    return made


def _commit(change: Change, mark: int, parent: int | None, files: Files) -> bytes:
    when = f"{WHO} {BEGAN + 3600 * mark} +0000"
    head = f"commit refs/tags/{change.tag}\nmark :{mark}\nauthor {when}\ncommitter {when}\n".encode()
    base = b"" if parent is None else f"from :{parent}\n".encode()
    listed = (f"M 100644 inline {path}\n".encode() + _data(files[path]) for path in sorted(files))
    return b"".join((head, _data(f"{change.says}\n"), base, b"deleteall\n", *listed, b"\n"))


def _data(text: str) -> bytes:
    said = text.encode()
    return f"data {len(said)}\n".encode() + said + b"\n"


def git(words: Sequence[str], stdin: bytes = b"") -> str:
    """Without anybody's settings or hooks: they would change what comes out."""
    program = shutil.which("git")
    if program is None:
        raise SystemExit("There is no git here; the releases to practise with are kept in a repository. Install git.")
    bare = {"PATH": os.environ.get("PATH", os.defpath), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    told = subprocess.run([program, *words], input=stdin, env=bare, capture_output=True, timeout=DEADLINE_SECONDS)
    if told.returncode != 0:
        raise SystemExit(f"git {' '.join(words)} failed (exit {told.returncode}): {told.stderr.decode().strip()}")
    return told.stdout.decode()


def main() -> None:
    words = argparse.ArgumentParser(prog="practice.releases", description=__doc__)
    words.add_argument("path", type=Path, help="where the bare repository is to be")
    for tag, sha in lay_out(words.parse_args().path.absolute()).items():
        sys.stdout.write(f"{tag} {sha}\n")


if __name__ == "__main__":
    main()
