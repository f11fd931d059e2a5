"""What a person is shown as evidence: sums spelled out, and how a file writes its cells."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from schemas.errors import WrongUsage

if TYPE_CHECKING:
    from pathlib import Path

Row = Mapping[str, object]


def money(amount: object, *, unknown: str = "not stated") -> str:
    """An amount, exact and without superfluous zeros."""
    from schemas.money import plain

    return plain(amount) or unknown if isinstance(amount, Decimal) else unknown


def day_of(text: str, where: str) -> date:
    """The day that a person names.

    Args:
        text: as it was typed.
        where: the argument or option.

    Raises:
        WrongUsage: it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongUsage(where, f'"{text}" is not a day', "write it like 2026-03-31") from None


def equation(statement: Row) -> str:
    """The arithmetic of a statement: opening + credits - debits = closing, or what is missing.

    Args:
        statement: opening_balance, credit_sum, debit_sum (both positive) and closing_balance.
    """
    opening, closing = statement["opening_balance"], statement["closing_balance"]
    credits_, debits = statement["credit_sum"], statement["debit_sum"]
    sums = f"+ credits {money(credits_)} - debits {money(debits)}"
    if not (isinstance(opening, Decimal) and isinstance(closing, Decimal)):
        return f"opening {money(opening)} {sums}, closing {money(closing)}"
    if not (isinstance(credits_, Decimal) and isinstance(debits, Decimal)):
        raise TypeError("a statement always has its sums")
    total = opening + credits_ - debits
    if total == closing:
        return f"opening {money(opening)} {sums} = closing {money(closing)}"
    return f"opening {money(opening)} {sums} = {money(total)}, but closing is {money(closing)}"


def convention(format_name: str | None, layout: str | None) -> str:
    """How files of a format, or of a layout, write days, decimals and signs; "" if not known now.

    A layout that was only proposed, or has been removed since, is not known.
    """
    from tasks.extract.formats import FORMATS
    from tasks.extract.known import known_layouts

    for known in known_layouts() if layout else ():
        if known.name == layout:
            return _said(known.dates, known.decimal_mark, known.sign)
    for one in FORMATS:
        if one.name == format_name and not layout:
            of_format = one.read([], "").convention
            return _said(of_format.date_formats, of_format.decimal_mark, of_format.sign)
    return ""


def archive_path(archive: "Path", sha256: str) -> tuple[str, bool]:
    """Where the bytes of a file lie, and whether they are there."""
    from tasks.extract.waiting import archived_ticket

    ticket = archived_ticket(archive, sha256)
    return (ticket.path, True) if ticket else (str(archive), False)


def _said(dates: tuple[str, ...], decimal_mark: str, sign: str) -> str:
    mark = "the right-most mark" if decimal_mark == "either" else f'"{decimal_mark}"'
    meaning = {
        "signed": "a minus is out of the account",
        "inverted": "a plus is out of the account",
        "columns": "credit and debit stand in columns of their own",
        "marked": "a mark beside the amount says the direction",
        "suffixed": "a mark behind the amount says the direction",
    }
    return f"days {' or '.join(dates)}; decimal mark {mark}; {meaning.get(sign, sign)}"
