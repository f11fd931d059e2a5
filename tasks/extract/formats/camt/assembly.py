"""From cells to RECORD and DETAIL_TEXT, with what only the whole statement knows."""

from dataclasses import dataclass

import polars as pl

from schemas.findings import FINDING, Code
from schemas.phrase import phrase
from schemas.transactions import DETAIL_TEXT, RECORD
from tasks.extract.formats.camt.parties import Reversals, party
from tasks.extract.formats.camt.records import PART, cut

_KEY = ["file_no", "statement_no"]
LENT = pl.Schema(
    {
        "file_no": pl.UInt32(),
        "statement_no": pl.UInt32(),
        "place": pl.String(),
        "lent_text": pl.String(),  # the day of entries that have none
        "lent_from": pl.String(),  # in words, where that day stands
        "is_flipped": pl.Boolean(),  # reversals are booked the other way round
    }
)
"""What a statement gives to its entries."""

STATED = pl.Schema({**LENT, "account_text": pl.String(), "owner_text": pl.String()})
"""LENT, and whose account it is, which only reversals need to know."""

_NUMBERS = [*_KEY, "record_no"]
_REMEDY = "ask the bank for a clean export; then buffet quarantine retry"


@dataclass(frozen=True)
class Part:
    """Some entries that were read, but not yet finished.

    Attributes:
        columns: their keys, XML text and cells, see `records.cut`.
        several: DETAIL_CELLS of those that have several details.
        sums: what they add up to, see `statements.weighed`.
    """

    columns: pl.DataFrame
    several: pl.DataFrame
    sums: pl.DataFrame

    def without(self, file_no: int) -> "Part":
        """Without the entries of a file."""
        is_other = pl.col("file_no") != file_no
        return Part(*(one.filter(is_other) for one in (self.columns, self.several, self.sums)))


@dataclass(frozen=True)
class Assembled:
    """RECORD, DETAIL_TEXT, and FINDING for entries that are undecided and days that were lent."""

    records: pl.DataFrame
    details: pl.DataFrame
    findings: pl.DataFrame

    @classmethod
    def nothing(cls) -> "Assembled":
        """No entries."""
        return cls(RECORD.to_frame(), DETAIL_TEXT.to_frame(), FINDING.to_frame())


def assembled(part: Part, statements: pl.DataFrame) -> Assembled:
    """Finish records and details.

    Args:
        part: entries.
        statements: STATED of all statements to which they belong.
    """
    (cells, raw), several = cut(part.columns), part.several
    whole = cells.join(statements.select(*LENT), on=_KEY, how="left", maintain_order="left")
    if not several.is_empty():
        whole = whole.join(
            _latest(several), on=[*_KEY, "record_no"], how="left", maintain_order="left"
        ).with_columns(pl.coalesce("settled_text", "several_settled").alias("settled_text"))
    whole = whole.with_columns(
        phrase("{}/Ntry[{}]", "place", "entry_no").alias("place"),
        _sign(pl.col("direction")).alias("sign"),
    )
    is_wrong = whole.select(_is_undecided()).to_series()
    findings = _undecided(whole.filter(is_wrong), raw.filter(is_wrong))
    if is_wrong.any():
        whole, raw = whole.filter(~is_wrong), raw.filter(~is_wrong)
    reversals = Reversals.among(whole, raw, statements)
    records = whole.with_columns(
        pl.coalesce("booked_text", "valued_text", "settled_text", "lent_text").alias("booked_text"),
        _signed("amount_text", pl.col("sign")),
        _signed("original_amount_text", pl.col("sign")),
        party(pl.col("direction"), "only_").alias("counterparty"),
    )
    return Assembled(
        _filled(reversals.completed(records, "only_"), RECORD).with_columns(raw),
        _finished(_details(whole, several), reversals),
        pl.concat([findings, _lent(whole)]),
    )


def _details(entries: pl.DataFrame, several: pl.DataFrame) -> pl.DataFrame:
    """The only details of entries and those of entries with several, in order."""
    of_entry = [*_NUMBERS, "place", "is_reversal", "is_flipped"]
    direction = pl.col("direction").alias("entry_direction")
    single = (entries if entries["has_only"].all() else entries.filter("has_only")).select(
        *of_entry,
        direction,
        pl.lit(1, dtype=pl.UInt32).alias("detail_no"),
        *(pl.col(f"only_{name}").alias(name) for name in PART),
        pl.lit(None, dtype=pl.String).alias("raw_text"),
    )
    if several.is_empty():
        return single
    parts = several.join(
        entries.select(*of_entry, direction), on=_NUMBERS, how="inner", maintain_order="left"
    )
    together = pl.concat([single, parts.select(single.columns)])
    return together.sort("file_no", "record_no", "detail_no")


