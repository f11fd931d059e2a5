"""A table that a spreadsheet program saved again says what it said, or is refused: never other."""

import csv
import io
from pathlib import Path

import pytest
from openpyxl import Workbook

from schemas.bank import BankLayout
from tasks.extract import profiles
from tasks.extract.read import BatchReading, read_batch
from tasks.extract.source import Source

HOME = Path(__file__).parents[1] / "banks"
TABLES = {"files.csv", "statements.csv", "records.csv"}
FILES = sorted(path for path in HOME.glob("*/*") if path.name not in TABLES)
STATED = ("account_ref", "currency", "opening_balance", "closing_balance", "starts_on", "ends_on")
SAID = ("booked_on", "valued_on", "amount", "currency", "balance_after", "status", "kind_code")


def cells(data: bytes, encoding: str, layout: BankLayout) -> list[list[str]]:
    text = data.decode(encoding).lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    table = layout.table
    return list(csv.reader(io.StringIO(text), delimiter=table.delimiter, quotechar=table.quote))


def saved(rows: list[list[str]], encoding: str, layout: BankLayout, *, is_quoted: bool) -> bytes:
    text = io.StringIO()
    csv.writer(
        text,
        delimiter=layout.table.delimiter,
        quotechar=layout.table.quote,
        quoting=csv.QUOTE_ALL if is_quoted else csv.QUOTE_MINIMAL,
    ).writerows(rows)
    return text.getvalue().encode(encoding)


def book(rows: list[list[str]]) -> bytes:
    made, file = Workbook(), io.BytesIO()
    assert made.active is not None
    for row in rows:
        made.active.append([cell or None for cell in row] or [None])
    made.save(file)
    return file.getvalue()


def said(reading: BatchReading, number: int) -> list[tuple[object, ...]]:
    statements = reading.statements.filter(file_no=number).select(STATED)
    return statements.rows() + reading.transactions.filter(file_no=number).select(SAID).rows()


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_table_saved_again_says_the_same(path: Path) -> None:
    layout, data = profiles.layouts()[path.parent.name], path.read_bytes()
    given = read_batch([Source(0, path.name, data, path.name)])
    encoding = given.files[0].encoding
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    rows = cells(data, encoding, layout)
    width = max(map(len, rows))
    padded = [row + [""] * (width - len(row)) for row in rows]
    variants = [
        saved(rows, encoding, layout, is_quoted=False),
        saved(rows, encoding, layout, is_quoted=True),
        saved(padded, encoding, layout, is_quoted=False),
        saved(padded, encoding, layout, is_quoted=True),
        book(rows),
    ]
    names = [path.name] * 4 + [f"{path.stem}.xlsx"]
    sources = [
        Source(number, name, one, name)
        for number, (name, one) in enumerate(zip(names, variants, strict=True))
    ]
    reading = read_batch(sources)
    taken = [file.file_no for file in reading.files if file.error is None]
    assert taken
    for number in taken:
        assert said(reading, number) == said(given, 0)
