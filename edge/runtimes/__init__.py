"""The doors to what keeps services running. Which one it is, the descriptor says."""

from edge.hosts import Host
from edge.runtimes.port import Runtime
from edge.runtimes.supervisor import Supervisor
from edge.settings import Settings
from mainstay.descriptor.service import Service
from mainstay.errors import BadInput
from mainstay.supervisor import RUNTIME

__all__ = ["Runtime", "runtime"]


def runtime(settings: Settings, host: Host, service: Service) -> Runtime:
    if service.runtime != RUNTIME:
        raise BadInput(
            f"runtime: {service.runtime} is not known to this version of Mainstay, so nothing was changed on "
            f"{host.name}. Write `runtime: {RUNTIME}`, or wait for a version that knows it."
        )
    return Supervisor(host, str(settings.home))
