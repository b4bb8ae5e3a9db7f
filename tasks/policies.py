"""The only three ways to be a task: what may be repeated, and how often.

What a task raises and what its run is called reaches Prefect's database: both leave here without secrets.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import TaskRunNameCallbackWithParameters

from edge.secrets.raised import (
    leaves_clean as leaves_clean,  # flows put it under @flow: their own exceptions are kept as well
)
from edge.secrets.redaction import redact as redact
from mainstay.errors import Transient

P = ParamSpec("P")
R = TypeVar("R")


async def _is_transient(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    return isinstance(await state.aresult(raise_on_failure=False), Transient)


@dataclass(frozen=True)
class _Named(TaskRunNameCallbackWithParameters):
    template: str

    def __call__(self, parameters: dict[str, Any]) -> str:
        return redact(self.template.format(**parameters))


def _told_clean(policy: Callable[[Callable[P, R]], Task[P, R]]) -> Callable[[Callable[P, R]], Task[P, R]]:
    def decorate(work: Callable[P, R]) -> Task[P, R]:
        return policy(leaves_clean(work))

    return decorate


def observes(name: str) -> Callable[[Callable[P, R]], Task[P, R]]:
    """Looks and changes nothing: asked again freely."""
    return _told_clean(
        task(
            task_run_name=_Named(name),
            retries=4,
            retry_delay_seconds=[1, 2, 4, 8],
            retry_jitter_factor=0.5,
            retry_condition_fn=_is_transient,
            cache_policy=NO_CACHE,
        )
    )


def converges(name: str) -> Callable[[Callable[P, R]], Task[P, R]]:
    """Drives to a state: safe to do twice, so a lost connection is tried again."""
    return _told_clean(
        task(
            task_run_name=_Named(name),
            retries=2,
            retry_delay_seconds=[1, 3],
            retry_jitter_factor=0.5,
            retry_condition_fn=_is_transient,
            cache_policy=NO_CACHE,
        )
    )


def once(name: str) -> Callable[[Callable[P, R]], Task[P, R]]:
    """Must not happen twice: checked before, observed after, never repeated blindly."""
    return _told_clean(task(task_run_name=_Named(name), retries=0, cache_policy=NO_CACHE))
