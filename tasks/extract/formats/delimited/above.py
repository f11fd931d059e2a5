"""Rows of the table that stand above its header, as in a table that was sorted with its header."""

import polars as pl

from schemas.bank import BankLayout
from schemas.errors import MalformedFile
from tasks.extract.formats.delimited.cut import Body, cut
from tasks.extract.printed import amount_of, date_of
from tasks.extract.stated import export_days
from tasks.extract.texts import with_cells, with_years
from tasks.extract.view import View

_MONEY = ("amount_text", "credit_text", "debit_text")


def refuse_rows_above(body: Body, layout: BankLayout) -> None:
    """Nothing above the header may be a row of its table: a day and an amount in their columns.

    Raises:
        MalformedFile: there is such a row; nobody would read it, and nobody would miss it.
    """
    if not any(body.sheet.preamble):  # so it is with nearly all files
        return
    day, *money = map(body.header.index, layout.columns.required())
    least = max(day, min(money))
    if all(line.count(layout.table.delimiter) < least for line in body.sheet.preamble):
        return
    lines = "\n".join(body.sheet.preamble).rstrip("\n")
    above = Body(
        body.sheet, body.header, 0, body.encoding, memoryview(lines.encode()), lines.count("\n") + 1
    )
    grid, _ = cut([above], layout.table)
    view = View(layout, body.header)
    rows = with_cells(grid.filter(~pl.col("is_broken")), view)
    if layout.conventions.has_no_year:
        rows = with_years(rows, export_days([body.sheet], layout))
    rule = layout.convention
    is_paid = pl.any_horizontal(amount_of(name, rule).is_not_null() for name in _MONEY)
    found = rows.filter(date_of("booked_text", rule).is_not_null() & is_paid)
    if found.height:
        raise MalformedFile(
            f"{body.sheet.name}: line {found['line_no'].item(0)}",
            f"a row of the table stands above its header, which is line {body.header_line}",
            "put the header above all rows, or export the file again",
        )
