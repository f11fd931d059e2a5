"""The review sheet: a CSV of what nobody is sure of, and the same with a person's words in it."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from schemas.errors import WrongUsage

SHEET = (
    *("owner", "vendor", "transaction_id", "category", "suggestion", "score"),
    *("transaction_count", "amount", "currency"),
)
"""The columns of a sheet; the first four are read back, the others help to decide."""

_NEEDED = {"owner", "category"}
_ABOUT = {"vendor", "transaction_id"}
_GUARDED = re.compile(r"^'(?=[=+\-@\t\r])")


@dataclass(frozen=True)
class Line:
    """What a person says in one line of a sheet.

    Attributes:
        number: of the line in the file, counted from 1.
        owner: whose movements.
        vendor: the name of a vendor or person, or the text of what names nobody; or "".
        transaction_id: or its first digits; or "".
        category: as written.
    """

    number: int
    owner: str
    vendor: str
    transaction_id: str
    category: str


def read_sheet(path: Path) -> list[Line]:
    """The lines of a sheet that say a category; lines without one are passed over.

    It may be parted by commas or semicolons, as spreadsheets write it.

    Raises:
        WrongUsage: it cannot be read, lacks a column, has one that nobody knows, or a line of
            another width.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        what = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else "cannot be read"
        raise WrongUsage(path.name, what, "name a CSV file in UTF-8") from error
    head = text.partition("\n")[0]
    rows = csv.reader(StringIO(text), delimiter=";" if head.count(";") > head.count(",") else ",")
    names = [name.strip().lower() for name in next(rows, [])]
    _insist_on_columns(path, names)
    return list(_lines(path, rows, names))


def _insist_on_columns(path: Path, names: list[str]) -> None:
    strange = sorted(set(names) - set(SHEET))
    missing = sorted(_NEEDED - set(names)) or (
        [] if _ABOUT & set(names) else ["vendor or transaction_id"]
    )
    if strange or missing or len(names) != len(set(names)):
        problem = (
            f"lacks the column {missing[0]}"
            if missing
            else f'has a column "{strange[0][:40]}" that nobody knows'
            if strange
            else "has a column twice"
        )
        raise WrongUsage(
            f"{path.name}: line 1", problem, "buffet categorize --csv writes a sheet to begin with"
        )


def _lines(path: Path, rows: Iterator[list[str]], names: list[str]) -> Iterator[Line]:
    before = 1
    for cells in rows:
        number, before = before + 1, _line_num(rows)
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(names):
            raise WrongUsage(
                f"{path.name}: line {number}",
                f"has {len(cells)} cells, the heading has {len(names)}",
                "correct the line; nothing was said",
            )
        row = {
            name: _GUARDED.sub("", cell).strip() for name, cell in zip(names, cells, strict=True)
        }
        if row["category"]:
            yield Line(
                number,
                row["owner"],
                row.get("vendor", ""),
                row.get("transaction_id", ""),
                row["category"],
            )


def _line_num(rows: Iterator[list[str]]) -> int:
    """Lines read so far; a quoted cell may hold several."""
    return int(getattr(rows, "line_num"))  # noqa: B009 - the type of csv.reader has no name
