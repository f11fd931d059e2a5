"""BAI2: Cash Management Balance Reporting, version 2, of the Bank Administration Institute.

A file (01 … 99) holds groups (02 … 98) of one day, a group holds accounts (03 … 49), an account its
transactions (16); any record may go on in records 88. Amounts have no decimal mark. Control totals
and counts in every trailer prove that nothing was lost on the way.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from schemas.errors import FileError
from schemas.findings import FINDING
from schemas.statement import STATEMENT_TEXT, Convention
from tasks.extract.formats.bai2.accounts import Account, Header, walk
from tasks.extract.formats.bai2.lines import Text, broken, cut, open_text
from tasks.extract.formats.bai2.records import details, records, sums
from tasks.extract.formats.bai2.volumes import volumes
from tasks.extract.source import Clue, FileRead, Format, Reading, Source, frame

CONVENTION = Convention(date_formats=("%Y%m%d",), decimal_mark=".", sign="signed", source_rank=2)

_HEAD_LENGTH = 4096
_HEAD = re.compile(
    r"\s*01,[^,\n]*,[^,\n]*, *\d{6}(?:\d\d)?,(?:[^,\n]*,){2,5}[^\n]*?[/\s]\s*(?:02|99),"
)


def read(sources: Sequence[Source], layout: str) -> Reading:  # noqa: ARG001 - BAI2 has no layouts
    """Read BAI2 files, a whole batch at once.

    One statement is one account of one group. The day booked is the as-of date of the group; the
    value date is that of funds type V. Details of type code 890 hold no money and are markers.
    Interim reports are pending unless they state the closing balance.
    """
    texts: list[Text] = []
    errors: dict[int, FileError] = {}
    for source in sources:
        try:
            texts.append(open_text(source))
        except FileError as error:
            errors[source.file_no] = error
    rows = cut(texts)
    errors |= broken(rows, texts)
    texts = [replace(one, text=b"") for one in texts]  # a large file is not held twice
    rows = rows.filter(~pl.col("file_no").is_in(list(errors)))
    headers = _headers(rows)
    cells = details(rows)
    del rows
    accounts, remarks = _accounts(headers, cells, texts, errors)
    frame_of_records, findings = records(cells, accounts)
    markers = dict(cells.filter(pl.col("is_marker"))["file_no"].value_counts().iter_rows())
    return Reading(
        convention=CONVENTION,
        records=frame_of_records,
        statements=_statements(accounts),
        files=_files(sources, texts, errors, markers),
        findings=pl.concat([findings, remarks]),
    )


def _headers(rows: pl.DataFrame) -> dict[int, list[Header]]:
    """The headers and trailers of each file."""
    headers: dict[int, list[Header]] = {}
    for row in rows.filter(pl.col("code") != "16").select(Header._fields).iter_rows():
        header = Header._make(row)
        headers.setdefault(header.file_no, []).append(header)
    return headers


def _accounts(
    headers: Mapping[int, Sequence[Header]],
    cells: pl.DataFrame,
    texts: Sequence[Text],
    errors: dict[int, FileError],
) -> tuple[dict[tuple[int, int], Account], pl.DataFrame]:
    """Walk through every file; those that a trailer proves wrong go to the errors."""
    totals = sums(cells)
    accounts: dict[tuple[int, int], Account] = {}
    remarks: list[dict[str, object]] = []
    for text in texts:
        number = text.source.file_no
        if number in errors:
            continue
        try:
            found = walk(text.source.name, headers[number], totals.get(number, {}))
        except FileError as error:
            errors[number] = error
            continue
        remarks += found.remarks
        accounts |= {(number, at): one for at, one in enumerate(found.accounts, start=1)}
    return accounts, pl.DataFrame(remarks, schema=FINDING)


def _statements(accounts: dict[tuple[int, int], Account]) -> pl.DataFrame:
    table: dict[str, list[object]] = {}
    for (file_no, statement_no), account in accounts.items():
        row = {"file_no": file_no, "statement_no": statement_no, **account.row}
        for name, cell in row.items():
            table.setdefault(name, []).append(cell)
    return frame(table, STATEMENT_TEXT)


def _files(
    sources: Sequence[Source],
    texts: Sequence[Text],
    errors: dict[int, FileError],
    markers: dict[int, int],
) -> tuple[FileRead, ...]:
    """One FileRead a source, in the order given."""
    opened = {text.source.file_no: text for text in texts}
    return tuple(
        FileRead(source.file_no, error=errors[source.file_no])
        if source.file_no in errors
        else FileRead(
            source.file_no,
            encoding=opened[source.file_no].encoding,
            raw_count=opened[source.file_no].raw_count,
            marker_count=markers.get(source.file_no, 0),
        )
        for source in sources
    )


def _sniff(source: Source) -> Sequence[Clue]:
    """A file header (01) with a day in its fourth field, and a group (02) behind it."""
    if not _HEAD.match(source.head[:_HEAD_LENGTH]):
        return ()
    return (Clue("", "it begins with a BAI2 file header (01) and a group header (02)"),)


BAI2 = Format("bai2", "BAI2", (".bai", ".bai2", ".txt"), _sniff, read, volumes, version=3)
