"""Read: one bad file never harms its neighbours, and no record is lost without a word."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl
import pytest

from schemas.errors import AmbiguousFormat, EmptyFile, UnknownFormat
from tasks.extract import identify as identifying
from tasks.extract import read as reading
from tasks.extract import typed as typing
from tasks.extract.formats.delimited.reader import CSV
from tasks.extract.identify import identify
from tasks.extract.read import read_batch
from tasks.extract.source import Reading, Source

NUBANK = b"date,title,amount\n2026-01-05,Padaria,12.50\n2026-01-06,Uber,9.90\n"
OFX = b"""OFXHEADER:100

<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>BRL<BANKACCTFROM><BANKID>0341<ACCTID>12345-6
</BANKACCTFROM><BANKTRANLIST><STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260105<TRNAMT>-12.50<FITID>1
<MEMO>Padaria</STMTTRN></BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""


def sources(*files: bytes) -> list[Source]:
    return [Source(n, f"{n}.x", data, f"{n}.x") for n, data in enumerate(files)]


def test_files_of_several_formats_come_back_in_their_own_order() -> None:
    batch = read_batch(sources(NUBANK, b"", OFX, b"hello world", NUBANK))
    assert [file.format for file in batch.files] == ["csv", None, "ofx1", None, "csv"]
    codes = [file.error.code if file.error else None for file in batch.files]
    assert codes == [None, "empty_file", None, "unknown_format", None]
    counts = batch.transactions.group_by("file_no", maintain_order=True).len().rows()
    assert counts == [(0, 2), (2, 1), (4, 2)]
    assert [file.bank for file in batch.files][:3:2] == ["nubank", "itau"]


@pytest.mark.parametrize("data", [b"", b"\n \r\n", b"\xef\xbb\xbf\n", b"\0\0\0"])
def test_nothing_to_read_is_an_empty_file(data: bytes) -> None:
    with pytest.raises(EmptyFile):
        identify(Source(0, "a", data))


def test_content_that_nobody_knows_is_refused() -> None:
    with pytest.raises(UnknownFormat, match="buffet bank propose"):
        identify(Source(0, "a.ofx", b"Dear customer"))


def test_two_readers_for_one_file_are_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    rival = replace(CSV, name="rival")
    monkeypatch.setattr(identifying, "FORMATS", (CSV, rival))
    with pytest.raises(AmbiguousFormat, match="csv br_nubank_cartao, rival br_nubank_cartao"):
        identify(Source(0, "a.csv", NUBANK))


def swap(monkeypatch: pytest.MonkeyPatch, read) -> None:
    monkeypatch.setattr(identifying, "FORMATS", (replace(CSV, read=read),))


def test_a_reader_that_overlooks_a_record_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(files: Sequence[Source], layout: str) -> Reading:
        whole = CSV.read(files, layout)
        return replace(whole, records=whole.records.filter(whole.records["record_no"] != 2))

    swap(monkeypatch, forgetful)
    batch = read_batch(sources(NUBANK))
    (file,) = batch.files
    assert file.error is not None
    assert file.error.code == "count_mismatch"
    assert "2 records" in file.error.problem
    assert batch.transactions.is_empty()
    assert batch.statements.is_empty()


@pytest.mark.parametrize("error", [RecursionError, pl.exceptions.PanicException])
def test_a_reader_that_stumbles_refuses_only_the_file_it_stumbles_on(
    monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    def clumsy(files: Sequence[Source], layout: str) -> Reading:
        if any(b"Uber" in one.data for one in files):
            raise error
        return CSV.read(files, layout)

    swap(monkeypatch, clumsy)
    calm = NUBANK.replace(b"Uber", b"Taxi")
    batch = read_batch(sources(calm, NUBANK, calm))
    assert [bool(file.error) for file in batch.files] == [False, True, False]
    assert batch.transactions.height == 4


def test_typing_that_stumbles_refuses_only_the_file_it_stumbles_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def typed(records: pl.DataFrame, *others: object) -> typing.Typed:
        if records["description"].eq("Uber").any():
            raise RecursionError
        return typing.type_records(records, *others)

    monkeypatch.setattr(reading, "type_records", typed)
    calm = NUBANK.replace(b"Uber", b"Taxi")
    batch = read_batch(sources(calm, NUBANK, calm))
    assert [bool(file.error) for file in batch.files] == [False, True, False]
    assert batch.transactions["file_no"].to_list() == [0, 0, 2, 2]
