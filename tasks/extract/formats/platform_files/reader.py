"""The platform's own files: what its parser made of a statement or a card bill, and its CSV.

All three are the last choice (source rank 6): a person or a language model typed them, the sign was
dropped, and long statements were cut. They are read so that nothing is missing where no bank's file
is at hand; where one is, its rows win.
"""

import re
from collections.abc import Callable, Sequence

import polars as pl

from schemas.errors import FileError
from schemas.statement import STATEMENT_TEXT, AccountKind
from tasks.extract.formats.platform_files.document import (
    ENTRIES,
    Document,
    Number,
    open_document,
    text_of,
)
from tasks.extract.formats.platform_files.records import CELL, CONVENTION, CURRENCY, directed
from tasks.extract.formats.platform_files.sheet import Sheet, header_of, open_sheet
from tasks.extract.source import Clue, FileRead, Format, Reading, Source, frame

_OPENS = re.compile(r"\s*\{")
_KEYS = {
    "platform_statement": re.compile(r'"(?:opening|closing)_balance"\s*:'),
    "platform_invoice": re.compile(r'"total_due"\s*:'),
}
_DAY = r"(\d{4}-\d\d-\d\d|\d\d/\d\d/\d{4})"
_PERIOD = re.compile(rf"\s*{_DAY}(?:\s*-\s*|\s+\D{{1,5}}\s+){_DAY}\s*")
_GROUPED = re.compile(r"^[^\d.,]*[1-9]\d{0,2}[.,]\d{3}$")
_NOT_AN_OBJECT = "the entry is not an object with date, description and amount"


def read_statements(sources: Sequence[Source], layout: str) -> Reading:  # noqa: ARG001 - none
    """Read statement JSON. The file names no account, so the inbox's folder does."""
    return _read_documents(sources, _statement_row)


def read_invoices(sources: Sequence[Source], layout: str) -> Reading:  # noqa: ARG001 - none
    """Read card invoice JSON. The total due is the card's balance at the end of the period."""
    return _read_documents(sources, _invoice_row)


def read_sheets(sources: Sequence[Source], layout: str) -> Reading:  # noqa: ARG001 - none
    """Read 31-column CSVs; one statement an account or card, named as the platform names it.

    A movement that is not paid is pending. One that the user ignores is a movement all the same.
    """
    sheets: list[Sheet] = []
    errors: dict[int, FileError] = {}
    for source in sources:
        try:
            sheets.append(open_sheet(source))
        except FileError as error:
            errors[source.file_no] = error
    accounts = pl.concat(
        [STATEMENT_TEXT.to_frame(), *(sheet.accounts for sheet in sheets)], how="diagonal"
    )
    cells = pl.concat([CELL.to_frame(), *(sheet.cells for sheet in sheets)])
    counts = {sheet.source.file_no: (sheet.encoding, sheet.raw_count) for sheet in sheets}
    return _reading(sources, cells, accounts, counts, errors)


def _read_documents(
    sources: Sequence[Source], row_of: Callable[[Document], dict[str, str | None]]
) -> Reading:
    documents: list[Document] = []
    errors: dict[int, FileError] = {}
    for source in sources:
        try:
            documents.append(open_document(source))
        except FileError as error:
            errors[source.file_no] = error
    rows = [
        {
            "file_no": one.source.file_no,
            "statement_no": 1,
            "currency_text": one.text("currency") or CURRENCY,
            **row_of(one),
        }
        for one in documents
    ]
    table: dict[str, list[object]] = (
        {name: [row[name] for row in rows] for name in rows[0]} if rows else {}
    )
    statements = frame(table, STATEMENT_TEXT)
    counts = {one.source.file_no: (one.encoding, one.raw_count) for one in documents}
    return _reading(sources, _cells(documents), statements, counts, errors)


def _reading(
    sources: Sequence[Source],
    cells: pl.DataFrame,
    statements: pl.DataFrame,
    counts: dict[int, tuple[str, int]],
    errors: dict[int, FileError],
) -> Reading:
    records, findings = directed(cells, statements)
    return Reading(
        convention=CONVENTION,
        records=records,
        statements=statements,
        files=tuple(
            FileRead(source.file_no, error=errors[source.file_no])
            if source.file_no in errors
            else FileRead(source.file_no, *counts[source.file_no])
            for source in sources
        ),
        findings=findings,
    )


