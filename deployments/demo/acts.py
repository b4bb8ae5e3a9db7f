"""The promises, one after the other: what is done for each, and what must come out."""

import typer

from deployments.demo.lanes import Waiting, until
from deployments.demo.promises import Promise
from deployments.demo.site import Site
from edge import clock, processes, programs
from edge.postgres.rows import bring, delete_all, fingerprint
from edge.processes import Identity
from edge.settings import Settings
from mainstay.colors import other
from mainstay.errors import MainstayError, NotFinished
from mainstay.journal import COMPLETED, ROLLED_BACK

HEAL_SECONDS = 120.0
BACK_SECONDS = 20.0
BEGINS_SECONDS = 240.0
PROVEN_SECONDS = 60.0
RESTORED_SECONDS = 60.0
ATTACHMENTS = 200
TABLE = "deals"
WORKER = "worker"


def first_release(site: Site) -> Waiting[Promise]:
    """Nothing was here before."""
    sent = yield from site.deployed("v1")
    held = sent.run.state == COMPLETED and site.color is not None
    typer.echo(f"\nfirst-release: {sent.run.state} after {sent.seconds:.0f} s. {sent.run.message}")
    return Promise("first-release", "live and well", round(sent.seconds, 1), "s", held)


def zero_failed_switch(site: Site) -> Waiting[Promise]:
    """An expand migration comes with it, so both releases work with the new schema for a while."""
    sent = yield from site.deployed("v2")
    met, record = site.met(sent.since), site.record
    probed, failed = (int(record.numbers.get(f"prober_probes{name}", 0)) for name in ("", "_failed"))
    asked, lost = len(met.answers) + probed, len(met.failed) + failed
    held = sent.run.state == COMPLETED and record.migration == "expand" and asked > 0 and lost == 0
    typer.echo(
        f"\nzero-failed-switch: {sent.run.state} after {sent.seconds:.0f} s, with a migration ({record.migration})."
        f" Of the visitors {met.says()}, of the prober's own {failed} of {probed}. {sent.run.message}"
    )
    return Promise("zero-failed-switch", "0 failed", lost, f"failed of {asked} requests", held)


def boot_failure_unseen(site: Site) -> Waiting[Promise]:
    """It dies as often as it is started."""
    live = site.color
    if live is None:
        raise NotFinished("Nothing was live, so nothing could be kept.")
    sent = yield from site.deployed("bad-boot")
    met = site.met(sent.since)
    saw = len(met.of(other(live))) + len(met.failed)
    held = sent.run.state == ROLLED_BACK and bool(met.answers) and saw == 0 and site.color == live
    typer.echo(
        f"\nboot-failure-unseen: {sent.run.state} after {sent.seconds:.0f} s; all {len(met.answers)} requests meanwhile"
        f" were answered by {live}, {saw} met the release that dies at boot."
    )
    return Promise("boot-failure-unseen", "0 saw it", saw, f"of {len(met.answers)} requests", held)


def bad_release_switched_back(site: Site) -> Waiting[Promise]:
    """Ready, and well at first: only users meet what is wrong with it."""
    live = site.color
    if live is None:
        raise NotFinished("Nothing was live, so there was nothing to go back to.")
    sent = yield from site.deployed("bad-errors-20")
    met = site.met(sent.since)
    bad = met.of(other(live))
    seconds = (max(each.answered for each in bad) - min(each.at for each in bad)).total_seconds() if bad else None
    well = sent.run.state == ROLLED_BACK and site.color == live
    held = well and seconds is not None and seconds <= BACK_SECONDS
    typer.echo(
        f"\nbad-release-switched-back: {sent.run.state}. It was live for {seconds or 0:.1f} s: {met.says()}; all others"
        f" were served. Now {site.color} answers. {sent.run.message}"
    )
    shown = None if seconds is None else round(seconds, 1)
    return Promise("bad-release-switched-back", f"<= {BACK_SECONDS:.0f} s", shown, "s", held)


