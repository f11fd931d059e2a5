"""The balances beside the rows of an example prove the signs of its layout.

What is expected of an example says the same as the reader; its balances say it on their own.
"""

from collections.abc import Iterator
from pathlib import Path

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


def proofs(layout: str) -> Iterator[tuple[str, int, str]]:
    """File, number and proof of the statements of which two booked rows have a balance."""
    for path in sorted((BANKS / layout).iterdir()):
        if path.name in EXPECTED:
            continue
        reading = read_batch([Source(0, path.name, path.read_bytes(), path.name)])
        rows = holdable(reading.transactions).transactions
        booked = rows.filter(status="booked").drop_nulls("balance_after")
        proven = prove(reading.statements, rows, reading.findings).statements
        for number, proof in proven.select("statement_no", "proof").iter_rows():
            if booked.filter(statement_no=number).height > 1:
                yield path.name, number, proof


@pytest.mark.parametrize("layout", profiles.layouts())
def test_an_example_with_balances_is_proven(layout: str) -> None:
    assert [one for one in proofs(layout) if one[2] != Proof.PROVEN] == []


def test_many_examples_have_balances() -> None:
    assert sum(any(proofs(layout)) for layout in profiles.layouts()) >= LEAST
