"""A cluster as it is made anew: bases are laid out and put together, checked by PostgreSQL itself, the log beside them,
and what PostgreSQL is told to do with it.
"""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from edge import private, processes, streams
from edge.backups.bases.commits import last_before
from edge.backups.files.trees import ROOM, gnu
from edge.backups.opening import BadSet, Opened, bad
from edge.backups.pg_servers import find_programs
from edge.postgres import CLEAN, as_owner
from edge.scratch import remove
from edge.streams import TONGUE, Stream
from mainstay.backups.bases.replays import Replay
from mainstay.backups.bases.settings import SETTINGS, SIGNAL, of_a_copy
from mainstay.backups.pg_versions import major
from mainstay.backups.sets import Base
from mainstay.errors import CommandFailed
from mainstay.installation import Owner

LINKS_SINCE = 18  # pg_combinebackup need not copy what it was given
WORK_SECONDS = 7200.0
_HERE = re.compile(r"could not (create|write|fsync|link|copy|open directory|rename)|No space left|Permission denied")
PRIVATE = 0o700  # PostgreSQL starts on nothing that others may enter
BringLog = Callable[[Path], object]

_THERE = {  # where a distribution keeps them elsewhere they are in no base
    "postgresql.conf": "# The settings of the cluster that this is a copy of lie beside its data no more.\n",
    "pg_hba.conf": "local all all peer\n",
    "pg_ident.conf": "",
}


def lay_out_cluster(
    opened: Opened, replay: Replay, data: Path, bring_log: BringLog, owner: Owner | None = None
) -> tuple[str, ...]:
    """``data`` is not there yet. ``bring_log`` lays plain segments into a folder. ``owner``: who will run it; else us.

    What a person should know of it. ``BadSet``: PostgreSQL says that it is not what it was.
    """
    parts = data.with_name(f"{data.name}.parts")
    folders = [parts / str(number) for number in range(len(replay.bases))]
    make_folder(parts, owner)
    for made, folder in zip(replay.bases, folders, strict=True):
        assert made.base is not None
        make_folder(folder, owner)
        _extract(opened, made.base, folder, owner)
    notes = _put_together(replay, folders, data, owner)
    remove(parts)
    notes = (*notes, *_checked(replay, data, owner))
    bring_log(data / "pg_wal")
    replay, late = _reachable(replay, data / "pg_wal")
    _prepare(data, replay, owner)
    return (*notes, *late)


def _extract(opened: Opened, base: Base, folder: Path, owner: Owner | None) -> None:
    compared = False
    with _unpacking(folder, owner) as stream:
        with suppress(BrokenPipeError):  # tar says why
            opened.piece(base.piece, lambda data: _write_all(stream, data))
            compared = True
        ended = stream.ended()
    if ended != 0:
        raise CommandFailed(f"Laying out in {folder} failed (tar ended with {ended}): {stream.said()[:800]}. {ROOM}")
    if not compared:  # tar is content with its end, and the hash is that of all there is
        raise bad(base.piece, "something stands behind its end, which PostgreSQL does not write")


@contextmanager
def _unpacking(folder: Path, owner: Owner | None) -> Iterator[Stream]:
    argv = [*_by(owner), gnu("tar", "gtar"), "--extract", "--file=-", "--no-same-owner", "--preserve-permissions"]
    with streams.consuming([*argv, f"--directory={folder}"], environment=TONGUE) as stream:
        yield stream


def _write_all(stream: Stream, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[stream.pipe.write(view) :]


def _put_together(replay: Replay, folders: Sequence[Path], data: Path, owner: Owner | None) -> tuple[str, ...]:
    if len(folders) == 1:
        folders[0].rename(data)
        return ()
    programs = find_programs("pg_combinebackup", replay.base.server)
    quick = ("--link", "--no-sync") if major(programs.version) >= LINKS_SINCE else ("--no-sync",)
    make_folder(data, owner)
    argv = [str(programs.folder / "pg_combinebackup"), *quick, f"--output={data}", *map(str, folders)]
    _told([*_by(owner), *argv], f"The base of {replay.id} cannot be put together from {len(folders)}")
    return (f"{len(folders)} bases put together",)


def _checked(replay: Replay, data: Path, owner: Owner | None) -> tuple[str, ...]:
    """Every file against PostgreSQL's own list. The log is looked at when it is replayed."""
    tool = find_programs("postgres", replay.base.server)
    if not tool.has("pg_verifybackup"):
        return ("not compared with PostgreSQL's own list: pg_verifybackup is not here",)
    argv = [str(tool.folder / "pg_verifybackup"), "--no-parse-wal", "--exit-on-error", str(data)]
    _told([*_by(owner), *argv], f"The base of {replay.id} is not what PostgreSQL's own list says")
    return ()


def _told(argv: Sequence[str], what: str) -> None:
    """A tool that cannot write or read here says nothing of the set."""
    told = processes.run(argv, deadline_seconds=WORK_SECONDS, cwd=Path("/"), environment=TONGUE)
    if told.exit == 0:
        return
    lines = [line for line in told.text.strip().splitlines() if "error" in line] or [told.text.strip() or "no word"]
    said = f"{what}: {lines[0][:400].rstrip('.')}."
    if told.exit < 0 or _HERE.search(said):
        raise CommandFailed(f"{said} Nothing was kept. See whether its disk has room, then do this again.")
    raise BadSet(f"{said} Restore another set.")


def _reachable(replay: Replay, log: Path) -> tuple[Replay, tuple[str, ...]]:
    """A moment after which nothing was committed is the end of the log; PostgreSQL would refuse to start."""
    programs = find_programs("postgres", replay.base.server)
    if replay.at is None or not programs.has("pg_waldump"):
        return replay, ()
    newest = last_before(programs, log, replay)
    if newest is None:
        return replay, ()
    said = (
        f"the last that was committed is of {newest:%Y-%m-%d %H:%M:%S} UTC" if newest.year > 1 else "nothing is in it"
    )
    return replace(replay, at=None, all_of_it=True), (f"all of the log in the store is replayed: {said}",)


def _prepare(data: Path, replay: Replay, owner: Owner | None) -> None:
    settings = data / SETTINGS
    before = settings.read_text() if settings.exists() else ""
    private.write(settings, of_a_copy(before, replay), durable=False)
    private.write(data / SIGNAL, "", durable=False)
    lay_settings(data)
    if owner is not None:
        for each in (settings, data / SIGNAL, *(data / name for name in _THERE), *(data / "pg_wal").iterdir()):
            os.chown(each, owner.uid, owner.gid)


def lay_settings(data: Path) -> tuple[Path, ...]:
    """Bare ones, for those that are not there. All that PostgreSQL looks for."""
    for name, text in _THERE.items():
        if not (data / name).exists():
            private.write(data / name, text, durable=False)
    return tuple(data / name for name in _THERE)


def _by(owner: Owner | None) -> tuple[str, ...]:
    """The words in front of a command. What was restored before may have left somebody who runs as he does, and reads
    what his processes know: they know nothing of ours.
    """
    return (*as_owner(owner), *CLEAN) if owner else ()


def make_folder(path: Path, owner: Owner | None) -> Path:
    path.mkdir(mode=PRIVATE)
    if owner is not None:
        os.chown(path, owner.uid, owner.gid)
    return path
