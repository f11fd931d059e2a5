"""Values as text for a spreadsheet: exact, and never a formula."""

from datetime import date, datetime
from decimal import Decimal

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""Text that begins with one of these is a formula to a spreadsheet."""


def guarded(cell: object) -> str:
    """A cell for a spreadsheet: text cannot become a formula, numbers stay numbers."""
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
    return cell_text(cell)


def cell_text(cell: object) -> str:
    """Any value as text: money exact, days in ISO 8601, null empty."""
    match cell:
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case str():
            return cell
        case datetime():
            return f"{cell:%Y-%m-%d %H:%M:%S%z}"
        case _:
            return as_text(cell)


def as_text(value: object) -> str:
    """A value that is neither text, nor null, nor a truth, as text without loss."""
    match value:
        case Decimal() if value.as_tuple().exponent == 0:
            return f"{value:f}"  # a count, such as DuckDB's sum of integers
        case Decimal():
            from schemas.money import plain  # noqa: PLC0415  loads polars, which help does without

            return plain(value) or ""
        case date() | datetime():
            return value.isoformat()
        case bytes():
            return value.hex()
        case _:
            return str(value)
