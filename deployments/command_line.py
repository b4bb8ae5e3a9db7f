"""The command line: the same stories as in Prefect's UI, and the installation itself."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from edge import machine
from edge.secrets.raised import install_hooks
from edge.settings import Settings, contradictions, read_settings
from mainstay.errors import BadInput, MainstayError

app = typer.Typer(
    help="Delivers, protects and recovers the web applications small companies live on.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

System = Annotated[str, typer.Argument(help="The name of the system, as its descriptor file is called.")]
Environment = Annotated[str, typer.Argument(help="Which of its environments, for example production.")]
WithoutServer = Annotated[
    bool, typer.Option("--without-server", help="Do it here and now, without Prefect: the same story, only unseen.")
]
AsJson = Annotated[bool, typer.Option("--json", help="For programs instead of people.")]


@app.command()
def check(
    folder: Annotated[Path | None, typer.Argument(help="A folder of descriptors, or one; without it, ours.")] = None,
) -> None:
    """Name everything that is wrong with the descriptors, each with its line and what to write."""
    from edge.systems import check_all

    place = folder or _settings().systems
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
    """Let changes in progress end, then stop Mainstay, Prefect and the practice site. `mainstay up` brings all back."""
    from deployments.down import bring_down

    bring_down(_settings(), at_once=at_once)
    typer.echo("`mainstay up` brings it back.")


@app.command()
def status(as_json: AsJson = False) -> None:
    """How everything is: programs, open changes, alarms, addresses. Exit code 1 if anything is not well."""
    from deployments.status import show

    raise typer.Exit(0 if show(_settings(), as_json=as_json) else 1)


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
        _settings(),
        "maintenance",
        {"system": system, "environment": environment, "page": page, "words": words},
        without_server,
    )


@app.command()
def deploy(
    system: System,
    environment: Environment,
    version: Annotated[str, typer.Argument(help="A tag, a branch or a commit.")],
    again: Annotated[bool, typer.Option("--again", help="Although it was switched back before.")] = False,
    accept: Annotated[
        Literal["", "data", "contract"], typer.Option(help="What its migration may cost the old color.")
    ] = "",
    without_server: WithoutServer = False,
) -> None:
    """Bring a release to the users beside the one they have, watch it, and take it back if it is bad."""
    from deployments.stories import tell

    asked = {"system": system, "environment": environment, "version": version, "again": again, "accept": accept}
    tell(_settings(), "deploy", asked, without_server)


@app.command()
def approve(
    system: System,
    environment: Environment,
    version: Annotated[str, typer.Argument(help="As in the deploy that waits.")],
    without_server: WithoutServer = False,
) -> None:
    """Agree that a release goes live, and start its deploy."""
    from deployments.stories import tell

    tell(_settings(), "approve", {"system": system, "environment": environment, "version": version}, without_server)


@app.command()
def retire(system: System, environment: Environment, without_server: WithoutServer = False) -> None:
    """End the color that users do not see, once its rollback window is over. Keeper does this by itself."""
    from deployments.stories import tell

    tell(_settings(), "retire", {"system": system, "environment": environment}, without_server)


@app.command()
def undo(
    run: Annotated[str, typer.Argument(help="The Prefect run, or the change, that was left half-done.")],
    without_server: WithoutServer = False,
) -> None:
    """Bring a half-done change to one safe state. Safe at any time, and twice."""
    from deployments.stories import tell

    tell(_settings(), "undo", {"run": run}, without_server)


@app.command()
def proxy_config(
    system: System,
    environment: Environment,
    host: Annotated[str | None, typer.Option(help="Which of its hosts; not needed where there is one.")] = None,
) -> None:
    """Print the Caddyfile of an environment, for a Caddy of your own: it looks at the flags, so a switch is a file."""
    from edge.caddy import file_for

    typer.echo(file_for(_settings(), system, environment, host), nl=False)


@app.command()
def audit(
    last: Annotated[int, typer.Option(min=1, help="How many entries, the newest last.")] = 20,
    verify: Annotated[bool, typer.Option("--verify", help="Read the whole chain and name every break in it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Who changed what, when, from where, and how it ended."""
    from deployments.audit import show, verified

    store_is_whole = verified(_settings()) if verify else show(_settings(), last, as_json=as_json)
    raise typer.Exit(0 if store_is_whole else 1)


@app.command()
def notice(system: System, environment: Environment) -> None:
    """Send a trial notice to everybody the descriptor names, and say who got it."""
    from deployments.trial import send

    raise typer.Exit(0 if send(_settings(), system, environment) else 1)


@app.command()
def forget(notice: Annotated[str, typer.Argument(help="Its id, as the alarm says it.")]) -> None:
    """Nobody need be told any more of a notice that could not be delivered: it is dropped, and its alarm with it."""
    from deployments.forgetting import drop

    drop(_settings(), notice)


def _settings() -> Settings:
    """Those of the installation: a word of this shell that says otherwise would look at, or change, something else."""
    settings = read_settings()
    if found := contradictions(settings):
        mend = "Take it out of the environment; or, to change the installation: mainstay up"
        raise BadInput(f"Nothing was done. {' '.join(found)} {mend}")
    return settings


def main() -> None:
    install_hooks()
    try:
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
