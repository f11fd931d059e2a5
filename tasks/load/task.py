"""The door of load: the same functions, as Prefect tasks; retried, for a server may be away."""

from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.tasks import exponential_backoff

from tasks.doors import discreet, is_outage
from tasks.load import stage

PATIENT: dict[str, Any] = {
    "cache_policy": NO_CACHE,
    "persist_result": False,
    "retries": 4,
    "retry_delay_seconds": exponential_backoff(backoff_factor=2),
    "retry_jitter_factor": 0.5,
    "retry_condition_fn": is_outage,
}
"""Up to four more tries while the ledger is away, each later than the one before."""

recall = task(
    name="recall",
    description="Ask the ledger which of the claimed files it knows already.",
    task_run_name="recall",
    tags=["1-claim"],
    **PATIENT,
)(discreet(stage.recall))

compare = task(
    name="compare",
    description="Sum up what the run has changed in the ledger.",
    task_run_name="compare",
    tags=["5-load"],
    **PATIENT,
)(discreet(stage.compare))

load = task(
    name="load",
    description="Write a batch into the ledger: one database transaction, all or nothing.",
    task_run_name="load {folder.name}",
    tags=["5-load"],
    **PATIENT,
)(discreet(stage.load))
