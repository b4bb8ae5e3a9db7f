"""What a release is started with, as it was described: plain words, and of a secret where it lies, never the secret.

Its digest is part of the release, so it outlives the descriptor it was read from: whoever goes back to that release
starts it with this.
"""

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256

from pydantic import ValidationError

from mainstay.descriptor.service import Described, Ports, Runtime
from mainstay.descriptor.shapes import Argv, Inside, Seconds, Variable, Word
from mainstay.descriptor.system import System
from mainstay.errors import Refused
from mainstay.records import UnreadableRecord
from mainstay.releases import Release


class Started(Described):
    """What of a service makes it another release; the rest is how we look at it."""

    ports: Ports | None  # None: it does not answer HTTP
    runtime: Runtime
    start: Argv
    directory: Inside
    image: Word | None
    instances: int
    memory_megabytes: int | None
    drain_seconds: Seconds


class Configuration(Described):
    """Everything that the services of a release are started with in one environment."""

    variables: Mapping[Variable, str]
    services: Mapping[Word, Started]

    @property
    def data(self) -> bytes:
        """As the store keeps it: plain JSON, whose sha256 is its name."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False).encode()

    @property
    def digest(self) -> str:
        return sha256(self.data).hexdigest()


def configuration_of(system: System, environment: str) -> Configuration:
    """As the descriptor says it now."""
    services = {
        name: Started.model_validate({**_said(service), "ports": system.ports(environment, name)})
        for name, service in system.services.items()
    }
    return Configuration(variables=system.variables(environment), services=services)


def read_configuration(data: bytes, digest: str) -> Configuration:
    """What was kept under this digest, if it is still just that."""
    try:
        found = Configuration.model_validate_json(data)
    except ValidationError as reason:
        raise UnreadableRecord(
            "it cannot be read: a newer version wrote it, or it is no configuration of a release"
        ) from reason
    if sha256(data).hexdigest() != digest:
        raise UnreadableRecord("it is not what its name says, so somebody else wrote it")
    return found


def as_it_was(system: System, environment: str, was: Configuration) -> System:
    """The system as it is described now, but for all that this configuration says; of services it has no others."""
    ports = {name: one.ports for name, one in was.services.items() if one.ports is not None}
    here = system.at(environment).model_copy(update={"configuration": was.variables, "ports": ports})
    services = {name: system.services[name].model_copy(update=_said(one)) for name, one in was.services.items()}
    environments = {**system.environments, environment: here}
    return system.model_copy(update={"services": services, "configuration": {}, "environments": environments})


def judge_fit(release: Release, was: Configuration, now: Configuration) -> None:
    """A release comes back into what is described now: the proxy asks there, and only what is named is tended.

    What answers no HTTP and was described later is no part of it: it stays out while that release is live.
    """
    if faults := tuple(_misfits(was, now)):
        raise Refused(
            f"Release {release.id} does not fit the descriptor any more: {'; '.join(faults)}. Nothing was changed."
            f" Write that back into the descriptor, then roll back again; or deploy its commit anew, as it is"
            f" described now: {release.commit}"
        )


def _misfits(was: Configuration, now: Configuration) -> Iterator[str]:
    for name, old in was.services.items():
        new = now.services.get(name)
        if new is None:
            yield f"services.{name} is part of it and is not described now, so nobody would start it"
        elif (old.ports, old.runtime) != (new.ports, new.runtime):
            yield f"services.{name} had {_place(old)}, and it is looked for with {_place(new)} now"
    for name, new in now.services.items():
        if name not in was.services and new.ports is not None:
            yield f"services.{name} is no part of it, and its users would find nothing there"


def _place(one: Started) -> str:
    ports = one.ports
    where = "no port" if ports is None else f"ports blue {ports.blue}, green {ports.green or 'none'}"
    return f"runtime {one.runtime} and {where}"


def _said(service: object) -> dict[str, object]:
    return {name: getattr(service, name) for name in Started.model_fields if name != "ports"}
