"""SWIFT statements: MT940, the day's booked entries, and MT942, the interim report.

The layout is that of the SWIFT User Handbook, Category 9; what banks write is wider. A message may
stand bare or between block headers ({1:…}{2:…}{4: … -}), and a file may hold many of them, with
the lines of any mail system between. MT942 reports entries that are booked or only expected, over
parts of a day, without balances, and the MT940 reports them again: here its entries are pending.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

import polars as pl

from schemas.errors import FileError
from schemas.statement import STATEMENT_TEXT, Convention
from tasks.extract.formats.mt94x.fields import Opened, cut, open_text, with_lines
from tasks.extract.formats.mt94x.messages import documents
from tasks.extract.formats.mt94x.records import records
from tasks.extract.formats.mt94x.remarks import remarks
from tasks.extract.formats.mt94x.statements import Statement, statements
from tasks.extract.formats.mt94x.volumes import volumes
from tasks.extract.large import MEGABYTE
from tasks.extract.source import Clue, FileRead, Format, Reading, Source, refused

CONVENTION = Convention(date_formats=("%Y%m%d",), decimal_mark=",", sign="signed", source_rank=1)

# A line feed comes first, by which the next line is found at once.
_BEGIN = "\n(?:[ \t\x1a\ufeff]|\u00ef\u00bb\u00bf)*:"
_BALANCE = re.compile(f"{_BEGIN}6[02][FM]:")
_TAG = re.compile(rf"{_BEGIN}(\d\d[A-Z]?|NS):")
_ANY_TAG = re.compile(r":(?:\d\d[A-Z]?|NS):")
_OTHER_MESSAGE = re.compile(r"\{2:[IO](?!94[0-2]|950)\d{3}")
_INTERIM_MESSAGE = re.compile(r"\{2:[IO]942")
_INTERIM = frozenset({"34F", "13", "13D", "90C", "90D"})
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
    files, texts, refusals = _opened(sources)
    fields = cut(texts)
    texts.clear()  # a large file is not held twice
    found, changes = documents(files, fields.others)
    held: dict[int, list[Statement]] = {}
    for document in found:
        source = document.opened.source
        try:
            held[source.file_no] = statements(document)
        except FileError as error:
            refusals[source.file_no] = error
    frame_of_statements = _statements(held)
    frame_of_records, findings = records(fields.entries, changes, _held(held), frame_of_statements)
    return Reading(
        convention=CONVENTION,
        records=frame_of_records,
        statements=frame_of_statements,
        files=_files(sources, files, refusals),
        findings=pl.concat([findings, remarks(held, frame_of_records)]),
    )


def _opened(
    sources: Sequence[Source],
) -> tuple[list[Opened], list[bytes], dict[int, FileError]]:
    """The files that can be read as text, their texts, and why the others cannot."""
    good, refusals = [], {}
    for source in sources:
        try:
            good.append(open_text(source))
        except FileError as error:
            refusals[source.file_no] = error
    return [opened for opened, _ in good], [text for _, text in good], refusals


def _statements(held: Mapping[int, Sequence[Statement]]) -> pl.DataFrame:
    rows = [
        {"file_no": file_no, "statement_no": number, **one.row()}
        for file_no, found in held.items()
        for number, one in enumerate(found, start=1)
    ]
    return pl.DataFrame(rows, schema=STATEMENT_TEXT)


def _held(
    held: Mapping[int, Sequence[Statement]],
) -> Iterator[tuple[int, int, bool, int, int, int]]:
    """The rows of `records.HELD`."""
    for file_no, found in held.items():
        before = found[0].first
        for number, one in enumerate(found, start=1):
            yield file_no, number, one.is_interim, before, one.first, one.record_count


def _files(
    sources: Sequence[Source], files: Sequence[Opened], refusals: dict[int, FileError]
) -> tuple[FileRead, ...]:
    """One FileRead a source, in the order given."""
    found = {
        one.source.file_no: FileRead(one.source.file_no, one.encoding, one.raw_count)
        for one in files
    }
    found |= {file.file_no: file for file in refused(sources, refusals)}
    return tuple(found[source.file_no] for source in sources)


def _kind(head: str) -> str:
    """Which of the two names fits the first lines of a file, "" for neither.

    Entries and balances stand in no other message. The other tags count only where no tag of
    another message, a payment or an advice, stands beside them.
    """
    if head.startswith(("<", "OFXHEADER")) or not _ANY_TAG.search(head):  # spares the others
        return ""
    text = "\n" + with_lines(head.replace("\r", "\n"))
    if not _TAG.search(text):
        return ""
    if _BALANCE.search(text):
        return "" if _OTHER_MESSAGE.search(text) else "mt940"
    tags = set(_TAG.findall(text))
    is_ours = "61" in tags or tags <= _INTERIM | _PLAIN
    if not is_ours or _OTHER_MESSAGE.search(text):
        return ""
    is_interim = tags & _INTERIM or _INTERIM_MESSAGE.search(text)
    return "mt942" if is_interim else "mt940"


def _sniffer(name: str) -> Callable[[Source], Sequence[Clue]]:
    def sniff(source: Source) -> Sequence[Clue]:
        return (Clue("", _REASONS[name]),) if source.kind(_kind) == name else ()

    return sniff


_SIZE = 8 * MEGABYTE
MT940 = Format(
    "mt940",
    "SWIFT MT940",
    (".sta", ".940", ".mt940"),
    _sniffer("mt940"),
    read,
    volumes,
    _SIZE,
    version=7,
)
MT942 = Format(
    "mt942",
    "SWIFT MT942",
    (".sta", ".942", ".mt942"),
    _sniffer("mt942"),
    read,
    volumes,
    _SIZE,
    version=7,
)
