"""The night, as a plain function that is given its doors.

    claim ▶ recall ▶ ┌ extract ▶ validate ▶ transform ▶ load ┐ ▶ compare ▶ ┌ audit           ┐
                     └───────────── once a batch ────────────┘             └ export ▶ enrich ┘
    ▶ publish ▶ report

While a batch is loaded, the next one is read, and no more than that one. While the ledger is
audited, a snapshot of it is prepared for the marts; if the audit says no, that falls away.

The same function runs with plain stages (command line, tests) and with Prefect tasks (the flow).
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Protocol

from flows.beside import beside, one_ahead
from schemas.accounts import KnownAccount
from schemas.copies import Copy
from schemas.decisions import Decision
from schemas.night import (
    AuditSummary,
    Changes,
    Doubt,
    Enriched,
    Exported,
    Generation,
    NightReceipt,
    Plan,
)
from schemas.receipts import FileReceipt
from schemas.ticket import Ticket
from tasks.extract import inbox, waiting
from tasks.extract.stage import Extracted
from tasks.load.stage import Loaded, Recalled
from tasks.report.stage import Report
from tasks.transform.stage import Shaped
from tasks.validate.stage import Validated


@dataclass(frozen=True)
class Doors:
    """One callable a stage: the plain function, or the same function as a Prefect task."""

    claim: Callable[[Plan], inbox.Claimed]
    recall: Callable[[Plan, Sequence[Ticket]], Recalled]
    extract: Callable[[Sequence[Ticket], Path, bool], Extracted]
    validate: Callable[[Path, Sequence[Decision]], Validated]
    transform: Callable[[Path, Sequence[KnownAccount]], Shaped]
    load: Callable[[Plan, Path, int], Loaded]
    compare: Callable[[Plan], Changes]
    audit: Callable[[Plan], AuditSummary]
    export: Callable[[Plan, datetime, str | None], Exported]
    enrich: Callable[[Plan, Exported], Enriched]
    publish: Callable[[Plan, Exported, Enriched, datetime], Generation | Doubt]
    report: Callable[[Plan, NightReceipt], Report]


class Teller(Protocol):
    """Hears how far the night is."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Stage that begins now; bytes read so far and in all."""


def plain_doors() -> Doors:
    """Every stage as a plain function: no orchestrator, no server."""
    from tasks.enrich import stage as enriching
    from tasks.extract import stage as extracting
    from tasks.load import stage as loading
    from tasks.publish import stage as publishing
    from tasks.report import stage as reporting
    from tasks.transform import stage as transforming
    from tasks.validate import stage as validating

    return Doors(
        claim=extracting.claim,
        recall=loading.recall,
        extract=extracting.extract,
        validate=validating.validate,
        transform=transforming.transform,
        load=loading.load,
        compare=loading.compare,
        audit=publishing.audit,
        export=publishing.export,
        enrich=enriching.enrich,
        publish=publishing.publish,
        report=reporting.report,
    )


def night(
    plan: Plan, doors: Doors, *, clock: Callable[[], datetime], tell: Teller
) -> tuple[NightReceipt, Report | None]:
    """Walk every file from the inbox to the published marts.

    A file that cannot be read or proved is quarantined, and its neighbours go on. If the audit says
    no, the old marts stay. The caller holds the ledger's lock.
    """
    watch = Stopwatch()
    with watch("claim"):
        claimed = doors.claim(plan)
    loaded = tuple(_load_claimed(plan, doors, claimed.tickets, watch, tell))
    receipt = NightReceipt(
        run_id=plan.run_id,
        status="dry_run",
        files=_receipts(loaded),
        not_files=tuple(error.as_dict() for error in claimed.refused),
        left_alone=claimed.left_alone,
        audit=None,
        generation=None,
        seconds=watch.seconds,
        changes=loaded[-1].changes,
        copies=_copies(loaded),
    )
    if plan.is_dry_run:
        return receipt, None
    with watch("load"):
        receipt = replace(receipt, changes=doors.compare(plan))
    return _finish(plan, doors, receipt, clock, watch, tell)


