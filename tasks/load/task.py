"""The door of load: the same functions, as Prefect tasks; retried, for a server may be away."""

from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task, exponential_backoff

from schemas.errors import LedgerUnavailable
from tasks.load import stage


def is_outage(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Only a ledger that does not answer is worth another try; bad data stays bad."""
    return isinstance(state.result(raise_on_failure=False), LedgerUnavailable)


recall = task(
    name="recall",
    description="Ask the ledger which of the claimed files it knows already.",
    tags=["1-claim"],
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=4,
    retry_delay_seconds=exponential_backoff(backoff_factor=2),
    retry_jitter_factor=0.5,
    retry_condition_fn=is_outage,
)(stage.recall)

load = task(
    name="load",
    description="Write a batch into the ledger: one database transaction, all or nothing.",
    task_run_name="load {folder.name}",
    tags=["5-load"],
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=4,
    retry_delay_seconds=exponential_backoff(backoff_factor=2),
    retry_jitter_factor=0.5,
    retry_condition_fn=is_outage,
)(stage.load)
