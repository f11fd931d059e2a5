"""The door of validate: the same function, as a Prefect task."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.doors import discreet
from tasks.validate import stage

validate = task(
    name="validate",
    description="Check every record, and that opening + Σ = closing for every statement.",
    task_run_name="validate {folder.name}",
    tags=["3-validate"],
    cache_policy=NO_CACHE,
    persist_result=False,
)(discreet(stage.validate))
