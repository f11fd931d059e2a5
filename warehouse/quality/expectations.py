"""Great Expectations: the checks as its expectations, asked of Postgres, answered with counts.

This module is imported only when an audit runs: Great Expectations takes two seconds to import.
Nothing leaves the machine: the context lives in memory, and analytics are off.
"""

import logging
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import great_expectations as gx
from great_expectations.data_context.data_context.ephemeral_data_context import (
    EphemeralDataContext,
)
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.datasource.fluent.interfaces import TestConnectionError
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.exceptions.exceptions import GreatExpectationsError
from great_expectations.expectations.core.unexpected_rows_expectation import (
    UnexpectedRowsExpectation,
)
from great_expectations.validator.v1_validator import Validator
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from schemas.errors import AuditRefused, LedgerUnavailable
from schemas.masking import masked_numbers
from warehouse.quality import queries
from warehouse.quality.check import Answer, Check
from warehouse.quality.suites import Plan

# It logs the traceback of a database error, which may quote a row, before it raises the error.
_log = logging.getLogger("great_expectations")
_log.addHandler(logging.NullHandler())
_log.propagate = False

# Counts only: no value of a row may come out of the database.
_COUNTS = {
    "result_format": "BASIC",
    "partial_unexpected_count": 0,
    "exclude_unexpected_values": True,
    "include_unexpected_rows": False,
}

_RULES = {
    "unique": "ExpectColumnValuesToBeUnique",
    "not_null": "ExpectColumnValuesToNotBeNull",
    "between": "ExpectColumnValuesToBeBetween",
    "regex": "ExpectColumnValuesToMatchRegex",
}

_WHOLE = "all"
"""Each batch is looked at whole."""

_SEVERITIES = {"fail": "critical", "warn": "warning"}


class ExpectNoOffendingRows(UnexpectedRowsExpectation):
    """Count the rows that a query finds; Great Expectations' own class fetches them as well."""

    metric_dependencies: ClassVar[tuple[str, ...]] = (
        "unexpected_rows_query.row_count",
        "table.row_count",
    )

    def _validate(
        self,
        metrics: Mapping[str, int],
        runtime_configuration: object = None,
        execution_engine: object = None,
    ) -> dict[str, object]:
        del runtime_configuration, execution_engine
        found = metrics["unexpected_rows_query.row_count"]
        seen = metrics["table.row_count"]
        result = {"observed_value": found, "unexpected_count": found, "element_count": seen}
        return {"success": found == 0, "result": result}


def ask(url: str, plan: Plan) -> Iterator[Answer]:
    """Ask the ledger all checks of a plan; the answers come batch by batch.

    Raises:
        LedgerUnavailable: the server does not answer.
        AuditRefused: a check could not be run, so nobody knows whether it holds.
    """
    ledger = _datasource(_context(), url, plan.batches)
    try:
        for name in plan.batches:
            yield from _ask_batch(ledger, name, plan)
    except (GreatExpectationsError, SQLAlchemyError) as error:
        raise _no_verdict("the ledger", str(error)) from error
    finally:
        ledger.get_engine().dispose()
        ledger.get_execution_engine().engine.dispose()


def _ask_batch(ledger: SQLDatasource, name: str, plan: Plan) -> Iterator[Answer]:
    checks = {check.name: check for check in plan.checks if check.batch == name}
    batch = ledger.get_asset(name).get_batch_definition(_WHOLE)
    suite = gx.ExpectationSuite(name=name, expectations=[_as_gx(c) for c in checks.values()])
    validator = Validator(batch_definition=batch, result_format=_COUNTS)
    for answer in validator.validate_expectation_suite(suite).results:
        yield _counted(checks, answer)


def _context() -> EphemeralDataContext:
    """A context that keeps nothing, tells nobody and draws no progress bar."""
    return gx.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(),
            analytics_enabled=False,
            progress_bars=ProgressBarsConfig(globally=False),
        ),
    )


def _datasource(
    context: EphemeralDataContext, url: str, batches: Mapping[str, str]
) -> SQLDatasource:
    """The ledger with all batches at once: the context is written down for each that is added."""
    options = " ".join(f"-c {name}={value}" for name, value in queries.SESSION.items())
    try:
        return context.data_sources.add_or_update_sql(
            name="ledger",
            # the Postgres datasource refuses the URL of a Unix socket; "$" begins a variable here
            connection_string=url.replace("$", "%24"),
            # without it Great Expectations fetches every row to learn the names of the columns
            create_temp_table=True,
            assets=[
                {
                    "name": name,
                    "type": "query",
                    "query": query,
                    "batch_definitions": [{"name": _WHOLE, "partitioner": None}],
                }
                for name, query in batches.items()
            ],
            kwargs={"connect_args": {"options": options, "connect_timeout": 10}},  # type: ignore[call-arg]
        )
    except TestConnectionError:
        # not chained: the message of Great Expectations may hold the password
        raise LedgerUnavailable(
            make_url(url).render_as_string(hide_password=True),
            "the ledger does not answer the audit",
            "start the server or check BUFFET_DATABASE_URL; then run again",
        ) from None


def _as_gx(check: Check) -> Any:  # noqa: ANN401 - it has no types
    common: dict[str, Any] = {
        "meta": {"check": check.name},
        "description": check.title,
        "severity": _SEVERITIES[check.severity],
    }
    if check.query is not None:
        return ExpectNoOffendingRows(unexpected_rows_query=_on_batch(check.query), **common)
    if check.rule is None:
        raise AssertionError(f"{check.name} has neither a query nor a rule")
    if check.bounds is not None:
        common["min_value"], common["max_value"] = check.bounds
    if check.pattern is not None:
        common["regex"] = check.pattern
    return getattr(gx.expectations, _RULES[check.rule])(column=check.column, **common)


def _on_batch(query: str) -> str:
    """Great Expectations puts the name of its temporary table for {batch}."""
    return f"WITH batch AS (SELECT * FROM {{batch}}) {query}"  # noqa: S608 - our own


def _counted(checks: Mapping[str, Check], answer: Any) -> Answer:  # noqa: ANN401 - it has no types
    check = checks[answer.expectation_config.meta["check"]]
    counts = answer.result
    if "unexpected_count" not in counts or "element_count" not in counts:
        raise _no_verdict(check.name, _reason(answer.exception_info))
    return Answer(
        check,
        bool(answer.success),
        int(counts["unexpected_count"] or 0),
        int(counts["element_count"] or 0),
    )


def _reason(info: Mapping[str, Any] | None) -> str:
    """The message of the exception that Great Expectations wrapped, by metric or directly."""
    found = info or {}
    if "exception_message" not in found:
        found = next((one for one in found.values() if isinstance(one, Mapping)), {})
    return str(found.get("exception_message") or "")


def _no_verdict(where: str, message: str) -> AuditRefused:
    """Only the first line, long numbers masked: the rest may quote what a bank printed."""
    first = next(iter(message.strip().splitlines()), "no reason given")
    return AuditRefused(
        f"audit: {where}",
        f"the check could not be run: {masked_numbers(first)}",
        "this is no verdict on the ledger: look at the log of the server, then run it again",
    )
