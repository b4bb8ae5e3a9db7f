"""Flows to deploy where the story is about deploying, not about them."""

from prefect import flow


@flow
def maintenance(system: str, on: bool = True) -> str:
    """Stand-in for a flow that changes something."""
    raise ValueError(f"{system} {on}: it always ends badly")


@flow
def undo(run: str) -> str:
    """Stand-in for the flow that undoes it."""
    return run


@flow
def backup(system: str, environment: str, kind: str) -> str:
    """Stand-in for the flow that takes one."""
    return f"{kind} of {system} {environment}"


@flow
def prove(system: str, environment: str, set: str, level: int) -> str:
    """Stand-in for the flow that looks at one."""
    return f"{set} of {system} {environment}, level {level}"


@flow
def copy(system: str, environment: str) -> str:
    """Stand-in for the flow that brings a second copy."""
    return f"copy of {system} {environment}"


@flow
def protect(system: str, environment: str) -> str:
    """Stand-in for the flow that looks after locks."""
    return f"protect {system} {environment}"


no_flow = "only a word"
