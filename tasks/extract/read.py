"""Read: files in, typed transactions and statements out, and a count that must hold for each file.

    identify ─▶ group by reader ─▶ format.read ─▶ the count holds? ─▶ types ─▶ the count holds?
                                       └─ one file at a time if the group stumbles

A file that cannot be read is refused with its reason; its neighbours never notice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import polars as pl

from schemas.errors import CountMismatch, FileError, MalformedFile, UnknownFormat
from schemas.findings import FINDING
from schemas.statement import STATEMENT
from schemas.transactions import DETAIL, TYPED
from tasks.extract.identify import Identified, identify
from tasks.extract.propose.proven import proven_reader
from tasks.extract.source import FileRead, Source, in_order, is_of_machine
from tasks.extract.typed import type_details, type_records, type_statements, unread

_ANYTHING = (Exception, pl.exceptions.PanicException)
"""What a reader may raise if it has a mistake; a panic of polars is no Exception."""


@dataclass(frozen=True)
class FileResult:
    """One file after reading.

    Attributes:
        file_no: position in the batch.
        format: the reader's name, null if none took the file.
        layout: the bank layout, "" for a format without layouts.
        bank: the bank's name, null if neither layout nor file says.
        encoding: the encoding that was used.
        raw_count: records by an independent count of the bytes.
        marker_count: lines that state a balance.
        source_rank: 1 is the best kind of source.
        is_ref_stable: the bank's reference may be part of the identity.
        error: why the file was refused, else null.
    """

    file_no: int
    format: str | None = None
    layout: str = ""
    bank: str | None = None
    encoding: str = ""
    raw_count: int = 0
    marker_count: int = 0
    source_rank: int = 0
    is_ref_stable: bool = False
    error: FileError | None = None


@dataclass(frozen=True)
class BatchReading:
    """A batch after reading: TYPED, STATEMENT, FINDING, DETAIL rows, and one result a file."""

    transactions: pl.DataFrame
    statements: pl.DataFrame
    findings: pl.DataFrame
    details: pl.DataFrame
    files: tuple[FileResult, ...]


def read_batch(sources: Sequence[Source], *, use_proposals: bool = False) -> BatchReading:
    """Read files of any mix of formats; bad files are refused one by one, never together.

    Args:
        sources: the files.
        use_proposals: read a table that no layout knows as it is proposed, if that is proven.
    """
    results: dict[int, FileResult] = {}
    groups: dict[tuple[str, str, int], list[Source]] = {}
    readers: dict[tuple[str, str, int], Identified] = {}
    for source in sources:
        try:
            found = _identified(source, use_proposals=use_proposals)
        except FileError as error:
            results[source.file_no] = FileResult(source.file_no, error=error)
            continue
        key = (found.format.name, found.layout, found.proved_for)
        readers[key] = found
        groups.setdefault(key, []).append(source)
    parts = [read_group(groups[key], readers[key]) for key in sorted(groups)]
    results |= {file.file_no: file for part in parts for file in part.files}
    return BatchReading(
        _stack((part.transactions for part in parts), TYPED, ["file_no", "record_no"]),
        _stack((part.statements for part in parts), STATEMENT, ["file_no", "statement_no"]),
        _stack((part.findings for part in parts), FINDING, ["file_no", "record_no"]),
        _stack((part.details for part in parts), DETAIL, ["file_no", "record_no", "detail_no"]),
        tuple(results[source.file_no] for source in sources),
    )


@dataclass(frozen=True)
class Group(BatchReading):
    """Files of one format and layout after reading.

    Attributes:
        printed: STATEMENT_TEXT of the files that are not refused.
    """

    printed: pl.DataFrame


def read_group(sources: Sequence[Source], reader: Identified) -> Group:
    """Read files of one format and layout, type them, and check every file's count.

    All at once; if that fails, one by one, so that only the culprit is refused.

    Raises:
        OSError: the machine lacks something that reading needs; no file is to blame.
    """
    try:
        return _read(sources, reader)
    except _ANYTHING as error:  # the edge of a file: a reader refuses one file only
        if is_of_machine(error):
            raise
        if len(sources) > 1:
            return _merged([read_group([source], reader) for source in sources])
        refusal = MalformedFile(
            sources[0].name,
            f"the {reader.format.name} reader stopped: {type(error).__name__}",
            "report this file's structure as a bug; it stays in quarantine and can be retried",
        )
        name, layout = reader.format.name, reader.layout
        refused = FileResult(sources[0].file_no, format=name, layout=layout, error=refusal)
        return replace(_read([], reader), files=(refused,))


def _read(sources: Sequence[Source], reader: Identified) -> Group:
    """Read a group as `read_group` does, with any error that there is."""
    reading = reader.format.read(sources, reader.layout)
    causes = [file.error.__cause__ for file in reading.files if file.error]
    if lack := next(filter(is_of_machine, causes), None):  # a library took it for damaged bytes
        raise lack
    rule, printed, files = reading.convention, reading.statements, reading.files
    findings, texts, parts = reading.findings, reading.records, reading.details
    del reading  # the text of records is let go of before that of their details is typed
    statements = type_statements(printed, rule)
    typed = type_records(texts, statements, rule)
    del texts
    details = type_details(parts, typed.records, rule)
    del parts
    remarks = [typed.findings, details.findings, unread(printed, statements)]
    findings = pl.concat([findings, *remarks])
    counts = _accounted(typed.records, findings)
    banks = banks_of(statements)
    results = []
    for file in files:
        error = file.error or _miscount(file, counts.get(file.file_no, 0), sources)
        results.append(
            FileResult(
                file_no=file.file_no,
                format=reader.format.name,
                layout=reader.layout,
                bank=banks.get(file.file_no),
                encoding=file.encoding,
                raw_count=0 if error else file.raw_count,
                marker_count=0 if error else file.marker_count,
                source_rank=rule.source_rank,
                is_ref_stable=rule.is_ref_stable,
                error=error,
            )
        )
    bad = [result.file_no for result in results if result.error]
    frames: tuple[pl.DataFrame, ...]
    frames = (typed.records, statements, findings, details.records, printed)
    if bad:
        frames = tuple(one.filter(~pl.col("file_no").is_in(bad)) for one in frames)
    transactions, statements, findings, kept, printed = frames
    return Group(transactions, statements, findings, kept, tuple(results), printed)


def _identified(source: Source, *, use_proposals: bool) -> Identified:
    try:
        return identify(source)
    except UnknownFormat as unknown:
        if not use_proposals:
            raise
        return proven_reader(source, unknown)


def _merged(groups: Sequence[Group]) -> Group:
    """Groups of one format and layout as one."""
    return Group(
        pl.concat([one.transactions for one in groups]),
        pl.concat([one.statements for one in groups]),
        pl.concat([one.findings for one in groups]),
        pl.concat([one.details for one in groups]),
        tuple(file for one in groups for file in one.files),
        pl.concat([one.printed for one in groups]),
    )


def _accounted(records: pl.DataFrame, findings: pl.DataFrame) -> dict[int, int]:
    """Records kept plus records set aside, by file."""
    numbers = [records["file_no"]]
    if findings.height:
        numbers.append(findings.filter("is_set_aside")["file_no"])
    return dict(pl.concat(numbers).value_counts().iter_rows())


def banks_of(statements: pl.DataFrame) -> dict[int, str]:
    """The bank that the first statement of each file names."""
    pairs = statements.select("file_no", "institution").iter_rows()
    return {number: bank for number, bank in reversed(list(pairs)) if bank is not None}


def _miscount(file: FileRead, accounted: int, sources: Sequence[Source]) -> CountMismatch | None:
    """The refusal of a file whose records do not add up to the independent count."""
    if file.raw_count == accounted + file.marker_count:
        return None
    name = next(source.name for source in sources if source.file_no == file.file_no)
    return CountMismatch(
        name,
        f"its bytes hold {file.raw_count} records, the reader accounts for "
        f"{accounted} and {file.marker_count} balance lines",
        "nothing of it was loaded; report this file's structure as a bug of the reader",
    )


def _stack(frames: Iterable[pl.DataFrame], schema: pl.Schema, order: list[str]) -> pl.DataFrame:
    parts = list(frames)
    rows = pl.concat(parts) if parts else schema.to_frame()
    return in_order(rows, order)
