"""What makes a function a story: a flow whose runs have a name, and whose refusals are a state with a name."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

from prefect import Flow, flow
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Failed

from mainstay.errors import BadInput, Refused, Superseded
from tasks.policies import leaves_clean, redact

P = ParamSpec("P")


def story(run_name: str | Callable[[], str]) -> Callable[[Callable[P, State[Any]]], Flow[P, State[Any]]]:
    """No retries and no timeout: a story is undone, not repeated. A name that is no mere template makes itself."""

    def decorate(tell: Callable[P, State[Any]]) -> Flow[P, State[Any]]:
        @leaves_clean
        @wraps(tell)
        def told(*args: P.args, **kwargs: P.kwargs) -> State[Any]:
            try:
                return _as_it_may_leave(tell(*args, **kwargs))
            except Superseded as reason:
                return _as_it_may_leave(Cancelled(name="Superseded", message=str(reason)))
            except (Refused, BadInput) as reason:
                return _as_it_may_leave(Failed(name="Refused", message=str(reason)))

        return flow(flow_run_name=run_name)(told)

    return decorate


def _as_it_may_leave(state: State[Any]) -> State[Any]:
    """A release says what it likes in its errors, and they stand in the sentence a person reads."""
    return state.model_copy(update={"message": redact(state.message or "")})
