"""Write marts into files that other programs open: Parquet, CSV and XLSX, to the cent.

Nothing is written but what the mart holds, row by row in the order of its keys; a file takes its
place when it is whole.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from schemas.cells import guarded
from schemas.errors import WrongUsage
from tasks.report.private import written
from warehouse.marts import digest
from warehouse.marts.catalog import load_catalog
from warehouse.marts.reader import connect

_ROWS_AT_ONCE = 50_000
_SHEET_ROWS = 1_048_576
_SHEET_TEXT = 32_767
_SHEET_DIGITS = 15
"""A workbook keeps numbers as doubles; what has more digits than they hold exactly goes as text."""


@dataclass(frozen=True)
class Exported:
    """A file that was written, and how many rows it holds."""

    path: Path
    row_count: int


def export(marts: Path, names: Sequence[str], kind: str, folder: Path) -> list[Exported]:
    """Write each mart into a file of its own that only its owner may read.

    Args:
        marts: the published link, or one generation.
        names: marts; none takes all that the generation holds.
        kind: parquet, csv or xlsx.
        folder: where the files go; it is made where it is missing.

    Raises:
        MartsUnavailable: nothing is published there.
        WrongUsage: there is no such mart or kind, or a workbook cannot hold the mart.
    """
    if kind not in WRITERS:
        raise WrongUsage("--format", f"{kind} is unknown", f"choose from {', '.join(WRITERS)}")
    with connect(marts) as con:
        held = digest.tables(con)
        for name in names:
            if name not in held:
                raise WrongUsage(
                    name, "is not in this generation", f"choose from {', '.join(held)}"
                )
        _make(folder)
        return [_export(con, name, kind, folder) for name in names or held]


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise WrongUsage(
            str(folder), f"cannot be made: {error.strerror}", "name another folder"
        ) from error


def _export(con: duckdb.DuckDBPyConnection, name: str, kind: str, folder: Path) -> Exported:
    keys = next((mart.card.keys for mart in load_catalog() if mart.name == name), ())
    order = f" ORDER BY {', '.join(keys)}" if keys else ""
    rows = con.execute(f'SELECT * FROM "{name}"{order}')  # noqa: S608  a table of the file
    target = folder / f"{name}.{kind}"
    with written(target) as beside:
        count = WRITERS[kind](name, rows.to_arrow_reader(_ROWS_AT_ONCE), beside)
    return Exported(target, count)


def _as_parquet(_: str, rows: pa.RecordBatchReader, target: Path) -> int:
    count = 0
    with pq.ParquetWriter(target, rows.schema, compression="zstd") as writer:
        for batch in rows:
            writer.write_batch(batch)
            count += batch.num_rows
    return count


def _as_csv(_: str, rows: pa.RecordBatchReader, target: Path) -> int:
    count = 0
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)  # RFC 4180; ending lines by \n alone, it would not quote a \r
        writer.writerow(rows.schema.names)
        for row in _rows(rows):
            writer.writerow([guarded(cell) for cell in row])
            count += 1
    return count


def _as_xlsx(name: str, rows: pa.RecordBatchReader, target: Path) -> int:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(name[:31])
    sheet.freeze_panes = "A2"
    sheet.append(rows.schema.names)
    count = 0
    with _closed_if_refused(sheet):
        for row in _rows(rows):
            count += 1
            if count >= _SHEET_ROWS:
                raise WrongUsage(name, "has more rows than a sheet", "take --format parquet or csv")
            sheet.append([_sheet_cell(sheet, name, cell) for cell in row])
    book.save(target)
    return count


@contextmanager
def _closed_if_refused(sheet: Any) -> Iterator[None]:  # noqa: ANN401  openpyxl's
    try:
        yield
    except WrongUsage:
        sheet.close()
        raise


def _rows(batches: pa.RecordBatchReader) -> Iterator[tuple[object, ...]]:
    for batch in batches:
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _sheet_cell(sheet: Any, name: str, value: object) -> object:  # noqa: ANN401  openpyxl's
    """A value as a cell that keeps it: a number where a double holds it, a day as a day."""
    match value:
        case str():
            return _text_cell(sheet, name, value)
        case Decimal() if _digits(value) > _SHEET_DIGITS:
            return _text_cell(sheet, name, f"{value:f}")
        case Decimal():
            cell = _cell(sheet, value)
            cell.number_format = "0.00" if value == round(value, 2) else "0.0000"
            return cell
        case datetime():
            cell = _cell(sheet, value.replace(tzinfo=None))  # a workbook knows no zones
            cell.number_format = "yyyy-mm-dd hh:mm:ss"
            return cell
        case int() if abs(value) >= 10**_SHEET_DIGITS:
            return _text_cell(sheet, name, str(value))
        case _:
            return value


def _digits(value: Decimal) -> int:
    return len(value.normalize().as_tuple().digits)


def _text_cell(sheet: Any, name: str, text: str) -> Any:  # noqa: ANN401
    """Text that stays text, whatever it begins with; what XML cannot hold becomes U+FFFD."""
    if len(text) > _SHEET_TEXT:
        raise WrongUsage(
            name, f"holds a text of {len(text)} characters", "take --format parquet or csv"
        )
    cell = _cell(sheet, ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", text))
    cell.data_type = "s"
    return cell


def _cell(sheet: Any, value: Any) -> Any:  # noqa: ANN401  the stubs of openpyxl know no Decimal
    return WriteOnlyCell(sheet, value)


WRITERS: dict[str, Callable[[str, pa.RecordBatchReader, Path], int]] = {
    "parquet": _as_parquet,
    "csv": _as_csv,
    "xlsx": _as_xlsx,
}
"""One function a kind of file: it writes the rows and says how many they were."""
