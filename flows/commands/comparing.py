"""`buffet diff`: which figures of the past changed between two instants, and why."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

import typer

from flows.commands import evidence, talk
from flows.commands.registers import AsJson
from schemas.errors import WrongUsage

Row = Mapping[str, object]

_LAST = datetime.max.replace(tzinfo=UTC)


def diff(
    *,
    since: Annotated[
        str,
        typer.Option(
            "--since", metavar="DATE", help="What was known when this day began, or at an instant."
        ),
    ],
    until: Annotated[
        str | None,
        typer.Option(
            "--until",
            metavar="DATE",
            help="What was known when this day ended, or at an instant; without it, now.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show which figures of the past changed, and each transaction that is the reason.

    Days are of UTC; an instant is written 2026-03-01T06:00:00Z.

    What was booked since then is no change of the past.

    Example: buffet diff --since 2026-03-01

    Next: buffet explain TRANSACTION shows where one of them comes from.
    """
    from flows import house
    from flows.commands.house_keys import ledger, settings
    from warehouse.ledger.changes import changes
    from warehouse.ledger.connection import atomically

    first = _instant("--since", since, is_end=False)
    last = _instant("--until", until, is_end=True) if until else house.now()
    if first >= last:
        raise WrongUsage("buffet diff", "the first instant is not before the second", "see --help")
    with ledger(settings()) as engine, atomically(engine) as connection:
        found = changes(connection, first, last)
    if as_json:
        talk.put_json([{"since": first, "until": last, **found}])
        return
    if not found["transactions"]:
        talk.put(f"nothing that was past on {first.date()} has changed")
        return
    _put(found["months"], found["transactions"])


def _put(months: Sequence[Row], transactions: Sequence[Row]) -> None:
    """The sums, and below them the reasons."""
    sums = [
        {
            "account": row["account_name"],
            "month": talk.cell_text(row["month"])[:7],
            "then": evidence.money(row["sum_then"]),
            "now": evidence.money(row["sum_now"]),
            "change": evidence.money(row["change"]),
            "currency": row["currency"],
            "transactions": row["transaction_count"],
        }
        for row in months
    ]
    talk.put_rows(sums, title="sums of booked movements")
    reasons = [
        {
            "booked_on": row["booked_on"],
            "account": row["account_name"],
            "amount": evidence.money(row["amount"]),
            "currency": row["currency"],
            "what": row["change"],
            "because": row["because"],
            "known_from": row["known_from"],
            "transaction": str(row["transaction_id"])[:13],
        }
        for row in transactions
    ]
    talk.put_rows(reasons, title="why")


def _instant(option: str, text: str, *, is_end: bool) -> datetime:
    """A day as its first or last instant in UTC, or the instant that is given.

    Raises:
        WrongUsage: it is neither.
    """
    try:
        if len(text) == len("2026-03-01"):
            day = datetime.combine(date.fromisoformat(text), time(), UTC)
            if not is_end:
                return day
            return day + timedelta(1) if day.date() < date.max else _LAST
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise WrongUsage(
            option,
            f'"{talk.printable(text)}" is not a day of the years 1 to 9999 in UTC',
            "write 2026-03-01, or an instant such as 2026-03-01T06:00:00Z",
        ) from None
