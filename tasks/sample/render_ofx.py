"""Statements as OFX files: four Brazilian dialects of OFX 1, OFX 2, and Quicken's QFX."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from html import escape

from tasks.sample.rendered import Rendered, day_pt, uuid
from tasks.sample.world import BANKS, Movement, Statement


def sgml(encoding: str, charset: str) -> tuple[str, ...]:
    """The nine header lines of OFX 1 and the empty line after them."""
    return (
        "OFXHEADER:100",
        "DATA:OFXSGML",
        "VERSION:102",
        "SECURITY:NONE",
        f"ENCODING:{encoding}",
        f"CHARSET:{charset}",
        "COMPRESSION:NONE",
        "OLDFILEUID:NONE",
        "NEWFILEUID:NONE",
        "",
    )


XML = (
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?>',
    '<?OFX OFXHEADER="200" VERSION="211" SECURITY="NONE" OLDFILEUID="NONE" NEWFILEUID="NONE"?>',
)


@dataclass(frozen=True)
class Dialect:
    """How one bank writes OFX.

    Attributes:
        name: what the file is called, from the statement.
        format: ofx1, ofx2 or qfx.
        header: the lines before the tags.
        is_closed: whether a value is followed by its end tag; `&` is then written as an entity.
        encoding: what the bytes really are, whatever the header says.
        newline: end of a line.
        clock: what follows the eight digits of a day.
        decimal_mark: "." or ",".
        is_ref_stable: FITID is the bank's own key; else it is the day and the position in the file,
            which the next export numbers anew.
        is_newest_first: order of the records.
        text_tag: NAME or MEMO.
        language: of the bank's messages.
        intuit_id: Quicken's number of the bank, "" outside QFX.
        is_card: the aggregates of credit cards take the place of those of banks.
    """

    name: Callable[[Statement], str]
    format: str = "ofx1"
    header: tuple[str, ...] = sgml("USASCII", "1252")
    is_closed: bool = True
    encoding: str = "utf-8"
    newline: str = "\n"
    clock: str = "000000[-3:GMT]"
    decimal_mark: str = "."
    is_ref_stable: bool = False
    is_newest_first: bool = False
    text_tag: str = "MEMO"
    language: str = "POR"
    intuit_id: str = ""
    is_card: bool = False

    def render(self, statement: Statement) -> Rendered:
        """The statement as this bank's OFX file."""
        order = slice(None, None, -1 if self.is_newest_first else 1)
        lines = [
            *self.header,
            *self._head(statement),
            *self._records(statement.movements)[order],
            *self._tail(statement),
            "",
        ]
        if self.is_card:
            lines = [
                _OF_CARDS.get(line, line) for line in lines if not line.startswith(_OF_BANKS_ALONE)
            ]
        data = self.newline.join(lines).encode(self.encoding)
        return Rendered(self.name(statement), data, self.format, "", "closing")

    def _leaf(self, tag: str, value: str) -> str:
        return f"<{tag}>{value}</{tag}>" if self.is_closed else f"<{tag}>{value}"

    def _amount(self, printed: str) -> str:
        return printed.replace(".", self.decimal_mark)

    def _head(self, statement: Statement) -> list[str]:
        account, leaf = statement.account, self._leaf
        bank = BANKS[account.bank]
        intuit = (leaf("INTU.BID", self.intuit_id),) if self.intuit_id else ()
        branch = (leaf("BRANCHID", account.branch),) if account.branch else ()
        return [
            "<OFX>",
            "<SIGNONMSGSRSV1>",
            "<SONRS>",
            *self._status(),
            leaf("DTSERVER", f"{statement.stated_on:%Y%m%d}{self.clock}"),
            leaf("LANGUAGE", self.language),
            "<FI>",
            leaf("ORG", bank.title),
            leaf("FID", bank.code),
            "</FI>",
            *intuit,
            "</SONRS>",
            "</SIGNONMSGSRSV1>",
            "<BANKMSGSRSV1>",
            "<STMTTRNRS>",
            leaf("TRNUID", "1001"),
            *self._status(),
            "<STMTRS>",
            leaf("CURDEF", account.currency),
            "<BANKACCTFROM>",
            leaf("BANKID", bank.code),
            *branch,
            leaf("ACCTID", account.number),
            leaf("ACCTTYPE", "CHECKING"),
            "</BANKACCTFROM>",
            "<BANKTRANLIST>",
            leaf("DTSTART", f"{statement.starts_on:%Y%m%d}{self.clock}"),
            leaf("DTEND", f"{statement.ends_on:%Y%m%d}{self.clock}"),
        ]

    def _status(self) -> tuple[str, ...]:
        return "<STATUS>", self._leaf("CODE", "0"), self._leaf("SEVERITY", "INFO"), "</STATUS>"

    def _records(self, movements: tuple[Movement, ...]) -> list[str]:
        leaves = ("TRNTYPE", "DTPOSTED", "TRNAMT", "FITID", self.text_tag)
        body = (self._leaf(tag, "%s") for tag in leaves)
        record = self.newline.join(("<STMTTRN>", *body, "</STMTTRN>"))
        clock, is_ref_stable = self.clock, self.is_ref_stable
        printed = []
        for number, m in enumerate(movements, start=1):
            day = f"{m.booked_on:%Y%m%d}"
            fitid = uuid(m.ref) if is_ref_stable else f"{day}{number:03d}"
            text = escape(m.description, quote=False) if self.is_closed else m.description
            values = (m.kind, day + clock, self._amount(f"{m.amount:.2f}"), fitid, text)
            printed.append(record % values)
        return printed

    def _tail(self, statement: Statement) -> list[str]:
        return [
            "</BANKTRANLIST>",
            "<LEDGERBAL>",
            self._leaf("BALAMT", self._amount(f"{statement.closing:.2f}")),
            self._leaf("DTASOF", f"{statement.ends_on:%Y%m%d}{self.clock}"),
            "</LEDGERBAL>",
            "</STMTRS>",
            "</STMTTRNRS>",
            "</BANKMSGSRSV1>",
            "</OFX>",
        ]


