"""A file of which too much cannot be read is not trusted with the rest: it may be read wrongly.

A layout that takes a day for an amount, a file that was damaged: most lines are refused, and the
few that pass are no less doubtful. What balances to the cent in spite of it is proven, and stays.
"""

import polars as pl

from schemas.findings import Code
from schemas.phrase import phrase
from tasks.validate.chains import KEY

AT_LEAST = 3
"""So many unread records before there is a share to speak of."""

REMEDY = (
    "mend the file or its layout, see the records below, and retry; "
    "or buffet quarantine accept FILE --reason …"
)


_READ = [Code.DROPPED.value, Code.MOVES_NO_CASH.value]
"""What is set aside by these could be read."""


def unread(findings: pl.DataFrame) -> pl.DataFrame:
    """Records that could not be read, by statement: its key, `unread_count`."""
    is_unread = pl.col("is_set_aside") & ~pl.col("code").is_in(_READ)
    return findings.filter(is_unread).group_by(KEY).agg(pl.len().alias("unread_count"))


def too_much(tallies: pl.DataFrame) -> pl.DataFrame:
    """The files of which more than a quarter could not be read, and something could.

    Args:
        tallies: TALLY of all volumes of the batch.

    Returns:
        `file_no`, and `unread_text`, such as "5 of 12".
    """
    counted = pl.col("record_count", "set_aside_count", "unread_count").fill_null(0).sum()
    total = pl.col("record_count") + pl.col("set_aside_count")
    return (
        tallies.group_by("file_no", maintain_order=True)
        .agg(counted.cast(pl.Int64))
        .filter(
            pl.col("record_count") > 0,
            pl.col("unread_count") >= AT_LEAST,
            pl.col("unread_count") * 4 > total,
        )
        .select("file_no", phrase("{} of {}", "unread_count", total).alias("unread_text"))
    )
