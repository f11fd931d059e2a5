"""What banks call things, in the languages that we meet. Words never prove; they may object.

Only the value date is believed by its name, as arithmetic cannot tell one day from another.
The words stand in `words.toml`.
"""

import re
import tomllib
import unicodedata
from importlib import resources

_KNOWN = tomllib.loads(
    resources.files("tasks.extract.propose").joinpath("words.toml").read_text(encoding="utf-8")
)
_PATTERNS = {
    name: re.compile("|".join(_KNOWN[name]))
    for name in (
        *("value_date", "other_day", "other_balance", "debt", "credit", "debit", "balance"),
        *("opening", "closing", "no_edge"),
    )
}
_ACCENTED = frozenset(_KNOWN["accented"])

CURRENCIES = frozenset(_KNOWN["currencies"])
"""Currencies by their ISO 4217 code."""

SIGNS = CURRENCIES | frozenset(_KNOWN["signs"])
"""What may stand beside the digits of an amount."""

MONTHS = tuple(tuple(names) for names in _KNOWN["months"])
"""The names of the months in small letters, twelve a language and spelling."""


def is_value_date(name: str) -> bool:
    """Does the bank call this column the value date?"""
    return _says(name, "value_date")


def is_other_day(name: str) -> bool:
    """Does the bank call this column a day that is not that of the booking?"""
    return is_value_date(name) or _says(name, "other_day")


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


def known_accents(text: str) -> int:
    """How many words of banks, spelt with letters beyond ASCII, stand in the text."""
    words = re.findall(r"[^\W\d_]+", text.casefold())
    return len({word for word in words if not word.isascii() and word in _ACCENTED})


def _says(text: str, what: str) -> bool:
    plain = "".join(
        one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one)
    )
    return _PATTERNS[what].search(re.sub(r"[\s_]+", " ", plain).strip().casefold()) is not None
