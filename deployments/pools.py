"""The work pool and its queues, as they are to stand on the server."""

import shlex
from copy import deepcopy
from typing import Any

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.client.schemas.objects import WorkPool
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.workers.process import ProcessWorker

from mainstay.errors import ServerRefused
from mainstay.installation import Installation
from mainstay.platform import POOL, QUEUES, Queue, run_environment

LAUNCHER = ("-m", "deployments.launch")  # what a worker starts for every run


def put_pool(client: SyncPrefectClient, installation: Installation) -> None:
    """As declared; whether it is paused stays as it is: that is `mainstay down`, or a person."""
    template = _template(installation)
    held = _read(client)
    if held is None:
        _create(client, template)
    elif held.type != "process":
        raise ServerRefused(
            f"The work pool {POOL} is of type {held.type}, not process. Delete it in the UI, then retry."
        )
    elif held.base_job_template != template or held.concurrency_limit is not None:
        client.update_work_pool(POOL, WorkPoolUpdate(base_job_template=template, concurrency_limit=None))
    for queue in QUEUES:
        _put_queue(client, queue)


def pool_differences(client: SyncPrefectClient, installation: Installation) -> list[str]:
    held = _read(client)
    if held is None:
        return [f"pool {POOL}: is not there"]
    found = [] if held.base_job_template == _template(installation) else [f"pool {POOL}: base job template"]
    for queue in QUEUES:
        there = client.read_work_queue_by_name(queue.name, POOL)
        if (there.priority, there.concurrency_limit) != (queue.priority, queue.limit):
            found.append(f"queue {queue.name}: priority {there.priority}, limit {there.concurrency_limit}")
    return found


def _read(client: SyncPrefectClient) -> WorkPool | None:
    try:
        return client.read_work_pool(POOL)
    except ObjectNotFound:
        return None


def _create(client: SyncPrefectClient, template: dict[str, Any]) -> None:
    try:
        client.create_work_pool(WorkPoolCreate(name=POOL, type="process", base_job_template=template))
    except ObjectAlreadyExists:  # a worker that starts makes the pool it works for
        client.update_work_pool(POOL, WorkPoolUpdate(base_job_template=template))


def _put_queue(client: SyncPrefectClient, queue: Queue) -> None:
    """In the order of priority: each pushes the pool's own default queue one further back."""
    held = {each.name: each for each in client.read_work_queues(work_pool_name=POOL)}.get(queue.name)
    if held is None:
        held = client.create_work_queue(
            queue.name, concurrency_limit=queue.limit, priority=queue.priority, work_pool_name=POOL
        )
    if (held.priority, held.concurrency_limit) != (queue.priority, queue.limit):
        client.update_work_queue(held.id, priority=queue.priority, concurrency_limit=queue.limit)


def _template(installation: Installation) -> dict[str, Any]:
    """Prefect's own, with our launcher and our words as the defaults. The login is not among them: a run has
    it from its worker, and the server's database need not hold it."""
    template = deepcopy(ProcessWorker.get_default_base_job_template())
    variables = template["variables"]["properties"]
    variables["env"]["default"] = run_environment(installation)
    variables["command"]["default"] = shlex.join((installation.python, *LAUNCHER))
    return template
