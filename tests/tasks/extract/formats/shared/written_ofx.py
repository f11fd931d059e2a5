"""OFX as banks write it, and what became of it."""

from trial import Trial

from tasks.extract.formats.ofx.reader import OFX1, OFX2, QFX, read
from tasks.extract.source import Source

SGML = (
    "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:USASCII\n"
    "CHARSET:{charset}\nCOMPRESSION:NONE\nOLDFILEUID:NONE\nNEWFILEUID:NONE\n\n"
)
XML = '<?xml version="1.0" encoding="{charset}"?>\n<?OFX OFXHEADER="200" VERSION="211"?>\n'
SIGNON = (
    "<SIGNONMSGSRSV1><SONRS><STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS>\n"
    "<DTSERVER>{server}</DTSERVER><FI><ORG>Banco Sol</ORG><FID>999</FID></FI>{extra}"
    "</SONRS></SIGNONMSGSRSV1>\n"
)
PIX = (
    "<STMTTRN>\n<TRNTYPE>OTHER\n<DTPOSTED>20260105120000[-03:EST]\n<TRNAMT>-12.80\n"
    "<FITID>A1\n<NAME>Pix enviado\n<MEMO>Padaria Estrela\n</STMTTRN>\n"
)


def statement(
    *records: str,
    account: str = "12345-6",
    currency: str = "BRL",
    balance: str = "<BALAMT>100,00</BALAMT><DTASOF>20260131</DTASOF>",
) -> str:
    return (
        f"<STMTTRNRS><STMTRS><CURDEF>{currency}</CURDEF>\n<BANKACCTFROM><BANKID>0341</BANKID>"
        f"<BRANCHID>77</BRANCHID><ACCTID>{account}</ACCTID></BANKACCTFROM>\n"
        "<BANKTRANLIST><DTSTART>20260101</DTSTART><DTEND>2026013112000</DTEND>\n"
        + "".join(records)
        + f"</BANKTRANLIST>\n<LEDGERBAL>{balance}</LEDGERBAL></STMTRS></STMTTRNRS>\n"
    )


def ofx(
    *statements: str,
    head: str = SGML,
    charset: str = "1252",
    server: str = "20260201",
    extra: str = "",
) -> str:
    return (
        head.format(charset=charset)
        + "<OFX>\n"
        + SIGNON.format(server=server, extra=extra)
        + "<BANKMSGSRSV1>"
        + "".join(statements)
        + "</BANKMSGSRSV1></OFX>\n"
    )


def entry(**tags: str) -> str:
    cells = {"DTPOSTED": "20260105", "TRNAMT": "-1.00", "FITID": "A1", "MEMO": "Padaria", **tags}
    return "<STMTTRN>" + "".join(f"<{tag}>{text}\n" for tag, text in cells.items()) + "</STMTTRN>\n"


TRIAL = Trial(read, "file{}.ofx")
reading, good, one, refusal = TRIAL.reading, TRIAL.good, TRIAL.one, TRIAL.refusal


def claims(text: str | bytes) -> list[str]:
    source = Source(0, "any", text.encode() if isinstance(text, str) else text)
    return [known.name for known in (OFX1, OFX2, QFX) if known.sniff(source)]
