"""What persons decided about the files of a batch: which statements and records it concerns."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import polars as pl

from schemas.decisions import Decision, Level, Word
from schemas.findings import FINDING, Code
from tasks.validate.chains import KEY

REMEDY = "buffet quarantine reopen FILE --reason … takes the decision back"

Key = tuple[int, int]
"""file_no and statement_no."""

Printed = tuple[int, str | None, str | None]
"""file_no of a record, its place, and the digest of its text."""


@dataclass(frozen=True)
class Decided:
    """Decisions in force, as numbers of this batch.

    Attributes:
        accepted: statements that are loaded even if they fail.
        dropped: statements that are not wanted.
        records: records that are not wanted.
    """

    accepted: frozenset[Key]
    dropped: frozenset[Key]
    records: frozenset[Printed]


def decided(
    decisions: Iterable[Decision], files: pl.DataFrame, statements: pl.DataFrame
) -> Decided:
    """Find what the decisions are about; those about other files are passed over.

    Args:
        decisions: those in force; one about a file is about each of its statements.
        files: FILE.
        statements: STATEMENT.
    """
    numbers = dict(files.select("sha256", "file_no").iter_rows())
    keys: list[Key] = list(statements.select(KEY).iter_rows())
    spoken: dict[Word, set[Key]] = {Word.ACCEPTED: set(), Word.DROPPED: set()}
    records: set[Printed] = set()
    for one in decisions:
        file_no = numbers.get(one.sha256)
        if file_no is None:
            continue
        if one.level == Level.RECORD:
            records.add((file_no, one.place, one.raw_sha256))
        else:
            spoken[one.word].update(
                key for key in keys if key[0] == file_no and one.statement_no in (None, key[1])
            )
    return Decided(
        frozenset(spoken[Word.ACCEPTED]), frozenset(spoken[Word.DROPPED]), frozenset(records)
    )


@dataclass(frozen=True)
class Parted:
    """TYPED rows that stay, and FINDING rows for those that a person dropped."""

    transactions: pl.DataFrame
    findings: pl.DataFrame


def without_dropped(transactions: pl.DataFrame, records: Collection[Printed]) -> Parted:
    """Set records aside that could be read, but that a person dropped."""
    if not records:
        return Parted(transactions, FINDING.to_frame())
    places = pl.DataFrame(
        [one[:2] for one in records],
        schema={name: transactions.schema[name] for name in ("file_no", "place")},
        orient="row",
    )
    named = transactions.join(
        places.unique(), on=["file_no", "place"], how="semi", nulls_equal=True
    )
    meant = pl.Series(
        [
            (row["file_no"], row["place"], digest_of(row["raw_text"])) in records
            for row in named.iter_rows(named=True)
        ],
        dtype=pl.Boolean,
    )
    dropped = named.filter(meant)
    findings = dropped.with_columns(
        pl.lit(Code.DROPPED.value).alias("code"),
        pl.lit("it could be read, but a person dropped the record").alias("message"),
        pl.lit(REMEDY).alias("remedy"),
        pl.lit(value=True).alias("is_set_aside"),
    ).select(pl.col(name).cast(dtype) for name, dtype in FINDING.items())
    kept = transactions.join(
        dropped.select("file_no", "record_no"),
        on=["file_no", "record_no"],
        how="anti",
        maintain_order="left",
    )
    return Parted(kept, findings)


def digest_of(raw_text: str) -> str:
    """The digest by which a decision knows what the bank printed."""
    return hashlib.sha256(raw_text.encode()).hexdigest()
