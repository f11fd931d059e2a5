"""Due days: months are counted from the first one, so that no 31st becomes a 28th for good."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

CYCLES = ("weekly", "monthly", "quarterly", "yearly")
_MONTHS = {"monthly": 1, "quarterly": 3, "yearly": 12}
_WEEK = timedelta(days=7)


def months_later(day: date, months: int) -> date:
    """The same day so many months later; in a shorter month its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def due(anchor_on: date, cycle: str, number: int) -> date:
    """The due day so many cycles after (or, negative, before) an anchor, without drift."""
    if cycle == "weekly":
        return anchor_on + _WEEK * number
    return months_later(anchor_on, _MONTHS[cycle] * number)


def dues(anchor_on: date, cycle: str, first_on: date, last_on: date) -> Iterator[date]:
    """All due days from one day to another, both included."""
    number = _cycles_before(anchor_on, cycle, first_on)
    while (day := due(anchor_on, cycle, number)) <= last_on:
        if day >= first_on:
            yield day
        number += 1


def next_due(anchor_on: date, cycle: str, after_on: date) -> date:
    """The first due day after a day."""
    number = _cycles_before(anchor_on, cycle, after_on)
    while (day := due(anchor_on, cycle, number)) <= after_on:
        number += 1
    return day


def day_of_month(year: int, month: int, day: int) -> date:
    """That day of the month, or its last one."""
    return date(year, month, min(day, monthrange(year, month)[1]))


def _cycles_before(anchor_on: date, cycle: str, day: date) -> int:
    """So many cycles after the anchor that the due day is not after the day."""
    if cycle == "weekly":
        return (day - anchor_on).days // 7
    months = (day.year - anchor_on.year) * 12 + day.month - anchor_on.month
    return months // _MONTHS[cycle] - 1
