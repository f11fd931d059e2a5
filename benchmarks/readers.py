"""How fast files are read, against the floor: polars cutting the same bytes, or counting tags.

python benchmarks/readers.py --files 20 --rows 5000

Reading means all of it: recognise, cut, type, and check the independent count. The floor for CSV is
a bare `polars.read_csv` of the same bytes into text. For OFX there is no such reader; its floor is
one pass of a regular expression that finds every record.
"""

import re
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from time import perf_counter
from typing import Annotated

import polars as pl
import typer

from tasks.extract.read import read_batch
from tasks.extract.source import Source
from tasks.sample.many import KINDS, write_many

_RECORD = re.compile(rb"<STMTTRN>.*?(?=<STMTTRN>|</BANKTRANLIST>)", re.DOTALL)


def main(
    files: Annotated[int, typer.Option(min=1)] = 20,
    rows: Annotated[int, typer.Option(min=1, help="Movements in each file.")] = 5000,
    repeats: Annotated[int, typer.Option(min=1, help="The best of so many counts.")] = 5,
) -> None:
    """Print a line a kind: rows a second, megabytes a second, and how many times the floor."""
    print(f"{'kind':<8}{'rows':>10}{'rows/s':>14}{'MB/s':>10}{'floor rows/s':>16}{'times':>8}")
    for kind in KINDS:
        with tempfile.TemporaryDirectory() as folder:
            sources = _sources(Path(folder), kind, files, rows)
        expected = files * rows
        floor = _count_rows if kind == "csv" else _count_records
        assert floor(sources) == expected
        assert _read(sources) == expected
        best, bare = _best(_read, sources, repeats), _best(floor, sources, repeats)
        size = sum(len(source.data) for source in sources) / 1024**2
        print(
            f"{kind:<8}{expected:>10,}{expected / best:>14,.0f}{size / best:>10.1f}"
            f"{expected / bare:>16,.0f}{best / bare:>8.1f}"
        )


def _sources(folder: Path, kind: str, files: int, rows: int) -> list[Source]:
    write_many(folder, kind=kind, files=files, rows=rows)
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return [Source(no, path.name, path.read_bytes(), path.name) for no, path in enumerate(paths)]


def _read(sources: list[Source]) -> int:
    reading = read_batch(sources)
    assert not any(file.error for file in reading.files)
    return reading.transactions.height


def _count_rows(sources: list[Source]) -> int:
    """Every file through a bare reader of tables; the preamble is skipped by its line count."""
    return sum(_table(source.data).height for source in sources)


def _table(data: bytes) -> pl.DataFrame:
    head, _, _ = data.partition(b"Data Lan")
    skip = head.count(b"\n")
    return pl.read_csv(BytesIO(data), separator=";", skip_rows=skip, infer_schema=False)


def _count_records(sources: list[Source]) -> int:
    return sum(len(_RECORD.findall(source.data)) for source in sources)


def _best(work: Callable[[list[Source]], int], sources: list[Source], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        started = perf_counter()
        work(sources)
        times.append(perf_counter() - started)
    return min(times)


if __name__ == "__main__":
    typer.run(main)
