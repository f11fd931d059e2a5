"""Load: one batch, one database transaction. COPY, set-based merges, then receipts.

Nothing here looks at one row at a time, and nothing is loaded without a receipt that adds up; the
database checks that once more.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl
import sqlalchemy as sa

from schemas.accounts import tail_of
from schemas.findings import HOLDING
from schemas.masking import masked_numbers
from schemas.receipts import FileReceipt, Receipt
from schemas.transactions import DETAIL
from warehouse.ledger import certificates, merges, movements, standing
from warehouse.ledger.movements import Rows
from warehouse.ledger.quarantine import wholly_dropped
from warehouse.ledger.staging import stage


@dataclass(frozen=True)
class LedgerBatch:
    """A batch as the stages before the ledger leave it.

    Attributes:
        run_id: the run that loads it.
        batch_no: its number in the run, from 1; 0 stands for files that were known before.
        known_from: UTC instant from which the ledger knows what is new in it.
        files: FILE.
        accounts: ACCOUNT.
        statements: PROVED with account_id.
        entries: ENTRY.
        findings: FINDING.
        details: DETAIL; those of records that are not loaded fall away.
        later: opens the rows that follow, where there are too many to have them all in memory.
    """

    run_id: str
    batch_no: int
    known_from: datetime
    files: pl.DataFrame
    accounts: pl.DataFrame
    statements: pl.DataFrame
    entries: pl.DataFrame
    findings: pl.DataFrame
    details: pl.DataFrame = field(default_factory=DETAIL.to_frame)
    later: Sequence[Callable[[], Rows]] = ()

    def volumes(self) -> Iterator[Rows]:
        """All rows, as much at once as is in memory together."""
        yield Rows(self.entries, self.details, self.findings)
        for opens in self.later:
            yield opens()


def write_batch(connection: sa.Connection, batch: LedgerBatch) -> list[FileReceipt]:
    """Merge a batch into the ledger; answer with one receipt a file, in the order of the batch."""
    files, days = _judged_files(batch)
    _stage_all(connection, batch, files)
    connection.exec_driver_sql(merges.MERGE_FILES)
    standing.retract(connection, days)
    connection.exec_driver_sql(merges.MERGE_ACCOUNTS)
    standing.keep_accounts(connection)
    connection.exec_driver_sql(merges.MERGE_STATEMENTS)
    standing.find_contested(connection)
    inserted: Counter[str] = Counter()
    on = movements.ground(connection, batch.known_from)
    for number, rows in enumerate(batch.volumes()):
        inserted.update(movements.merge(connection, on, rows))
        stage(connection, "staged_finding", rows.findings, is_more=number > 0)
    connection.exec_driver_sql(merges.RETIRE_FINDINGS)
    values = {"run_id": batch.run_id, "holding": [code.value for code in HOLDING]}
    connection.execute(sa.text(merges.INSERT_FINDINGS), values)
    connection.execute(sa.text(merges.INSERT_REFUSALS), {"run_id": batch.run_id})
    lost = standing.settle(connection, batch.run_id, batch.known_from)
    certificates.certify(connection, batch.run_id, batch.known_from)
    dropped = wholly_dropped(connection, files.get_column("sha256").to_list())
    receipts = _receipts(files, inserted, lost, dropped)
    _write_receipts(connection, batch, receipts)
    return receipts


def receipts_of(
    connection: sa.Connection, run_id: str, sha256s: Sequence[str]
) -> list[FileReceipt]:
    """The receipts that this run has written for these files.

    A commit whose answer was lost looks like a failure; a second try finds them and loads nothing.
    """
    rows = connection.execute(
        sa.text(merges.WRITTEN_RECEIPTS), {"run_id": run_id, "sha256s": list(sha256s)}
    ).mappings()
    dropped = wholly_dropped(connection, sha256s)
    return [
        FileReceipt(
            row["sha256"],
            masked_numbers(row["name"]),
            row["outcome"],
            Receipt(**{name: row[name] for name in Receipt().counts()}),
            row["error_problem"] or _held(row["outcome"]),
            is_dropped=row["outcome"] != "known" and row["sha256"] in dropped,
        )
        for row in rows
    ]


def acknowledge(
    connection: sa.Connection, run_id: str, sha256s: Sequence[str]
) -> list[FileReceipt]:
    """Receipts for files that the ledger has seen before; their records are already known."""
    connection.execute(sa.text(merges.KNOWN_RECEIPTS), {"run_id": run_id, "sha256s": list(sha256s)})
    return receipts_of(connection, run_id, sha256s)


def _stage_all(connection: sa.Connection, batch: LedgerBatch, files: pl.DataFrame) -> None:
    """Temporary tables of what a batch has once."""
    stage(connection, "staged_file", files)
    stage(connection, "staged_statement", batch.statements)
    tails = [tail_of(ref) for ref in batch.accounts.get_column("account_ref")]
    stage(
        connection,
        "staged_account",
        batch.accounts.with_columns(pl.Series("account_tail", tails, dtype=pl.String)),
    )


def _judged_files(batch: LedgerBatch) -> tuple[pl.DataFrame, pl.DataFrame]:
    """FILE with counts and status: loaded, partly, quarantined or refused; and the days told of."""
    held = (
        batch.statements.filter("is_quarantined")
        .group_by("file_no")
        .agg(
            pl.col("record_count").sum().cast(pl.Int64).alias("held"),
            pl.len().cast(pl.Int64).alias("held_statements"),
        )
    )
    kept: Counter[int] = Counter()
    aside: Counter[int] = Counter()
    periods = batch.statements.select("file_no", "statement_no", "starts_on", "ends_on")
    days = _days(batch.entries.clear(), periods)
    for rows in batch.volumes():
        days = _strayest(pl.concat([days, _days(rows.entries, periods)]))
        kept.update(_by_file(rows.entries))
        aside.update(_by_file(rows.findings.filter("is_set_aside")))
    files = batch.files.join(held, on="file_no", how="left", maintain_order="left").with_columns(
        pl.col("held", "held_statements").fill_null(0),
        *(
            pl.col("file_no").replace_strict(counts, default=0, return_dtype=pl.Int64).alias(name)
            for name, counts in {"kept": kept, "aside": aside}.items()
        ),
    )
    set_aside = pl.col("held") + pl.col("aside")
    status = (
        pl.when(pl.col("error_code").is_not_null())
        .then(pl.lit("refused"))
        .when((pl.col("kept") == 0) & (set_aside + pl.col("held_statements") > 0))
        .then(pl.lit("quarantined"))
        .when(set_aside + pl.col("held_statements") > 0)
        .then(pl.lit("partly"))
        .otherwise(pl.lit("loaded"))
    )
    return files.with_columns(status.alias("status"), set_aside.alias("set_aside")), days


def _days(entries: pl.DataFrame, periods: pl.DataFrame) -> pl.DataFrame:
    """account_id and booked_on, each pair once; is_stray: out of the period of a statement."""
    is_within = pl.col("booked_on").is_between("starts_on", "ends_on")
    days = entries.select("file_no", "statement_no", "account_id", "booked_on").unique()
    return _strayest(
        days.join(periods, on=["file_no", "statement_no"], how="left").select(
            "account_id", "booked_on", is_stray=~is_within.fill_null(value=True)
        )
    )


def _strayest(days: pl.DataFrame) -> pl.DataFrame:
    return days.group_by("account_id", "booked_on").agg(pl.col("is_stray").any())


def _by_file(rows: pl.DataFrame) -> dict[int, int]:
    """How many rows each file has."""
    return dict(rows.get_column("file_no").value_counts().iter_rows())


def _receipts(
    files: pl.DataFrame,
    inserted: Mapping[str, int],
    lost: Mapping[str, int],
    dropped: Collection[str],
) -> list[FileReceipt]:
    """One receipt a file; what is new and does not count, because others tell it, is superseded."""
    return [
        FileReceipt(
            row["sha256"],
            masked_numbers(row["name"]),
            row["status"],
            Receipt(
                read=row["raw_count"],
                inserted=inserted.get(row["sha256"], 0) - lost.get(row["sha256"], 0),
                superseded=lost.get(row["sha256"], 0),
                already_known=row["kept"] - inserted.get(row["sha256"], 0),
                set_aside=row["set_aside"],
                markers=row["marker_count"],
            ),
            row["error_problem"] or _held(row["status"]),
            is_dropped=row["sha256"] in dropped,
        )
        for row in files.iter_rows(named=True)
    ]


def _held(status: str) -> str | None:
    if status != "quarantined":
        return None
    return "nothing of it is loaded: it does not add up, or every record was set aside"


def _write_receipts(
    connection: sa.Connection, batch: LedgerBatch, receipts: Sequence[FileReceipt]
) -> None:
    if receipts:
        connection.execute(
            sa.text(merges.INSERT_RECEIPT),
            [
                {
                    "run_id": batch.run_id,
                    "batch_no": batch.batch_no,
                    "sha256": one.sha256,
                    "outcome": one.outcome,
                    **one.receipt.counts(),
                }
                for one in receipts
            ],
        )
