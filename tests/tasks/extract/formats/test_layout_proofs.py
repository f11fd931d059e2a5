"""The balances beside the rows of an example prove the signs of its layout.

What is expected of an example says the same as the reader; its balances say it on their own.
"""

from collections import defaultdict
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from schemas.statement import Proof
from tasks.extract import profiles
from tasks.extract.read import read_batch
from tasks.extract.source import Source
from tasks.extract.summary import holdable
from tasks.validate.balances import prove

BANKS = Path(__file__).parents[1] / "banks"
EXPECTED = ("records.csv", "statements.csv", "files.csv")
LEAST = 100
"""So many examples have balances beside their rows, at the least."""

Told = tuple[str, int, str]
"""File, number and proof of a statement."""


@cache
def proofs() -> dict[str, list[Told]]:
    """By layout the statements of which two booked rows have a balance."""
    paths = [path for path in sorted(BANKS.glob("*/*")) if path.name not in EXPECTED]
    reading = read_batch(
        [Source(number, one.name, one.read_bytes(), one.name) for number, one in enumerate(paths)]
    )
    rows = holdable(reading.transactions).transactions
    booked = rows.filter(status="booked").drop_nulls("balance_after")
    key = ("file_no", "statement_no")
    counts = booked.group_by(key).len().filter(pl.col("len") > 1)
    beside = set(counts.select(key).iter_rows())
    proven = prove(reading.statements, rows, reading.findings).statements
    told = defaultdict(list)
    for number, statement, proof in proven.select(*key, "proof").iter_rows():
        if (number, statement) in beside:
            told[paths[number].parent.name].append((paths[number].name, statement, proof))
    return told


@pytest.mark.parametrize("layout", profiles.layouts())
def test_an_example_with_balances_is_proven(layout: str) -> None:
    assert [one for one in proofs().get(layout, []) if one[2] != Proof.PROVEN] == []


def test_many_examples_have_balances() -> None:
    assert len(proofs()) >= LEAST
