"""The door to git: a mirror of each repository on this machine, and what its names and commits are.

git is given no configuration but ours, no hook, no terminal to ask at, and nothing of our environment. Whatever dies
in it is mended by the next one: a mirror appears whole, and the locks of a dead git are removed, because
only one of ours is ever in a mirror.
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from edge import private, processes
from edge.archives import ArchiveRefused, unpack
from edge.durable import settle_folder
from edge.scratch import scratch
from edge.settings import Settings
from mainstay import versions
from mainstay.descriptor.placeholders import filled
from mainstay.descriptor.system import System
from mainstay.errors import BadInput, BuildFailed, CommandFailed, RepositoryLost
from mainstay.versions import Names

LOOK_SECONDS = 60.0  # git in a mirror of its own
FETCH_SECONDS = 900.0  # a first clone over a slow line
QUIET = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "LC_ALL": "C",
}
OURS = (
    "core.hooksPath=/dev/null",
    "core.sshCommand=ssh -o BatchMode=yes -o ConnectTimeout=20",
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=60",
    "gc.autoDetach=false",  # it would go on in the background, beside the next one
    "maintenance.autoDetach=false",
    "fetch.recurseSubmodules=false",
    "protocol.ext.allow=never",
)
LOCKED = ("*.lock", "refs/**/*.lock", "objects/*.lock", "objects/info/**/*.lock")
ALL = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")


@dataclass(frozen=True)
class Repository:
    address: str  # as git takes it
    mirror: Path
    git: str = "git"

    def resolve(self, version: str) -> str:
        """The full commit of a tag, a branch, or the beginning of a commit; ``BadInput`` if it is none, or several.

        A whole commit that is known here is not asked for again, so it can be had while the repository is away.
        """
        wanted = versions.judged(version)
        with self._alone():
            if not (versions.is_full_commit(wanted) and self._has(wanted)):
                self._fetch()
            names = self._names()
            return versions.choose(wanted, self._found(wanted, names), names, self.address)

    def committed_at(self, commit: str) -> datetime:
        with self._having(commit):
            return datetime.fromtimestamp(int(self._say("show", "--no-patch", "--format=%ct", commit)), UTC)

    def export(self, commit: str, target: Path) -> None:
        """The files of the commit in a new folder, as of its time, and nothing else of the repository."""
        tar = target.with_name(f"{target.name}.tar")
        with self._having(commit):
            self._refuse_submodules(commit)
            self._archive(commit, tar)
        try:
            with tar.open("rb") as archive:
                unpack(archive, target)
        except ArchiveRefused as reason:
            raise BuildFailed(f"{commit[:12]} of {self.address} cannot be built: {reason}.") from reason
        finally:
            tar.unlink()

    def _archive(self, commit: str, tar: Path) -> None:
        try:
            self._say("archive", "--format=tar", f"--output={tar}", commit, seconds=FETCH_SECONDS)
        except CommandFailed as reason:
            said = " ".join(str(reason).split()).rstrip(".")
            raise BuildFailed(
                f"{commit[:12]} of {self.address} was not written to {tar.parent}, and nothing was changed: {said}. "
                "Mend that (if no space is left, free some room there), then do this again."
            ) from reason

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if shutil.which(self.git) is None:
            raise BadInput(
                f"The program {self.git} is not on this machine, and {self.address} cannot be read without it. "
                "Install it (apt-get install git), then do this again."
            )
        private.folder_if_missing(self.mirror.parent)
        with private.alone(self.mirror.with_suffix(".lock"), deadline_seconds=FETCH_SECONDS):
            yield

    @contextmanager
    def _having(self, commit: str) -> Iterator[None]:
        """Another machine may have found it, so it need not be here yet."""
        with self._alone():
            if not self._has(commit):
                self._fetch()
            yield

    def _fetch(self) -> None:
        if self.mirror.is_dir():
            for left in (each for place in LOCKED for each in self.mirror.glob(place)):
                left.unlink()
            self._fetch_into(self.mirror)
            return
        with scratch(self.mirror.parent, self.mirror.name) as place:
            self._run(place, "init", "--quiet", "--bare", "--template=")
            self._fetch_into(place)
            place.rename(self.mirror)
            settle_folder(self.mirror.parent)

    def _fetch_into(self, place: Path) -> None:
        try:
            self._run(
                place, "fetch", "--quiet", "--prune", "--no-tags", "--", self.address, *ALL, seconds=FETCH_SECONDS
            )
        except CommandFailed as reason:
            said = " ".join(str(reason).split()).rstrip(".")
            raise RepositoryLost(
                f"{self.address} could not be read: {said}. Look whether the address is right, the server answers "
                f"and this user may read it. If it says that the mirror here is damaged: rm -r {self.mirror} (it is "
                "only a copy). What is here already can be named by its full commit meanwhile."
            ) from reason

    def _names(self) -> Names:
        return Names(self._listed("refs/tags/"), self._listed("refs/heads/"))

    def _listed(self, folder: str) -> tuple[str, ...]:
        said = self._say("for-each-ref", "--sort=-creatordate", "--format=%(refname)", folder)
        return tuple(line.removeprefix(folder) for line in said.splitlines())

    def _found(self, version: str, names: Names) -> Mapping[str, str]:
        """By what it is there: a tag, a branch or both; only what is neither may be a commit."""
        if versions.is_full_commit(version):
            return {f"commit {version[:12]}": version} if self._has(version) else {}
        found = {"tag": f"refs/tags/{version}"} if version in names.tags else {}
        found |= {"branch": f"refs/heads/{version}"} if version in names.branches else {}
        commits = {what: commit for what, ref in found.items() if (commit := self._commit(ref))}
        return commits or (self._commits(version) if versions.may_be_commit(version) else {})

    def _commits(self, beginning: str) -> Mapping[str, str]:
        objects = self._say("rev-parse", f"--disambiguate={beginning.lower()}").split()
        return {f"commit {each[:12]}": each for each in objects if self._commit(each) == each}

    def _commit(self, name: str) -> str | None:
        """None: it leads to no commit (a tag may name anything)."""
        output = self._output(self.mirror, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        return output.text.strip() if output.exit == 0 else None

    def _has(self, commit: str) -> bool:
        return self.mirror.is_dir() and self._commit(commit) == commit

    def _refuse_submodules(self, commit: str) -> None:
        lines = self._say("ls-tree", "-r", "--full-tree", commit).splitlines()
        if within := [line.partition("\t")[2] for line in lines if line.startswith("160000 ")]:
            raise BuildFailed(
                f"{commit[:12]} of {self.address} has submodules ({', '.join(within[:3])}), which this version does not"
                " fetch: their folders would be empty. Bring their files into the repository (git subtree)."
            )

    def _say(self, *words: str, seconds: float = LOOK_SECONDS) -> str:
        return self._run(self.mirror, *words, seconds=seconds)

    def _run(self, place: Path, *words: str, seconds: float = LOOK_SECONDS) -> str:
        return processes.check(self._output(place, *words, seconds=seconds), f"git {words[0]}")

    def _output(self, place: Path, *words: str, seconds: float = LOOK_SECONDS) -> processes.Output:
        ours = [word for setting in OURS for word in ("-c", setting)]
        argv = [self.git, *ours, f"--git-dir={place}", *words]
        return processes.run(argv, deadline_seconds=seconds, cwd=place, environment=QUIET, bare=True)


def repository(settings: Settings, system: System) -> Repository:
    """The repository of a system, and where its mirror is on this machine."""
    if system.source.key is not None:
        raise BadInput(
            f"{system.name} names a deploy key (source.key), which this version cannot use. Take it out of the "
            "descriptor, and let the user that runs Mainstay reach the repository with a key of his own in ~/.ssh."
        )
    address = filled(system.source.repository, home=str(settings.home), system=system.name)
    name = sha256(address.encode()).hexdigest()[:16]
    return Repository(address, settings.home / "repositories" / f"{name}.git")
