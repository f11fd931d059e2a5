"""The balance of each account over time, as far as statements fix its level."""

from collections.abc import Mapping, Sequence
from datetime import date

from tasks.report.household import charts, words
from tasks.report.household.asking import Marts, Row, grouped
from tasks.report.household.charts import Line, Point
from tasks.report.household.model import Cell, Chart, Group, Head, Note, Scope, Section, Table
from tasks.report.household.worth import MONTHS_DRAWN, scale, title

_DAILY = 120
"""Up to so many days a curve has a point a day, beyond that one for each week's end."""


def balances(marts: Marts, scope: Scope) -> Section:
    """What each account held, day by day."""
    head = ("balances", "Balances", _LEAD)
    if missing := marts.lacks("fct_daily_balance"):
        return Section(*head, missing=missing)
    since = _years_before(scope.month)
    rows = marts.rows(_DAYS, owner=scope.owner, since=since, until=scope.until)
    names = marts.account_names()
    return Section(*head, groups=tuple(_group(group, names) for _, group in grouped(rows, *_BY)))


def _years_before(month: date) -> date:
    months = month.year * 12 + month.month - MONTHS_DRAWN
    return date(months // 12, months % 12 + 1, 1)


def _group(rows: Sequence[Row], names: Mapping[object, str]) -> Group:
    currency = rows[0]["currency"]
    drawn: list[Chart] = []
    listed: list[tuple[Cell, ...]] = []
    unknown = 0
    for _, days in grouped(rows, "account_name", "account_id"):
        last = days[-1]
        is_known = last["timeline_status"] != "unanchored"
        name = names[last["account_id"]]
        listed.append(
            (
                Cell(name),
                Cell(words.money(last["closing"], currency) if is_known else "not known"),
                Cell(words.day(last["day"])),
                words.verdict(
                    str(last["timeline_status"]), _MEANINGS[str(last["timeline_status"])]
                ),
            )
        )
        unknown += not is_known
        if is_known and len(days) > 1:
            drawn.append(Chart(f"{name}, {last['timeline_status']}", _curve(name, days)))
    notes = [Note("A level is anchored when a statement states it and no other disagrees.")]
    if unknown:
        text = f"No statement states a balance of {words.plural(unknown, 'account')}."
        notes.append(Note(text, "warn"))
    heads = (
        Head("Account"),
        Head("Balance", is_number=True),
        Head("Last known day"),
        Head("Level"),
    )
    table = Table("Last known balances", heads, tuple(listed))
    return Group(title(rows[0]["owner"], currency), tuple(notes), (), tuple(drawn), (table,))


def _curve(name: str, days: Sequence[Row]) -> str:
    currency = days[0]["currency"]
    is_daily = len(days) <= _DAILY
    shown = [row for row in days if is_daily or row["day"].isoweekday() == 7 or row is days[-1]]
    points = [
        Point(words.day(row["day"]), row["closing"], words.money(row["closing"], currency))
        for row in shown
    ]
    least = min(days, key=lambda row: row["closing"])
    most = max(days, key=lambda row: row["closing"])
    alt = (
        f"Balance of {name} in {currency} from {points[0].label} to {points[-1].label}, "
        f"{'by day' if is_daily else 'at the end of each week'}: at least "
        f"{words.money(least['closing'], currency)} on {words.day(least['day'])}, at most "
        f"{words.money(most['closing'], currency)} on {words.day(most['day'])}, last "
        f"{points[-1].text}."
    )
    return charts.curve(alt, [Line(name, points)], scale(currency), height=180)


_BY = ("owner", "currency")
_LEAD = "Every account at the end of each day, up to its last known one."
_MEANINGS = {
    "anchored": "statements state the level, and none disagrees",
    "failed": "a statement states another balance than the movements lead to",
    "unanchored": "no statement states a balance, so only changes are known",
}
_DAYS = """
SELECT owner, currency, account_name, account_id, day, closing, timeline_status
FROM fct_daily_balance
WHERE ($owner IS NULL OR owner = $owner) AND day BETWEEN $since AND $until
ORDER BY owner, currency, account_name, account_id, day
"""