def _latest(several: pl.DataFrame) -> pl.DataFrame:
    """The last day on which one of the details of an entry was settled."""
    return several.group_by([*_KEY, "record_no"]).agg(
        pl.col("settled_text").max().alias("several_settled")
    )


def _sign(direction: pl.Expr) -> pl.Expr:
    """The sign in front of an amount, the other one where reversals are booked the other way."""
    is_debit = (direction == "DBIT") ^ (pl.col("is_reversal") & pl.col("is_flipped"))
    return pl.when(direction.is_in(["CRDT", "DBIT"])).then(
        pl.when(is_debit).then(pl.lit("-")).otherwise(pl.lit(""))
    )


def _signed(name: str, sign: pl.Expr) -> pl.Expr:
    return (sign + pl.col(name)).alias(name)


def _finished(details: pl.DataFrame, reversals: Reversals) -> pl.DataFrame:
    """DETAIL_TEXT; a detail that names no direction has that of its entry.

    The balances prove the direction of an entry, so it tells the parties of a flipped reversal.
    """
    own = pl.coalesce("direction", "entry_direction")
    sign = _sign(own)
    direction = own
    if not reversals.rows.is_empty():
        is_proven = pl.col("is_reversal") & pl.col("is_flipped")
        direction = pl.when(is_proven).then("entry_direction").otherwise(own)
    told = details.with_columns(
        phrase("{}/NtryDtls/TxDtls[{}]", "place", "detail_no").alias("place"),
        _signed("amount_text", sign),
        _signed("original_amount_text", sign),
        party(direction).alias("counterparty"),
    )
    return _filled(reversals.completed(told), DETAIL_TEXT)


def _filled(rows: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """The columns of a schema; those that there are not are null."""
    return rows.select(
        pl.col(name) if name in rows.columns else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in schema.items()
    )


def _is_undecided() -> pl.Expr:
    """The entry does not say credit or debit, or says it twice; or not whether it is booked."""
    return pl.col("sign").is_null() | _has_sign() | pl.col("is_pending").is_null()


def _has_sign() -> pl.Expr:
    return pl.col("amount_text").str.contains(r"^[+-]").fill_null(value=False)


def _undecided(rows: pl.DataFrame, raw: pl.Series) -> pl.DataFrame:
    """One finding an entry of which it cannot be told what it moved, or if at all: set aside."""
    is_directed = pl.col("sign").is_not_null() & ~_has_sign()
    message = (
        pl.when(_has_sign())
        .then(phrase('amount "{}" has a sign of its own beside CdtDbtInd', "amount_text"))
        .when(is_directed)
        .then(phrase('status "{}" is none that the standard knows', "status_text"))
        .otherwise(
            phrase(
                'CdtDbtInd "{}" says neither credit (CRDT) nor debit (DBIT)',
                pl.col("direction").fill_null(""),
            )
        )
    )
    code = pl.when(is_directed).then(pl.lit(Code.STATUS_UNKNOWN.value))
    return _filled(
        rows.with_columns(
            raw,
            code.otherwise(pl.lit(Code.AMOUNT_UNREADABLE.value)).alias("code"),
            message.alias("message"),
            pl.lit(_REMEDY).alias("remedy"),
            pl.lit(value=True).alias("is_set_aside"),
        ),
        FINDING,
    )


def _lent(rows: pl.DataFrame) -> pl.DataFrame:
    """One remark a statement whose entries have no day of their own."""
    has_day = pl.any_horizontal(
        pl.col(name).is_not_null() for name in ("booked_text", "valued_text", "settled_text")
    )
    lent = rows.filter(~has_day & pl.col("lent_text").is_not_null()).unique(
        _KEY, keep="first", maintain_order=True
    )
    return _filled(
        lent.with_columns(
            pl.col("place").str.replace(r"/Ntry\[\d+\]$", "").alias("place"),
            pl.lit(None, dtype=pl.UInt32).alias("record_no"),
            pl.lit(Code.DATE_MISSING.value).alias("code"),
            phrase(
                "entries have no booking date; they are given {}, {}", "lent_text", "lent_from"
            ).alias("message"),
            pl.lit("nothing, if the bank books daily; else ask it for BookgDt in its export").alias(
                "remedy"
            ),
            pl.lit("").alias("raw_text"),
            pl.lit(value=False).alias("is_set_aside"),
        ),
        FINDING,
    )


def one_remark_each(findings: pl.DataFrame) -> pl.DataFrame:
    """A statement may lie in several parts; it is remarked upon once."""
    is_first = pl.struct(_KEY).is_first_distinct()
    remarks = findings.filter(~pl.col("is_set_aside")).filter(is_first)
    return pl.concat([findings.filter("is_set_aside"), remarks])
