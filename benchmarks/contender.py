"""One reader, in a process of its own: reads the files named on stdin, several times.

python contender.py NAME REPEATS < paths

Prints one JSON object: transactions, their sum in cents, seconds of each repeat, peak memory. It
imports nothing but the one reader that it is told to be, so it runs in any environment.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from time import perf_counter

Amounts = Iterable[object]


def buffet(paths: list[str]) -> Amounts:
    """All of it: recognise, cut, type, place, raw text, and the independent count.

    Large files are read in volumes, and others in batches, as the night reads them.
    """
    from schemas.settings import Settings
    from tasks.extract.large import WHOLE_BYTES, LargeFile
    from tasks.extract.read import BatchReading, read_batch
    from tasks.extract.source import Source
    from tasks.extract.volumes import read_large

    class Shelf:
        def __init__(self) -> None:
            self.told: list[object] = []

        def put(self, rows: BatchReading) -> None:
            self.told += [rows.transactions.height, rows.transactions["amount"].sum()]

        def clear(self) -> None:
            self.told = []

    small: list[Path] = []
    for path in map(Path, paths):
        size = path.stat().st_size
        if size <= WHOLE_BYTES:
            small.append(path)
            continue
        shelf = Shelf()
        assert read_large(LargeFile(0, path.name, path.name, path, size), shelf).file.error is None
        yield from shelf.told
    batch_files = Settings(_env_file=None).batch_files
    for start in range(0, len(small), batch_files):
        sources = [
            Source(number, path.name, path.read_bytes(), path.name)
            for number, path in enumerate(small[start : start + batch_files])
        ]
        reading = read_batch(sources)
        assert not any(file.error for file in reading.files), reading.files
        yield from (reading.transactions.height, reading.transactions["amount"].sum())


def bankstatementparser(kind: str) -> Callable[[list[str]], Amounts]:
    """bankstatementparser: a pandas frame a file."""

    def read(paths: list[str]) -> Amounts:
        import bankstatementparser as peer

        parser = {
            "mt940": peer.Mt940Parser,
            "camt053": peer.CamtParser,
            "bai2": peer.Bai2Parser,
            "ofx1": peer.OfxParser,
        }[kind]
        for path in paths:
            frame = parser(path).parse()
            name = next(name for name in frame.columns if name.lower() == "amount")
            yield from (Decimal(str(amount)) for amount in frame[name])

    return read


def mt_940(paths: list[str]) -> Amounts:
    """mt-940: models of the entries of one file."""
    import mt940

    for path in paths:
        yield from (one.data["amount"].amount for one in mt940.parse(path))


def ofxtools(paths: list[str]) -> Amounts:
    """ofxtools: a strict tree of the message sets, converted."""
    from ofxtools.Parser import OFXTree

    for path in paths:
        tree = OFXTree()
        tree.parse(path)
        for statement in tree.convert().statements:
            yield from (one.trnamt for one in statement.transactions)


def ofxparse(paths: list[str]) -> Amounts:
    """ofxparse: objects from a soup."""
    from ofxparse import OfxParser

    for path in paths:
        with Path(path).open("rb") as file:
            for account in OfxParser.parse(file).accounts:
                yield from (one.amount for one in account.statement.transactions)


def quiffen(paths: list[str]) -> Amounts:
    """quiffen; it must be told the order of day and month."""
    from quiffen import Qif

    for path in paths:
        for account in Qif.parse(path, day_first=True).accounts.values():
            for many in account.transactions.values():
                yield from (one.amount for one in many)


def bai2(paths: list[str]) -> Amounts:
    """bai2: records of one file; the type code says which way."""
    from bai2 import bai2 as peer
    from bai2.constants import TypeCodeTransaction

    for path in paths:
        with Path(path).open() as file:
            for group in peer.parse_from_file(file).children:
                for account in group.children:
                    for one in account.children:
                        way = one.type_code.transaction is TypeCodeTransaction.credit
                        yield Decimal(one.amount if way else -one.amount) / 100


def iterparse(paths: list[str]) -> Amounts:
    """A bare loop over lxml's iterparse: amount, side and day of each entry, nothing else."""
    from lxml import etree

    ns = "{urn:iso:std:iso:20022:tech:xsd:camt.053.001.08}"
    for path in paths:
        for _, entry in etree.iterparse(path, tag=f"{ns}Ntry"):
            amount = Decimal(entry.findtext(f"{ns}Amt"))
            entry.findtext(f"{ns}BookgDt/{ns}Dt")
            yield amount if entry.findtext(f"{ns}CdtDbtInd") == "CRDT" else -amount
            entry.clear()


