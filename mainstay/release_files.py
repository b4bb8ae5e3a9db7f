"""What lies in the folder of a release so that its services can begin, whatever runtime starts them."""

import shlex
from collections.abc import Mapping

from mainstay.descriptor.placeholders import filled
from mainstay.descriptor.service import Service
from mainstay.errors import BadInput
from mainstay.runtime import Part

APPLICATION = "app"  # the unpacked artifact
ENVIRONMENT = "environment"  # the variables; it holds secrets
OURS = "MAINSTAY_"  # variables that begin so are ours to set


def environment_file(variables: Mapping[str, str]) -> str:
    """Read by sh, so a value may hold anything."""
    if taken := sorted(name for name in variables if name.startswith(OURS)):
        raise BadInput(
            f"configuration: {taken[0]} begins with {OURS}, and those variables are set by Mainstay itself. "
            f"Write {taken[0].removeprefix(OURS) or 'NAME'}, or another name."
        )
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in sorted(variables.items()))


def begins(one: Part, running: Service, home: str) -> tuple[str, ...]:
    """Lines for sh, the last of which becomes the program."""
    name = one.name
    whose = {"system": name.system, "environment": name.environment, "service": name.service, "color": name.color}
    words = [filled(word, home=home, port=str(one.port or ""), **whose) for word in running.start]
    return (
        f". {shlex.quote(f'{one.folder}/{ENVIRONMENT}')}",
        f"CDPATH='' cd -- {shlex.quote(f'{one.folder}/{APPLICATION}/{running.directory}')} || exit 66",
        f"exec {shlex.join(words)}",
    )


def marks(one: Part) -> dict[str, str]:
    """What every process of it finds in its environment, and can be known by."""
    return {
        f"{OURS}SYSTEM": one.name.system,
        f"{OURS}ENVIRONMENT": one.name.environment,
        f"{OURS}SERVICE": one.name.service,
        f"{OURS}COLOR": one.name.color,
        f"{OURS}RELEASE": one.release,
    }
