"""QIF: the Quicken Interchange Format, as Quicken, Money, many banks and small programs write it.

Each record is a few lines that begin with a letter, and ends with ^; headings tell what follows.
The format says neither in which order a date is written, nor which mark stands before the cents,
nor which currency it is: the first two are settled by what the whole file shows.
"""

import re
from collections.abc import Sequence
from functools import partial

import polars as pl

from schemas.errors import FileError, MalformedFile
from schemas.statement import STATEMENT_TEXT, Convention
from tasks.extract.formats.qif.document import Document, open_document
from tasks.extract.formats.qif.marks import is_ambiguous, marks_of, with_days, with_point
from tasks.extract.formats.qif.records import booked, cut, details, splits, unread_openings
from tasks.extract.formats.qif.volumes import volumes
from tasks.extract.source import Clue, FileRead, Format, Reading, Source, frame

CONVENTION = Convention(
    date_formats=("%Y%m%d",),
    decimal_mark=".",
    group_mark=",",
    sign="signed",
    currency_signs=("$",),  # Walmart Mastercard of Canada (2018)
    source_rank=4,
)

_HEAD_LENGTH = 4096
# Files put together from others have a second byte order mark, here a character a byte.
_HEAD = re.compile(
    r"(?:[\s^]|\u00ef\u00bb\u00bf)*!(?:type:[a-z]|account[ \t]*[\r\n]|option:[a-z]|clear:[a-z])",
    re.IGNORECASE,
)
_UNSETTLED = {
    "year": (
        "the days belong together only if {} is written with the year in front",
        "export with years of four digits, or as OFX",
    ),
    "open": (
        "nothing in the file tells whether {} is written with the day or the month first",
        "export a longer period, so that one date has a day after the 12th, or export as OFX",
    ),
    "clash": (
        "dates contradict each other: some have the day first, some the month, as in {}",
        "export the file again with one way of writing dates",
    ),
}


def read(sources: Sequence[Source], layout: str) -> Reading:  # noqa: ARG001 - QIF has no layouts
    """Read QIF files, a whole batch at once.

    One statement is one account; without names, each heading of bank accounts is one. A file whose
    dates can be read in two orders is refused; an amount that can be read in two ways is set aside.
    Two-digit years behind ' are of this century. Records of investment accounts count with the cash
    that their action moves; those that move none, or name no known action, are set aside.
    `kind_code` is the category or the action, details are the splits.
    """
    documents: list[Document] = []
    errors: dict[int, FileError] = {}
    for source in sources:
        try:
            documents.append(open_document(source))
        except FileError as error:
            errors[source.file_no] = error
    orders = {one.source.file_no: one.order for one in documents if one.order}
    rows = with_days(cut(documents), orders)
    errors |= _unsettled(rows, documents)
    keep = ~pl.col("file_no").is_in(list(errors))
    rows = rows.filter(keep)
    parts = splits(rows)
    statements = _statements([one for one in documents if one.source.file_no not in errors])
    money = [rows, parts, statements.rename({"opening_text": "amount_text"})]
    marks = marks_of(pl.concat([one.select("file_no", "amount_text") for one in money]))
    records, findings = booked(rows.join(marks, on="file_no", maintain_order="left"))
    frame_of_details, remarks = details(
        parts.join(marks, on="file_no", maintain_order="left"), records, CONVENTION
    )
    marked = statements.join(marks, on="file_no", how="left", maintain_order="left")
    opening = pl.when(~is_ambiguous("opening_text")).then(with_point("opening_text"))
    return Reading(
        convention=CONVENTION,
        records=records,
        statements=marked.with_columns(opening.alias("opening_text")).drop("mark"),
        files=_files(sources, documents, errors),
        findings=pl.concat([findings, remarks, unread_openings(marked)]),
        details=frame_of_details,
    )


def _unsettled(rows: pl.DataFrame, documents: Sequence[Document]) -> dict[int, FileError]:
    """The files whose dates can be read in two orders."""
    is_telling = (
        pl.col("mdy").is_null() | pl.col("dmy").is_null() | pl.col("order").is_in(["open", "year"])
    )
    is_telling = is_telling & (pl.col("mdy").is_not_null() | pl.col("dmy").is_not_null())
    doubtful = (
        rows.filter(pl.col("order").is_in(list(_UNSETTLED)) & is_telling & pl.col("is_loose"))
        .filter(pl.col("mdy").ne_missing(pl.col("dmy")))
        .group_by("file_no", maintain_order=True)
        .first()
        .rows_by_key("file_no", named=True, unique=True)
    )
    names = {one.source.file_no: one.source.name for one in documents}
    errors: dict[int, FileError] = {}
    for number, row in doubtful.items():
        problem, remedy = _UNSETTLED[row["order"]]
        errors[number] = MalformedFile(
            f"{names[number]}: line {row['line']}",
            problem.format(str(row["date_text"]).strip()),
            remedy,
        )
    return errors


def _statements(documents: Sequence[Document]) -> pl.DataFrame:
    table: dict[str, list[object]] = {}
    for document in documents:
        for number, statement in enumerate(document.statements, start=1):
            row = {"file_no": document.source.file_no, "statement_no": number, **statement}
            for name, cell in row.items():
                table.setdefault(name, []).append(cell)
    return frame(table, STATEMENT_TEXT)


def _files(
    sources: Sequence[Source], documents: Sequence[Document], errors: dict[int, FileError]
) -> tuple[FileRead, ...]:
    """One FileRead a source, in the order given."""
    opened = {one.source.file_no: one for one in documents}
    return tuple(
        FileRead(source.file_no, error=errors[source.file_no])
        if source.file_no in errors
        else FileRead(
            source.file_no,
            encoding=opened[source.file_no].encoding,
            raw_count=opened[source.file_no].raw_count,
            marker_count=opened[source.file_no].marker_count,
        )
        for source in sources
    )


def _sniff(source: Source) -> Sequence[Clue]:
    """A heading of QIF in front of everything else."""
    if not _HEAD.match(source.head, 0, _HEAD_LENGTH):
        return ()
    return (Clue("", "it begins with a heading of QIF (!Type:, !Account, !Option:)"),)


QIF = Format("qif", "QIF", (".qif",), _sniff, read, partial(volumes, read), version=6)