def polars(paths: list[str]) -> Amounts:
    """A bare typed polars read_csv, told where the header is and how the marks are written."""
    import polars as pl

    for path in paths:
        table = pl.read_csv(path, separator=";", skip_rows=5, infer_schema=False)
        typed = table.with_columns(
            pl.col("Data Lançamento").str.to_date("%d/%m/%Y"),
            *(
                pl.col(name)
                .str.replace_all(".", "", literal=True)
                .str.replace(",", ".", literal=True)
                .cast(pl.Decimal(18, 2))
                for name in ("Valor", "Saldo")
            ),
        )
        yield from (typed.height, typed["Valor"].sum())


def pandas(paths: list[str]) -> Amounts:
    """pandas read_csv a file, told the same; its amounts are floats."""
    import pandas as pd

    for path in paths:
        table = pd.read_csv(path, sep=";", skiprows=5, decimal=",", thousands=".")
        table["Data Lançamento"] = pd.to_datetime(table["Data Lançamento"], format="%d/%m/%Y")
        yield from (len(table), Decimal(f"{table['Valor'].sum():.2f}"))


COLUMNAR = {"buffet", "polars", "pandas"}
"""These yield a count and a sum a file or batch; the others one amount a transaction."""

CONTENDERS: dict[str, Callable[[list[str]], Amounts]] = {
    "buffet": buffet,
    "mt-940": mt_940,
    "ofxtools": ofxtools,
    "ofxparse": ofxparse,
    "quiffen": quiffen,
    "bai2": bai2,
    "lxml iterparse": iterparse,
    "polars read_csv": polars,
    "pandas read_csv": pandas,
    **{
        f"bankstatementparser {kind}": bankstatementparser(kind)
        for kind in ("mt940", "camt053", "bai2", "ofx1")
    },
}


def measured(name: str, paths: list[str], repeats: int) -> dict[str, object]:
    """Read all the files but the first so many times; the count and sum of the last time.

    The first file is small and only warms the reader up: its imports are not counted.
    """
    warm, *paths = paths
    _told(CONTENDERS[name]([warm]), is_columnar=name.split(maxsplit=1)[0] in COLUMNAR)
    seconds = []
    for _ in range(repeats):
        started = perf_counter()
        count, total = _told(
            CONTENDERS[name](paths), is_columnar=name.split(maxsplit=1)[0] in COLUMNAR
        )
        seconds.append(perf_counter() - started)
    return {"count": count, "cents": int(total * 100), "seconds": seconds, "peak_mb": _peak_mb()}


def _peak_mb() -> int:
    """The most memory of this process; what getrusage tells includes that of its parent."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) // 1024


def _told(amounts: Amounts, *, is_columnar: bool) -> tuple[int, Decimal]:
    if is_columnar:
        pairs = _pairs(iter(amounts))
        counts, sums = zip(*pairs, strict=True)
        return sum(counts), sum(sums, Decimal(0))
    known = [Decimal(str(amount)) for amount in amounts]
    return len(known), sum(known, Decimal(0))


def _pairs(values: Iterator[object]) -> Iterator[tuple[int, Decimal]]:
    for count in values:
        total = next(values)
        assert isinstance(count, int)
        yield count, Decimal(str(total))


if __name__ == "__main__":
    print(json.dumps(measured(sys.argv[1], sys.stdin.read().split("\n"), int(sys.argv[2]))))
