"""SWIFT statements: MT940, the day's booked entries, and MT942, the interim report.

The layout is that of the SWIFT User Handbook, Category 9; what banks write is wider. A message may
stand bare or between block headers ({1:…}{2:…}{4: … -}), and a file may hold many of them, with
the lines of any mail system between. MT942 reports entries that are booked or only expected, over
parts of a day, without balances, and the MT940 reports them again: here its entries are pending.
"""

import codecs
import re
from collections.abc import Callable, Sequence

import polars as pl

from schemas.errors import FileError
from schemas.statement import STATEMENT_TEXT, Convention
from tasks.extract.formats.mt94x.messages import Document, open_document
from tasks.extract.formats.mt94x.records import Batch, records
from tasks.extract.formats.mt94x.remarks import remarks
from tasks.extract.formats.mt94x.statements import Statement, statements
from tasks.extract.source import Clue, FileRead, Format, Reading, Source, frame, refused

CONVENTION = Convention(date_formats=("%Y%m%d",), decimal_mark=",", sign="signed", source_rank=1)

_HEAD_BYTES = 65_536
_TAG = re.compile(r"^[ \t\x1a\ufeff]*:(\d\d[A-Z]?|NS):", re.MULTILINE)
_OTHER_MESSAGE = re.compile(r"\{2:[IO](?!94[0-2]|950)\d{3}")
_INTERIM_MESSAGE = re.compile(r"\{2:[IO]942")
_STRONG = frozenset({"60F", "60M", "61", "62F", "62M"})
_INTERIM = frozenset({"34F", "13D", "90C", "90D"})
_PLAIN = frozenset({"20", "21", "25", "28", "28C", "64", "65", "86", "NS"})
_REASONS = {
    "mt940": "its lines begin with the tags of a SWIFT statement (:25:, :60F:, :61:, :86:)",
    "mt942": "its lines begin with the tags of a SWIFT interim report (:34F:, :13D:), no balances",
}


def read(sources: Sequence[Source], layout: str) -> Reading:  # noqa: ARG001 - MT94x has no layouts
    """Read MT940 and MT942 files, a whole batch at once.

    One statement is one chain of messages, from :20: to :62F:, over all its pages. The day booked
    is the entry date, which has no year of its own: the year nearest to the value date. Without an
    entry date it is the value date. Amounts get their sign from the mark beside them: RC and RD
    are reversals, so RC is a debit, unless only the other reading makes the balances close. An
    entry that cannot be cut into cells is a finding.
    """
    batch = Batch()
    refusals: dict[int, FileError] = {}
    documents: dict[int, Document] = {}
    held: dict[int, list[Statement]] = {}
    table: dict[str, list[object]] = {}
    for source in sources:
        try:
            document = open_document(source)
            found = statements(document)
        except FileError as error:
            refusals[source.file_no] = error
            continue
        documents[source.file_no], held[source.file_no] = document, found
        batch.add(document, found)
        for number, one in enumerate(found, start=1):
            for name, cell in {
                "file_no": source.file_no,
                "statement_no": number,
                **one.row(),
            }.items():
                table.setdefault(name, []).append(cell)
    frame_of_statements = frame(table, STATEMENT_TEXT)
    frame_of_records, findings = records(batch, frame_of_statements)
    return Reading(
        convention=CONVENTION,
        records=frame_of_records,
        statements=frame_of_statements,
        files=_files(sources, documents, refusals),
        findings=pl.concat([findings, remarks(held, frame_of_records)]),
    )


def _files(
    sources: Sequence[Source], documents: dict[int, Document], refusals: dict[int, FileError]
) -> tuple[FileRead, ...]:
    """One FileRead a source, in the order given."""
    found = {file.file_no: file for file in refused(sources, refusals)}
    for number, document in documents.items():
        found[number] = FileRead(number, encoding=document.encoding, raw_count=document.raw_count)
    return tuple(found[source.file_no] for source in sources)


def _kind(source: Source) -> str:
    """Which of the two names fits the first lines of a file, "" for neither.

    Entries and balances stand in no other message. The other tags count only where no tag of
    another message, a payment or an advice, stands beside them.
    """
    head = source.data[:_HEAD_BYTES]
    is_wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = head.decode("utf-16" if is_wide else "utf-8", errors="ignore").replace("\r", "\n")
    tags = set(_TAG.findall(text))
    if not tags or _OTHER_MESSAGE.search(text):
        return ""
    if not tags & _STRONG and not tags <= _INTERIM | _PLAIN:
        return ""
    is_interim = bool(tags & _INTERIM or _INTERIM_MESSAGE.search(text))
    has_balances = bool(tags & (_STRONG - {"61"}))
    return "mt942" if is_interim and not has_balances else "mt940"


def _sniffer(name: str) -> Callable[[Source], Sequence[Clue]]:
    def sniff(source: Source) -> Sequence[Clue]:
        return (Clue("", _REASONS[name]),) if _kind(source) == name else ()

    return sniff


MT940 = Format("mt940", "SWIFT MT940", (".sta", ".940", ".mt940"), _sniffer("mt940"), read)
MT942 = Format("mt942", "SWIFT MT942", (".sta", ".942", ".mt942"), _sniffer("mt942"), read)
