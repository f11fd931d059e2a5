"""The stages audit, export and publish as plain functions: judge the ledger, then swap marts in."""

from datetime import datetime
from hashlib import sha256
from pathlib import Path

import polars as pl
import sqlalchemy as sa

from schemas.enrichment import MOVEMENTS
from schemas.errors import BuffetError, PublishError
from schemas.night import AuditSummary, Doubt, Enriched, Exported, Generation, Plan
from tasks.publish import checked
from tasks.publish.base import base_of, too_much
from tasks.publish.scope import recipes, settled
from warehouse.ledger import affected, reader, runs, sizes
from warehouse.ledger.checked import keep
from warehouse.ledger.connection import atomically, disposable
from warehouse.marts import builder, manifest, movement, publisher, sharing
from warehouse.marts.reader import query
from warehouse.quality.gate import audit as judge

_FULL = 0o400
"""A generation names persons and texts: it is for its owner; `buffet share` makes one for all."""

_SHOWN = """
SELECT currency, count(*), sum(amount) FROM fct_transactions AS t {touched} GROUP BY currency
"""
_OF_TOUCHED = """
JOIN (SELECT unnest($1::VARCHAR[]) AS account_id, unnest($2::VARCHAR[])::DATE AS since_on) AS s
    ON s.account_id = t.account_id AND t.booked_on >= s.since_on
"""


def audit(plan: Plan, *, whole: bool = False) -> AuditSummary:
    """Judge what this run changed, or the whole ledger; the pages go to the docs folder.

    How each check went is kept in the ledger.

    Raises:
        LedgerBusy: another run has taken over.
    """
    _know_the_sizes(plan)
    verdict = judge(
        plan.database_url, run_id=None if whole else plan.run_id, docs=plan.docs, at=plan.started_at
    )
    _keep(plan, "ledger", checked.of_verdict(verdict, plan.run_id))
    failed = tuple(c.title for c in verdict.checks if not c.is_passed and c.severity == "fail")
    warned = tuple(c.title for c in verdict.checks if not c.is_passed and c.severity == "warn")
    return AuditSummary(verdict.is_passed, failed, warned, len(verdict.checks), str(verdict.docs))


def export(plan: Plan, now: datetime, why_whole: str | None = None) -> Exported:
    """Write one snapshot of the ledger into the run's working folder, which goes with the run.

    Where the last generation can be brought up to date, it is no more of the ledger than what
    changed since; all movements of those come along whose meaning may have changed.

    Args:
        plan: of the run.
        now: UTC instant of the publication.
        why_whole: why the whole ledger is wanted, where it is.
    """
    _know_the_sizes(plan)
    with disposable(plan.database_url) as engine, reader.snapshot(engine) as connection:
        notes = affected.noted(connection)
        base = why_whole or base_of(plan.marts, _recipe(plan), connection, notes)
        if isinstance(base, manifest.Base):
            base = too_much(base, reader.totals(connection, is_slice=True)) or base
        if isinstance(base, manifest.Base):
            try:
                return _export_slice(plan, connection, now, notes, base)
            except PublishError as error:
                base = f"the last generation {error.problem}"
        return _export_whole(plan, connection, now, notes, base)


def publish(
    plan: Plan, exported: Exported, enriched: Enriched, now: datetime
) -> Generation | Doubt:
    """Make a generation from a snapshot and what it means, check it, and swap it in.

    Args:
        plan: of the run.
        exported: the snapshot, of the whole ledger or of what changed.
        enriched: what was found out about the movements.
        now: UTC instant of the publication.

    Returns:
        The generation, or why the last one could not be brought up to date; then nothing is done.

    Raises:
        PublishError: the generation could not be built or broke a check; the old marts stay.
        LedgerBusy: another run has taken over; the old marts stay.
    """
    with disposable(plan.database_url) as engine, atomically(engine) as connection:
        runs.insist_on_open(connection, plan.run_id)
        reader.export_checks(connection, exported.tables["check_result"], run_id=plan.run_id)
    publisher.clean(plan.marts)
    generation = publisher.generation_id(plan.started_at, plan.run_id[:8])
    built = None
    if generation not in publisher.generations(plan.marts):
        try:
            built = _made(plan, exported, enriched, generation, now)
            _keep(plan, "marts", checked.of_marts(built.path, plan.run_id))
            _insist(built, exported)
        except PublishError as error:
            if exported.made_from is None:
                raise
            return Doubt(f"bringing them up to date failed: {error.problem}")
    with disposable(plan.database_url) as engine, atomically(engine) as connection:
        runs.insist_on_open(connection, plan.run_id)
        published = publisher.publish(
            publisher.build_path(plan.marts, generation),
            plan.marts,
            generation,
            made=built,
        )
        runs.record_publication(
            connection, generation=generation, action="publish", run_id=plan.run_id, at=now
        )
        # What an earlier try moved there answers no notes: they stay, and cost time.
        affected.settle(connection, exported.notes if built else ())
    publisher.prune(plan.marts, plan.keep_generations)
    shared, unshared = _shared(plan, published.path, now)
    return Generation(
        generation,
        str(published.link),
        manifest.digests(published.path),
        tuple(f"{check.mart}: {check.check}" for check in built.warnings) if built else (),
        exported.how if built else "made by an earlier try",
        shared,
        unshared,
    )


