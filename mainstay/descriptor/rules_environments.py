"""What environments must agree on: branches, folders of their own, schedules that have something to do."""

from collections import defaultdict
from collections.abc import Iterator

from mainstay.descriptor.environment import Host, Watch
from mainstay.descriptor.rules_services import unknown
from mainstay.descriptor.written import Found, Written

_MARK = "{environment}"


def environment_rules(system: Written) -> Iterator[Found]:
    environments = system["environments"]
    for _, target in system["source"]["branches"].items():
        yield from unknown(target, "environment", target.text, environments.names)
    for _, environment in environments.items():
        yield from _hosts_once(environment["hosts"])
        yield from _preview(environment["proxy"])
        yield from _watch(environment["watch"])
        yield from _backups(environment["backups"], system)
        yield from _drills(environment)
    yield from _own_folders(environments)
    yield from _own_data(system)


def _hosts_once(hosts: Written) -> Iterator[Found]:
    first: dict[str, str] = {}
    for name, host in hosts.items():
        address = host["address"].text
        if address and first.setdefault(address, name) != name:
            yield host["address"].wrong(f"is the machine of {first[address]} too. Delete one of the two hosts.")


def _preview(proxy: Written) -> Iterator[Found]:
    shown = {proxy["public_url"].text, proxy["address"].text} - {None}
    if proxy["preview_url"].text in shown:
        yield proxy["preview_url"].wrong(
            "shows the live color, so nothing new could be tested. Write another, or none."
        )


def _watch(watch: Written) -> Iterator[Found]:
    defaults = Watch()
    shortest = watch["shortest_seconds"].number or defaults.shortest_seconds
    longest = watch["longest_minutes"].number or defaults.longest_minutes
    if shortest > longest * 60:
        place = watch["longest_minutes"] if "longest_minutes" in watch else watch["shortest_seconds"]
        yield place.wrong(
            f"makes the longest watch ({longest:g} min) shorter than the shortest ({shortest:g} s). "
            f"Write longest_minutes: {-(-int(shortest) // 60)} or more."
        )


def _backups(backups: Written, system: Written) -> Iterator[Found]:
    if "database" in backups and "database" not in system:
        yield backups["database"].wrong("has nothing to save: the system has no database. Delete it, or describe one.")
    if "files" in backups and not ("files" in system or "buckets" in system):
        yield backups["files"].wrong("has nothing to save: the system has no files or buckets. Delete it.")
    if "incremental" in backups and "full" not in backups:
        yield backups["incremental"].wrong("needs a full set to build on. Write full: nightly beside it.")
    if "keep" in backups and not _slots(backups):
        yield backups["keep"].wrong("has nothing to keep: no slot takes a set. Write full: nightly beside it.")


def _drills(environment: Written) -> Iterator[Found]:
    for name, drill in environment["drills"].items():
        if name in ("restore", "full") and drill.value is not None and not _slots(environment["backups"]):
            yield drill.wrong("has no set to restore. Write backups: {full: nightly}, or delete the drill.")


def _slots(backups: Written) -> list[str]:
    """Of the keys below it, those that take a set."""
    return [name for name in backups.names if name not in ("keep", "rpo_minutes")]


def _own_folders(environments: Written) -> Iterator[Found]:
    """A flag of staging that lies where production's lies would switch production."""
    seen: dict[tuple[str, str, str], str] = {}
    for name, environment in environments.items():
        for _, host in environment["hosts"].items():
            for folder in ("flags_directory", "releases_directory"):
                path = host[folder].text or Host.model_fields[folder].default
                first = seen.setdefault((host["address"].text or "", folder, path.replace(_MARK, name)), name)
                if first != name:
                    yield host[folder].wrong(f"is the folder of {first} too. Write one with {_MARK} in its path.")


def _own_data(system: Written) -> Iterator[Found]:
    """Whoever restores or migrates staging must not be able to meet production."""
    environments = system["environments"]
    database = system["database"]
    kept = [database["address"], database["snapshots"]["instance"], database["pgbackrest"]["stanza"]]
    kept += [system["redis"]["address"]]
    kept += [bucket["address"] for _, bucket in system["buckets"].items()]
    pools = _together({name: {place["pool"].text or "main"} for name, place in environments.items()})
    machines = _together({name: _machines(place["hosts"]) for name, place in environments.items()})
    folders = [folder["path"] for _, folder in system["files"].items()]
    for place, sharing in [*((place, pools) for place in kept), *((place, machines) for place in folders)]:
        if place.text is not None and _MARK not in place.text and sharing:
            yield place.wrong(
                f"is the same for {' and '.join(sharing)}. Write {_MARK} in it, so that each has its own."
            )


def _machines(hosts: Written) -> set[str]:
    return {host["address"].text or "" for _, host in hosts.items()}


def _together(shared: dict[str, set[str]]) -> list[str]:
    """Those that have something in common with an earlier one, and that one."""
    users: defaultdict[str, list[str]] = defaultdict(list)
    for name, things in shared.items():
        for thing in things:
            users[thing].append(name)
    return next((names for names in users.values() if len(names) > 1), [])
