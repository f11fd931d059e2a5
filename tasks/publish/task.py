"""The door of audit, export and publish: the same functions, as Prefect tasks."""

from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.tasks import exponential_backoff

from tasks.doors import discreet, is_outage
from tasks.publish import stage

PATIENT: dict[str, Any] = {
    "cache_policy": NO_CACHE,
    "persist_result": False,
    "retries": 2,
    "retry_delay_seconds": exponential_backoff(backoff_factor=5),
    "retry_jitter_factor": 0.5,
    "retry_condition_fn": is_outage,
}
"""Up to two more tries while the ledger is away."""

audit = task(
    name="audit",
    description="Judge what this run changed in the ledger; a no keeps the old marts.",
    task_run_name="audit",
    tags=["6-audit"],
    cache_policy=NO_CACHE,
    persist_result=False,
)(discreet(stage.audit))

export = task(
    name="export",
    description="Write one snapshot of the ledger for the marts.",
    task_run_name="export",
    tags=["7-publish"],
    **PATIENT,
)(discreet(stage.export))

publish = task(
    name="publish",
    description="Build the marts beside the old ones, check them, swap them in.",
    task_run_name="publish",
    tags=["7-publish"],
    **PATIENT,
)(discreet(stage.publish))
