"""Read in volumes or at once, a file gives the same rows, statements, counts and refusals."""

from pathlib import Path

import polars as pl
import pytest

from schemas.findings import FINDING
from schemas.transactions import DETAIL, TYPED
from tasks.extract.large import LargeFile, Uncuttable
from tasks.extract.read import BatchReading, read_batch
from tasks.extract.source import Source
from tasks.extract.volumes import LargeReading, Limits, read_large
from tasks.sample.many import write_many

SAMPLES = Path(__file__).parents[3] / "data" / "samples"
BANKS = Path(__file__).parent / "banks"
EXPECTED = {"records.csv", "statements.csv", "files.csv"}
FILES = [
    path
    for folder in (SAMPLES, BANKS)
    for path in sorted(folder.rglob("*"))
    if path.is_file() and path.name not in EXPECTED
]


class Kept:
    """A shelf in memory."""

    def __init__(self) -> None:
        self.parts: list[BatchReading] = []

    def put(self, rows: BatchReading) -> None:
        self.parts.append(rows)

    def clear(self) -> None:
        self.parts = []

    def all_of(self, name: str, schema: pl.Schema) -> pl.DataFrame:
        frames = [getattr(one, name) for one in self.parts]
        return pl.concat([schema.to_frame(), *frames])


def in_volumes(path: Path, size: int, **limits: int) -> tuple[Kept, LargeReading]:
    kept = Kept()
    file = LargeFile(0, path.name, path.name, path, path.stat().st_size)
    return kept, read_large(file, kept, limits=Limits(size, **limits))


def same(path: Path, size: int) -> int:
    """Compare both ways of reading a file; how many volumes it had."""
    whole = read_batch([Source(0, path.name, path.read_bytes(), path.name)])
    kept, told = in_volumes(path, size)
    assert str(told.file) == str(whole.files[0])
    assert told.statements.equals(whole.statements)
    keys = {"transactions": TYPED, "details": DETAIL, "findings": FINDING}
    for name, schema in keys.items():
        order = ["record_no", "detail_no"] if name == "details" else ["record_no"]
        assert (
            kept.all_of(name, schema)
            .sort(order, maintain_order=True)
            .equals(getattr(whole, name).sort(order, maintain_order=True))
        ), name
    return len(kept.parts)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_every_example_reads_the_same_both_ways(path: Path) -> None:
    same(path, 300)


@pytest.mark.parametrize("size", [1_000, 7_777, 60_000])
def test_a_long_table_is_cut_into_many_volumes(tmp_path: Path, size: int) -> None:
    write_many(tmp_path, kind="csv", files=1, rows=2_000)
    (path,) = tmp_path.rglob("*.csv")
    assert same(path, size) >= path.stat().st_size // (2 * size)


def test_a_broken_row_in_the_middle_is_set_aside_at_its_line(tmp_path: Path) -> None:
    write_many(tmp_path, kind="csv", files=1, rows=500)
    (path,) = tmp_path.rglob("*.csv")
    lines = path.read_text("utf-8").splitlines()
    lines[300] = lines[300].replace(";", " ", 1)
    lines[301] = '02/01/2020;"open;quote;1,00;1,00'
    path.write_text("\n".join(lines), "utf-8")
    assert same(path, 2_000) > 5
    kept, _ = in_volumes(path, 2_000)
    assert kept.all_of("findings", FINDING)["place"].to_list()[:2] == ["line 301", "line 302"]


def test_a_nul_byte_anywhere_refuses_the_file_and_nothing_of_it_stays(tmp_path: Path) -> None:
    write_many(tmp_path, kind="csv", files=1, rows=500)
    (path,) = tmp_path.rglob("*.csv")
    data = path.read_bytes()
    path.write_bytes(data[:-100] + b"\0" + data[-100:])
    kept, told = in_volumes(path, 2_000)
    assert told.file.error is not None
    assert told.file.error.code == "malformed_file"
    assert kept.parts == []


def test_what_cannot_be_cut_is_read_at_once_or_refused_for_its_size(tmp_path: Path) -> None:
    write_many(tmp_path, kind="ofx1", files=1, rows=50)
    (path,) = tmp_path.rglob("*.ofx")
    kept, told = in_volumes(path, 500)
    assert (len(kept.parts), told.file.error) == (1, None)
    kept, told = in_volumes(path, 500, largest_bytes=1_000)
    assert kept.parts == []
    assert told.file.error is not None
    assert "ofx1 files of more than 0 MB do not fit into memory" in told.file.error.problem


def test_a_reason_not_to_cut_is_a_sentence() -> None:
    assert str(Uncuttable("its dates are proved by all rows")) == "its dates are proved by all rows"
