"""The statements of one MT940 or MT942 file: whose account, which balances, over which pages."""

import re
from dataclasses import dataclass, replace
from functools import cached_property

from schemas.errors import MalformedFile
from schemas.statement import AccountKind
from tasks.extract.formats.mt94x.directions import number
from tasks.extract.formats.mt94x.messages import Document, Message

_BALANCE = re.compile(
    r"\s*(?P<mark>[CD])(?P<day>\d{6})(?P<currency>[A-Z]{3})?[ \t]*(?P<amount>[\d.,]+)"
    r"[ \t]*(?:-\}.*)?(?:\n|\Z)"
)
_LIMIT_CURRENCY = re.compile(r"\s*\d*([A-Z]{3})")
_SUFFIX = re.compile(r"(?<=[\d/ ])[ /]?([A-Z]{3})\Z")
_DOT = re.compile(r"\d+\.\d{0,2}")
_FIRST_OF_LAST_CENTURY = 80
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_PAGE = re.compile(r"\s*(\d+)/(\d+)")
_NAMES = frozenset({"20", "21", "25", "28"})
_SUMS = frozenset({"90C", "90D"})
_INTERIM = frozenset({"13D", "34F"}) | _SUMS


@dataclass(frozen=True)
class Balance:
    """A balance as signed text, "-" for a debt; its day as eight digits; its currency or null."""

    amount: str
    day: str
    currency: str | None


@dataclass(frozen=True)
class Statement:
    """A chain of messages: pages of which each goes on where the last one closed.

    Attributes:
        pages: the messages.
        cut_line: where the file ends within the beginning of another statement; 0 if it does not.
        behind: what stands behind the end of the last statement of a file.
    """

    pages: list[Message]
    cut_line: int = 0
    behind: str = ""

    @property
    def first(self) -> int:
        """The number of its first entry in the batch, from 0."""
        return self.pages[0].first

    @property
    def record_count(self) -> int:
        """How many entries it holds."""
        return sum(page.count for page in self.pages)

    @cached_property
    def opening(self) -> Balance | None:
        """The balance with which its first page opens, once all of its pages are there."""
        return balance(self.pages[0].fields.get("60"))

    @cached_property
    def closing(self) -> Balance | None:
        """The balance with which its last page closes, once all of its pages are there."""
        return balance(self.pages[-1].fields.get("62"))

    @property
    def is_of_two_currencies(self) -> bool:
        """It opens in one currency and closes in another: the balances prove nothing."""
        named = {one.currency for one in (self.opening, self.closing) if one and one.currency}
        return len(named) > 1

    @property
    def is_interim(self) -> bool:
        """An MT942: by its header or its fields, and it has no balances."""
        page = self.pages[0]
        if "60" in page.fields or "62" in page.fields:
            return False
        return page.is_interim or bool(page.fields.keys() & _INTERIM)

    def state(self, tag: str) -> str | None:
        """What a field states: of an opening the first page, of a closing or a sum the last."""
        pages = self.pages if tag[:2] in ("60", "34") else self.pages[::-1]
        return next((page.fields[tag] for page in pages if tag in page.fields), None)

    def row(self) -> dict[str, str | None]:
        """The row of STATEMENT_TEXT, without file and statement number."""
        first, opening, stated = self.pages[0].fields, self.opening, self.closing
        closing = None if self.is_of_two_currencies else stated
        currency = _currency(opening, stated, first)
        institution, account, suffix = _account(first.get("25"), currency)
        return {
            "institution_text": institution,
            "account_text": account,
            "account_kind": AccountKind.BANK.value,
            "currency_text": currency or suffix,
            "opening_text": opening.amount if opening else None,
            "opening_on_text": opening.day if opening else None,
            "closing_text": closing.amount if closing else None,
            "closing_on_text": closing.day if closing else None,
            "stated_on_text": stated.day if stated else _stated(first.get("13D")),
        }


def statements(document: Document) -> list[Statement]:
    """The statements of a file in its order.

    A page that closes with :62M: and the next one, which opens with :60M: at the same balance of
    the same account, are one statement: equal entries on both pages are two movements. So are pages
    of an interim report, which has no balances, where they are numbered on and the sums come last.
    The mere beginning of a message is no statement, unless there is nothing else.

    Raises:
        MalformedFile: the file ends within a statement; its last entry may be half of one.
    """
    _refuse_cut_short(document)
    found: list[Statement] = []
    whole = [one for one in document.messages if not _is_beginning(one, document.messages[-1])]
    for message in whole or document.messages[:1]:
        if found and _goes_on(found[-1], message):
            found[-1].pages.append(message)
        else:
            found.append(Statement([message]))
    last = document.messages[-1]
    is_cut = whole and last is not whole[-1] and not last.is_ended
    found[-1] = replace(found[-1], cut_line=last.line if is_cut else 0, behind=document.behind)
    return found


