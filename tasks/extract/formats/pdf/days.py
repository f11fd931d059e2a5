"""Days as statements print them: often without a year, with months as names."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

_DAY = re.compile(r"(\d{1,2})[ ./-]?(\d{1,2}|[^\W\d_]+)\.?(?:[ ./-]?(\d{4}|\d{2}))?", re.IGNORECASE)


def full_day(text: str | None, months: Sequence[str]) -> date | None:
    """The day of a text that has a year, of two or four digits; null if it is none."""
    parts = _parts(text, months)
    if parts is None or parts[2] is None:
        return None
    return _date(parts[2], parts[1], parts[0])


def day_within(
    text: str | None,
    months: Sequence[str],
    *,
    starts: date | None,
    ends: date | None,
    after: date | None,
) -> date | None:
    """The day of a text, in the year that its statement leaves no doubt about.

    Without a year, the day lies in the period. Where two years would fit, it is the first that is
    not before the movement above; a statement that does not say when it starts ends within a year.
    """
    parts = _parts(text, months)
    if parts is None:
        return None
    if parts[2] is not None:
        return _date(parts[2], parts[1], parts[0])
    if ends is None:
        return None
    first = starts or _date(ends.year - 1, ends.month, min(ends.day, 28)) or ends
    fitting = [
        day
        for day in _years(parts[0], parts[1], first.year, ends.year)
        if first <= day <= ends and (starts or (ends - day).days < 365)
    ]
    later = [day for day in fitting if after is None or day >= after]
    return next(iter(later or fitting), None)


def day_near(text: str | None, months: Sequence[str], near: date | None) -> date | None:
    """The day of a text, in the year that brings it nearest to another day."""
    parts = _parts(text, months)
    if parts is None or near is None:
        return None
    if parts[2] is not None:
        return _date(parts[2], parts[1], parts[0])
    days = list(_years(parts[0], parts[1], near.year - 1, near.year + 1))
    return min(days, key=lambda day: abs((day - near).days), default=None)


def _parts(text: str | None, months: Sequence[str]) -> tuple[int, int, int | None] | None:
    found = _DAY.fullmatch((text or "").strip())
    if not found:
        return None
    month = _month(found[2], months)
    year = found[3] and int(found[3]) + (2000 if len(found[3]) == 2 else 0)
    return (int(found[1]), month, year or None) if month else None


def _month(text: str, months: Sequence[str]) -> int:
    if text.isdigit():
        return int(text)
    name = text.casefold()
    for number, starts in enumerate(months, start=1):
        if name.startswith(tuple(starts.split("|"))):
            return number
    return 0


def _years(day: int, month: int, first: int, last: int) -> Iterator[date]:
    for year in range(first, last + 1):
        if found := _date(year, month, day):
            yield found


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
