"""The commands that bring releases to users, and back."""

from typing import Annotated

import typer

from deployments.words import Environment, System, WithoutServer, settings
from edge.prefect_server import Value
from mainstay.migrations import Price

app = typer.Typer()
Accept = Annotated[Price, typer.Option(help="What its migration may cost the old color.")]
Version = Annotated[str, typer.Argument(help="A tag, a branch or a commit.")]


@app.command()
def deploy(
    system: System,
    environment: Environment,
    version: Version,
    again: Annotated[bool, typer.Option("--again", help="Although it was switched back before.")] = False,
    accept: Accept = "",
    urgent: Annotated[bool, typer.Option("--urgent", help="Take back a deploy that is only being watched.")] = False,
    without_server: WithoutServer = False,
) -> None:
    """Bring a release to the users beside the one they have, watch it, and take it back if it is bad."""
    from deployments.stories import tell

    asked: dict[str, Value] = {
        "system": system,
        "environment": environment,
        "version": version,
        "again": again,
        "accept": accept,
        "urgent": urgent,
    }
    tell(settings(), "deploy", asked, without_server)


@app.command()
def approve(
    system: System,
    environment: Environment,
    version: Version,
    accept: Accept = "",
    again: Annotated[bool, typer.Option("--again", help="That it goes out although it was switched back.")] = False,
    without_server: WithoutServer = False,
) -> None:
    """Agree that a release goes live, and start its deploy."""
    from deployments.stories import tell

    asked: dict[str, Value] = {"system": system, "environment": environment, "version": version}
    tell(settings(), "approve", {**asked, "accept": accept, "again": again}, without_server)


@app.command()
def follow(run: Annotated[str, typer.Argument(help="Its id, as it was printed when it started.")]) -> None:
    """Look at a run until it has ended; say how."""
    from deployments.stories import follow as look

    look(settings(), run)


@app.command()
def rollback(
    system: System,
    environment: Environment,
    to: Annotated[
        str, typer.Option(help="A version that was live, or its commit; otherwise the newest good one.")
    ] = "",
    accept: Annotated[
        bool, typer.Option("--accept", help="Although the database says that the old code may not work with it.")
    ] = False,
    without_server: WithoutServer = False,
) -> None:
    """Go back to a release that was live before. Says first what the database allows; urgent: waits for nobody."""
    from deployments.stories import tell

    asked: dict[str, Value] = {"system": system, "environment": environment, "to": to, "accept": accept}
    tell(settings(), "rollback", asked, without_server)


@app.command()
def retire(system: System, environment: Environment, without_server: WithoutServer = False) -> None:
    """End the color that users do not see, once its rollback window is over. Keeper does this by itself."""
    from deployments.stories import tell

    tell(settings(), "retire", {"system": system, "environment": environment}, without_server)
