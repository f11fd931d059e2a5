"""The door of claim and extract: the same functions, as Prefect tasks."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.extract import stage

claim = task(
    name="claim",
    description="Move quiet files from the inbox into the archive, each with a ticket.",
    tags=["1-claim"],
    cache_policy=NO_CACHE,
    persist_result=False,
)(stage.claim)

extract = task(
    name="extract",
    description="Read a batch of files; count every record twice, by two different routes.",
    task_run_name="extract {folder.name}",
    tags=["2-extract"],
    cache_policy=NO_CACHE,
    persist_result=False,
)(stage.extract)