def rebuild(
    plan: Plan, waves: Sequence[Plan], doors: Doors, *, clock: Callable[[], datetime], tell: Teller
) -> tuple[NightReceipt, Report | None]:
    """Read all files of an emptied ledger again, wave by wave, then audit and publish.

    Args:
        plan: the run.
        waves: the same plan for the files of one earlier run each, with the instant of that run.
        doors: the stages.
        clock: tells when the marts are published.
        tell: hears how far it is.
    """
    watch = Stopwatch()
    loaded: list[Loaded] = []
    for wave in waves:
        with watch("claim"):
            claimed = doors.claim(wave)
        loaded += _load_claimed(wave, doors, claimed.tickets, watch, tell)
    receipt = NightReceipt(
        plan.run_id, "dry_run", _receipts(loaded), (), (), None, None, watch.seconds
    )
    receipt = replace(receipt, copies=_copies(loaded))
    return _finish(plan, doors, receipt, clock, watch, tell)


def _load_claimed(
    plan: Plan, doors: Doors, tickets: Sequence[Ticket], watch: "Stopwatch", tell: Teller
) -> Iterator[Loaded]:
    """Receipts of files that the ledger knows, then of those that are new to it."""
    with watch("load"):
        recalled = doors.recall(plan, tickets)
    _settle_untold(plan, recalled.known, recalled.copies)
    known = {receipt.sha256 for receipt in recalled.known}
    fresh = [ticket for ticket in tickets if ticket.sha256 not in known]
    if not (plan.is_dry_run or plan.replay):
        waiting.queue(plan.archive, fresh)
    yield Loaded(recalled.known, recalled.copies)
    yield from _load_batches(plan, doors, fresh, recalled, watch, tell)


def _finish(
    plan: Plan,
    doors: Doors,
    receipt: NightReceipt,
    clock: Callable[[], datetime],
    watch: "Stopwatch",
    tell: Teller,
) -> tuple[NightReceipt, Report | None]:
    """Audit the ledger, publish the marts if it passes, and report."""
    now = clock()
    prepared = None
    with beside() as begin:
        exporting = begin(lambda: _export(plan, doors, now, None, watch))
        enriching = begin(lambda: _enrich(plan, doors, exporting.result(), watch))
        tell("audit", 1, 1)
        with watch("audit"):
            verdict = doors.audit(plan)
        if verdict.is_passed:
            tell("enrich", 1, 1)
            prepared = exporting.result(), enriching.result()
    receipt = replace(receipt, status="refused_by_audit", audit=verdict)
    if prepared is not None:
        generation = _publish(plan, doors, now, prepared, watch, tell)
        receipt = replace(receipt, status="published", generation=generation)
    with watch("report"):
        report = doors.report(plan, receipt)
    told = {copy.sha256 for copy in receipt.copies}
    settle(plan, [one for one in receipt.files if one.sha256 in told])
    return replace(receipt, late=report.late), report


def publication(
    plan: Plan,
    doors: Doors,
    clock: Callable[[], datetime],
    watch: "Stopwatch",
    tell: Teller,
    *,
    why_whole: str | None = None,
) -> Generation:
    """Export a snapshot of the ledger, find out what it means, and publish marts of both.

    The last generation is brought up to date where that can be done, else all marts are built.

    Args:
        plan: of the run.
        doors: the stages.
        clock: tells when the marts are published.
        watch: times the stages.
        tell: hears how far it is.
        why_whole: why all marts are to be built in any case.
    """
    now = clock()
    prepared = _prepare(plan, doors, now, why_whole, watch, tell)
    return _publish(plan, doors, now, prepared, watch, tell)


Prepared = tuple[Exported, Enriched]
"""A snapshot of the ledger, and what it means."""


def _prepare(
    plan: Plan,
    doors: Doors,
    now: datetime,
    why_whole: str | None,
    watch: "Stopwatch",
    tell: Teller,
) -> Prepared:
    tell("export", 1, 1)
    exported = _export(plan, doors, now, why_whole, watch)
    tell("enrich", 1, 1)
    return exported, _enrich(plan, doors, exported, watch)


def _export(
    plan: Plan, doors: Doors, now: datetime, why_whole: str | None, watch: "Stopwatch"
) -> Exported:
    with watch("export"):
        return doors.export(plan, now, why_whole)


