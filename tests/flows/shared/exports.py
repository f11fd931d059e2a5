"""What banks print, for tests that tell it in their own words."""

from decimal import Decimal

OFX_HEAD = """OFXHEADER:100
DATA:OFXSGML
VERSION:102
SECURITY:NONE
ENCODING:USASCII
CHARSET:1252
COMPRESSION:NONE
OLDFILEUID:NONE
NEWFILEUID:NONE

"""

CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt>
<GrpHdr><MsgId>M</MsgId><CreDtTm>{made}T06:00:00</CreDtTm></GrpHdr>
<Stmt><Id>S1</Id><CreDtTm>{made}T06:00:00</CreDtTm>
<FrToDt><FrDtTm>{first}T00:00:00</FrDtTm><ToDtTm>{last}T00:00:00</ToDtTm></FrToDt>
<Acct><Id><IBAN>NL91ABNA0417164300</IBAN></Id><Ccy>EUR</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{opening}</Amt>
<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{first}</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{closing}</Amt>
<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{last}</Dt></Dt></Bal>
{entries}
</Stmt></BkToCstmrStmt></Document>
"""

ENTRY = """<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd><Sts>{status}</Sts>
<BookgDt><Dt>{day}</Dt></BookgDt><AddtlNtryInf>{text}</AddtlNtryInf></Ntry>"""


def camt(made: str, opening: str, *movements: tuple[str, str, str], month: str = "2026-01") -> str:
    """One statement of a month; a movement is day, amount and text, announced if it ends in "?"."""
    booked = [amount for _, amount, text in movements if not text.endswith("?")]
    entries = [
        ENTRY.format(
            amount=amount.lstrip("-"),
            mark="DBIT" if amount.startswith("-") else "CRDT",
            status="PDNG" if text.endswith("?") else "BOOK",
            day=f"{month}-{day}",
            text=text.rstrip("?"),
        )
        for day, amount, text in movements
    ]
    closing = sum(map(Decimal, booked), Decimal(opening))
    last = {"2026-01": "31", "2026-02": "28"}[month]
    return CAMT.format(
        made=made,
        first=f"{month}-01",
        last=f"{month}-{last}",
        opening=opening,
        closing=closing,
        entries="\n".join(entries),
    )
