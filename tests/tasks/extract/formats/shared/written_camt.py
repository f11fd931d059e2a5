"""CAMT as banks write it, and what became of it."""

import polars as pl
from polars.testing import assert_frame_equal

from schemas.errors import MalformedFile, NotAStatement
from tasks.extract.formats.camt.reader import CAMT052, CAMT053, CAMT054, read_messages
from tasks.extract.source import Reading, Source

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
SPACE = ' xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"'
ACCOUNT = "<Acct><Id><IBAN>DE00000000000000000012</IBAN></Id><Ccy>EUR</Ccy></Acct>"
DAY = "<BookgDt><Dt>2026-03-03</Dt></BookgDt>"


def balance(kind: str, amount: str, side: str = "CRDT", day: str = "2026-03-03") -> str:
    mark = f"<CdtDbtInd>{side}</CdtDbtInd>" if side else ""
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="EUR">{amount}</Amt>{mark}<Dt><Dt>{day}</Dt></Dt></Bal>'
    )


def entry(amount: str = "5.00", side: str = "CRDT", more: str = DAY, after: str = "") -> str:
    return f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>{more}{after}</Ntry>'


def detail(inside: str) -> str:
    return f"<NtryDtls><TxDtls>{inside}</TxDtls></NtryDtls>"


def document(*entries: str, balances: str = "", version: str = "08", account: str = ACCOUNT) -> str:
    return (
        f"{HEAD}<Document{SPACE.format(version=version)}><BkToCstmrStmt>"
        f"<GrpHdr><CreDtTm>2026-03-04T05:00:00</CreDtTm></GrpHdr><Stmt>{account}{balances}\n"
        + "\n".join(entries)
        + "</Stmt></BkToCstmrStmt></Document>\n"
    )


def sources(*texts: str | bytes) -> list[Source]:
    data = [text.encode() if isinstance(text, str) else text for text in texts]
    return [Source(no, f"file{no}.xml", each) for no, each in enumerate(data)]


def reading(*texts: str | bytes) -> Reading:
    """Read by shapes and in full: both must tell the same."""
    quick = read_messages(sources(*texts), "camt053")
    full = read_messages(sources(*texts), "camt053", is_quick=False)
    for name in ("records", "details", "statements", "findings"):
        assert_frame_equal(getattr(quick, name), getattr(full, name))
    told = [(file.raw_count, file.encoding, str(file.error)) for file in quick.files]
    assert told == [(file.raw_count, file.encoding, str(file.error)) for file in full.files]
    return quick


def good(*texts: str | bytes) -> Reading:
    result = reading(*texts)
    aside = result.findings.filter("is_set_aside")
    for file in result.files:
        assert file.error is None
        kept = [
            frame.filter(pl.col("file_no") == file.file_no) for frame in (result.records, aside)
        ]
        assert sum(frame.height for frame in kept) == file.raw_count
    return result


def one(text: str | bytes) -> dict[str, object]:
    rows = good(text).records.rows(named=True)
    assert len(rows) == 1
    return rows[0]


def refusal(text: str | bytes) -> MalformedFile | NotAStatement:
    result = reading(text)
    assert result.records.is_empty()
    assert result.statements.is_empty()
    error = result.files[0].error
    assert isinstance(error, MalformedFile | NotAStatement)
    return error


def claims(text: str | bytes) -> list[str]:
    return [one.name for one in (CAMT052, CAMT053, CAMT054) if one.sniff(*sources(text))]
