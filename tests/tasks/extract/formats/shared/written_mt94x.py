"""MT940 and MT942 as banks write them, and what became of them."""

from decimal import Decimal

import polars as pl

from schemas.errors import MalformedFile, UndecodableFile
from tasks.extract.formats.mt94x.reader import read
from tasks.extract.source import Reading, Source
from tasks.extract.typed import type_records, type_statements

HEAD = ":20:STARTUMSE\n:25:99900000/1234567\n:28C:1/1\n"
OPEN = HEAD + ":60F:C260101EUR100,00\n"
CLOSE = ":62F:C260131EUR90,00\n-\n"
INTERIM = HEAD + ":34F:EUR0,00\n:13D:2601050900+0100\n"


def reading(*texts: str | bytes) -> Reading:
    data = [text.encode() if isinstance(text, str) else text for text in texts]
    return read([Source(no, f"file{no}.sta", bytes_) for no, bytes_ in enumerate(data)], "")


def accounted(result: Reading) -> bool:
    """Is every entry of every file that was read a record, or set aside?"""
    numbers = pl.concat(
        [result.records, result.findings.filter("is_set_aside")], how="diagonal_relaxed"
    )
    return all(
        file.raw_count == numbers.filter(pl.col("file_no") == file.file_no).height
        for file in result.files
    )


def good(*texts: str | bytes) -> Reading:
    result = reading(*texts)
    assert [file.error for file in result.files] == [None] * len(texts)
    assert accounted(result)
    return result


def one(entry: str) -> dict[str, object]:
    """The one record of a statement."""
    rows = good(OPEN + entry + CLOSE).records.rows(named=True)
    assert len(rows) == 1
    return rows[0]


def described(text: str) -> tuple[object, object]:
    row = one(f":61:2601050105D10,00NTRFNONREF\n:86:{text}\n")
    return row["description"], row["counterparty"]


def refusal(text: str | bytes) -> MalformedFile | UndecodableFile:
    result = reading(text)
    assert result.records.is_empty()
    assert result.statements.is_empty()
    error = result.files[0].error
    assert isinstance(error, MalformedFile | UndecodableFile)
    return error


def amounts(result: Reading) -> list[Decimal]:
    statements = type_statements(result.statements, result.convention)
    return type_records(result.records, statements, result.convention).records["amount"].to_list()


# Who claims a file
