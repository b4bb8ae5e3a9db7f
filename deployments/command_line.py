"""The command line: the same stories as in Prefect's UI, and the installation itself."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from deployments import backup_commands, release_commands
from deployments.words import Environment, System, WithoutServer, refuse_half_characters, settings
from edge import machine
from edge.secrets.raised import install_hooks
from edge.settings import read_settings
from mainstay.errors import MainstayError

app = typer.Typer(
    help="Delivers, protects and recovers the web applications small companies live on.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(release_commands.app)
app.add_typer(backup_commands.app)

AsJson = Annotated[bool, typer.Option("--json", help="For programs instead of people.")]


@app.command()
def check(
    folder: Annotated[Path | None, typer.Argument(help="A folder of descriptors, or one; without it, ours.")] = None,
) -> None:
    """Name everything that is wrong with the descriptors, each with its line and what to write."""
    from edge.systems import check_all

    place = folder or settings().systems
    faults = check_all(place)
    for fault in faults:
        typer.echo(str(fault), err=True)
    if faults:
        raise typer.Exit(1)
    typer.echo(f"{place}: all descriptors can be used.")


@app.command()
def up(
    practice: Annotated[bool, typer.Option("--practice", help="With a small site to practise on.")] = False,
) -> None:
    """Start everything that stays: keeper, Prefect with its database, worker and UI. Safe to repeat."""
    from deployments.up import bring_up

    bring_up(read_settings(), practice=practice)


@app.command()
def down(
    at_once: Annotated[
        bool, typer.Option("--at-once", help="Do not wait for changes in progress: each is undone.")
    ] = False,
) -> None:
    """Let changes in progress end, then stop Mainstay, Prefect and all applications they run: users are offline."""
    from deployments.down import bring_down

    bring_down(settings(), at_once=at_once)
    typer.echo("`mainstay up` brings it back.")


@app.command()
def status(as_json: AsJson = False) -> None:
    """How everything is: programs, open changes, alarms, addresses. Exit code 1 if anything is not well."""
    from deployments.status import show

    raise typer.Exit(0 if show(settings(), as_json=as_json) else 1)


@app.command()
def maintenance(
    system: System,
    environment: Environment,
    page: Annotated[Literal["up", "down"], typer.Argument(help="Show the page, or the application again.")],
    words: Annotated[str, typer.Option(help="What the page says, in one line.")] = "We are back in a few minutes.",
    without_server: WithoutServer = False,
) -> None:
    """Put the maintenance page up, or take it down, on every host of an environment."""
    from deployments.stories import tell

    tell(
        settings(),
        "maintenance",
        {"system": system, "environment": environment, "page": page, "words": words},
        without_server,
    )


@app.command()
def undo(
    run: Annotated[str, typer.Argument(help="The Prefect run, or the change, that was left half-done.")],
    without_server: WithoutServer = False,
) -> None:
    """Bring a half-done change to one safe state. Safe at any time, and twice."""
    from deployments.stories import tell

    tell(settings(), "undo", {"run": run}, without_server)


@app.command()
def proxy_config(
    system: System,
    environment: Environment,
    host: Annotated[str | None, typer.Option(help="Which of its hosts; not needed where there is one.")] = None,
) -> None:
    """Print the Caddyfile of an environment, for a Caddy of your own: it looks at the flags, so a switch is a file."""
    from edge.caddy import file_for

    typer.echo(file_for(settings(), system, environment, host), nl=False)


@app.command()
def audit(
    last: Annotated[int, typer.Option(min=1, help="How many entries, the newest last.")] = 20,
    verify: Annotated[bool, typer.Option("--verify", help="Read the whole chain and name every break in it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Who changed what, when, from where, and how it ended."""
    from deployments.audit import show, verified

    store_is_whole = verified(settings()) if verify else show(settings(), last, as_json=as_json)
    raise typer.Exit(0 if store_is_whole else 1)


@app.command()
def notice(system: System, environment: Environment) -> None:
    """Send a trial notice to everybody the descriptor names, and say who got it."""
    from deployments.notices import send_trial

    raise typer.Exit(0 if send_trial(settings(), system, environment) else 1)


@app.command()
def forget(notice: Annotated[str, typer.Argument(help="Its id, as the alarm says it.")]) -> None:
    """Nobody need be told any more of a notice that could not be delivered: it is dropped, and its alarm with it."""
    from deployments import notices

    notices.forget(settings(), notice)


def main() -> None:
    install_hooks()
    try:
        refuse_half_characters(sys.argv)
        app()
    except MainstayError as reason:
        typer.echo(str(reason), err=True)
        sys.exit(1)
    except PermissionError as reason:
        typer.echo(
            f"{reason.filename}: {machine.user()} may not use it. Do this as the user Mainstay runs as.", err=True
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
