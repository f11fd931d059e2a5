"""Signs that the format of a cell writes beside its number: a person sees them, the value has none.

Ledger programs show 12.5 as "12.50 Dr", and some banks show what they debit as "-12.50", by the
number format alone (ECMA-376 part 1, section 18.8.31).
"""

import re
from decimal import Decimal
from functools import lru_cache

_TOKEN = re.compile(r'"([^"]*)"|\\(.)|[_*].|\[[^\]]*\]|([^"\\])', re.DOTALL)
_CONDITION = re.compile(r"\[[<>=]")
_MARKS = frozenset(
    {"D", "C", "DR", "CR", "DB", "H", "S", "DEBIT", "CREDIT", "DEBE", "HABER", "SOLL", "HABEN"}
)


def is_mark(text: str) -> bool:
    """Whether a text is nothing but a mark of debit or credit."""
    return text in {"+", "-"} or text.strip(" .:()").upper() in _MARKS


def has_sign(code: str) -> bool:
    """Whether a format code writes a sign beside numbers that are not negative, or letters."""
    sections = _sections(code)
    return any(_mark(*one) for one in sections) or bool(sections and _is_minus(*sections[0]))


def with_sign(number: Decimal, code: str) -> Decimal | str:
    """A number as its format shows it: with the minus, or as text with the mark behind it."""
    sections = _sections(code)
    has_own = number < 0 and len(sections) > 1
    section = sections[1 if has_own else 0]
    if mark := _mark(*section):
        return f"{abs(number) if has_own else number:f} {mark}"
    return -number if number > 0 and _is_minus(*section) else number


@lru_cache(maxsize=1_024)
def _sections(code: str) -> tuple[tuple[str, str], ...]:
    """What stands before and behind the digits of positive numbers, and of negative ones.

    Sections with conditions of their own are left alone.
    """
    found: list[tuple[str, str]] = []
    head, tail = "", None
    for token in [] if _CONDITION.search(code) else [*_TOKEN.finditer(code), None]:
        plain = token[3] if token else ";"
        if plain == ";":
            if tail is None or len(found) > 1:
                break
            found.append((head.strip(), tail.strip()))
            head, tail = "", None
        elif plain and plain in "0#?":
            tail = ""
        elif token and tail is None:
            head += token[1] or token[2] or plain or ""
        elif token and tail is not None:
            tail += token[1] or token[2] or plain or ""
    return tuple(found)


def _mark(head: str, tail: str) -> str:
    """The letters of debit or credit; empty if there are none."""
    words = [text.strip(" .:()").upper() for text in (tail, head)]
    return next((word for word in words if word in _MARKS), "")


def _is_minus(head: str, tail: str) -> bool:
    return head.startswith(("-", "\u2212")) or tail == "-" or (head + tail).endswith("()")
