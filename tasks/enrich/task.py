"""The door of enrich: the same function, as a Prefect task."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.doors import discreet
from tasks.enrich import stage

enrich = task(
    name="enrich",
    description="Find out what movements mean: transfers, vendors, categories, instalments.",
    task_run_name="enrich",
    tags=["7-publish"],
    cache_policy=NO_CACHE,
    persist_result=False,
)(discreet(stage.enrich))
