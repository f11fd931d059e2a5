"""PDF statements, and texts that were made of them: one layout for both.

Paper has no fields, so nothing of it is believed without proof: a statement that prints neither
both of its balances nor its totals is refused, and so is one whose totals say something else.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

import polars as pl

from schemas.errors import FileError, MalformedFile, UnknownFormat
from schemas.findings import FINDING, Code
from schemas.money import plain
from schemas.statement import STATEMENT_TEXT, Convention
from schemas.transactions import RECORD
from tasks.extract.formats.pdf.layout import PageLayout, layout, layouts
from tasks.extract.formats.pdf.lines import Line, text_lines
from tasks.extract.formats.pdf.movements import Movement, Statement, understand
from tasks.extract.formats.pdf.paper import is_pdf, pdf_lines
from tasks.extract.printed import amount_of
from tasks.extract.source import Clue, FileRead, Format, Reading, Source, frame
from tasks.extract.typed import type_records, type_statements

NO_LAYOUT = Convention(date_formats=("%Y-%m-%d",), source_rank=5)
FIRST_PAGES = 2
TEXT_BYTES = 16 * 1024
_WIDE = re.compile(b"  ")  # found in half the time that "in" takes
_CELLS = ("description", "counterparty", "bank_ref", "kind_code", "original_currency")
_TEXTS = ("booked", "valued", "amount", "balance", "original_amount", "exchange_rate")
_STATED = ("account", "branch", "starts", "ends", "opening", "closing")
_REMEDY = "enter the movements by hand, or ask the bank for a file of data"


def sniff_pdf(source: Source) -> list[Clue]:
    """One clue a layout whose words stand on the first pages; a PDF without is refused by us."""
    if not is_pdf(source.data):
        return []
    try:
        text = "\n".join(line.text for line in pdf_lines(source, FIRST_PAGES))
    except FileError:
        text = ""
    found = [_clue(one) for one in layouts().values() if _fits(one, text)]
    return found or [Clue("", "it is a PDF, but none of a bank that we know")]


def sniff_text(source: Source) -> list[Clue]:
    """One clue a layout whose words stand at the beginning of the text."""
    data = source.data[:TEXT_BYTES]
    if not _WIDE.search(data) or is_pdf(data):
        return []
    texts: dict[str, str] = {}
    found = []
    for one in layouts().values():
        for encoding in one.encodings:
            if encoding not in texts:
                texts[encoding] = data.decode(encoding, errors="ignore")
            if _fits(one, texts[encoding]):
                found.append(_clue(one))
                break
    return found


def _fits(one: PageLayout, text: str) -> bool:
    return all(words.search(text) for words in one.evidence)


def _clue(one: PageLayout) -> Clue:
    return Clue(one.name, f"its text holds the words of {one.title}")


def read_pdf(sources: Sequence[Source], layout_name: str) -> Reading:
    """Read PDFs of one layout; one that cannot be read, or proved, is refused alone.

    Raises:
        SettingsError: there is no such layout.
    """
    return _read(sources, layout_name, is_paper=True)


def read_text(sources: Sequence[Source], layout_name: str) -> Reading:
    """Read texts made of PDFs; see `read_pdf`."""
    return _read(sources, layout_name, is_paper=False)


def _read(sources: Sequence[Source], layout_name: str, *, is_paper: bool) -> Reading:
    known = layout(layout_name) if layout_name else None
    statements: dict[int, Statement] = {}
    errors: dict[int, FileError] = {}
    encodings = {}
    for source in sources:
        try:
            lines, encodings[source.file_no] = _lines(source, known, is_paper=is_paper)
            statements[source.file_no] = _understood(source, lines, known)
        except FileError as error:
            errors[source.file_no] = error
    if known is None:
        statements = {}
    reading = Reading(
        convention=known.convention if known else NO_LAYOUT,
        records=_records(statements),
        statements=_statements(statements, known),
        files=(),
        findings=_findings(statements),
    )
    errors |= _unproven(sources, statements, reading)
    keep = ~pl.col("file_no").is_in(list(errors))
    return Reading(
        reading.convention,
        reading.records.filter(keep),
        reading.statements.filter(keep),
        tuple(
            FileRead(number, error=errors[number])
            if (number := source.file_no) in errors
            else FileRead(number, encodings[number], statements[number].raw_count)
            for source in sources
        ),
        reading.findings.filter(keep),
    )


def _lines(source: Source, known: PageLayout | None, *, is_paper: bool) -> tuple[list[Line], str]:
    """The lines of a file and their encoding.

    Raises:
        FileError: none can be had.
    """
    if is_paper:
        return pdf_lines(source), "utf-8"
    problems = []
    for encoding in known.encodings if known else ("utf-8",):
        try:
            return text_lines(source, encoding), encoding
        except FileError as error:
            problems.append(error)
    raise problems[0]


def _understood(source: Source, lines: Sequence[Line], known: PageLayout | None) -> Statement:
    """What the lines say.

    Raises:
        FileError: no layout knows them, pages are missing, or accounts cannot be told apart.
    """
    if known is None or not _fits(known, "\n".join(line.text for line in lines)):
        raise UnknownFormat(
            source.name,
            "it is no statement of a bank whose paper we know",
            "ask the bank for a file of data, or add a layout to tasks/extract/formats/pdf/layouts",
        )
    found = understand(lines, known)
    if found.missing_pages:
        raise MalformedFile(
            source.name,
            f"page {found.missing_pages[0]} of {found.stated['page_count']} is missing",
            "put all pages of the statement into one file",
        )
    if found.is_of_several_accounts:
        raise MalformedFile(
            source.name,
            f"it states {len(found.accounts)} accounts, and no totals tell which movement is whose",
            _REMEDY,
        )
    return found


def _records(statements: Mapping[int, Statement]) -> pl.DataFrame:
    rows = [
        {
            "file_no": file_no,
            "statement_no": 1,
            "record_no": number,
            "place": movement.place,
            "is_pending": False,
            "raw_text": movement.raw_text,
            **{name: movement.cells.get(name) for name in _CELLS},
            **{f"{name}_text": movement.cells.get(name) for name in _TEXTS},
        }
        for file_no, number, movement in _movements(statements)
        if movement.cells is not None
    ]
    return _framed(rows, RECORD)


def _findings(statements: Mapping[int, Statement]) -> pl.DataFrame:
    """One finding a line that looks like a movement but is none that the layout can cut."""
    rows = [
        {
            "file_no": file_no,
            "statement_no": 1,
            "record_no": number,
            "place": movement.place,
            "code": Code.UNREADABLE_ROW.value,
            "message": "the line looks like a movement, but not like one of this bank",
            "remedy": "compare it with the paper; correct the patterns of the layout",
            "raw_text": movement.raw_text,
            "is_set_aside": True,
        }
        for file_no, number, movement in _movements(statements)
        if movement.cells is None
    ]
    return _framed(rows, FINDING)


def _movements(statements: Mapping[int, Statement]) -> list[tuple[int, int, Movement]]:
    return [
        (file_no, number, movement)
        for file_no, found in statements.items()
        for number, movement in enumerate(found.movements, start=1)
    ]


def _statements(statements: Mapping[int, Statement], known: PageLayout | None) -> pl.DataFrame:
    rows = [
        {
            "file_no": file_no,
            "statement_no": 1,
            "institution_text": known.bank,
            "account_kind": known.kind.value,
            "currency_text": found.stated.get("currency") or known.currency,
            "stated_on_text": found.stated.get("stated") or None,
            **{f"{name}_text": found.stated.get(name) or None for name in _STATED},
        }
        for file_no, found in statements.items()
        if known is not None
    ]
    return _framed(rows, STATEMENT_TEXT)


def _framed(rows: Sequence[Mapping[str, object]], schema: pl.Schema) -> pl.DataFrame:
    return frame({name: [row.get(name) for row in rows] for name in schema}, schema)


def _unproven(
    sources: Sequence[Source], statements: Mapping[int, Statement], reading: Reading
) -> dict[int, FileError]:
    """Refusals of statements that cannot be proved, or whose totals disagree."""
    names = {source.file_no: source.name for source in sources}
    typed = type_statements(reading.statements, reading.convention)
    movements = type_records(reading.records, typed, reading.convention).records
    amount = pl.col("amount")
    sums = movements.group_by("file_no").agg(
        amount.filter(amount > 0).sum().alias("credits"),
        (-amount.filter(amount < 0)).sum().alias("debits"),
    )
    totals = pl.DataFrame(
        {
            "file_no": list(statements),
            **{
                f"{name}_text": [found.stated.get(name) for found in statements.values()]
                for name in ("credits", "debits")
            },
        },
        schema={"file_no": pl.UInt32(), "credits_text": pl.String(), "debits_text": pl.String()},
    )
    rows = (
        totals.with_columns(
            amount_of(f"{name}_text", reading.convention).abs().alias(f"stated_{name}")
            for name in ("credits", "debits")
        )
        .join(typed, on="file_no", how="inner")
        .join(sums, on="file_no", how="left")
        .with_columns(pl.col("credits", "debits").fill_null(0))
    )
    errors: dict[int, FileError] = {}
    for row in rows.iter_rows(named=True):
        if problem := _doubt(row):
            name = names[row["file_no"]]
            errors[row["file_no"]] = MalformedFile(name, problem, _REMEDY)
    return errors


def _doubt(row: Mapping[str, object]) -> str:
    """Why the movements of a statement are not believed; nothing if they may be.

    Balances that do not add up are the business of the validation, which quarantines them.
    """
    totals = [(name, row[f"stated_{name}"], row[name]) for name in ("credits", "debits")]
    has_balances = row["opening_balance"] is not None and row["closing_balance"] is not None
    if not has_balances and any(stated is None for _, stated, _ in totals):
        return "it prints neither both balances nor both totals, so nothing proves its movements"
    for name, stated, found in totals:
        if isinstance(stated, Decimal) and isinstance(found, Decimal) and stated != found:
            return f"its {name} add up to {plain(found)}, but it says {plain(stated)}"
    return ""


PDF = Format(
    name="pdf",
    title="PDF statement",
    suffixes=(".pdf",),
    sniff=sniff_pdf,
    read=read_pdf,
    layouts=layouts,
    version=4,
)
PDFTEXT = Format(
    name="pdftext",
    title="Text made of a PDF statement",
    suffixes=(".txt",),
    sniff=sniff_text,
    read=read_text,
    layouts=layouts,
    version=4,
)
