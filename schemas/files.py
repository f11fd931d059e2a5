"""A file of a batch: where it came from, which reader took it, and why it was refused if it was."""

import polars as pl

FILE = pl.Schema(
    {
        "file_no": pl.UInt32(),  # position in the batch
        "sha256": pl.String(),
        "name": pl.String(),  # as dropped; show it masked
        "owner": pl.String(),
        "account_name": pl.String(),  # second folder below the inbox; null if there was none
        "size_bytes": pl.Int64(),
        "claimed_at": pl.Datetime("us", "UTC"),
        "format": pl.String(),  # null when no reader took it
        "layout": pl.String(),  # bank layout, "" for a format without layouts
        "bank": pl.String(),
        "encoding": pl.String(),
        "reader": pl.String(),  # format, version, layout and its digest; null is not noted
        "raw_count": pl.UInt32(),  # records by an independent count of the bytes
        "marker_count": pl.UInt32(),
        "source_rank": pl.UInt32(),  # 1 is the best kind of source
        "is_ref_stable": pl.Boolean(),
        "error_code": pl.String(),  # null unless the file was refused
        "error_where": pl.String(),
        "error_problem": pl.String(),
        "error_remedy": pl.String(),
    }
)
"""One row a file, in the order of the batch."""
