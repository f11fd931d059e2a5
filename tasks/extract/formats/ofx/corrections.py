"""Records that correct others, with CORRECTFITID and CORRECTACTION (OFX 2.1.1, section 11.4.4.1).

A correction replaces or deletes the record whose FITID it names. It is done where that record
stands in the same statement and everything is told; else the correction is set aside, for the
movement that it corrects may be in the ledger. Bank of America names the record itself in every
record (2017), Schwab none (2017), and Target an older FITID, without an action (2019): those are
movements.
"""

import polars as pl

from schemas.findings import FINDING, Code, no_findings
from schemas.masking import masked_numbers
from schemas.phrase import phrase

_STATEMENT = ["file_no", "statement_no"]
_REMEDIES = {
    Code.MOVES_NO_CASH.value: "nothing to do; the statement corrects itself",
    Code.UNREADABLE_ROW.value: "see with the bank what became of the movement that it corrects",
}


def corrected(records: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Do what corrections say.

    Args:
        records: with file_no, statement_no, record_no, line, place, bank_ref and raw_text; with
            CORRECTFITID (corrects) and CORRECTACTION (correction).

    Returns:
        the records that stand; FINDING of those that do not, and remarks.
    """
    if not records["corrects"].count():  # so it is with nearly all banks
        return records, no_findings()
    judged = _judged(records)
    findings = judged.filter(pl.col("code").is_not_null()).with_columns(
        pl.col("message").map_elements(masked_numbers, return_dtype=pl.String),
        pl.col("code").replace_strict(_REMEDIES, return_dtype=pl.String).alias("remedy"),
    )
    return judged.filter(~pl.col("is_set_aside")).select(records.columns), findings.select(
        pl.col(name).cast(dtype) for name, dtype in FINDING.items()
    )


def _judged(records: pl.DataFrame) -> pl.DataFrame:
    """The records with code, message and is_set_aside; code and message are null where all is well.

    A record that is replaced or deleted moves no cash, nor does one that deletes another. Any other
    correction is set aside, but for one that does not say what it does to a record of long ago.
    """
    rows = _matched(records)
    is_gone = pl.col("target_count") == 0
    is_hit = pl.col("hit_by").is_not_null()
    is_deletion = pl.col("is_done") & (pl.col("action") == "DELETE")
    is_open = pl.col("is_correction") & ~pl.col("is_done")
    is_told = pl.col("action") != ""
    named = pl.col("corrects").str.head(80)
    does = pl.col("action").str.to_lowercase()
    message = (
        pl.when(is_hit)
        .then(phrase("the record on line {} {}s it", "hit_by", pl.col("hit_does")))
        .when(is_deletion)
        .then(pl.lit("it deletes another record of this statement, and is no movement"))
        .when(is_open & is_gone & is_told)
        .then(phrase('it {}s the record "{}", which is not in this statement', does, named))
        .when(is_open & is_gone)
        .then(phrase('it corrects the record "{}", which is not in this statement', named))
        .when(is_open & is_told)
        .then(phrase('it {}s the record "{}", but there are several', does, named))
        .when(is_open)
        .then(phrase('it corrects the record "{}", but does not say how', named))
    )
    code = (
        pl.when(is_hit | is_deletion)
        .then(pl.lit(Code.MOVES_NO_CASH.value))
        .when(is_open)
        .then(pl.lit(Code.UNREADABLE_ROW.value))
    )
    return rows.with_columns(
        code.alias("code"),
        message.alias("message"),
        is_set_aside=is_hit | is_deletion | (is_open & (is_told | ~is_gone)),
    )


def _matched(records: pl.DataFrame) -> pl.DataFrame:
    """Find what each correction corrects; it is done where that is one record, and all is told.

    Adds action ("" if it is none), is_correction, target_count (how many records it may mean) and
    is_done; and to the record that is corrected hit_by (the line of the correction) and hit_does.
    """
    key = [*_STATEMENT, "bank_ref"]
    corrects = pl.col("corrects")
    is_own = (corrects == pl.col("bank_ref")).fill_null(value=False)
    holders = records.group_by(key).agg(
        pl.len().alias("holder_count"), corrects.is_null().sum().alias("plain_count")
    )
    action = pl.col("correction").str.to_uppercase()
    count = pl.when(is_own).then("plain_count").otherwise("holder_count").fill_null(0)
    rows = records.join(
        holders, left_on=[*_STATEMENT, "corrects"], right_on=key, how="left", maintain_order="left"
    ).with_columns(
        pl.when(action.is_in(["REPLACE", "DELETE"]))
        .then(action)
        .otherwise(pl.lit(""))
        .alias("action"),
        count.alias("target_count"),
    )
    is_named = ~corrects.str.contains("^0+$").fill_null(value=True)
    rows = rows.with_columns(is_correction=is_named & (~is_own | (pl.col("target_count") > 0)))
    rivals = pl.col("is_correction").sum().over([*_STATEMENT, "corrects"])
    is_one = (pl.col("target_count") == 1) & (rivals == 1)
    rows = rows.with_columns(is_done=pl.col("is_correction") & is_one & (pl.col("action") != ""))
    hits = rows.filter("is_done").select(
        *_STATEMENT,
        corrects.alias("bank_ref"),
        pl.col("line").alias("hit_by"),
        pl.col("action").str.to_lowercase().alias("hit_does"),
    )
    is_itself = is_own & pl.col("is_correction")
    return rows.join(hits, on=key, how="left", maintain_order="left").with_columns(
        pl.when(~is_itself).then("hit_by").alias("hit_by")
    )
