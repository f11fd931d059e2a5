"""The accounts of BAI2 files: their balances, and the totals by which the bank proves a file."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.errors import MalformedFile
from schemas.findings import Code
from schemas.money import DECIMAL_PLACES
from schemas.statement import AccountKind

DEFAULT_CURRENCY = "USD"
"""The specification's own: a group without a currency code is in US dollars."""

_OPENING, _CLOSING = "010", "015"
_DAY, _TYPE_CODE, _PAIR_COUNT = (re.compile(one) for one in (r"\d{6}", r"\d{3}", r"\d{1,4}"))
_WHOLE_NUMBER = re.compile(r"[+-]?\d{1,22}")
_TRAILERS = {"49": ("account", ""), "98": ("group", "accounts"), "99": ("file", "groups")}
_EXTRA_FIELDS = {"S": 3, "V": 2}
_INTERIM = ("1", "3")
_VOID = {"2": "deleted", "4": "a test"}
_REMEDY = "ask the bank to send the file again; the one you have was damaged or is incomplete"
_REMARK = "tell the bank that its trailers are wrong; the amounts have been proven otherwise"


class Header(NamedTuple):
    """A record 01, 02, 03, 49, 98 or 99, with columns of `lines.cut`."""

    file_no: int
    statement_no: int
    line: int
    code: str
    content: str
    raw_text: str
    first_no: int
    last_no: int


class Sums(NamedTuple):
    """The details of one account, in minor units.

    Attributes:
        printed: the algebraic sum as control totals count it.
        known: the signed sum of those whose direction is known.
        doubtful: the sum without signs of those whose direction is not.
        doubtful_count: how many these are.
        unreadable_count: how many have an amount that is no number.
    """

    printed: int = 0
    known: int = 0
    doubtful: int = 0
    doubtful_count: int = 0
    unreadable_count: int = 0


@dataclass
class Account:
    """One account of one group (records 02 and 03).

    Attributes:
        row: its row of STATEMENT_TEXT, without file and statement number.
        exponent: decimal places of its currency.
        is_pending: an interim report, which the final one repeats.
        void: what the bank says of a group that must not be booked, else "".
        turn: 1 if the balances prove that doubtful details are credits, -1 debits, 0 neither.
    """

    row: dict[str, str | None]
    exponent: int
    is_pending: bool
    void: str
    turn: int = 0


@dataclass
class Walked:
    """What a walk through the headers and trailers of one file found."""

    accounts: list[Account] = field(default_factory=list)
    remarks: list[dict[str, object]] = field(default_factory=list)


@dataclass
class _Level:
    """A file, a group or an account whose trailer has not come yet.

    `total` is null once a part of it is not known.
    """

    first_no: int
    total: int | None = 0
    part_count: int = 0
    is_proven: bool = False


def walk(name: str, rows: Iterable[Header], sums: Mapping[int, Sums]) -> Walked:
    """Read the headers and trailers of one file and check every total against what it counts.

    A wrong control total refuses the file, unless opening and closing balance prove the account and
    the count of its records fits. A wrong count refuses it, unless the total fits. A total may be
    blank.

    Args:
        name: the file, as messages show it.
        rows: its headers and trailers in their order.
        sums: the details of each account, by statement_no.

    Raises:
        MalformedFile: a total or count proves that something was lost or changed.
    """
    found = Walked()
    file = group = account = _Level(0)
    stated_on: str | None = None
    heads: list[str] = []
    for row in rows:
        fields = [one.strip() for one in row.content.replace("\n", ",").split(",")]
        match row.code:
            case "01":
                file, stated_on = _Level(row.first_no), day(_at(fields, 2))
            case "02":
                group, heads = _Level(row.first_no), fields
            case "03":
                account = _Level(row.first_no)
                own = sums.get(row.statement_no, Sums())
                opened = _account(fields, heads, stated_on, own, account)
                found.accounts.append(opened)
                if account.total is None and not own.unreadable_count:
                    found.remarks.append(_unread(row))
            case "49":
                _check(name, row, fields, account, group, found)
            case "98":
                _check(name, row, fields, group, file, found)
            case _:
                _check(name, row, fields, file, _Level(0), found)
    return found


def day(text: str) -> str | None:
    """A day YYMMDD as YYYYMMDD, years from 1970 on; any other text stays, an empty one is null."""
    if _DAY.fullmatch(text):
        return ("19" if text >= "70" else "20") + text
    return text or None


def _at(fields: list[str], position: int) -> str:
    return fields[position] if position < len(fields) else ""


