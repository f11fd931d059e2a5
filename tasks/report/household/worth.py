"""Net worth and cash flow: what an owner has, what came in, what was spent."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from tasks.report.household import charts, words
from tasks.report.household.asking import Marts, Row, grouped
from tasks.report.household.charts import Line, Point
from tasks.report.household.model import (
    Cell,
    Chart,
    Group,
    Head,
    Note,
    Scope,
    Section,
    Table,
    Tile,
    Tone,
)

MONTHS_DRAWN = 36
_MONTHS_LISTED = 12


def net_worth(marts: Marts, scope: Scope) -> Section:
    """What is owned less what is owed on cards, at the end of the month."""
    head = ("net-worth", "Net worth", _WORTH_LEAD)
    if missing := marts.lacks("mart_net_worth"):
        return Section(*head, missing=missing)
    rows = marts.rows(_WORTH, owner=scope.owner, until=scope.until)
    return Section(*head, groups=tuple(_worth(group) for _, group in grouped(rows, *_BY)))


def cash_flow(marts: Marts, scope: Scope) -> Section:
    """What came in and what was spent, month by month."""
    head = ("cash-flow", "Cash flow", _FLOW_LEAD)
    if missing := marts.lacks("mart_cashflow"):
        return Section(*head, missing=missing)
    rows = marts.rows(_FLOW, owner=scope.owner, month=scope.month)
    groups = (_flow(group, scope.month) for _, group in grouped(rows, *_BY))
    return Section(*head, groups=tuple(groups))


def title(owner: object, currency: object) -> str:
    """The heading of what belongs to one owner and currency."""
    return f"{words.owner(owner)} · {currency}"


def scale(currency: str) -> Callable[[Decimal], str]:
    """Amounts on an axis, without places where they are zero."""
    return lambda amount: words.money(amount, currency).removesuffix(".00")


def flow_trust(row: Row) -> tuple[Note, ...]:
    """How far the cash flow of a month can be believed."""
    notes = [Note(_PROOFS[row["proof"]], words.tone(row["proof"]))] if row["proof"] else []
    if row["uncovered_accounts"]:
        count = words.plural(row["uncovered_accounts"], "account")
        notes.append(Note(f"Statements do not cover the whole month of {count}.", "warn"))
    return tuple(notes)


def _worth(rows: Sequence[Row]) -> Group:
    last = rows[-1]
    currency = last["currency"]
    grown = words.change(last["change"], currency)
    tiles = (
        Tile(
            f"Net worth on {words.day(last['day'])}",
            "not known"
            if last["net_worth"] is None
            else f"{_amount(last, 'net_worth')} {currency}",
            f"{grown} since the month before",
            "" if last["is_complete"] else "warn",
        ),
        Tile("Assets", _amount(last, "assets")),
        Tile("Owed on cards", _amount(last, "card_outstanding")),
        Tile(
            "Instalments to come", _amount(last, "committed_instalments"), "a memo, not a debt here"
        ),
    )
    line = Line(
        "net worth",
        [
            Point(words.short_month(row["month"]), row["net_worth"], _amount(row, "net_worth"))
            for row in rows[-MONTHS_DRAWN:]
        ],
    )
    drawn = charts.curve(_alt("Net worth", rows, "net_worth"), [line], scale(currency), height=200)
    is_drawn = len(rows) > 1 and any(row["net_worth"] for row in rows)
    heads = ("Cash", "Savings", "Investment", "Other", "Cards", "Net worth", "Change")
    names = ("cash", "savings", "investment", "other", "card_outstanding", "net_worth")
    table = Table(
        "Net worth by month end",
        (Head("Day"), *(Head(text, is_number=True) for text in heads), Head("Trust")),
        tuple(
            (
                Cell(words.day(row["day"])),
                *(Cell(_amount(row, name)) for name in names),
                Cell(words.change(row["change"], currency)),
                _completeness(row),
            )
            for row in reversed(rows[-_MONTHS_LISTED:])
        ),
        is_folded=True,
    )
    return Group(
        title(last["owner"], currency),
        (_worth_trust(last),),
        tiles,
        (Chart("Net worth by month end", drawn),) if is_drawn else (),
        (table,),
    )


def _worth_trust(row: Row) -> Note:
    """How far a net worth can be believed."""
    of = words.plural(row["account_count"], "account")
    if row["unknown_accounts"]:
        known = "so nothing is known"
        if row["known_worth"] is not None:
            known = f"what is known comes to {_amount(row, 'known_worth')} {row['currency']}"
        return Note(
            f"Not known: of {row['unknown_accounts']} of {of} no balance is known by this day; "
            f"{known}.",
            "warn",
        )
    if row["is_complete"]:
        return Note("Every account has a balance of the last 35 days.", "good")
    return Note(
        f"Not complete: {row['stale_accounts']} of {of} without a balance of the last 35 days; "
        "an older one is carried.",
        "warn",
    )


def _completeness(row: Row) -> Cell:
    if row["unknown_accounts"]:
        return Cell(f"{row['unknown_accounts']} unknown", "warn")
    if row["is_complete"]:
        return words.verdict("complete")
    return Cell(f"{row['stale_accounts']} stale", "warn")


def _flow(rows: Sequence[Row], month: date) -> Group:
    last = rows[-1]
    currency = last["currency"]
    whose = title(last["owner"], currency)
    if last["month"] != month:
        note = Note(f"Nothing was booked in {words.month(month)}.", "warn")
        return Group(whose, (note,), (), _flow_chart(rows), (_flow_table(rows),))
    previous = rows[-2] if len(rows) > 1 else None
    tiles = (
        Tile(
            "Came in", f"{_amount(last, 'income')} {currency}", _compared("income", last, previous)
        ),
        Tile(
            "Spent", f"{_amount(last, 'expense')} {currency}", _compared("expense", last, previous)
        ),
        Tile("Left over", f"{_amount(last, 'net')} {currency}", _saved(last), _sign(last["net"])),
        Tile("Invested", _amount(last, "investment_net"), "neither income nor spending"),
    )
    return Group(whose, flow_trust(last), tiles, _flow_chart(rows), (_flow_table(rows),))


def _flow_chart(rows: Sequence[Row]) -> tuple[Chart, ...]:
    currency = rows[-1]["currency"]
    lines = [
        Line(
            label,
            [
                Point(words.short_month(row["month"]), row[name], _amount(row, name))
                for row in rows[-_MONTHS_LISTED:]
            ],
        )
        for label, name in (("came in", "income"), ("spent", "expense"))
    ]
    drawn = charts.bars(_alt("Income and spending", rows, "net"), lines, scale(currency))
    return (Chart("Income and spending by month", drawn),)


def _flow_table(rows: Sequence[Row]) -> Table:
    currency = rows[-1]["currency"]
    heads = ("Came in", "Spent", "of it refunded", "Left over", "Saved", "Invested")
    return Table(
        "Cash flow by month",
        (Head("Month"), *(Head(text, is_number=True) for text in heads), Head("Proof")),
        tuple(
            (
                Cell(words.short_month(row["month"])),
                *(Cell(_amount(row, name)) for name in ("income", "expense", "refunds", "net")),
                Cell(words.percent(row["savings_rate_percent"])),
                Cell(words.money(row["investment_net"], currency)),
                words.verdict(row["proof"], _uncovered(row)),
            )
            for row in reversed(rows[-_MONTHS_LISTED:])
        ),
        is_folded=True,
    )


def _amount(row: Row, name: str) -> str:
    return words.money(row[name], row["currency"])


def _compared(name: str, row: Row, previous: Row | None) -> str:
    if previous is None:
        return ""
    return f"{words.change(row[name] - previous[name], row['currency'])} to the month before it"


def _saved(row: Row) -> str:
    rate = row["savings_rate_percent"]
    return "" if rate is None else f"{words.percent(rate)} of what came in"


def _uncovered(row: Row) -> str:
    count = row["uncovered_accounts"]
    return f"{words.plural(count, 'account')} not wholly covered" if count else ""


def _sign(amount: Decimal) -> Tone:
    return "bad" if amount < 0 else ""


def _alt(what: str, rows: Sequence[Row], name: str) -> str:
    first, last = rows[max(0, len(rows) - MONTHS_DRAWN)], rows[-1]
    currency = last["currency"]
    return (
        f"{what} in {currency}; {name.replace('_', ' ')} was "
        f"{words.money(first[name], currency)} in {words.month(first['month'])} and "
        f"{words.money(last[name], currency)} in {words.month(last['month'])}."
    )


_BY = ("owner", "currency")
_WORTH_LEAD = "The last known balances of all accounts, less what is open on cards."
_FLOW_LEAD = (
    "Booked entries by their day. Transfers between own accounts, card payments and investments "
    "are neither income nor spending; refunds lower what was spent."
)
_PROOFS = {
    "proven": "Proven: the balances of every statement of the month add up to the cent.",
    "unproven": "Unproven: for some statements the bank gave too few balances to check them.",
    "failed": "Failed: a statement of the month contradicts its own balances.",
}
_WORTH = """
SELECT * FROM mart_net_worth
WHERE ($owner IS NULL OR owner = $owner) AND day <= $until
ORDER BY owner, currency, day
"""
_FLOW = """
SELECT * FROM mart_cashflow
WHERE ($owner IS NULL OR owner = $owner) AND month <= $month
ORDER BY owner, currency, month
"""
