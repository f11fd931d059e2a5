"""Tables of a run as lists of plain cells, ready for a terminal or an artifact."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal

from schemas.copies import Copy
from schemas.coverage import Late
from schemas.money import plain
from schemas.night import AuditSummary, NightReceipt
from schemas.receipts import FileReceipt

Row = dict[str, str]
COUNTS = ("read", "inserted", "already_known", "superseded", "set_aside", "markers")


def receipt_rows(receipt: NightReceipt) -> list[Row]:
    """One row an outcome, and the night's sum; every row adds up."""
    groups: dict[str, list[FileReceipt]] = {}
    for one in receipt.files:
        groups.setdefault(one.fate, []).append(one)
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
        if one.is_open
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


def copy_rows(copies: Sequence[Copy]) -> list[Row]:
    """Files of which equal bytes were not loaded a second time; nobody's folder is named."""
    return [
        {
            "file": one.shown_name,
            "sha256": one.sha256[:12],
            "problem": one.problem,
            "remedy": one.remedy,
        }
        for one in copies
    ]


def late_rows(late: Sequence[Late]) -> list[Row]:
    """Statements that did not come, a row each; no name, no whole account number."""
    return plain_rows([asdict(one) for one in late])


def plain_rows(rows: Sequence[Mapping[str, object]], *, first: Sequence[str] = ()) -> list[Row]:
    """Any rows as text: money without float, days in ISO 8601, null as an empty cell.

    Args:
        rows: as the ledger gives them.
        first: columns that a reader of a narrow window must see; the others keep their order.
    """
    return [{name: _cell(row[name]) for name in dict.fromkeys((*first, *row))} for row in rows]


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


def quarantine_page(
    trouble: Sequence[Row], findings: Sequence[Row], copies: Sequence[Row] = ()
) -> str:
    """What is not in the ledger, as Markdown: files, copies if there are any, single records."""
    files = as_markdown(trouble, "Every file of this run is in the ledger.")
    records = as_markdown(findings, "No record of this run was set aside or remarked upon.")
    equal = f"## Equal bytes in several folders\n\n{as_markdown(copies, '')}\n\n" if copies else ""
    return f"## Files\n\n{files}\n\n{equal}## Records\n\n{records}\n"


def audit_page(audit: AuditSummary, pages: str | None) -> str:
    """The verdict as Markdown: what failed, what was warned of, and where its pages are."""
    verdict = "passed its audit" if audit.is_passed else "failed its audit; the old marts stay"
    counts = f"{audit.checks} checks, {len(audit.failed)} failed, {len(audit.warned)} warnings"
    rows = [{"check": title, "result": "failed"} for title in audit.failed]
    rows += [{"check": title, "result": "warning"} for title in audit.warned]
    where = f"`{audit.docs}`"
    if pages is not None:
        where = f"[Open the Data Docs]({pages}), which are also in {where}"
    table = as_markdown(rows, "Every check holds.")
    return f"**The ledger {verdict}**: {counts}.\n\n{table}\n\n{where}\n"


def in_words(receipt: NightReceipt) -> str:
    """The night in one line: its status, its files by outcome, and what became of the records."""
    files = ", ".join(f"{count} {name}" for name, count in receipt.outcomes().items() if count)
    counts = receipt.receipt.counts()
    read = counts.pop("read")
    parts = " + ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items())
    status = receipt.status.replace("_", " ")
    line = f"{status}; files: {files or 'none'}; records: {read:,} read = {parts}"
    if receipt.generation is not None and receipt.generation.unshared is not None:
        line = f"{line}; no copy for others was made: {receipt.generation.unshared}"
    if receipt.copies:
        line = f"{line}; {len(receipt.copies)} copies were not loaded again: artifact quarantine"
    return f"{line}; {older}" if (older := older_readings(receipt)) else line


def older_readings(receipt: NightReceipt) -> str:
    """That older readers read some files, and what to do; "" when the readers of today read all."""
    count = receipt.outdated_count
    return f"{count:,} files were read by older readers: buffet reread" if count else ""


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
