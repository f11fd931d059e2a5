"""The door of transform: the same function, as a Prefect task."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.doors import discreet
from tasks.transform import stage

transform = task(
    name="transform",
    description="Give every record its account and its identity.",
    task_run_name="transform {folder.name}",
    tags=["4-transform"],
    cache_policy=NO_CACHE,
    persist_result=False,
)(discreet(stage.transform))
