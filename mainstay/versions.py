"""What a person types to say which code is meant, and which commit that is."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from mainstay.errors import BadInput

SHOWN = 5  # names, in a sentence

_FULL = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.I)
_SHORT = re.compile(r"[0-9a-f]{7,63}", re.I)
_NAME = re.compile(r"[^\W_][\w./+@#=,-]{0,199}")
_NO_NAME = re.compile(r"\.\.|@\{|//|/\.|[/.]\Z|\.lock(/|\Z)")


@dataclass(frozen=True)
class Names:
    """What a repository calls its commits: newest first."""

    tags: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()


def judged(version: str) -> str:
    """The version as git may be given it: a tag, a branch, or a commit in small letters."""
    written = version.strip()
    if written.endswith("-dirty"):
        raise BadInput(
            f'"{written}" means a working copy with changes nobody has committed, and only commits can be deployed. '
            "Commit and push them, then write the tag, branch or commit."
        )
    if not _NAME.fullmatch(written) or _NO_NAME.search(written):
        raise BadInput(
            f"{ascii(written)[:80]} cannot be a version. Write a tag (v1.4.2), a branch (main) or a commit (9fceb02)."
        )
    return written.lower() if is_full_commit(written) else written


def is_full_commit(version: str) -> bool:
    return _FULL.fullmatch(version) is not None


def may_be_commit(version: str) -> bool:
    """With fewer than seven digits it is a guess."""
    return _SHORT.fullmatch(version) is not None


def choose(version: str, found: Mapping[str, str], names: Names, address: str) -> str:
    """The one commit it means. ``found``: what it is the name of there, and which commit that is."""
    commits = sorted(set(found.values()))
    if len(commits) == 1:
        return commits[0]
    if not commits:
        raise BadInput(f"{version} is no tag, branch or commit of {address}{_near(version, names)}.")
    meanings = "; ".join(f"{what}: {commit[:12]}" for what, commit in sorted(found.items())[:SHOWN])
    raise BadInput(f"{version} means more than one commit of {address} ({meanings}). Write more of the one you mean.")


def _near(version: str, names: Names) -> str:
    known = [*names.tags, *names.branches]
    if not known:
        return ": it has no tag and no branch. Push something first"
    meant = get_close_matches(version, known, n=1, cutoff=0.6)
    mean = f"; did you mean {meant[0]}" if meant else ""
    return f"{mean}; known tags: {_listed(names.tags)}; branches: {_listed(names.branches)}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN]) or 'none'}{more}"
