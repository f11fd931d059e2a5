"""What may be shown of an account number or a tax id: its tail."""

import re
from datetime import date

_LONG_NUMBER = re.compile(r"\d(?:[.\- ]?\d){4,}")


def masked(ref: str | None, *, keep: int = 4) -> str:
    """Show the last `keep` characters of a reference, of a short one at most half of it."""
    if not ref:
        return "unnamed"
    shown = min(keep, len(ref) // 2)
    return "••••" + (ref[-shown:] if shown else "")


def masked_numbers(text: str) -> str:
    """Mask every number of five digits or more in a text, such as a file name; dates stay."""
    return _LONG_NUMBER.sub(_mask_unless_date, text)


def _mask_unless_date(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found[0])
    day = digits + "01" if len(digits) == 6 else digits  # a month, such as 202603
    return found[0] if _is_date(day) else masked(digits)


def _is_date(digits: str) -> bool:
    """Eight digits that are a day of this or the last century, year first or day first."""
    if len(digits) != 8:
        return False
    for year, month, day in (
        (digits[:4], digits[4:6], digits[6:]),
        (digits[4:], digits[2:4], digits[:2]),
    ):
        try:
            date(int(year), int(month), int(day))
        except ValueError:
            continue
        if year[:2] in ("19", "20"):
            return True
    return False
