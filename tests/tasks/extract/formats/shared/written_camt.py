"""CAMT as banks write it, and what became of it."""

from collections.abc import Sequence

from polars.testing import assert_frame_equal
from trial import Trial

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


def _read(sources: Sequence[Source], layout: str) -> Reading:
    """Read by shapes and in full: both must tell the same."""
    del layout
    quick = read_messages(sources, "camt053")
    full = read_messages(sources, "camt053", is_quick=False)
    for name in ("records", "details", "statements", "findings"):
        assert_frame_equal(getattr(quick, name), getattr(full, name))
    told = [(file.raw_count, file.encoding, str(file.error)) for file in quick.files]
    assert told == [(file.raw_count, file.encoding, str(file.error)) for file in full.files]
    return quick


TRIAL = Trial(_read, "file{}.xml")
sources, reading, good = TRIAL.sources, TRIAL.reading, TRIAL.good
one, refusal = TRIAL.one, TRIAL.refusal


def claims(text: str | bytes) -> list[str]:
    return [one.name for one in (CAMT052, CAMT053, CAMT054) if one.sniff(*sources(text))]
