"""Spending by category and by vendor, beside the month before."""

from collections.abc import Sequence
from decimal import Decimal

from tasks.report.household import charts, words
from tasks.report.household.asking import Marts, Row, grouped
from tasks.report.household.charts import Line, Point
from tasks.report.household.model import Cell, Chart, Group, Head, Note, Scope, Section, Table
from tasks.report.household.worth import flow_trust, scale, title

_DRAWN = 10
_LISTED = 20


def by_category(marts: Marts, scope: Scope) -> Section:
    """What was spent on what."""
    head = ("categories", "Spending by category", _CATEGORY_LEAD)
    if missing := marts.lacks("mart_category_spend", "mart_cashflow"):
        return Section(*head, missing=missing)
    rows = marts.rows(_CATEGORIES, owner=scope.owner, month=scope.month)
    flows = _flows(marts, scope)
    groups = (_categories(group, flows.get(key)) for key, group in grouped(rows, *_BY))
    return Section(*head, groups=tuple(groups))


def by_vendor(marts: Marts, scope: Scope) -> Section:
    """What was spent at whom."""
    head = ("vendors", "Spending by vendor", _VENDOR_LEAD)
    if missing := marts.lacks("mart_vendor_spend", "mart_cashflow"):
        return Section(*head, missing=missing)
    rows = marts.rows(_VENDORS, owner=scope.owner, month=scope.month)
    flows = _flows(marts, scope)
    groups = (_vendors(group, flows.get(key)) for key, group in grouped(rows, *_BY))
    return Section(*head, groups=tuple(groups))


def _flows(marts: Marts, scope: Scope) -> dict[tuple[object, ...], Row]:
    rows = marts.rows(_MONTH, owner=scope.owner, month=scope.month)
    return {(row["owner"], row["currency"]): row for row in rows}


def _trust(flow: Row | None) -> tuple[Note, ...]:
    return () if flow is None else flow_trust(flow)


def _categories(rows: Sequence[Row], flow: Row | None) -> Group:
    currency = rows[0]["currency"]
    tops = [row for row in rows if row["level"] == 1]
    notes = _trust(flow)
    share = next((row["share_percent"] for row in tops if row["category"] == "Uncategorized"), None)
    if share:
        text = f"{words.percent(share)} of it has no category yet; a rule or a word settles that."
        notes = (*notes, Note(text))
    tables = (
        _table("By category", tops, "category"),
        _table(
            "By category and below", [row for row in rows if row["level"] == 2], "category", True
        ),
    )
    return Group(title(rows[0]["owner"], currency), notes, (), _chart("category", tops), tables)


def _table(caption: str, rows: Sequence[Row], name: str, is_folded: bool = False) -> Table:
    heads = ("Spent", "Share", "Month before", "Change", "Change %", "Mean of 3 months", "Entries")
    return Table(
        caption,
        (Head(name.capitalize()), *(Head(text, is_number=True) for text in heads)),
        tuple(
            (
                Cell(row[name]),
                Cell(words.money(row["net"], row["currency"])),
                Cell(words.percent(row["share_percent"])),
                Cell(words.money(row["previous_net"], row["currency"])),
                Cell(words.change(row["change"], row["currency"])),
                Cell(words.percent(row["change_percent"], has_sign=True)),
                Cell(_rounded(row["average_3m"], row["currency"])),
                Cell(f"{row['purchase_count'] + row['refund_count']:,}"),
            )
            for row in rows
        ),
        is_folded=is_folded,
    )


def _rounded(mean: Decimal | None, currency: str) -> str:
    """A mean to cents, half up: it is no amount that anybody paid."""
    return words.money(None if mean is None else words.to_cents(mean, currency), currency)


def _vendors(rows: Sequence[Row], flow: Row | None) -> Group:
    currency = rows[0]["currency"]
    shown = rows[:_LISTED]
    heads = ("Spent", "of it refunded", "Share", "Month before", "Change", "Entries")
    more = len(rows) - len(shown)
    table = Table(
        "By vendor" + (f", the first {_LISTED} of {len(rows)}" if more else ""),
        (Head("Vendor"), *(Head(text, is_number=True) for text in heads)),
        tuple(
            (
                Cell(row["vendor"]),
                Cell(words.money(row["net"], currency)),
                Cell(words.money(row["refunds"], currency)),
                Cell(words.percent(row["share_percent"])),
                Cell(words.money(row["previous_net"], currency)),
                Cell(words.change(row["change"], currency)),
                Cell(f"{row['purchase_count'] + row['refund_count']:,}"),
            )
            for row in shown
        ),
    )
    named = sum((row["share_percent"] or Decimal(0) for row in rows), Decimal(0))
    note = Note(f"Vendors make {words.percent(named)} of the spending; the rest names no vendor.")
    charts_ = _chart("vendor", rows)
    return Group(title(rows[0]["owner"], currency), (*_trust(flow), note), (), charts_, (table,))


def _chart(name: str, rows: Sequence[Row]) -> tuple[Chart, ...]:
    shown = [row for row in rows if row["net"] > 0][:_DRAWN]
    if len(shown) < 2:
        return ()
    currency = shown[0]["currency"]
    points = [
        Point(_short(row[name]), row["net"], words.money(row["net"], currency)) for row in shown
    ]
    told = ", ".join(f"{point.label} {point.text}" for point in points[:3])
    alt = f"Most was spent, in {currency}, by {name}: {told}."
    drawn = charts.lying_bars(alt, Line("spent", points), scale(currency))
    return (Chart(f"Most spent by {name}", drawn),)


def _short(text: str) -> str:
    return text if len(text) <= 20 else text[:19] + "\N{HORIZONTAL ELLIPSIS}"


_BY = ("owner", "currency")
_CATEGORY_LEAD = "Purchases, bills, fees and interest of the month, less refunds."
_VENDOR_LEAD = (
    "Merchants by the one name that all their texts are cut down to; persons are not here."
)
_MONTH = """
SELECT * FROM mart_cashflow WHERE ($owner IS NULL OR owner = $owner) AND month = $month
"""
_CATEGORIES = """
SELECT * FROM mart_category_spend
WHERE ($owner IS NULL OR owner = $owner) AND month = $month
    AND (net <> 0 OR previous_net <> 0 OR purchase_count + refund_count > 0)
ORDER BY owner, currency, net DESC, category
"""
_VENDORS = """
SELECT
    v.*,
    coalesce(p.net, 0) AS previous_net,
    v.net - coalesce(p.net, 0) AS change
FROM mart_vendor_spend AS v
LEFT JOIN mart_vendor_spend AS p
    ON p.owner IS NOT DISTINCT FROM v.owner AND p.currency = v.currency
    AND p.vendor_key = v.vendor_key AND p.month = v.month - INTERVAL 1 MONTH
WHERE ($owner IS NULL OR v.owner = $owner) AND v.month = $month
ORDER BY v.owner, v.currency, v.rank
"""
