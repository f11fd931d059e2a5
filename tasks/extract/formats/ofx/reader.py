"""OFX statements: OFX 1 (SGML, also without header), OFX 2 (XML), and QFX, OFX with Intuit tags.

The specification is Open Financial Exchange 2.1.1; what banks write is wider, so the reader cuts at
tags and trusts nothing else. Currencies follow its section 5.2: with CURRENCY the amount is in that
currency, and set aside if the account is in another; with ORIGCURRENCY it was converted and is in
the account's currency (`original_currency` names the other one; OFX does not print the other
amount).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import polars as pl

from schemas.errors import BankRefusal, FileError, NotAStatement
from schemas.findings import FINDING, Code
from schemas.masking import masked_numbers
from schemas.statement import STATEMENT_TEXT, Convention
from tasks.extract.formats.ofx.cut import cut
from tasks.extract.formats.ofx.document import Document, Text, line_behind, open_text, refuse_broken
from tasks.extract.formats.ofx.doubts import certain_balances
from tasks.extract.formats.ofx.records import booked
from tasks.extract.formats.ofx.statements import first, statements
from tasks.extract.formats.ofx.volumes import volumes
from tasks.extract.large import MEGABYTE
from tasks.extract.source import Clue, FileRead, Format, Reading, Source, frame

CONVENTION = Convention(
    date_formats=("%Y%m%d",),
    decimal_mark="either",
    sign="signed",
    currency_signs=("R$",),
    source_rank=2,
)

_HEAD_LENGTH = 16_384
# Some banks send their files with a line of the web in front.
_LEAD = re.compile(r"(?ai)[ \t\r\n]*(?:Content-Type:[^\r\n]*[ \t\r\n]*)?")
_BEGINS = re.compile(rf"{_LEAD.pattern}(?:OFXH|DATA|<OF[XC]|<\?OF|<\?XM)")
_SGML = re.compile(r"(?ai)OFXHEADER\s*:|DATA\s*:\s*OFXSGML|<OF[XC][\s>]")
_XML = re.compile(r"(?ai)<\?(?:OFX|XML)\s")
_XML_OFX = re.compile(r"(?ai)<(?:\?OFX\s|OFX[\s>])")
_STATUS = re.compile(r"<STATUS\s*>(.*?)(?:</STATUS|\Z)", re.DOTALL)
_PROFILE = re.compile(r"<PROFRS\s*>")
_LOAN = re.compile(r"<LOANSTMTRS\s*>")
_REASONS = {
    "ofx1": "it starts like OFX 1 (OFXHEADER:100, <OFX>, or <OFC> of old) and has no Intuit tags",
    "ofx2": "it starts like OFX 2 (an XML declaration of OFX) and has no Intuit tags",
    "qfx": "it is OFX and holds Intuit tags (<INTU.…>)",
}


_LOANS = (
    "statements of loans (LOANSTMTRS) are not read",
    "take the movements of the loan from an export that lists them",
)
_BEHIND = (
    "behind the end of the OFX (</OFX>) stands text that is not read",
    "put it into a file of its own, if it is another export",
)


def read(sources: Sequence[Source], layout: str) -> Reading:  # noqa: ARG001 - OFX has no layouts
    """Read OFX files of any version, a whole batch at once.

    A date is the calendar day as printed, its first eight digits, never shifted by a time zone. A
    record that is posted after the day on which the bank made the file, or stands in a pending
    list, is pending. A record that is a balance by its text is a marker. One that another record of
    its statement replaces or deletes is set aside. The description is NAME and MEMO; when one holds
    the other, the longer. Opening balances are null: OFX has none.
    """
    texts: list[Text] = []
    errors: dict[int, FileError] = {}
    for source in sources:
        try:
            texts.append(open_text(source))
        except FileError as error:
            errors[source.file_no] = error
    rows, documents, refusals = cut(texts)
    errors |= {texts[number].source.file_no: error for number, error in refusals.items()}
    table: dict[str, list[object]] = {name: [] for name in STATEMENT_TEXT}
    held: list[int] = []
    trades: list[tuple[int, int, int]] = []
    unread: list[dict[str, object]] = []
    for document in documents:
        try:
            refuse_broken(document)
            found = statements(document)
            if not found:
                _refuse_error_status(document)
                _refuse_loan(document)
        except FileError as error:
            errors[document.source.file_no] = error
            continue
        unread += _unread_parts(document)
        for number, statement in enumerate(found, start=1):
            held.append(statement.record_count)
            if count := statement.trade_count():
                trades.append((document.source.file_no, number, count))
            row = {"file_no": document.source.file_no, "statement_no": number, **statement.row()}
            for name, cells in table.items():
                cells.append(row.get(name))
    frame_of_statements = frame(table, STATEMENT_TEXT)
    bad = [number for number, text in enumerate(texts) if text.source.file_no in errors]
    kept = rows.filter(~pl.col("file").is_in(bad)) if bad else rows
    records, findings, markers = booked(_placed(kept, frame_of_statements, held))
    clear, unclear = certain_balances(frame_of_statements, records)
    files = {one.source.file_no: one for one in documents}
    return Reading(
        convention=CONVENTION,
        records=records,
        statements=clear,
        files=tuple(
            FileRead(source.file_no, error=errors[source.file_no])
            if source.file_no in errors
            else FileRead(
                source.file_no,
                encoding=files[source.file_no].text.encoding,
                raw_count=files[source.file_no].raw_count,
                marker_count=markers.get(source.file_no, 0),
            )
            for source in sources
        ),
        findings=pl.concat(
            [_unread_trades(trades), pl.DataFrame(unread, schema=FINDING), unclear, findings]
        ),
    )


def _placed(rows: pl.DataFrame, statements: pl.DataFrame, held: Sequence[int]) -> pl.DataFrame:
    """Add to each record what its statement says.

    Args:
        rows: CUT, of the files that are not refused.
        statements: STATEMENT_TEXT of the same files.
        held: how many records each of the statements holds.
    """
    index = pl.int_range(len(held), dtype=pl.UInt32, eager=True)
    counts = pl.Series(held, dtype=pl.UInt32)
    which = index.to_frame("at").select(pl.col("at").repeat_by(counts).list.explode()).to_series()
    said = statements.select(
        "file_no",
        "statement_no",
        _made_on().alias("stated_on"),
        pl.col("currency_text").alias("account_currency"),
    )
    return rows.hstack(said[which])


def _unread_trades(trades: Sequence[tuple[int, int, int]]) -> pl.DataFrame:
    """FINDING, a remark for each statement with trades: its cash is more than what is read.

    Args:
        trades: numbers of files and statements, and how many trades they list.
    """
    rows = [
        {
            "file_no": file_no,
            "statement_no": number,
            "place": f"statement {number}",
            "code": Code.SECURITIES_UNREAD.value,
            "message": f"trades of securities are not read, nor the cash that they move: {count}",
            "remedy": "take the cash of this account from an export that lists it",
            "raw_text": "",
            "is_set_aside": False,
        }
        for file_no, number, count in trades
    ]
    return pl.DataFrame(rows, schema=FINDING)


def _unread_parts(document: Document) -> Iterator[dict[str, object]]:
    """Rows of FINDING, a remark for each part that is not read beside statements that are."""
    for line, (problem, remedy) in (
        (_loan_line(document), _LOANS),
        (line_behind(document), _BEHIND),
    ):
        if line:
            yield {
                "file_no": document.source.file_no,
                "place": f"line {line}",
                "code": Code.STATEMENT_UNREADABLE.value,
                "message": problem,
                "remedy": remedy,
                "raw_text": "",
                "is_set_aside": False,
            }


def _made_on() -> pl.Expr:
    """The day on which the bank made the file: not before that of the balance which it states.

    Some servers have no calendar: a day before the statement begins is not believed.
    """
    made_on = pl.max_horizontal("stated_on_text", "closing_on_text")
    return (
        pl.when((made_on < pl.col("starts_text")).fill_null(value=False))
        .then(None)
        .otherwise(made_on)
    )


def _refuse_error_status(document: Document) -> None:
    """A file without a statement may be the bank's error message.

    A bank's profile is asked for without signing on; it is an answer although the sign-on failed.
    """
    text = "".join(piece.text for piece in document.pieces)
    if _PROFILE.search(text):
        return
    for match in _STATUS.finditer(text):
        if (first(match[1], "SEVERITY") or "").upper() == "ERROR":
            code, message = first(match[1], "CODE"), first(match[1], "MESSAGE")
            said = f': "{masked_numbers(message)}"' if message else ""
            raise BankRefusal(
                document.source.name,
                f"the bank answered with error {code or 'without a code'}{said}",
                "there is no statement in this file; ask the bank for it again",
            )


def _loan_line(document: Document) -> int:
    """The line on which the first statement of a loan starts, 0 if there is none."""
    for piece in document.pieces:
        if found := _LOAN.search(piece.text):
            return piece.line_at(found.start())
    return 0


def _refuse_loan(document: Document) -> None:
    """A file of loans alone has no statement that is read, and movements that are not."""
    if line := _loan_line(document):
        raise NotAStatement(
            f"{document.source.name}: line {line}",
            "it holds a statement of a loan (LOANSTMTRS), which is not read",
            "export the account from which the loan is paid, or the loan in another format",
        )


def _kind(head: str) -> str:
    """Which of the three names fits the beginning of a file, "" for none.

    Intuit's own tags stand before the first transaction.
    """
    head = _LEAD.sub("", head[:_HEAD_LENGTH], count=1)
    head = head.partition("<STMTTRN>")[0]
    is_xml = _XML.match(head) and _XML_OFX.search(head)
    name = "ofx1" if _SGML.match(head) else "ofx2" if is_xml else ""
    return "qfx" if name and "<INTU." in head.upper() else name


def _sniffer(name: str) -> Callable[[Source], Sequence[Clue]]:
    def sniff(source: Source) -> Sequence[Clue]:
        if not _BEGINS.match(source.head):  # so nearly all files of other formats are out
            return ()
        return (Clue("", _REASONS[name]),) if source.kind(_kind) == name else ()

    return sniff


_VOLUMES, _SIZE = partial(volumes, read), 12 * MEGABYTE
OFX1 = Format("ofx1", "OFX 1 (SGML)", (".ofx",), _sniffer("ofx1"), read, _VOLUMES, _SIZE, version=6)
OFX2 = Format(
    "ofx2", "OFX 2 (XML)", (".ofx", ".xml"), _sniffer("ofx2"), read, _VOLUMES, _SIZE, version=6
)
QFX = Format(
    "qfx", "Quicken QFX", (".qfx", ".ofx"), _sniffer("qfx"), read, _VOLUMES, _SIZE, version=6
)
