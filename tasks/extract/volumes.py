"""A large file, read volume by volume: the same rows as if it were read at once.

    identify by the head ─▶ format.volumes ─▶ read_group each ─▶ number on ─▶ shelf
                                 └─ cannot be cut: at once, or refused for its size

Records, statements and lines are numbered on from volume to volume. Each volume holds its own count
of records, and together the volumes must hold every byte of the file once. A volume that is refused
refuses the file: nothing of it stays on the shelf.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import polars as pl

from schemas.errors import CountMismatch, FileError, MalformedFile, UnknownFormat
from schemas.findings import Code
from schemas.phrase import phrase
from schemas.statement import STATEMENT
from tasks.extract.identify import Identified, identify
from tasks.extract.large import LARGEST_BYTES, MEGABYTE, LargeFile, Uncuttable, Volume
from tasks.extract.read import BatchReading, FileResult, Group, banks_of, read_batch, read_group
from tasks.extract.source import Source

HEAD_BYTES = MEGABYTE
"""A format is known by this much of a large file."""

_KEY = ["account_text", "account_kind", "currency_text"]
_LINE = re.compile(r"(?<=: line )\d+")


class Shelf(Protocol):
    """Where the rows of a large file go."""

    def put(self, rows: BatchReading) -> None:
        """Take the next rows; their statements are yet to be put together, and not to be kept."""

    def clear(self) -> None:
        """Forget what was put: the file is refused, or read in another way."""


@dataclass(frozen=True)
class Limits:
    """How large a volume is, and how large a file that cannot be cut.

    Without a size of volumes it is that of the format, and a file of two is read at once.
    """

    volume_bytes: int | None = None
    largest_bytes: int = LARGEST_BYTES


@dataclass(frozen=True)
class LargeReading:
    """What stands once for a file: STATEMENT rows, and its result."""

    statements: pl.DataFrame
    file: FileResult


def read_large(
    file: LargeFile, shelf: Shelf, *, use_proposals: bool = False, limits: Limits | None = None
) -> LargeReading:
    """Read a large file; its rows go to the shelf, in their order.

    Args:
        file: the file.
        shelf: takes the rows.
        use_proposals: see `tasks.extract.read.read_batch`.
        limits: other sizes than the usual ones.
    """
    sizes = limits or Limits()
    head = Source(file.file_no, file.name, file.part(0, HEAD_BYTES), file.printed_name)
    reader: Identified | None = None
    error: FileError
    try:
        reader = identify(head)
        size = sizes.volume_bytes or reader.format.volume_bytes
        if not sizes.volume_bytes and file.size_bytes <= 2 * size:
            return _at_once(file, shelf, use_proposals=use_proposals)
        return _in_volumes(file, reader, shelf, size)
    except (UnknownFormat, Uncuttable) as reason:
        shelf.clear()
        if file.size_bytes <= sizes.largest_bytes:
            return _at_once(file, shelf, use_proposals=use_proposals)
        largest = sizes.largest_bytes
        error = (
            reason
            if isinstance(reason, UnknownFormat)
            else _too_large(file, reader, reason, largest)
        )
    except FileError as refusal:
        shelf.clear()
        if reader and file.size_bytes <= sizes.largest_bytes:
            return _at_once(file, shelf, use_proposals=use_proposals)  # in the words of the whole
        error = refusal
    return LargeReading(STATEMENT.to_frame(), replace(_result_of(file, reader), error=error))


def _in_volumes(file: LargeFile, reader: Identified, shelf: Shelf, size: int) -> LargeReading:
    if reader.format.volumes is None:
        raise Uncuttable(f"a file of the format {reader.format.name} is read at once")
    whole = _Whole(file)
    spans: list[tuple[int, int]] = []
    for volume in reader.format.volumes(file, reader.layout, size):
        shelf.put(_read(volume, reader, whole))
        spans += volume.spans
    _insist_on_every_byte(file, spans)
    statements = whole.statements()
    result = replace(
        _result_of(file, reader),
        bank=banks_of(statements).get(file.file_no),
        encoding=whole.encoding,
        raw_count=whole.raw_count,
        marker_count=whole.marker_count,
    )
    return LargeReading(statements, result)


def _read(volume: Volume, reader: Identified, whole: "_Whole") -> BatchReading:
    """Read a volume; its text is let go of before the next one is cut."""
    file = whole.file
    source = Source(file.file_no, file.name, volume.data, file.printed_name)
    group = read_group([source], reader)
    if error := group.files[0].error:
        raise _moved(error, volume)
    if volume.check:
        volume.check(group.statements, group.transactions, group.findings)
    return whole.next(group, volume)


@dataclass
class _Whole:
    """What the volumes so far have been put together to."""

    file: LargeFile
    raw_count: int = 0
    marker_count: int = 0
    encoding: str = ""
    record_count: int = 0
    statement_count: int = 0
    rows: list[pl.DataFrame] = field(default_factory=list)
    numbers: dict[tuple[str | None, ...], int] = field(default_factory=dict)
    said: set[tuple[object, ...]] = field(default_factory=set)

    def statements(self) -> pl.DataFrame:
        """STATEMENT; what the last volume of a statement does not say, an earlier one says."""
        known = pl.concat([STATEMENT.to_frame(), *self.rows])
        if known.get_column("statement_no").is_unique().all():
            return known.sort("statement_no")
        key = ["file_no", "statement_no"]
        last = known.group_by(key).agg(pl.exclude(key).drop_nulls().last())
        return last.select(STATEMENT.names()).sort("statement_no")

    def next(self, group: Group, volume: Volume) -> BatchReading:
        """The rows of the next volume, as they stand in the file."""
        (result,) = group.files
        numbers = self._statement_numbers(group.printed, volume)
        statements = _renumbered(group.statements, numbers)
        rows = BatchReading(
            self._placed(_renumbered(group.transactions, numbers), volume),
            statements.clear() if volume.is_part else statements,
            self._findings(group.findings, numbers, volume),
            self._placed(_renumbered(group.details, numbers), volume),
            group.files,
        )
        self.rows.append(rows.statements)
        aside = int(rows.findings.get_column("is_set_aside").sum())
        self.record_count += rows.transactions.height + aside
        self.raw_count += result.raw_count - volume.again_count
        self.marker_count += result.marker_count - volume.again_count
        self.encoding = volume.encoding
        return rows

    def _statement_numbers(self, printed: pl.DataFrame, volume: Volume) -> dict[int, int]:
        """The number in the file of each statement of a volume."""
        here = printed.get_column("statement_no").to_list()
        if volume.goes_on is not None:
            before = self.statement_count - (volume.goes_on and self.statement_count > 0)
            self.statement_count = before + max(here, default=0)
            return {number: number + before for number in here}
        keys = list(printed.select(_KEY).iter_rows())
        if len({*keys}) < len(keys):
            raise Uncuttable("two of its statements are of one account and currency")
        for key in keys:
            self.numbers.setdefault(key, len(self.numbers) + 1)
        return {number: self.numbers[key] for number, key in zip(here, keys, strict=True)}

    def _placed(self, rows: pl.DataFrame, volume: Volume) -> pl.DataFrame:
        """Rows with the number of their record and the place in the file at which they stand."""
        rows = rows.with_columns(
            pl.col("record_no") + pl.lit(self.record_count, dtype=pl.UInt32),
            _moved_on(rows.get_column("place"), volume),
        )
        for name, before in volume.siblings:
            if before and not rows.is_empty():
                rows = rows.with_columns(_counted_on(rows.get_column("place"), name, before))
        return rows

    def _findings(
        self, findings: pl.DataFrame, numbers: dict[int, int], volume: Volume
    ) -> pl.DataFrame:
        """Findings of a volume; what an earlier one has said of a statement is not said again.

        A row that no account can be read from stands with the first statement of the file.
        """
        moved = self._placed(_renumbered(findings, numbers), volume)
        is_statement = pl.col("place").str.contains(r"^statement \d+$")
        named = pl.when(is_statement).then(phrase("statement {}", "statement_no"))
        moved = moved.with_columns(pl.coalesce(named, "place").alias("place"))
        if volume.is_first_for_lost:
            is_lost = pl.col("code") == Code.UNREADABLE_ROW.value
            first = pl.when(is_lost).then(pl.lit(1, dtype=pl.UInt32)).otherwise("statement_no")
            moved = moved.with_columns(first.alias("statement_no"))
        records = moved.filter(pl.col("record_no").is_not_null())
        others = moved.filter(pl.col("record_no").is_null())
        keys = list(others.select("statement_no", "place", "code", "message").iter_rows())
        fresh = [key not in self.said for key in keys]
        self.said.update(keys)
        return pl.concat([others.filter(pl.Series(fresh, dtype=pl.Boolean)), records])


def _moved_on(places: pl.Series, volume: Volume) -> pl.Series:
    """Places with the line, or byte, of the file; XPaths stay."""
    if places.str.starts_with("/").all():
        return places
    at = places.str.extract(r"^(?:line|byte) (\d+)$", 1).cast(pl.Int64)
    lines = at.to_frame("at")
    shift = pl.lit(0, dtype=pl.Int64)
    for first, added in volume.lines:
        shift = pl.when(pl.col("at") >= first).then(added).otherwise(shift)
    moved = phrase("{} {}", places.str.head(4), pl.col("at") + shift)
    return lines.select(pl.coalesce(moved, places).alias(places.name)).to_series()


def _counted_on(places: pl.Series, name: str, before: int) -> pl.Series:
    """XPaths, with so much added to the number of the first element of a name.

    Each step is a series of its own: as one expression, every step would be done for every use.
    """
    head, behind = places.str.splitn(f"/{name}[", 2).struct.unnest()
    number, tail = behind.str.splitn("]", 2).struct.unnest()
    moved = phrase(
        "{}/{}[{}]{}", head, pl.lit(name), number.cast(pl.Int64, strict=False) + before, tail
    )
    return pl.select(pl.coalesce(moved, places).alias(places.name)).to_series()


def _renumbered(rows: pl.DataFrame, numbers: dict[int, int]) -> pl.DataFrame:
    """Rows with the number that their statement has in the file."""
    if all(number == there for number, there in numbers.items()):
        return rows
    return rows.with_columns(
        pl.col("statement_no").replace_strict(numbers, default=None, return_dtype=pl.UInt32)
    )


def _moved(error: FileError, volume: Volume) -> FileError:
    """The refusal of a volume as one of the file: the same reason, on the line of the file."""
    where = _LINE.sub(lambda match: str(volume.line_of(int(match[0]))), error.where)
    return type(error)(where, error.problem, error.remedy)


def _insist_on_every_byte(file: LargeFile, spans: Sequence[tuple[int, int]]) -> None:
    """Every byte of the file stands in one volume, none in two.

    Raises:
        CountMismatch: the cut is wrong.
    """
    at = 0
    for start, stop in sorted(spans):
        if start != at:
            break
        at = stop
    if at != file.size_bytes:
        raise CountMismatch(
            file.name,
            f"its volumes do not hold each of its {file.size_bytes} bytes once: see byte {at}",
            "nothing of it was loaded; report this file's structure as a bug of the reader",
        )


def _at_once(file: LargeFile, shelf: Shelf, *, use_proposals: bool) -> LargeReading:
    """Read a file that cannot be cut."""
    data = file.part(0, file.size_bytes)
    source = Source(file.file_no, file.name, data, file.printed_name)
    reading = read_batch([source], use_proposals=use_proposals)
    if reading.files[0].error is None:
        shelf.put(reading)
    return LargeReading(reading.statements, reading.files[0])


def _too_large(
    file: LargeFile, reader: Identified | None, reason: Exception, largest: int
) -> MalformedFile:
    label = f"{reader.format.name} {reader.layout}".strip() if reader else "such"
    return MalformedFile(
        file.name,
        f"it has {file.size_bytes // MEGABYTE} MB, and {reason}; {label} files of more than "
        f"{largest // MEGABYTE} MB do not fit into memory",
        "export shorter periods or fewer accounts, and drop these files instead",
    )


def _result_of(file: LargeFile, reader: Identified | None) -> FileResult:
    """A result without counts; without a reader it says nothing."""
    if reader is None:
        return FileResult(file.file_no)
    rule = reader.format.read([], reader.layout).convention
    return FileResult(
        file.file_no,
        format=reader.format.name,
        layout=reader.layout,
        source_rank=rule.source_rank,
        is_ref_stable=rule.is_ref_stable,
    )