def _is_beginning(message: Message, last: Message) -> bool:
    """Names alone: of no account, or at the end of the file and not ended itself.

    An account in a message that is ended had no movements.
    """
    if message.count or message.lost or message.fields.keys() - _NAMES:
        return False
    return "25" not in message.fields or (message is last and not message.is_ended)


def _refuse_cut_short(document: Document) -> None:
    """What opens must close: with a balance, with a bracket, or as the messages before it did."""
    last = document.messages[-1]
    if last.is_ended or balance(last.fields.get("62")) is not None:
        return
    if "60" in last.fields and ("20" in last.fields or last.count > 0):
        lacks = "no closing balance (:62F:)"
    elif last.has_block or (
        last.count > 0
        and not last.fields.keys() & _SUMS
        and any(message.is_ended for message in document.messages)
    ):
        lacks = 'no end mark ("-")'
    else:
        return
    raise MalformedFile(
        f"{document.opened.source.name}: line {last.line}",
        f"the file ends within the statement that begins here: {lacks}",
        "export the statement again; the file was cut",
    )


def balance(text: str | None) -> Balance | None:
    """What :60a: or :62a: states; null without one, or where it cannot be read."""
    match = _BALANCE.match(text or "")
    if not match:
        return None
    sign = "-" if match["mark"] == "D" else ""
    return Balance(sign + with_comma(match["amount"]), four_digit_year(match["day"]), match[3])


def with_comma(amount: str) -> str:
    """An amount with the decimal comma of SWIFT; some banks write a point before the cents."""
    return amount.replace(".", ",") if _DOT.fullmatch(amount) else amount


def four_digit_year(day: str) -> str:
    """A day YYMMDD as YYYYMMDD: SWIFT reads 80 to 99 as the last century."""
    return ("19" if int(day[:2]) >= _FIRST_OF_LAST_CENTURY else "20") + day


def _goes_on(statement: Statement, following: Message) -> bool:
    page = statement.pages[-1]
    if page.fields.get("25") != following.fields.get("25"):
        return False
    if statement.is_interim:
        before, after = (_PAGE.match(one.fields.get("28", "")) for one in (page, following))
        return (
            before is not None
            and after is not None
            and before[1] == after[1]
            and int(before[2]) + 1 == int(after[2])
            and Statement([following]).is_interim
            and not page.fields.keys() & _SUMS
        )
    if (page.pages.get("62"), following.pages.get("60")) != ("M", "M"):
        return False
    closed, opened = balance(page.fields["62"]), balance(following.fields["60"])
    if closed is None or opened is None or not _are_equal(closed.amount, opened.amount):
        return False
    return closed.currency == opened.currency or None in (closed.currency, opened.currency)


def _are_equal(one: str, other: str) -> bool:
    """The same amount, also where one page writes 705, and the next one 705,00."""
    return one == other or (number(one) is not None and number(one) == number(other))


def _currency(
    opening: Balance | None, closing: Balance | None, fields: dict[str, str]
) -> str | None:
    """The currency of the balances, or of the floor limit or the sums of an MT942."""
    for one in (opening, closing):
        if one and one.currency:
            return one.currency
    for tag in ("34F", "90D", "90C"):
        if match := _LIMIT_CURRENCY.match(fields.get(tag, "")):
            return match[1]
    return None


def _account(text: str | None, currency: str | None) -> tuple[str | None, str | None, str | None]:
    """Bank, account and currency out of :25:, where a BIC or a bank code may stand before a slash.

    :25P: has the BIC in a line of its own. Some banks write the currency behind the account.
    """
    lines = (text or "").strip().split("\n")
    account, bank = lines[0].strip(), None
    if len(lines) > 1 and re.fullmatch(r"[A-Z0-9]{8}(?:[A-Z0-9]{3})?", lines[1].strip()):
        bank = lines[1].strip()
    suffix = _SUFFIX.search(account)
    if suffix and currency in (None, suffix[1]):
        account = account[: suffix.start()].rstrip(" /")
    else:
        suffix = None
    if "/" in account:
        before, _, behind = (part.strip() for part in account.partition("/"))
        if _is_account_first(before, behind, suffix[1] if suffix else currency):
            before, behind = behind, before
        bank, account = before or bank, behind
    return bank or None, account.strip() or None, suffix[1] if suffix else None


def _is_account_first(before: str, behind: str, currency: str | None) -> bool:
    """Does the bank stand behind the slash, or nothing? Czech accounts are written so."""
    if re.fullmatch(r"\d{4}", behind):
        is_czech = currency == "CZK" and re.fullmatch(r"\d{5,10}", before)
        return bool(is_czech or re.fullmatch(r"\d{1,6}-\d{2,10}|\d{10}", before))
    return not behind or bool(_BIC.fullmatch(behind) and re.search(r"\d{5}", before))


def _stated(text: str | None) -> str | None:
    """The day of :13D:, date and time of an interim report."""
    match = re.match(r"\s*(\d{6})", text or "")
    return four_digit_year(match[1]) if match else None