def _shared(plan: Plan, generation: Path, now: datetime) -> tuple[str | None, str | None]:
    """Make the copy for others, where it is wanted: the link to it, or in words why there is none.

    The marts are published by then, and stay so.
    """
    link = None
    kept = publisher.generations(plan.marts) if plan.share_marts else ()
    try:
        try:
            if plan.share_marts:
                memory = plan.marts_memory
                link = sharing.share_generation(plan.marts, generation, now, memory)
        finally:
            sharing.prune_copies(plan.marts, kept)
    except (BuffetError, OSError) as error:
        return None, error.problem if isinstance(error, BuffetError) else str(error.strerror)
    return None if link is None else str(link), None


def build(
    plan: Plan, exported: Exported, enriched: Enriched, generation: str, now: datetime
) -> builder.Built:
    """Build a generation beside those that are shown, checked and compared with Postgres.

    Raises:
        PublishError: it could not be built, broke a check, or does not add up.
    """
    built = _made(plan, exported, enriched, generation, now)
    _insist(built, exported)
    return built


def _made(
    plan: Plan, exported: Exported, enriched: Enriched, generation: str, now: datetime
) -> builder.Built:
    facts = manifest.Facts(
        generation, plan.run_id, now, plan.code_version, _recipe(plan), exported.meant
    )
    made_from = exported.made_from
    built = builder.build(
        exported.tables,
        enriched.tables,
        publisher.build_path(plan.marts, generation),
        facts,
        base=None if made_from is None else manifest.read_base(made_from),
        settled=exported.settled,
        memory_limit=plan.marts_memory,
    )
    built.path.chmod(_FULL)
    return built


def _insist(built: builder.Built, exported: Exported) -> None:
    built.insist()
    _insist_on_totals(built, exported)


def _keep(plan: Plan, layer: str, results: pl.DataFrame) -> None:
    """Keep how checks of this run went, whatever becomes of it."""
    with disposable(plan.database_url) as engine, atomically(engine) as connection:
        runs.insist_on_open(connection, plan.run_id)
        keep(connection, layer, results)


def _know_the_sizes(plan: Plan) -> None:
    """Audit and export begin at once: whoever comes first lets Postgres look at what has grown."""
    with disposable(plan.database_url) as engine, atomically(engine) as connection:
        sizes.know(connection)


def _recipe(plan: Plan) -> str:
    words = f"{plan.code_version}\n{builder.fingerprint()}\n{reader.recipe()}"
    return sha256(words.encode()).hexdigest()


def _export_slice(
    plan: Plan,
    connection: sa.Connection,
    now: datetime,
    notes: affected.Notes,
    base: manifest.Base,
) -> Exported:
    folder = plan.staging / "export"
    tables = reader.export(connection, folder, run_id=plan.run_id, at=now, is_slice=True)
    tables[MOVEMENTS] = folder / f"{MOVEMENTS}.parquet"
    meant = recipes(tables, plan.meant_by)
    still = settled(tables, meant, base.meant, notes.from_days)
    movement.write_movements_since(
        tables, base.path, tables[MOVEMENTS], settled=still, memory_limit=plan.marts_memory
    )
    totals = reader.totals(connection, is_slice=True)
    count = len(notes.from_days)
    how = f"brought up to date: {count} account{'' if count == 1 else 's'} touched"
    return Exported(tables, totals, notes.ids, notes.from_days, base.path, how, meant, still)


def _export_whole(
    plan: Plan, connection: sa.Connection, now: datetime, notes: affected.Notes, why: str
) -> Exported:
    folder = plan.staging / "export"
    tables = reader.export(connection, folder, run_id=plan.run_id, at=now)
    tables[MOVEMENTS] = folder / f"{MOVEMENTS}.parquet"
    movement.write_movements(tables, tables[MOVEMENTS])
    how = f"built whole: {why}"
    meant = recipes(tables, plan.meant_by)
    return Exported(tables, reader.totals(connection), notes.ids, {}, None, how, meant)


def _insist_on_totals(built: builder.Built, exported: Exported) -> None:
    """The file counts and adds up to what Postgres does, not only to what was exported."""
    touched, values = "", []
    if exported.made_from is not None:
        touched = _OF_TOUCHED
        values = [list(exported.touched), list(exported.touched.values())]
    totals = exported.totals
    rows = query(built.path, _SHOWN.format(touched=touched), values)
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
