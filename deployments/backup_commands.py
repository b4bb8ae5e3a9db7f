"""The commands that keep sets, list them and bring them back."""

import sys
from collections.abc import Mapping
from getpass import getpass
from typing import Annotated

import typer

from deployments.words import Environment, System, WithoutServer, settings
from edge.prefect_server import Value
from mainstay.store import Source

app = typer.Typer()

From = Annotated[Source, typer.Option("--from", help="copy: read the second store instead of the first.")]
RecoveryKey = Annotated[
    bool,
    typer.Option(
        "--recovery-key",
        help="Open sets with the recovery key, which is asked for and forgotten. Done here, as --without-server is.",
    ),
]


@app.command()
def backup(
    system: System,
    environment: Environment,
    kind: Annotated[str, typer.Option(help="full, database, files, or incremental.")] = "full",
    without_server: WithoutServer = False,
) -> None:
    """Take a set: one moment of all that is kept, sealed and signed. It holds nobody up."""
    from deployments.stories import tell
    from mainstay.backups.sets import read_kind

    tell(settings(), "backup", {"system": system, "environment": environment, "kind": read_kind(kind)}, without_server)


@app.command()
def restore(
    system: System,
    environment: Environment,
    into: Annotated[str, typer.Argument(help="An absolute path; the set's folders become folders in it.")] = "",
    set: Annotated[str, typer.Option(help="Its id, as `mainstay backups` lists it.")] = "newest",
    only: Annotated[str, typer.Option(help="One of its folders or buckets; otherwise everything.")] = "",
    database: Annotated[
        str, typer.Option(help="Where the address of an empty database lies: file:///…; else the dump lies beside.")
    ] = "",
    part: Annotated[str, typer.Option(help="One schema of the database, or one table: office, office.deals.")] = "",
    bucket: Annotated[str, typer.Option(help="An empty bucket or prefix, s3://…, for the set's bucket alone.")] = "",
    redis: Annotated[
        str, typer.Option(help="Where the address of an empty Redis lies: file:///…; else redis.rdb lies beside.")
    ] = "",
    at: Annotated[str, typer.Option(help='The database at a moment: "2026-11-28 14:00" (UTC), or latest.')] = "",
    tenant: Annotated[
        str, typer.Option(help="Where tenants have databases of their own: whose goes into that empty one.")
    ] = "",
    instance: Annotated[
        str, typer.Option(help="A new instance of RDS, by its name: made of the snapshot that a set names.")
    ] = "",
    source: From = "first",
    recovery_key: RecoveryKey = False,
    without_server: WithoutServer = False,
) -> None:
    """Bring a set back into a fresh place. What users have is not touched."""
    asked: dict[str, Value] = {"system": system, "environment": environment, "into": into, "set": set}
    asked |= {"only": only, "database": database, "part": part, "at": at, "bucket": bucket, "redis": redis}
    asked |= {"source": source, "tenant": tenant, "instance": instance}
    _opening("restore", asked, recovery_key, without_server)


@app.command()
def prove(
    system: System,
    environment: Environment,
    set: Annotated[str, typer.Option(help='Its id, as `mainstay backups` lists it; "due": a part of all.')] = "newest",
    level: Annotated[int, typer.Option(min=2, max=3, help="3: it is restored. 2: it is read back.")] = 3,
    source: From = "first",
    recovery_key: RecoveryKey = False,
    without_server: WithoutServer = False,
) -> None:
    """Restore a set where nobody sees it, compare every file, and remove it again: it can be done, or it is told."""
    asked: dict[str, Value] = {"system": system, "environment": environment, "set": set, "level": level}
    asked["source"] = source
    _opening("prove", asked, recovery_key, without_server)


@app.command()
def copy(
    system: System,
    environment: Environment,
    again: Annotated[bool, typer.Option("--again", help="Also what was deleted in the copy.")] = False,
    without_server: WithoutServer = False,
) -> None:
    """Bring what the second store of sets lacks. Safe at any time, and twice; every backup starts it too."""
    from deployments.stories import tell

    tell(settings(), "copy", {"system": system, "environment": environment, "again": again}, without_server)