def _account(
    fields: list[str], heads: list[str], stated_on: str | None, sums: Sums, level: _Level
) -> Account:
    """The account that a record 03 opens; its balances and the sum of all amounts in it."""
    currency = (_at(fields, 1) or _at(heads, 5) or DEFAULT_CURRENCY).upper()
    exponent = DECIMAL_PLACES.get(currency, 2)
    amounts = _amounts(fields[2:])
    printed = [_whole(text) for _, text in amounts or []]
    if amounts is not None and not sums.unreadable_count and None not in printed:
        level.total = sum(one or 0 for one in printed) + sums.printed
    else:
        level.total = None
    balances = dict(reversed(amounts or []))
    opening, closing = (balances.get(kind) or None for kind in (_OPENING, _CLOSING))
    turn = _turn(_whole(opening), _whole(closing), sums)
    level.is_proven = turn is not None
    as_of = day(_at(heads, 3))
    row = {
        "institution_text": _at(heads, 1) or None,
        "account_text": _at(fields, 0) or None,
        "account_kind": AccountKind.BANK.value,
        "currency_text": currency,
        "starts_text": as_of,
        "ends_text": as_of,
        "opening_text": in_units(opening, exponent),
        "closing_text": in_units(closing, exponent),
        "closing_on_text": as_of if closing else None,
        "stated_on_text": stated_on,
    }
    # An interim report that states the closing balance is as good as the final one.
    is_pending = _at(heads, 6) in _INTERIM and closing is None
    return Account(row, exponent, is_pending, _VOID.get(_at(heads, 2), ""), turn or 0)


def _amounts(fields: list[str]) -> list[tuple[str, str]] | None:
    """The type codes and amounts of a record 03; null if they cannot be told apart.

    Each stands in front of an item count and a funds type, which may bring fields of its own:
    S three amounts, V a date and a time, D a count and as many pairs.
    """
    found, at = [], 0
    while at < len(fields):
        if not fields[at]:
            at += 1
            continue
        if not _TYPE_CODE.fullmatch(fields[at]):
            return None
        found.append((fields[at], _at(fields, at + 1)))
        funds = _at(fields, at + 3).upper()
        extra = _EXTRA_FIELDS.get(funds, 0)
        if funds == "D":
            pairs = _at(fields, at + 4)
            extra = 1 + 2 * (int(pairs) if _PAIR_COUNT.fullmatch(pairs) else 0)
        at += 4 + extra
    return found


def _whole(text: str | None) -> int | None:
    """A whole number; an empty text is 0, any other is null."""
    if text == "":
        return 0
    return int(text) if text and _WHOLE_NUMBER.fullmatch(text) else None


def in_units(text: str | None, exponent: int) -> str | None:
    """An amount in minor units as text in the unit of its currency; what is no number stays."""
    if text is None or not _WHOLE_NUMBER.fullmatch(text):
        return text
    sign = "-" if text.startswith("-") else ""
    digits = text.lstrip("+-").zfill(exponent + 1)
    whole, cents = digits[: len(digits) - exponent], digits[len(digits) - exponent :]
    return f"{sign}{whole}.{cents}" if cents else sign + whole


def _turn(opening: int | None, closing: int | None, sums: Sums) -> int | None:
    """The direction of doubtful details that makes opening + Σ = closing; null if none does.

    Without doubtful details it is 1 if the balances prove the account.
    """
    if opening is None or closing is None or sums.unreadable_count:
        return None
    rest = closing - opening - sums.known
    if rest == sums.doubtful:
        return 1
    return -1 if rest == -sums.doubtful else None


def _check(
    name: str,
    row: Header,
    fields: list[str],
    level: _Level,
    above: _Level,
    found: Walked,
) -> None:
    """Hold a trailer against what was counted, and add its total to the level above."""
    what, part = _TRAILERS[row.code]
    if len(fields) < (3 if part else 2):
        raise MalformedFile(
            f"{name}: line {row.line}", f"the trailer of the {what} was cut short", _REMEDY
        )
    counted = {"records": row.last_no - level.first_no + 1}
    if part:
        counted[part] = level.part_count
    stated = dict(zip(counted, (fields[-1], fields[1]), strict=False))
    miscounted = [
        f"{stated[one] or 'no'} {one}, but there are {counted[one]}"
        for one in counted
        if _whole(stated[one] or "-1") != counted[one]
    ]
    is_blank = not fields[0] or level.total is None
    is_off = not is_blank and _whole(fields[0]) != level.total
    off = [f"the total {fields[0]}, but its records make {level.total}"] if is_off else []
    # What was lost changes both: a total that fits excuses the counts, balances excuse a total.
    is_excused = level.is_proven and not miscounted if is_off else not is_blank
    if off or miscounted:
        problem = f"the trailer of the {what} states {' and '.join(off or miscounted)}"
        if not is_excused:
            raise MalformedFile(f"{name}: line {row.line}", problem, _REMEDY)
        found.remarks.append(_remark(row, Code.STATED_SUM_DIFFERS, problem, _REMARK))
    total = _whole(fields[0]) if fields[0] else level.total
    above.total = None if above.total is None or total is None else above.total + total
    above.part_count += 1


def _unread(row: Header) -> dict[str, object]:
    return _remark(
        row,
        Code.BALANCE_UNREADABLE,
        "the balances of the account cannot be read; each needs a type code and a whole amount",
        "ask the bank for a new export; without them nothing proves this account",
    )


def _remark(row: Header, code: Code, message: str, remedy: str) -> dict[str, object]:
    return {
        "file_no": row.file_no,
        "statement_no": row.statement_no,
        "place": f"line {row.line}",
        "code": code.value,
        "message": message,
        "remedy": remedy,
        "raw_text": row.raw_text,
        "is_set_aside": False,
    }
