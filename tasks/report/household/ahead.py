"""What is to come: subscriptions, instalments, card bills and the next 30 days."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from tasks.report.household import words
from tasks.report.household.asking import Marts, Row, grouped
from tasks.report.household.model import Cell, Group, Head, Note, Scope, Section, Table, Tile
from tasks.report.household.worth import title
from warehouse.marts.cards import Column
from warehouse.marts.catalog import load_catalog

DAYS_AHEAD = 30
_LISTED = 40
_DUE = ("due_on", "expected_next_on")


def subscriptions(marts: Marts, scope: Scope) -> Section:
    """What was registered as a subscription, and what comes again and again without it."""
    head = ("subscriptions", "Subscriptions", _SUBSCRIPTION_LEAD)
    if missing := marts.lacks("mart_subscriptions", "mart_recurring_candidates"):
        return Section(*head, missing=missing)
    registered = marts.rows(_SUBSCRIPTIONS, owner=scope.owner)
    found = marts.rows(_CANDIDATES, owner=scope.owner)
    by_key: dict[tuple[object, ...], tuple[list[Row], list[Row]]] = {}
    for place, rows in enumerate((registered, found)):
        for key, group in grouped(rows, "owner", "currency"):
            by_key.setdefault(key, ([], []))[place].extend(group)
    return Section(*head, groups=tuple(_subscribed(key, *both) for key, both in by_key.items()))


def instalments(marts: Marts, scope: Scope) -> Section:
    """Purchases that are still being paid."""
    head = ("instalments", "Instalments ahead", "Purchases of which instalments are to come.")
    return _listing(marts, scope, "mart_instalments", head, where="remaining_count > 0")


def card_bills(marts: Marts, scope: Scope) -> Section:
    """Bills of cards, the newest first."""
    head = ("card-bills", "Card bills", "What each bill holds, and what was paid on it.")
    return _listing(marts, scope, "mart_card_bills", head, is_newest_first=True)


def upcoming(marts: Marts, scope: Scope) -> Section:
    """What is due within the days after the day that the marts look from."""
    until = scope.as_of + timedelta(days=DAYS_AHEAD)
    lead = f"Due from {words.day(scope.as_of)} to {words.day(until)}; an estimate, not a statement."
    head = ("upcoming", f"The next {DAYS_AHEAD} days", lead)
    return _listing(marts, scope, "mart_forecast", head, until=until)


def _listing(
    marts: Marts,
    scope: Scope,
    mart: str,
    head: tuple[str, str, str],
    *,
    where: str = "true",
    is_newest_first: bool = False,
    until: date = date.max,
) -> Section:
    """The rows of a mart in the order of its due days, by owner and currency."""
    if missing := marts.lacks(mart):
        return Section(*head, missing=missing)
    names = marts.columns(mart)
    due = next(one for one in _DUE if one in names)
    sql = (
        f"SELECT * FROM {mart} WHERE ($owner IS NULL OR owner = $owner)"  # noqa: S608
        f" AND {where} AND ({due} IS NULL OR {due} <= $until)"  # names of the catalog
        f" ORDER BY owner, currency, {due} {'DESC' if is_newest_first else 'ASC'}"
    )
    rows = marts.rows(sql, owner=scope.owner, until=until)
    shown = [name for name in _SHOWN[mart] if name in names]
    units = _columns(mart)
    return Section(
        *head,
        groups=tuple(
            Group(title(*key), tables=(_table(head[1], group, shown, units),))
            for key, group in grouped(rows, "owner", "currency")
        ),
    )


def _subscribed(key: tuple[object, ...], registered: Sequence[Row], found: Sequence[Row]) -> Group:
    currency = str(key[1])
    active = [row for row in registered if row["is_active"]]
    months = sum((row["monthly_equivalent"] for row in active), start=words.ZERO)
    due = sum((row["due_next_30d"] or words.ZERO for row in active), start=words.ZERO)
    tiles = (
        Tile("A month, registered", words.money(words.to_cents(months, currency), currency)),
        Tile("Due within 30 days", words.money(due, currency)),
    )
    note = Note("Registered ones are as their owner says; the others are read from movements.")
    tables = []
    for caption, mart, rows, names in (
        ("Registered", "mart_subscriptions", registered, _SUBSCRIPTION_COLUMNS),
        ("Not registered, but charged again and again", "mart_recurring_candidates", found, _FOUND),
    ):
        if rows:
            tables.append(_table(caption, rows, names, _columns(mart)))
    return Group(title(*key), (note,), tiles if active else (), (), tuple(tables))


def _table(
    caption: str, rows: Sequence[Row], names: Sequence[str], columns: Mapping[str, Column]
) -> Table:
    more = len(rows) - _LISTED
    heads = tuple(
        Head(words.heading(name), name in columns and _is_number(columns[name])) for name in names
    )
    cells = tuple(tuple(_cell(row, name, columns) for name in names) for row in rows[:_LISTED])
    return Table(
        caption + (f", the first {_LISTED} of {len(rows)}" if more > 0 else ""), heads, cells
    )


def _cell(row: Row, name: str, columns: Mapping[str, Column]) -> Cell:
    return words.cell(row, name, columns[name].unit if name in columns else "")


def _columns(mart: str) -> dict[str, Column]:
    cards = {one.name: one.card for one in load_catalog()}
    return {column.name: column for column in cards[mart].columns} if mart in cards else {}


def _is_number(column: Column) -> bool:
    return column.type.startswith(("DECIMAL", "BIGINT", "INTEGER"))


_SHOWN = {
    "mart_instalments": (
        *("vendor", "account_name", "instalment_amount", "last_no", "instalment_count"),
        *("remaining_count", "remaining_amount", "expected_next_on", "expected_end_on", "status"),
    ),
    "mart_card_bills": (
        *("account_name", "due_on", "purchases", "fees_interest", "refunds", "total_due"),
        *("paid_amount", "paid_on", "open_amount", "difference", "status"),
    ),
    "mart_forecast": (
        *("label", "due_on", "amount", "source_type", "account_name", "category"),
        *("confidence", "is_overdue"),
    ),
}
_SUBSCRIPTION_LEAD = "What is paid again and again, as of the day that the marts look from."
_SUBSCRIPTION_COLUMNS = (
    *("name", "cycle", "amount", "monthly_equivalent", "next_due_on", "due_next_30d"),
    *("last_paid_on", "last_paid_amount", "status"),
)
_FOUND = ("vendor", "cycle", "amount", "charge_count", "last_on", "next_on", "account_name")
_SUBSCRIPTIONS = """
SELECT * FROM mart_subscriptions WHERE $owner IS NULL OR owner = $owner
ORDER BY owner, currency, is_active DESC, next_due_on, name
"""
_CANDIDATES = """
SELECT * FROM mart_recurring_candidates
WHERE ($owner IS NULL OR owner = $owner) AND NOT is_registered AND NOT is_lapsed
ORDER BY owner, currency, next_on, vendor
"""
