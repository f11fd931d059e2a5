"""The stages audit, export and publish as plain functions: judge the ledger, then swap marts in."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from schemas.errors import PublishError
from schemas.night import AuditSummary, Enriched, Exported, Generation, Plan
from warehouse.ledger import reader, runs
from warehouse.ledger.connection import atomically, disposable
from warehouse.marts import builder, publisher
from warehouse.marts.digest import digests
from warehouse.marts.reader import query
from warehouse.quality.gate import audit as judge

_FULL = 0o400
"""A generation names persons and texts: it is for its owner; `buffet share` makes one for all."""


def audit(plan: Plan, *, whole: bool = False) -> AuditSummary:
    """Judge what this run changed, or the whole ledger; the pages go to the docs folder."""
    verdict = judge(
        plan.database_url, run_id=None if whole else plan.run_id, docs=plan.docs, at=plan.started_at
    )
    failed = tuple(c.title for c in verdict.checks if not c.is_passed and c.severity == "fail")
    warned = tuple(c.title for c in verdict.checks if not c.is_passed and c.severity == "warn")
    return AuditSummary(verdict.is_passed, failed, warned, len(verdict.checks), str(verdict.docs))


def export(plan: Plan, now: datetime) -> Exported:
    """Write one snapshot of the ledger into the run's working folder, which goes with the run.

    Args:
        plan: of the run.
        now: UTC instant of the publication.
    """
    with disposable(plan.database_url) as engine, reader.snapshot(engine) as connection:
        tables = reader.export(connection, plan.staging / "export", run_id=plan.run_id, at=now)
        return Exported(tables, reader.totals(connection))


def publish(plan: Plan, exported: Exported, enriched: Enriched, now: datetime) -> Generation:
    """Build a generation from a snapshot and what it means, check it, and swap it in.

    Args:
        plan: of the run.
        exported: the snapshot.
        enriched: what was found out about its movements.
        now: UTC instant of the publication.

    Raises:
        PublishError: the generation could not be built or broke a check; the old marts stay.
        LedgerBusy: another run has taken over; the old marts stay.
    """
    with disposable(plan.database_url) as engine, atomically(engine) as connection:
        runs.insist_on_open(connection, plan.run_id)
    publisher.clean(plan.marts)
    generation = publisher.generation_id(plan.started_at, plan.run_id[:8])
    target = publisher.build_path(plan.marts, generation)
    warnings: tuple[builder.CheckResult, ...] = ()
    if generation not in publisher.generations(plan.marts):  # else an earlier try moved it there
        facts = builder.Facts(generation, plan.run_id, now, plan.code_version)
        built = builder.build(
            exported.tables, enriched.tables, target, facts, memory_limit=plan.marts_memory
        )
        built.insist()
        _insist_on_totals(built, exported.totals)
        built.path.chmod(_FULL)
        warnings = built.warnings
    with disposable(plan.database_url) as engine, atomically(engine) as connection:
        runs.insist_on_open(connection, plan.run_id)
        published = publisher.publish(target, plan.marts, generation)
        runs.record_publication(
            connection, generation=generation, action="publish", run_id=plan.run_id, at=now
        )
    publisher.prune(plan.marts, plan.keep_generations)
    return Generation(
        generation,
        str(published.link),
        digests(Path(published.path)),
        tuple(f"{check.mart}: {check.check}" for check in warnings),
    )


def _insist_on_totals(built: builder.Built, totals: Mapping[str, tuple[int, Decimal]]) -> None:
    """The marts count and add up to what Postgres does, not only to what was exported."""
    rows = query(
        built.path, "SELECT currency, count(*), sum(amount) FROM fct_transactions GROUP BY 1"
    )
    shown = {currency: (count, total) for currency, count, total in rows.iter_rows()}
    for currency in sorted(shown.keys() | totals.keys()):
        mine, theirs = shown.get(currency, (0, 0)), totals.get(currency, (0, 0))
        if mine != theirs:
            raise PublishError(
                built.generation,
                f"it shows {mine[0]} movements and {mine[1]} {currency},"
                f" the ledger holds {theirs[0]} and {theirs[1]}",
                "the old marts stay; see to memory and disk, then run again",
            )
