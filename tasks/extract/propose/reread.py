"""A proposed layout, read by the same reader that a committed one gets: the numbers must agree."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from schemas.bank import BankLayout
from tasks.extract.formats.delimited.reader import read_as
from tasks.extract.propose.columns import CENT
from tasks.extract.propose.readings import Candidate
from tasks.extract.source import Source
from tasks.extract.typed import type_records, type_statements


def misread(one: Candidate, sources: Sequence[Source], layout: BankLayout) -> str:
    """Why the reader makes something else of the files than the proof did; "" if it does not."""
    reading = read_as(sources, layout)
    for file in reading.files:
        if file.error is not None:
            return f"the reader refuses it: {file.error.problem}"
    statements = type_statements(reading.statements, reading.convention)
    typed = type_records(reading.records, statements, reading.convention)
    if reading.findings.height + typed.findings.filter("is_set_aside").height:
        return "the reader would set records aside"
    if sum(file.raw_count - file.marker_count for file in reading.files) != typed.records.height:
        return "the reader would count other records"
    if any(_differ(one, row) for row in statements.iter_rows(named=True)):
        return "the reader would read other balances"
    expected = _expected(one)
    found = typed.records.sort("file_no", "record_no").select(
        pl.col("file_no").cast(pl.Int64),
        "booked_on",
        (pl.col("amount").cast(pl.Decimal(38, 4)) * CENT).cast(pl.Int64),
        (pl.col("balance_after").cast(pl.Decimal(38, 4)) * CENT).cast(pl.Int64),
    )
    return "" if found.rows() == expected else "the reader would read other numbers"


def _differ(one: Candidate, statement: Mapping[str, Any]) -> bool:
    """A balance of the statement is not the one that the proof has."""
    edges = one.edges.get(statement["file_no"], ())
    return any(
        (read := statement[f"{edge.states}_balance"]) is not None and read * CENT != edge.value
        for edge in edges
    )


def _expected(one: Candidate) -> list[tuple[object, ...]]:
    shown = one.balance is not None and not one.is_daily
    rows: list[tuple[object, ...]] = []
    for number in sorted(one.files):
        order = one.files[number]
        balances = one.balances(order) if shown else [None] * len(order)
        rows += [
            (number, one.days.days[row], one.money.amounts[row], balance)
            for row, balance in zip(order, balances, strict=True)
        ]
    return rows
