"""Every format reads its examples: what a person wrote beside each file is what we get.

A folder `examples/<format>/<case>` holds statement files and `transactions.csv`, which a person
wrote, and may hold `statements.csv`, `findings.csv`, `details.csv` and `files.csv`. A table names
the columns that matter; the others are not compared.
"""

import csv
import io
from pathlib import Path

import polars as pl
import pytest

from tasks.extract.formats import FORMATS
from tasks.extract.read import BatchReading, read_batch
from tasks.extract.source import Source

HOME = Path(__file__).parent / "examples"
TABLES = ("transactions.csv", "statements.csv", "findings.csv", "details.csv", "files.csv")
CASES = sorted(path.parent for path in HOME.glob("*/*/transactions.csv"))
WITHOUT = {"csv", "ofx1", "ofx2", "qfx"}  # they have ../banks and test_ofx.py
REFUSED = {"cnab400"}  # known only to be refused


def sources(folder: Path) -> list[Source]:
    paths = sorted(path for path in folder.iterdir() if path.name not in TABLES)
    return [
        Source(number, path.name, path.read_bytes(), path.name) for number, path in enumerate(paths)
    ]


def tables(reading: BatchReading) -> dict[str, pl.DataFrame]:
    files = pl.DataFrame(
        [
            (one.file_no, one.format, one.encoding, one.raw_count, one.marker_count)
            for one in reading.files
        ],
        schema=["file_no", "format", "encoding", "raw_count", "marker_count"],
        orient="row",
    )
    return {
        "transactions.csv": reading.transactions,
        "statements.csv": reading.statements,
        "findings.csv": reading.findings,
        "details.csv": reading.details,
        "files.csv": files,
    }


def as_printed(frame: pl.DataFrame, names: dict[int, str]) -> list[dict[str, str]]:
    """Rows as text; amounts without the zeros that nobody wrote."""
    text = frame.with_columns(
        pl.col("file_no").replace_strict(names, return_dtype=pl.String).alias("file"),
        pl.selectors.decimal().cast(pl.String).str.replace(r"(\.\d\d\d*?)0*$", "$1"),
    )
    return list(csv.DictReader(io.StringIO(text.write_csv())))


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_an_example_reads_as_a_person_wrote_it(folder: Path) -> None:
    given = sources(folder)
    reading = read_batch(given)
    assert [one.error for one in reading.files] == [None] * len(given)
    assert {one.format for one in reading.files} == {folder.parent.name}
    names = {one.file_no: one.name for one in given}
    for name, frame in tables(reading).items():
        if not (folder / name).exists():
            continue
        with (folder / name).open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            expected = list(reader)
        columns = reader.fieldnames or []
        rows = [{key: row[key] for key in columns} for row in as_printed(frame, names)]
        assert rows == expected, name
    if not (folder / "findings.csv").exists():
        assert reading.findings.is_empty()


def test_every_format_has_an_example() -> None:
    shown = {folder.parent.name for folder in CASES}
    assert {one.name for one in FORMATS} - WITHOUT - REFUSED <= shown