def _enrich(plan: Plan, doors: Doors, exported: Exported, watch: "Stopwatch") -> Enriched:
    with watch("enrich"):
        return doors.enrich(plan, exported)


def _publish(
    plan: Plan,
    doors: Doors,
    now: datetime,
    prepared: Prepared,
    watch: "Stopwatch",
    tell: Teller,
) -> Generation:
    tell("publish", 1, 1)
    with watch("publish"):
        made = doors.publish(plan, *prepared, now)
    if isinstance(made, Doubt):  # once: marts that are built whole are made from no other
        prepared = _prepare(plan, doors, now, made.why, watch, tell)
        return _publish(plan, doors, now, prepared, watch, tell)
    return made


def pack(tickets: Sequence[Ticket], *, files: int, size_bytes: int) -> Iterator[list[Ticket]]:
    """Batches in order: at most so many files, at most so many bytes unless one file is larger."""
    batch: list[Ticket] = []
    filled = 0
    for ticket in tickets:
        if batch and (len(batch) >= files or filled + ticket.size_bytes > size_bytes):
            yield batch
            batch, filled = [], 0
        batch.append(ticket)
        filled += ticket.size_bytes
    if batch:
        yield batch


def settle(plan: Plan, receipts: Sequence[FileReceipt]) -> None:
    """The ledger has answered for these files: their tickets leave the queue."""
    if not plan.is_dry_run:
        for receipt in receipts:
            waiting.settle(plan.archive, receipt.sha256)


def _settle_untold(plan: Plan, receipts: Sequence[FileReceipt], copies: Sequence[Copy]) -> None:
    """Tickets leave the queue, but for copies: if this run dies, the next one tells of them."""
    waiting = {copy.sha256 for copy in copies}
    settle(plan, [one for one in receipts if one.sha256 not in waiting])


class Stopwatch:
    """Wall time by stage, from a monotonic clock; of stages beside each other both count."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Time the block for this stage, which runs in one thread at a time."""
        since = monotonic()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + monotonic() - since


def _load_batches(
    plan: Plan,
    doors: Doors,
    tickets: Sequence[Ticket],
    recalled: Recalled,
    watch: Stopwatch,
    tell: Teller,
) -> Iterator[Loaded]:
    """Every batch through extract, validate, transform and load; receipts as they come.

    A dry run is one batch: rolled back, several would not know of each other.
    """
    total = sum(ticket.size_bytes for ticket in tickets)
    limits = (len(tickets) or 1, total) if plan.is_dry_run else (plan.batch_files, plan.batch_bytes)
    done = 0
    batches = list(enumerate(pack(tickets, files=limits[0], size_bytes=limits[1]), 1))

    def read(numbered: tuple[int, Sequence[Ticket]]) -> Path:
        number, batch = numbered
        return _read(plan, doors, batch, plan.staging / f"batch-{number:05}", recalled, watch)

    with closing(one_ahead(batches, read)) as reading:
        for (number, batch), is_read in zip(batches, reading, strict=True):
            tell("extract", done, total)
            folder = is_read()
            tell("load", done, total)
            with watch("load"):
                loaded = doors.load(plan, folder, number)
            shutil.rmtree(folder)
            _settle_untold(plan, loaded.receipts, loaded.copies)
            done += sum(ticket.size_bytes for ticket in batch)
            tell("load", done, total)
            yield loaded


def _read(
    plan: Plan,
    doors: Doors,
    batch: Sequence[Ticket],
    folder: Path,
    recalled: Recalled,
    watch: Stopwatch,
) -> Path:
    """All stages of a batch before the ledger."""
    with watch("extract"):
        doors.extract(batch, folder, plan.use_proposals)
    with watch("validate"):
        doors.validate(folder, recalled.decisions)
    with watch("transform"):
        doors.transform(folder, plan.accounts)
    return folder


def _receipts(loaded: Sequence[Loaded]) -> tuple[FileReceipt, ...]:
    return tuple(receipt for one in loaded for receipt in one.receipts)


def _copies(loaded: Sequence[Loaded]) -> tuple[Copy, ...]:
    return tuple(copy for one in loaded for copy in one.copies)
