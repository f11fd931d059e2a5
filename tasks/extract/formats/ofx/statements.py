"""The statements of one OFX file: whose account, which period, which balance."""

import re
from dataclasses import dataclass, field
from functools import cache

from schemas.errors import MalformedFile
from schemas.statement import AccountKind
from tasks.extract.formats.ofx.document import Document, value
from tasks.extract.formats.ofx.tags import VALUE

_STATEMENT = re.compile(r"<(/?)((?:CC|INV)?STMTRS)\s*>")
_KINDS = {
    "STMTRS": AccountKind.BANK,
    "CCSTMTRS": AccountKind.CARD,
    "INVSTMTRS": AccountKind.INVESTMENT,
}
_ACCOUNT = re.compile(r"<[A-Z]*ACCTFROM\s*>(.*?)(?:</[A-Z]*ACCTFROM|<[A-Z]*TRANLIST|\Z)", re.DOTALL)
_BALANCE = re.compile(r"<LEDGERBAL\s*>(.*?)(?:</LEDGERBAL|<AVAILBAL|\Z)", re.DOTALL)
_PERIOD = re.compile(r"<(?:BANK|INV)TRANLIST\s*>(.*?)(?:</[A-Z]*TRANLIST|\Z)", re.DOTALL)
# Zeros, or the first day of a computer's clock, say that there is no day.
_DAY = re.compile(r"(?!0{4}-?0{2}-?0{2}|1970-?01-?01)(\d{4})(-?)(\d\d)\2(\d\d)")
_STRAY = re.compile(r"<TRNAMT\s*>")
_BRAZILIAN_DAY = re.compile(r"(\d\d)/(\d\d)/(\d{4})")
_TRADE = re.compile(
    r"<(?:(?:BUY|SELL)(?:DEBT|MF|OPT|OTHER|STOCK)|CLOSUREOPT|INCOME|INVEXPENSE|JRNLFUND|JRNLSEC"
    r"|MARGININTEREST|REINVEST|RETOFCAP|SPLIT|TRANSFER)\s*>"
)


@dataclass
class Statement:
    """One STMTRS, CCSTMTRS or INVSTMTRS of a file (OFX 2.1.1, sections 11.4.2, 11.4.3 and 13.9.2).

    Attributes:
        kind: bank, card or investment.
        stated_on: DTSERVER as eight digits, null if the bank gave none.
        signon: institution as the sign-on names it.
        record_count: how many records the statement holds.
        texts: its text without the records.
    """

    kind: AccountKind
    stated_on: str | None
    signon: str | None
    record_count: int = 0
    texts: list[str] = field(default_factory=list)

    def row(self) -> dict[str, str | None]:
        """The row of STATEMENT_TEXT, without file and statement number.

        Only LEDGERBAL is a balance; OFX has no opening balance, so it is null.
        """
        text = "".join(self.texts)
        account = _inside(_ACCOUNT, text)
        balance = _inside(_BALANCE, text)
        currency = first(text, "CURDEF")
        as_of = first(balance, "DTASOF")
        periods = [match[1] for match in _PERIOD.finditer(text)]
        starts = [day for day in (_day(first(period, "DTSTART")) for period in periods) if day]
        ends = [day for day in (_day(first(period, "DTEND")) for period in periods) if day]
        return {
            "institution_text": first(account, "BANKID")
            or first(account, "BROKERID")
            or self.signon,
            "branch_text": first(account, "BRANCHID"),
            "account_text": first(account, "ACCTID"),
            "account_kind": self.kind,
            "currency_text": currency,
            "starts_text": min(starts, default=None),
            "ends_text": max(ends, default=None),
            "closing_text": first(balance, "BALAMT"),
            "closing_on_text": _day(as_of)
            or (_brazilian_day(as_of) if currency == "BRL" else None),
            "stated_on_text": self.stated_on,
        }

    def trade_count(self) -> int:
        """How many trades it lists: purchases, sales and income of securities."""
        is_of_securities = self.kind is AccountKind.INVESTMENT
        return len(_TRADE.findall("".join(self.texts))) if is_of_securities else 0

    def accounts(self) -> set[str]:
        """The accounts that it names; not those of trades, which may be others."""
        text = "" if self.kind is AccountKind.INVESTMENT else "".join(self.texts)
        named = (first(match[1], "ACCTID") for match in _ACCOUNT.finditer(text))
        return {account for account in named if account}


def statements(document: Document) -> list[Statement]:
    """The statements of a file in its order; records that stand in none get one made for them.

    Raises:
        MalformedFile: an amount of a transaction that stands in no record, or a statement of
            several accounts.
    """
    found: list[Statement] = []
    current: Statement | None = None
    outside, stated_on, signon, placed = "", None, None, 0
    for piece in document.pieces:
        if piece.after > placed:
            if current is None:
                current = Statement(AccountKind.BANK, stated_on, signon, texts=[outside])
                found.append(current)
            current.record_count += piece.after - placed
            placed = piece.after
        at = 0
        for match in [*_STATEMENT.finditer(piece.text), None]:
            text = piece.text[at : match.start() if match else None]
            if current is not None:
                if stray := _STRAY.search(text):
                    raise _stray(document, piece.line_at(at + stray.start()))
                current.texts.append(text)
            else:
                outside = text
                stated_on = _day(first(text, "DTSERVER")) or stated_on
                signon = first(text, "ORG") or first(text, "FID") or signon
            if match is None:
                continue
            at = match.end()
            current = None
            if not match[1]:
                current = Statement(_KINDS[match[2]], stated_on, signon)
                found.append(current)
    _refuse_several_accounts(document, found)
    return found


def _refuse_several_accounts(document: Document, found: list[Statement]) -> None:
    for number, statement in enumerate(found, start=1):
        if len(statement.accounts()) > 1:
            raise MalformedFile(
                f"{document.source.name}: statement {number}",
                "it names several accounts, so that nothing tells whose its transactions are",
                "download one file for each account",
            )


def _stray(document: Document, line: int) -> MalformedFile:
    return MalformedFile(
        f"{document.source.name}: line {line}",
        "an amount (TRNAMT) stands in no <STMTTRN>; the start of its record is missing",
        "download the statement again; the file was damaged",
    )


def first(text: str, tag: str) -> str | None:
    """The first value of a tag; null if it is missing or empty."""
    match = _tag(tag).search(text)
    return value(match[1]) if match else None


@cache
def _tag(tag: str) -> re.Pattern[str]:
    return re.compile(rf"<{tag}\s*>{VALUE}")


def _inside(aggregate: re.Pattern[str], text: str) -> str:
    match = aggregate.search(text)
    return match[1] if match else ""


def _day(printed: str | None) -> str | None:
    """The calendar day as printed: the first eight digits, no shift by time zone."""
    match = _DAY.match(printed) if printed else None
    return "".join(match.group(1, 3, 4)) if match else None


def _brazilian_day(printed: str | None) -> str | None:
    """A day as PagBank writes it, which is no day of the standard."""
    match = _BRAZILIAN_DAY.fullmatch(printed) if printed else None
    return "".join(match.group(3, 2, 1)) if match else None