def _cells(documents: Sequence[Document]) -> pl.DataFrame:
    """CELL rows of all documents."""
    columns: dict[str, list[object]] = {name: [] for name in CELL.names()}
    del columns["counterparty"], columns["hint"]
    for one in documents:
        count = len(one.entries)
        entries = [entry if isinstance(entry, dict) else {} for entry in one.entries]
        for name, key in (
            ("booked_text", "date"),
            ("amount_text", "amount"),
            ("description", "description"),
            ("kind_code", "movement_type"),
            ("currency_text", "currency"),  # the platform writes none; other programs may
        ):
            columns[name] += [text_of(entry.get(key)) for entry in entries]
        columns["is_number"] += [isinstance(entry.get("amount"), Number) for entry in entries]
        columns["problem"] += [
            None if isinstance(entry, dict) else _NOT_AN_OBJECT for entry in one.entries
        ]
        columns["raw_text"] += one.printed
        columns["place"] += [f"/transactions[{number}]" for number in range(1, count + 1)]
        columns["record_no"] += range(1, count + 1)
        columns["statement_no"] += [1] * count
        columns["file_no"] += [one.source.file_no] * count
        columns["is_pending"] += [False] * count
    return frame(columns, CELL)


def _statement_row(document: Document) -> dict[str, str | None]:
    starts, ends = _period(document)
    return {
        "account_kind": AccountKind.BANK.value,
        "starts_text": starts,
        "ends_text": ends,
        "opening_text": _balance(document, "opening_balance"),
        "closing_text": _balance(document, "closing_balance"),
    }


def _invoice_row(document: Document) -> dict[str, str | None]:
    """What is due is a debt: a balance below zero at the end of the period."""
    starts, ends = _period(document)
    due = _balance(document, "total_due")
    if due:
        due = due[1:] if due.startswith("-") else f"-{due}"
    return {
        "account_kind": AccountKind.CARD.value,
        "starts_text": starts,
        "ends_text": ends,
        "closing_text": due,
        "closing_on_text": ends,
    }


def _balance(document: Document, name: str) -> str | None:
    """A balance as printed; thousands that may be thousandths get a mark that no number has."""
    text = document.text(name)
    is_number = isinstance(document.head.get(name), Number)
    return f"{text} ?" if text and not is_number and _GROUPED.search(text) else text


def _period(document: Document) -> tuple[str | None, str | None]:
    found = _PERIOD.fullmatch(document.text("period") or "")
    return (found[1], found[2]) if found else (None, None)


def _document_sniffer(name: str, because: str) -> Callable[[Source], Sequence[Clue]]:
    def sniff(source: Source) -> Sequence[Clue]:
        if not _OPENS.match(source.head):
            return ()
        text = source.data.decode("utf-8", "replace")  # keys come in any order
        return (Clue("", because),) if ENTRIES.search(text) and _KEYS[name].search(text) else ()

    return sniff


def _sniff_sheet(source: Source) -> Sequence[Clue]:
    line = source.head.lstrip().partition("\n")[0].partition("\r")[0]
    names, _ = header_of(line)
    because = (
        f"its header has the first four of the platform's 31 columns, and {len(names) - 4} more"
    )
    return (Clue("", because),) if names else ()


PLATFORM_STATEMENT = Format(
    "platform_statement",
    "Better Call Buffet statement JSON",
    (".json",),
    _document_sniffer("platform_statement", "it is JSON with transactions and balances"),
    read_statements,
    version=3,
)
PLATFORM_INVOICE = Format(
    "platform_invoice",
    "Better Call Buffet card invoice JSON",
    (".json",),
    _document_sniffer("platform_invoice", "it is JSON with transactions and a total due"),
    read_invoices,
    version=3,
)
PLATFORM_CSV = Format(
    "platform_csv", "Better Call Buffet data CSV", (".csv",), _sniff_sheet, read_sheets
)
