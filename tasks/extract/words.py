"""What banks call things, in the languages that we meet. Words never prove; they may object.

Only the value date is believed by its name, as arithmetic cannot tell one day from another.
The words stand in `words.toml`.
"""

import re
import tomllib
import unicodedata
from functools import lru_cache
from importlib import resources

_KNOWN = tomllib.loads(
    resources.files("tasks.extract").joinpath("words.toml").read_text(encoding="utf-8")
)
_PATTERNS = {
    name: re.compile("|".join(_KNOWN[name]))
    for name in (
        *("value_date", "other_day", "other_balance", "debt", "credit", "debit", "balance"),
        *("opening", "closing", "no_edge", "booking_day", "any_day", "no_money", "pending"),
        *("count", "void", "goes_out", "comes_in", "debt_mark", "other_currency", "account"),
    )
}
_PATTERNS["void_state"] = re.compile(rf"^\W*(?:{_PATTERNS['void'].pattern})\s*(?:[^\w\s]|$)")
_ACCENTED = frozenset(_KNOWN["accented"])

CURRENCIES = frozenset(_KNOWN["currencies"])
"""Currencies by their ISO 4217 code."""

SIGNS = CURRENCIES | frozenset(_KNOWN["signs"])
"""What may stand beside the digits of an amount."""

ANY_SIGN = "|".join(re.escape(sign) for sign in sorted(SIGNS, key=len, reverse=True))
"""One of them, as a regular expression."""

MONTHS = tuple(tuple(names) for names in _KNOWN["months"])
"""The names of the months in small letters, twelve a language and spelling."""


def is_value_date(name: str) -> bool:
    """Does the bank call this column the value date?"""
    return _says(name, "value_date")


def is_other_day(name: str) -> bool:
    """Does the bank call this column a day that is not that of the booking?"""
    return is_value_date(name) or _says(name, "other_day")


def is_booking_day(name: str) -> bool:
    """Does the bank call this column the day of the booking?"""
    return _says(name, "booking_day")


def is_any_day(name: str) -> bool:
    """Does the bank call this column a day of any kind?"""
    return is_booking_day(name) or _says(name, "any_day")


def is_no_money(name: str) -> bool:
    """Does the name speak of units, points and the like?"""
    return _says(name, "no_money")


def is_pending(text: str) -> bool:
    """Does a text begin by saying that the row is not booked yet?"""
    return _says(text, "pending")


def is_unbooked(state: str) -> bool:
    """Does the state of a row mean that it is not booked yet, or that it moved no money?"""
    return is_pending(state) or _says(state, "void_state")


def names_unbooked(text: str) -> bool:
    """Does the text of a row speak anywhere of a movement that was none, or begin as pending?"""
    return is_pending(text) or _says(text, "void")


def names_count(text: str) -> bool:
    """Does a line state how many movements there are?"""
    return _says(text, "count")


def is_debt_mark(text: str) -> bool:
    """Is the text a mark of a balance that the owner owes?"""
    return _says(text, "debt_mark")


def way_of(text: str) -> str:
    """Whether a description speaks of money that goes "out" or comes "in"; "" if of neither."""
    found = [way for way, what in (("out", "goes_out"), ("in", "comes_in")) if _says(text, what)]
    return found[0] if len(found) == 1 else ""


def is_other_balance(name: str) -> bool:
    """Does the bank call this column something else than the balance after the row?"""
    return _says(name, "other_balance")


def names_debt(text: str) -> bool:
    """Does the text speak of a card or a loan, whose balance may be a debt printed as positive?"""
    return _says(text, "debt")


def names_balance(text: str) -> bool:
    """Does the text of a row speak of a balance or a total?"""
    return _says(text, "balance")


def edge_of(text: str) -> str:
    """Whether a line names the opening or the closing balance; "" if neither, or both."""
    if _says(text, "no_edge"):
        return ""
    found = [edge for edge in ("opening", "closing") if _says(text, edge)]
    return found[0] if len(found) == 1 else ""


def side_of(text: str) -> str | None:
    """Whether a name or mark means credit or debit; null if it means neither, or both."""
    is_credit, is_debit = _says(text, "credit"), _says(text, "debit")
    if is_credit == is_debit:
        return None
    return "credit" if is_credit else "debit"


def is_other_currency(name: str) -> bool:
    """Does the bank call this column the currency of something else than the account?"""
    return _says(name, "other_currency")


def is_account(name: str) -> bool:
    """Does the bank call this column an account, the owner's or that of another?"""
    return _says(name, "account")


def known_accents(text: str) -> int:
    """How many words of banks, spelt with letters beyond ASCII, stand in the text."""
    words = re.findall(r"[^\W\d_]+", text.casefold())
    return len({word for word in words if not word.isascii() and word in _ACCENTED})


@lru_cache(maxsize=65_536)  # a table has few texts and many rows
def _says(text: str, what: str) -> bool:
    plain = "".join(
        one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one)
    )
    return _PATTERNS[what].search(re.sub(r"[\s_]+", " ", plain).strip().casefold()) is not None
