"""What the services of a system must agree on: ports, colors, images, signs of life."""

from collections.abc import Iterator, Mapping

from mainstay.descriptor.schema import nearest
from mainstay.descriptor.service import HttpService
from mainstay.descriptor.written import Found, Written
from mainstay.faults import looks_secret, shown

STRATEGY: str = HttpService.model_fields["strategy"].default


def service_rules(system: Written) -> Iterator[Found]:
    for _, service in system["services"].items():
        yield from _two_colors(service["ports"], _strategy(service))
        yield from _image(service, system["build"]["images"])
        yield from _one_kind(service)
        yield from _no_port(service)
        yield from _sign_of_life(service["heartbeat"])
    for _, environment in system["environments"].items():
        yield from _named_services(environment, system["services"])
        yield from _own_ports(environment["ports"], system["services"])
        yield from _proxy_needed(environment, system["services"])
        yield from _runs_somewhere(environment["hosts"], system["services"])


def unknown(place: Written, what: str, word: str | None, known: list[str]) -> Iterator[Found]:
    """A word that names nothing in this file."""
    if word is not None and known and word not in known and not looks_secret(word):
        meant = nearest(word, known)
        write = f'"{meant}"' if meant else "one of these"
        ours = ", ".join(known)
        yield place.wrong(f"names no {what} of this file ({ours}); you wrote {shown(word)}. Write {write}.")


def _strategy(service: Written) -> str:
    return service["strategy"].text or STRATEGY


def _two_colors(ports: Written, strategy: str) -> Iterator[Found]:
    blue, green = ports["blue"].number, ports["green"].number
    if blue is not None and blue == green:
        yield ports["green"].wrong(f"is the port of blue too, and both colors run at once. Write {_free(ports)}.")
    if strategy == "blue_green" and blue is not None and "green" not in ports:
        yield ports.wrong(
            f"has one port, but blue_green runs two colors at once. Write green: {_free(ports)} below it."
        )
    if strategy in ("recreate", "rolling") and "green" in ports:
        yield ports["green"].wrong(
            f"is never used: {strategy} has only blue. Delete it, or write strategy: blue_green."
        )


def _free(ports: Written) -> int:
    blue = int(ports["blue"].number or 0)
    return blue + 1 if blue < 65535 else blue - 1


def _image(service: Written, images: Written) -> Iterator[Found]:
    on_docker = service["runtime"].text == "docker"
    known = images.names
    if on_docker and "image" not in service:
        yield service["image"].wrong(
            f"is missing: docker runs an image of build.images. Write image: {[*known, 'web'][0]}."
        )
    elif not on_docker and "image" in service:
        yield service["image"].wrong("is used by docker only. Write runtime: docker, or delete it.")
    elif on_docker and not known:
        yield service["image"].wrong("names an image, but build.images has none. Describe it there.")
    else:
        yield from unknown(service["image"], "image", service["image"].text, known)


def _sign_of_life(heartbeat: Written) -> Iterator[Found]:
    ways = [way for way in ("file", "argv") if way in heartbeat]
    if isinstance(heartbeat.value, Mapping) and len(ways) != 1:
        found = "has both a file and an argv" if ways else "has neither a file nor an argv"
        yield heartbeat.wrong(f"{found}, and exactly one says whether it lives. Write file: /path/it/touches.")


def _one_kind(service: Written) -> Iterator[Found]:
    speaks = [key for key in ("ports", "health") if key in service]
    if speaks and "heartbeat" in service:
        http = " and ".join(speaks)
        yield service["heartbeat"].wrong(
            f"is for a service without HTTP, but this one has {http}. Delete one or other."
        )


def _no_port(service: Written) -> Iterator[Found]:
    listens = "ports" in service or "heartbeat" not in service
    if not listens and any("{port}" in (word.text or "") for word in service["start"].each()):
        yield service["start"].wrong("is filled with no {port}: this service does not listen. Write it without.")


def _named_services(environment: Written, services: Written) -> Iterator[Found]:
    for _, host in environment["hosts"].items():
        for service in host["runs"].each():
            yield from unknown(service, "service", service.text, services.names)


def _own_ports(ports: Written, services: Written) -> Iterator[Found]:
    for name, own in ports.items():
        yield from unknown(own, "service", name, services.names)
        if "heartbeat" in services[name] and "ports" not in services[name]:
            yield own.wrong("names a service without HTTP, which listens nowhere. Delete it.")
        elif name in services:
            yield from _two_colors(own, _strategy(services[name]))


def _proxy_needed(environment: Written, services: Written) -> Iterator[Found]:
    switched = [name for name, service in services.items() if "ports" in service and _strategy(service) == "blue_green"]
    if switched and "hosts" in environment and "proxy" not in environment:
        yield environment["proxy"].wrong(
            f"is missing: {switched[0]} is blue_green, and a proxy moves the traffic. "
            'Write proxy: {"kind": "caddy", "address": "http://127.0.0.1:8100"}.'
        )


def _runs_somewhere(hosts: Written, services: Written) -> Iterator[Found]:
    placed = [[service.text for service in host["runs"].each()] for _, host in hosts.items()]
    for name in services.names if placed and all(placed) else ():
        if not any(name in some for some in placed):
            yield hosts.wrong(f"run no {name}; every host names others. Write {name} in the runs of one.")