_AGGREGATES = {
    "BANKMSGSRSV1": "CREDITCARDMSGSRSV1",
    "STMTTRNRS": "CCSTMTTRNRS",
    "STMTRS": "CCSTMTRS",
    "BANKACCTFROM": "CCACCTFROM",
}
_OF_CARDS = {
    f"<{end}{bank}>": f"<{end}{card}>" for bank, card in _AGGREGATES.items() for end in ("", "/")
}
_OF_BANKS_ALONE = ("<BANKID>", "<BRANCHID>", "<ACCTTYPE>")
"""What a statement of a card has instead, and what it does not have (OFX 2.1.1, section 11.3.3)."""


def _itau_name(statement: Statement) -> str:
    return f"extrato-itau-{statement.account.digits}-{statement.ends_on:%m%Y}.ofx"


def _nubank_name(statement: Statement) -> str:
    period = f"{day_pt(statement.starts_on)}_{day_pt(statement.ends_on)}"
    return f"NU_{statement.account.digits}_{period}.ofx"


def _inter_name(statement: Statement) -> str:
    return f"Extrato-{statement.starts_on:%d-%m-%Y}-a-{statement.ends_on:%d-%m-%Y}.ofx"


def _chase_name(suffix: str) -> Callable[[Statement], str]:
    def name(statement: Statement) -> str:
        tail = statement.account.number[-4:]
        return f"Chase{tail}_Activity_{statement.ends_on:%Y%m%d}.{suffix}"

    return name


_ITAU = Dialect(
    _itau_name,
    is_closed=False,
    encoding="cp1252",
    newline="\r\n",
    clock="100000[-03:EST]",
)

_CHASE = Dialect(
    _chase_name("ofx"),
    format="ofx2",
    header=XML,
    clock="120000[0:GMT]",
    is_ref_stable=True,
    text_tag="NAME",
    language="ENG",
)

OFX: dict[str, Dialect] = {
    "ofx1_itau": _ITAU,
    # Bradesco and Santander print the comma too (seen in samples of public parsers).
    "ofx1_comma": replace(_ITAU, decimal_mark=","),
    # The header promises cp1252 and the bytes are UTF-8: Nubank and Inter, 2020 on.
    "ofx1_nubank": Dialect(_nubank_name, is_ref_stable=True),
    "ofx1_inter": Dialect(_inter_name, clock="", is_newest_first=True),
    "ofx2": _CHASE,
    "ofx2_card": replace(_CHASE, is_card=True),
    "qfx": Dialect(
        _chase_name("QFX"),
        format="qfx",
        is_closed=False,
        encoding="cp1252",
        newline="\r\n",
        clock="120000[0:GMT]",
        is_ref_stable=True,
        text_tag="NAME",
        language="ENG",
        intuit_id="10898",
    ),
}
"""The dialects by name."""
