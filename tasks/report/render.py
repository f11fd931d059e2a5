"""Tables of a run as lists of plain cells, ready for a terminal or an artifact."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from schemas.money import plain
from schemas.night import NightReceipt
from schemas.receipts import FileReceipt

Row = dict[str, str]
COUNTS = ("read", "inserted", "already_known", "superseded", "set_aside", "markers")


def receipt_rows(receipt: NightReceipt) -> list[Row]:
    """One row an outcome, and the night's sum; every row adds up."""
    groups: dict[str, list[FileReceipt]] = {}
    for one in receipt.files:
        groups.setdefault(one.outcome, []).append(one)
    rows = [_counted(outcome, files) for outcome, files in sorted(groups.items())]
    return [*rows, _counted("the night", receipt.files)]


def trouble_rows(receipt: NightReceipt) -> list[Row]:
    """Files that are not, or not wholly, in the ledger, each with its reason."""
    rows = [
        {
            "file": one.shown_name,
            "sha256": one.sha256[:12],
            "outcome": one.outcome,
            "set_aside": str(one.receipt.set_aside),
            "problem": one.problem or "some records were set aside",
        }
        for one in receipt.files
        if one.outcome in ("partly", "quarantined", "refused")
    ]
    stray = [
        {
            "file": error["where"],
            "sha256": "",
            "outcome": "not a file",
            "set_aside": "",
            "problem": error["problem"],
        }
        for error in receipt.not_files
    ]
    return rows + stray


def plain_rows(rows: Sequence[Mapping[str, object]]) -> list[Row]:
    """Any rows as text: money without float, days in ISO 8601, null as an empty cell."""
    return [{name: _cell(value) for name, value in row.items()} for row in rows]


def as_markdown(rows: Sequence[Row], empty: str) -> str:
    """Rows as a Markdown table; pipes in cells are escaped."""
    if not rows:
        return empty
    names = list(rows[0])
    lines = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    for row in rows:
        cells = (row[name].replace("|", "\\|").replace("\n", " ") for name in names)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _counted(name: str, files: Sequence[FileReceipt]) -> Row:
    sums = {count: sum(getattr(one.receipt, count) for one in files) for count in COUNTS}
    return {"files": name, "number": str(len(files)), **{k: f"{v:,}" for k, v in sums.items()}}


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case Decimal():
            return plain(value) or ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M} UTC"
        case date():
            return value.isoformat()
        case _:
            return str(value)
