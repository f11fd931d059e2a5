"""Write one statement file of any size, in little memory: to measure how large files are read."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from schemas.errors import WrongUsage

FIRST_DAY = date(2020, 1, 1)
DAYS = 3_650
_ROWS_AT_ONCE = 100


@dataclass
class Tally:
    """What was written of a statement so far: rows, and their sums in cents by direction."""

    count: int = 0
    credits: int = 0
    debits: int = 0

    @property
    def net(self) -> int:
        """The sum of all rows in cents; statements begin at zero."""
        return self.credits - self.debits

    def add(self, cents: int) -> None:
        """Count a row."""
        self.count += 1
        if cents < 0:
            self.debits -= cents
        else:
            self.credits += cents


class Script(ABC):
    """How a kind of file is written, piece by piece."""

    head = ""
    end = ""
    suffix = ".txt"

    @abstractmethod
    def opening(self, number: int) -> str:
        """What a statement begins with."""

    @abstractmethod
    def row(self, number: int, day: date, cents: int) -> str:
        """A movement."""

    @abstractmethod
    def closing(self, number: int, told: Tally) -> str:
        """What a statement ends with."""

    def ending(self, statements: int, rows: int) -> str:
        """What the file ends with."""
        del statements, rows
        return self.end


class Ofx(Script):
    """OFX 1 as Brazilian banks write it."""

    suffix = ".ofx"
    head = (
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:UTF-8\nCHARSET:NONE\n"
        "COMPRESSION:NONE\nOLDFILEUID:NONE\nNEWFILEUID:NONE\n\n<OFX>\n<SIGNONMSGSRSV1><SONRS>"
        "<STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>20300101<LANGUAGE>POR<FI><ORG>Banco"
        "<FID>077</FI></SONRS></SIGNONMSGSRSV1>\n<BANKMSGSRSV1>\n"
    )
    end = "</BANKMSGSRSV1>\n</OFX>\n"

    def opening(self, number: int) -> str:
        """STMTRS with its account and period."""
        return (
            f"<STMTTRNRS><TRNUID>{number}<STATUS><CODE>0<SEVERITY>INFO</STATUS>\n<STMTRS>"
            f"<CURDEF>BRL<BANKACCTFROM><BANKID>077<ACCTID>{number:08d}<ACCTTYPE>CHECKING"
            "</BANKACCTFROM>\n<BANKTRANLIST><DTSTART>20200101<DTEND>20291231\n"
        )

    def row(self, number: int, day: date, cents: int) -> str:
        """STMTTRN."""
        return (
            f"<STMTTRN><TRNTYPE>OTHER<DTPOSTED>{day:%Y%m%d}<TRNAMT>{decimal(cents)}"
            f"<FITID>{number:016x}<MEMO>Compra no débito: Loja {number % 997}</STMTTRN>\n"
        )

    def closing(self, number: int, told: Tally) -> str:
        """LEDGERBAL."""
        del number
        return (
            f"</BANKTRANLIST>\n<LEDGERBAL><BALAMT>{decimal(told.net)}<DTASOF>20291231</LEDGERBAL>"
            "</STMTRS></STMTTRNRS>\n"
        )


class Mt940(Script):
    """MT940 as German banks write it."""

    suffix = ".sta"

    def opening(self, number: int) -> str:
        """Account and opening balance."""
        account = f":20:S{number}\r\n:25:37040044/{number:010d}\r\n:28C:{number % 99999}/1\r\n"
        return f"{account}:60F:C200101EUR0,00\r\n"

    def row(self, number: int, day: date, cents: int) -> str:
        """An entry with its text."""
        side, amount = ("D" if cents < 0 else "C"), decimal(abs(cents), ",")
        return (
            f":61:{day:%y%m%d%m%d}{side}{amount}NTRFNONREF//{number:016X}\r\n"
            f":86:166?00KARTENZAHLUNG?20EREF+{number}?21SVWZ+Einkauf Filiale {number % 997}"
            f"?32Müller und Söhne\r\n"
        )

    def closing(self, number: int, told: Tally) -> str:
        """The closing balance."""
        del number
        side = "D" if told.net < 0 else "C"
        return f":62F:{side}291231EUR{decimal(abs(told.net), ',')}\r\n-\r\n"


class Camt053(Script):
    """CAMT.053 of 2019 with totals."""

    suffix = ".xml"
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>\n'
        "<GrpHdr><MsgId>M</MsgId><CreDtTm>2030-01-01T06:00:00Z</CreDtTm></GrpHdr>\n"
    )
    end = "</BkToCstmrStmt></Document>\n"

    def opening(self, number: int) -> str:
        """Account and opening balance."""
        return (
            f"<Stmt><Id>S{number}</Id><CreDtTm>2030-01-01T06:00:00Z</CreDtTm><Acct><Id><Othr>"
            f"<Id>{number:010d}</Id></Othr></Id><Ccy>EUR</Ccy></Acct>\n"
            f"{_balance('OPBD', 0, '2020-01-01')}"
        )

    def row(self, number: int, day: date, cents: int) -> str:
        """An entry with one detail."""
        side = "DBIT" if cents < 0 else "CRDT"
        return (
            f'<Ntry><NtryRef>{number}</NtryRef><Amt Ccy="EUR">{decimal(abs(cents))}</Amt>'
            f"<CdtDbtInd>{side}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt>"
            f"<NtryDtls><TxDtls><Refs><EndToEndId>E{number}</EndToEndId></Refs><RmtInf><Ustrd>"
            f"Einkauf Müller {number % 997}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>\n"
        )

    def closing(self, number: int, told: Tally) -> str:
        """The closing balance; it may stand behind the entries."""
        del number
        return f"{_balance('CLBD', told.net, '2029-12-31')}</Stmt>\n"


class Bai2(Script):
    """BAI2: all accounts in one group, without balances; totals and counts at each level."""

    head = "01,BANK,CUST,300101,0600,1,80,,2/\n02,CUST,BANK,1,291231,,USD,2/\n"

    def __init__(self) -> None:
        self.total = 0

    def opening(self, number: int) -> str:
        """The account."""
        return f"03,{number:010d},USD,,,,/\n"

    def row(self, number: int, day: date, cents: int) -> str:
        """A detail; its day is that of the group."""
        del day
        code = "455" if cents < 0 else "142"
        return f"16,{code},{abs(cents)},,{number:016X},,STORE {number % 997} PURCHASE/\n"

    def closing(self, number: int, told: Tally) -> str:
        """The trailer of the account."""
        del number
        total = told.credits + told.debits
        self.total += total
        return f"49,{total},{told.count + 2}/\n"

    def ending(self, statements: int, rows: int) -> str:
        """The trailers of the group and of the file."""
        count = rows + 2 * statements + 2
        return f"98,{self.total},{statements},{count}/\n99,{self.total},1,{count + 2}/\n"


class Qif(Script):
    """QIF as Quicken writes it."""

    suffix = ".qif"

    def opening(self, number: int) -> str:
        """The account and its heading."""
        return f"!Account\nNAccount {number}\nTBank\n^\n!Type:Bank\n"

    def row(self, number: int, day: date, cents: int) -> str:
        """A record."""
        return (
            f"D{day:%m/%d/%Y}\nT{cents / 100:,.2f}\nN{number}\nPStore {number % 997}\n"
            "MCard purchase\nLGroceries\n^\n"
        )

    def closing(self, number: int, told: Tally) -> str:
        """Nothing: QIF has no closing balance."""
        del number, told
        return ""


SCRIPTS: dict[str, type[Script]] = {
    "ofx1": Ofx,
    "mt940": Mt940,
    "camt053": Camt053,
    "bai2": Bai2,
    "qif": Qif,
}


def write_huge(path: Path, *, kind: str, size_bytes: int, statement_rows: int = 0) -> int:
    """Write a file of at least so many bytes.

    Args:
        path: where it goes.
        kind: one of SCRIPTS.
        size_bytes: how large it becomes.
        statement_rows: movements in each statement; 0 writes one statement.

    Returns:
        how many movements are in it.

    Raises:
        WrongUsage: a kind that is not known.
    """
    if kind not in SCRIPTS:
        raise WrongUsage("samples", f"cannot write kind {kind!r}", f"take one of {list(SCRIPTS)}")
    script, statements, number = SCRIPTS[kind](), 0, 0
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(script.head)
        while file.tell() < size_bytes:
            statements += 1
            told = Tally()
            file.write(script.opening(statements))
            while file.tell() < size_bytes if not statement_rows else told.count < statement_rows:
                day = FIRST_DAY + timedelta(days=min(DAYS - 1, file.tell() * DAYS // size_bytes))
                rows = []
                for _ in range(min(_ROWS_AT_ONCE, statement_rows or _ROWS_AT_ONCE)):
                    number += 1
                    cents = number * 104_729 % 90_000 + 1
                    cents = cents if number % 3 == 0 else -(cents * 4 // 9) - 1
                    told.add(cents)
                    rows.append(script.row(number, day, cents))
                file.write("".join(rows))
            file.write(script.closing(statements, told))
        file.write(script.ending(statements, number))
    return number


def decimal(cents: int, mark: str = ".") -> str:
    """Cents as an amount with two decimals."""
    sign, cents = ("-", -cents) if cents < 0 else ("", cents)
    return f"{sign}{cents // 100}{mark}{cents % 100:02}"


def _balance(kind: str, cents: int, day: str) -> str:
    side = "DBIT" if cents < 0 else "CRDT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="EUR">{decimal(abs(cents))}</Amt><CdtDbtInd>{side}</CdtDbtInd>'
        f"<Dt><Dt>{day}</Dt></Dt></Bal>\n"
    )
