"""The commands that keep sets, list them and bring them back."""

from typing import Annotated

import typer

from deployments.words import Environment, System, WithoutServer, settings
from edge.prefect_server import Value

app = typer.Typer()


@app.command()
def backup(
    system: System,
    environment: Environment,
    kind: Annotated[str, typer.Option(help="full, database, files, or incremental.")] = "full",
    without_server: WithoutServer = False,
) -> None:
    """Take a set: one moment of database and files, sealed and signed. It holds nobody up."""
    from deployments.stories import tell
    from mainstay.backups.sets import read_kind

    tell(settings(), "backup", {"system": system, "environment": environment, "kind": read_kind(kind)}, without_server)


@app.command()
def restore(
    system: System,
    environment: Environment,
    into: Annotated[str, typer.Argument(help="An absolute path; the set's folders become folders in it.")] = "",
    set: Annotated[str, typer.Option(help="Its id, as `mainstay backups` lists it.")] = "newest",
    only: Annotated[str, typer.Option(help="One of its folders; otherwise all, and the database.")] = "",
    database: Annotated[
        str, typer.Option(help="Where the address of an empty database lies: file:///…; else the dump lies beside.")
    ] = "",
    part: Annotated[str, typer.Option(help="One schema of the database, or one table: office, office.deals.")] = "",
    at: Annotated[str, typer.Option(help='The database at a moment: "2026-11-28 14:00" (UTC), or latest.')] = "",
    without_server: WithoutServer = False,
) -> None:
    """Bring a set back into a fresh place. What users have is not touched."""
    from deployments.stories import tell

    asked: dict[str, Value] = {"system": system, "environment": environment, "into": into, "set": set}
    asked |= {"only": only, "database": database, "part": part, "at": at}
    tell(settings(), "restore", asked, without_server)


@app.command()
def prove(
    system: System,
    environment: Environment,
    set: Annotated[str, typer.Option(help="Its id, as `mainstay backups` lists it.")] = "newest",
    without_server: WithoutServer = False,
) -> None:
    """Restore a set where nobody sees it, compare every file, and remove it again: it can be done, or it is told."""
    from deployments.stories import tell

    tell(settings(), "prove", {"system": system, "environment": environment, "set": set}, without_server)


@app.command()
def backups(
    system: System,
    environment: Environment,
    as_json: Annotated[bool, typer.Option("--json", help="For programs instead of people.")] = False,
) -> None:
    """List the sets: age, size, and how far each was proven. Exit code 1 if there is none, or one is bad."""
    from deployments.backups import show

    raise typer.Exit(0 if show(settings(), system, environment, as_json=as_json) else 1)


@app.command()
def recovery_key(
    instead: Annotated[bool, typer.Option("--instead", help="From now on another one.")] = False,
) -> None:
    """Make the key for the day on which this machine is gone. It is shown once, and kept nowhere here."""
    from edge.backups.keyring import keyring

    ring = keyring(settings().home)
    key = ring.new_recovery_key(instead=instead)
    typer.echo(
        "Write this down and keep it elsewhere, on paper or in a safe. Whoever has it can read every backup taken"
        f" from now on; without it they are lost together with this machine. It is shown once.\n\n{key}\n\n"
        f"With this line it is told whether a set is ours (docs/hand-restore.md); it is no secret:\n\n{ring.signers}\n"
    )