@app.command()
def protect(system: System, environment: Environment, without_server: WithoutServer = False) -> None:
    """Make the locks of sets as long as they must be, and try whether they may be deleted from here. Done nightly."""
    from deployments.stories import tell

    tell(settings(), "protect", {"system": system, "environment": environment}, without_server)


@app.command()
def backups(
    system: System,
    environment: Environment,
    source: From = "first",
    as_json: Annotated[bool, typer.Option("--json", help="For programs instead of people.")] = False,
    as_intended: Annotated[
        str, typer.Option(metavar="SET", help="This set, and all before it, are as small as they should be.")
    ] = "",
    inside: Annotated[
        str, typer.Option(metavar="SET", help="What its databases hold: those of tenants, schemas, their tables.")
    ] = "",
) -> None:
    """List the sets: age, size, and how far each was proven.

    Exit code 1 if there is none, or one is bad, suspect or not to be trusted.
    """
    from deployments.backups import show
    from deployments.set_words import say_intended, show_inside

    if as_intended:
        say_intended(settings(), system, environment, as_intended)
        return
    if inside:
        show_inside(settings(), system, environment, inside)
        return
    raise typer.Exit(0 if show(settings(), system, environment, source, as_json=as_json) else 1)


@app.command()
def prune(
    system: System,
    environment: Environment,
    agree: Annotated[str, typer.Option(help="The word a refusal names: more than 30 % of all bytes may go.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what stays and what may go, and why.")] = False,
    without_server: WithoutServer = False,
) -> None:
    """Delete the sets that backups.keep lets go, each a day after that was found, looking again before each."""
    if dry_run:
        from deployments.dry_pruning import show

        show(settings(), system, environment)
        return
    from deployments.stories import tell

    tell(settings(), "prune", {"system": system, "environment": environment, "agree": agree}, without_server)


@app.command()
def hold(
    system: System,
    environment: Environment,
    set: Annotated[str, typer.Argument(help="Its id, as `mainstay backups` lists it.")],
    why: Annotated[str, typer.Option(help="For whoever asks in a year.")],
) -> None:
    """Let nobody delete a set, nor what it needs, until the hold is released."""
    from deployments import holds

    holds.hold(settings(), system, environment, set, why)


@app.command()
def release_hold(
    system: System,
    environment: Environment,
    set: Annotated[str, typer.Argument(help="Its id, as `mainstay backups` lists it.")],
    hold: Annotated[str, typer.Option(help="Which, where several hold it, as `mainstay backups` shows it.")] = "",
) -> None:
    """Say that a set need not stay any more for this reason."""
    from deployments import holds

    holds.release(settings(), system, environment, set, hold)


@app.command()
def recovery_key(
    instead: Annotated[bool, typer.Option("--instead", help="From now on another one.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Try the one there is: it is read from what is typed.")
    ] = False,
) -> None:
    """Make the key for the day on which this machine is gone. It is shown once, and kept nowhere here."""
    from deployments.recorded import recorded
    from edge.backups.keyring import keyring

    if check:
        from deployments.recovery_check import try_recovery_key

        raise typer.Exit(0 if try_recovery_key(settings(), _typed()) else 1)

    ring = keyring(settings().home)
    with recorded(settings(), "recovery-key --instead" if instead else "recovery-key"):
        key = ring.new_recovery_key(instead=instead)
    typer.echo(
        "Write this down and keep it elsewhere, on paper or in a safe. Whoever has it can read every backup taken"
        f" from now on; without it they are lost together with this machine. It is shown once.\n\n{key}\n\n"
        f"With this line it is told whether a set is ours (docs/hand-restore.md); it is no secret:\n\n{ring.signers}\n"
    )


def _opening(story: str, asked: Mapping[str, Value], recovery_key: bool, without_server: bool) -> None:
    """With the recovery key the story is told in this process, which alone has it: no server may hear of it."""
    from deployments.stories import tell
    from edge.backups.lending import lent

    if not recovery_key:
        tell(settings(), story, asked, without_server)
        return
    with lent(_typed()):
        tell(settings(), story, asked, without_server=True)


def _typed() -> str:
    """Never from the words of the command, which every user of this machine can read."""
    if sys.stdin.isatty():
        return getpass("The line that begins with AGE-SECRET-KEY-1 (it is not shown): ")
    return sys.stdin.read()