def killed_worker_healed(settings: Settings, site: Site) -> Waiting[Promise]:
    """Users have the new color, its jobs are being moved, no verdict is there: nothing is more half-done."""
    yield from site.started("v2")
    flow = yield from until(
        lambda: _in_the_middle(site), BEGINS_SECONDS, "the deploy had not begun", lambda: site.now("v2")
    )
    since, begun = clock.now(), clock.monotonic()
    for victim in (flow, programs.living_identity(settings.home, WORKER)):
        if victim is not None:
            processes.kill(victim)
    typer.echo("\nIn staging, the process that deploys v2 and Prefect's worker got SIGKILL, users just having got v2.")
    color = yield from until(
        lambda: site.color if site.settled and programs.living_identity(settings.home, WORKER) else None,
        HEAL_SECONDS, "it was not healed", lambda: "killed, and heals by itself",
    )  # fmt: skip
    seconds = clock.monotonic() - begun
    typer.echo(
        f"killed-worker-healed: after {seconds:.0f} s the change is closed ({site.record.outcome}), {color} is live"
        f" and well, the worker is back. Meanwhile {site.met(since).says()}."
    )
    return Promise("killed-worker-healed", f"<= {HEAL_SECONDS:.0f} s", round(seconds, 1), "s", held=True)


def backup_proven(site: Site) -> Waiting[Promise]:
    """A set counts when it was restored: its database in one of its own, its files with the hashes they had."""
    for number in range(ATTACHMENTS):
        (site.uploads / f"offer-{number:03d}.txt").write_text(f"What we offer to customer {number}.\n" * 50)
    began = clock.monotonic()
    taken = yield from site.kept("backup")
    proven = yield from site.kept("prove")
    seconds = clock.monotonic() - began
    held = taken.state == proven.state == COMPLETED and seconds <= PROVEN_SECONDS
    typer.echo(f"\nbackup-proven: {taken.state}, {taken.message}. Then {proven.state}, {proven.message}.")
    return Promise("backup-proven", f"<= {PROVEN_SECONDS:.0f} s", round(seconds, 1), "s", held)


def table_restored(site: Site) -> Waiting[Promise]:
    """Somebody deletes all deals by mistake. They come out of the newest set, beside what users have, and go back."""
    rows, before = fingerprint(site.database, TABLE)
    delete_all(site.database, TABLE)
    began = clock.monotonic()
    with site.empty_database() as beside:
        run = yield from site.kept("restore", part=f"public.{TABLE}", database=beside)
        found = fingerprint(beside, TABLE) if run.state == COMPLETED else (0, "")
        if found == (rows, before):
            bring(beside, site.database, TABLE)
    seconds = clock.monotonic() - began
    back = fingerprint(site.database, TABLE) == (rows, before)
    typer.echo(
        f"\ntable-restored: somebody deleted all {rows} {TABLE} of staging. {run.state}: {run.message}."
        f" {'All of them are back, each as it was' if back else 'They are NOT back'}."
    )
    held = rows > 0 and back and seconds <= RESTORED_SECONDS
    return Promise("table-restored", f"<= {RESTORED_SECONDS:.0f} s", round(seconds, 1), f"s, {rows} rows", held)


def in_turn(acts: list[tuple[str, Waiting[Promise]]], keep: list[Promise]) -> Waiting[None]:
    """One that fails keeps back none of the others."""
    for name, act in acts:
        try:
            keep.append((yield from act))
        except MainstayError as reason:
            typer.echo(f"\n{name}: NOT SHOWN. {reason}")


def _in_the_middle(site: Site) -> Identity | None:
    """The flow's process, when it has given the users another color and not moved the workers yet."""
    journal, holder = site.journal, site.holder
    if journal is None or holder is None:
        return None
    shown = any(step.step.startswith("show ") for step in journal.steps)
    moving = any(step.step.startswith("stop worker") for step in journal.steps)
    return Identity(holder.pid, holder.started) if shown and moving and journal.kept is None else None
