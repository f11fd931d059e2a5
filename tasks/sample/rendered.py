"""A statement as a file of a bank, and the marks in which banks write numbers."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

MONTHS_PT = ("JAN", "FEV", "MAR", "ABR", "MAI", "JUN", "JUL", "AGO", "SET", "OUT", "NOV", "DEZ")


@dataclass(frozen=True)
class Rendered:
    """One file, ready to be written.

    Attributes:
        name: as the bank names it.
        data: its bytes.
        format: the file format: ofx1, ofx2, qfx or csv.
        layout: the bank layout of a CSV file, "" for a format without layouts.
        stated: the balances it prints: "both" (opening and closing, or closing and running),
            "closing", "running" or "none".
        marker_count: lines that are not movements: balances, titles of sections, announcements.
    """

    name: str
    data: bytes
    format: str
    layout: str
    stated: str
    marker_count: int = 0


def brazilian(amount: Decimal) -> str:
    """1234.5 as `1.234,50`."""
    return f"{amount:,.2f}".translate(_SWAPPED)


_SWAPPED = str.maketrans(",.", ".,")


def day_pt(day: date) -> str:
    """A day as Nubank puts it into file names: 01JAN2026."""
    return f"{day:%d}{MONTHS_PT[day.month - 1]}{day:%Y}"


def quoted(text: str) -> str:
    """The text in quotes, its own quotes doubled."""
    return '"' + text.replace('"', '""') + '"'


def cell(text: str, delimiter: str) -> str:
    """The text, in quotes only where it would break the row."""
    return quoted(text) if delimiter in text or '"' in text else text


def uuid(ref: str) -> str:
    """32 hex digits as a bank prints a UUID."""
    return f"{ref[:8]}-{ref[8:12]}-{ref[12:16]}-{ref[16:20]}-{ref[20:]}"
