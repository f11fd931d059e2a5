"""The door of claim and extract: the same functions, as Prefect tasks."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.doors import discreet
from tasks.extract import stage

claim = task(
    name="claim",
    description="Move quiet files from the inbox into the archive, each with a ticket.",
    task_run_name="claim",
    tags=["1-claim"],
    cache_policy=NO_CACHE,
    persist_result=False,
)(discreet(stage.claim))

extract = task(
    name="extract",
    description="Read a batch of files; count every record twice, by two different routes.",
    task_run_name="extract {folder.name}",
    tags=["2-extract"],
    cache_policy=NO_CACHE,
    persist_result=False,
)(discreet(stage.extract))
