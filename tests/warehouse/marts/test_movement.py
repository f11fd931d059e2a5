"""The movements that come with an export, for whoever finds out what they mean."""

from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl

from schemas.enrichment import MOVEMENTS

Export = Callable[[Mapping[str, pl.DataFrame]], dict[str, Path]]


def test_an_empty_text_says_nothing(export: Export) -> None:
    rows = pl.DataFrame(
        {
            "account_id": ["a1", "a1"],
            "file_sha256": ["f1", "f1"],
            "description": ["", "KIOSK"],
            "counterparty": ["Ana", ""],
        }
    )
    told = pl.read_parquet(export({"transaction": rows})[MOVEMENTS]).sort("transaction_id")
    assert told.select("description", "counterparty").rows() == [(None, "Ana"), ("KIOSK", None)]
