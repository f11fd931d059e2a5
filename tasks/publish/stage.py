"""The stages audit and publish as plain functions: judge the ledger, then swap new marts in."""

import shutil
from datetime import datetime
from pathlib import Path

from schemas.night import AuditSummary, Generation, Plan
from warehouse.ledger import reader, runs
from warehouse.ledger.connection import atomically, disposable
from warehouse.marts import builder, publisher
from warehouse.marts.digest import digests
from warehouse.quality.gate import audit as judge


def audit(plan: Plan, *, whole: bool = False) -> AuditSummary:
    """Judge what this run changed, or the whole ledger; the pages go to the docs folder."""
    verdict = judge(
        plan.database_url, run_id=None if whole else plan.run_id, docs=plan.docs, at=plan.started_at
    )
    failed = tuple(c.title for c in verdict.checks if not c.is_passed and c.severity == "fail")
    warned = tuple(c.title for c in verdict.checks if not c.is_passed and c.severity == "warn")
    return AuditSummary(verdict.is_passed, failed, warned, len(verdict.checks), str(verdict.docs))


def publish(plan: Plan, now: datetime) -> Generation:
    """Build a generation from one snapshot of the ledger, check it, and swap it in.

    Args:
        plan: of the run.
        now: UTC instant of the publication.

    Raises:
        PublishError: the generation could not be built or broke a check; the old marts stay.
    """
    publisher.clean(plan.marts)
    generation = publisher.generation_id(plan.started_at, plan.run_id[:8])
    exports = plan.staging / "export"
    with disposable(plan.database_url) as engine:
        try:
            with reader.snapshot(engine) as connection:
                tables = reader.export(connection, exports, run_id=plan.run_id, at=now)
            facts = builder.Facts(generation, plan.run_id, now, plan.code_version)
            target = publisher.build_path(plan.marts, generation)
            built = builder.build(tables, target, facts, memory_limit=plan.marts_memory)
        finally:
            shutil.rmtree(exports, ignore_errors=True)
        built.insist()
        published = publisher.publish(built.path, plan.marts, generation)
        with atomically(engine) as connection:
            runs.record_publication(
                connection, generation=generation, action="publish", run_id=plan.run_id, at=now
            )
    publisher.prune(plan.marts, plan.keep_generations)
    return Generation(
        generation,
        str(published.link),
        digests(Path(published.path)),
        tuple(f"{check.mart}: {check.check}" for check in built.warnings),
    )
