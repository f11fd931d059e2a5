"""The balance of an account at the end of a day, and what proves it.

A balance is proven by the balances that the bank swore to around it, and by what moved between:

    statement says 100.00 on the 1st │ -5.00 │ +100.00 │ day asked for: 195.00 │ -7.00 │ says 188.00

Both stated balances are of proven statements, and the movements that count must take one to the
other exactly. Where nothing is stated after the day, movements may be missing: it is not proven.
"""

import re
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from schemas.errors import WrongUsage
from schemas.masking import masked_numbers
from schemas.money import plain
from warehouse.ledger.accounts import shown

Row = dict[str, object]

_ACCOUNTS = """
SELECT account_id::text AS account_id, owner, institution, account_name, account_tail, account_kind,
       currency
FROM account
ORDER BY account_name, currency, account_id
"""

_ANCHORS = """
WITH proven AS (
    SELECT f.sha256, s.statement_no, s.opening_on, s.opening_balance, s.closing_on,
           s.closing_balance, s.credit_sum, abs(s.debit_sum) AS debit_sum, s.starts_on, s.ends_on,
           (SELECT max(c.certificate_no) FROM certificate c
            WHERE (c.sha256, c.statement_no) = (f.sha256, s.statement_no)) AS certificate_no
    FROM statement s JOIN file f USING (file_id)
    WHERE s.account_id = CAST(:account_id AS uuid) AND s.proof = 'proven' AND s.status = 'loaded'
)
SELECT opening_on AS day, opening_balance AS balance, 'opening' AS which, p.* FROM proven p
WHERE opening_on IS NOT NULL AND opening_balance IS NOT NULL
UNION ALL
SELECT closing_on, closing_balance, 'closing', p.* FROM proven p
WHERE closing_on IS NOT NULL AND closing_balance IS NOT NULL
ORDER BY day, sha256, statement_no, which
"""
"""The balances that proven statements state; each holds at the end of its day."""

_MOVED = """
SELECT coalesce(sum(amount) FILTER (WHERE amount > 0), 0.0000) AS credit_sum,
       coalesce(-sum(amount) FILTER (WHERE amount < 0), 0.0000) AS debit_sum,
       count(*) AS transaction_count
FROM transaction
WHERE account_id = CAST(:account_id AS uuid) AND status = 'booked' AND standing = 'counts'
  AND booked_on > :after AND booked_on <= :upto
"""

_MOVEMENTS = """
SELECT transaction_id::text AS transaction_id, booked_on, amount, currency
FROM transaction
WHERE account_id = CAST(:account_id AS uuid) AND status = 'booked' AND standing = 'counts'
  AND booked_on > :after AND booked_on <= :upto
ORDER BY booked_on, transaction_id
"""


@dataclass(frozen=True)
class Anchor:
    """A balance that a proven statement states, at the end of a day.

    Attributes:
        day: the day.
        balance: signed; a debt is negative.
        statement: the row of its statement, with the number of its certificate or null.
    """

    day: date
    balance: Decimal
    statement: Row


@dataclass(frozen=True)
class Balance:
    """The balance at the end of a day.

    Attributes:
        balance: null where no proven statement states any balance.
        is_proven: whether it follows from what the bank swore to, before and after.
        because: why, in a sentence.
        before: the stated balance that it starts from.
        after: the stated balance at which the movements arrive.
        moved: credit_sum, debit_sum and transaction_count from `before` to the day.
        onwards: the same from the day to `after`; null without it.
        movements: the transactions from `before` to the day.
    """

    balance: Decimal | None
    is_proven: bool
    because: str
    before: Anchor | None
    after: Anchor | None
    moved: Row | None
    onwards: Row | None
    movements: tuple[Row, ...]


def find_account(connection: sa.Connection, word: str) -> Row:
    """The one account that a person means by its name or the first digits of its id.

    Raises:
        WrongUsage: none, or more than one, answers to the word.
    """
    accounts = [dict(row) for row in connection.execute(sa.text(_ACCOUNTS)).mappings()]
    digits = word.strip().lower().replace("-", "")
    found = [one for one in accounts if one["account_name"] == word]
    if not found and re.fullmatch(r"[0-9a-f]{1,32}", digits):
        found = [
            one for one in accounts if str(one["account_id"]).replace("-", "").startswith(digits)
        ]
    if len(found) == 1:
        return found[0] | {"account_name": masked_numbers(str(found[0]["account_name"]))}
    if not found:
        raise WrongUsage(
            masked_numbers(word),
            "no account answers to it",
            'buffet query "SELECT account_id, account_name FROM dim_account" lists them',
        )
    raise WrongUsage(
        masked_numbers(word),
        "more than one account answers to it",
        f"name one by its id: {'; '.join(map(shown, found))}",
    )


def balance_at(connection: sa.Connection, account_id: str, day: date) -> Balance:
    """The balance of an account at the end of a day, and what proves it or why it is not proven."""
    anchors = [
        Anchor(row["day"], row["balance"], dict(row))
        for row in connection.execute(sa.text(_ANCHORS), {"account_id": account_id}).mappings()
    ]
    before = [one for one in anchors if one.day <= day]
    beyond = [one for one in anchors if one.day > day]
    if not before:
        why = (
            f"the first balance that a proven statement states is of {beyond[0].day}"
            if beyond
            else "no proven statement states a balance of this account"
        )
        return Balance(None, False, why, None, beyond[0] if beyond else None, None, None, ())
    around = [
        (first, last)
        for first in before
        for last in anchors
        if _name(first) == _name(last) and first.day < last.day and last.day >= day
    ]
    nearest = (before[-1], beyond[0] if beyond else None)
    tried = [_walk(connection, account_id, day, *pair) for pair in (*around, nearest)]
    proven = [one for one in tried if one.is_proven]
    if len({one.balance for one in proven}) > 1:
        said = " and ".join(sorted({plain(one.balance) or "" for one in proven}))
        return replace(
            proven[0], is_proven=False, because=f"proven statements contradict each other: {said}"
        )
    return (proven or tried)[0]


def _walk(
    connection: sa.Connection, account_id: str, day: date, first: Anchor, last: Anchor | None
) -> Balance:
    """From one stated balance to the day, and on to the next one."""

    def moved(query: str, after: date, upto: date) -> list[Row]:
        values = {"account_id": account_id, "after": after, "upto": upto}
        return [dict(row) for row in connection.execute(sa.text(query), values).mappings()]

    (until,) = moved(_MOVED, first.day, day)
    movements = tuple(moved(_MOVEMENTS, first.day, day))
    balance = _after(first.balance, until)
    if last is None:
        because = f"no proven statement reaches beyond {first.day}: movements may be missing"
        return Balance(balance, False, because, first, None, until, None, movements)
    (onwards,) = moved(_MOVED, day, last.day)
    arrived = _after(balance, onwards)
    is_proven = arrived == last.balance
    because = (
        "the movements take one stated balance to the other, exactly"
        if is_proven
        else f"the movements up to {last.day} arrive at {plain(arrived)}, but a proven statement"
        f" says {plain(last.balance)}"
    )
    return Balance(balance, is_proven, because, first, last, until, onwards, movements)


def _after(balance: Decimal, moved: Row) -> Decimal:
    return balance + Decimal(str(moved["credit_sum"])) - Decimal(str(moved["debit_sum"]))


def _name(anchor: Anchor) -> tuple[object, object]:
    return anchor.statement["sha256"], anchor.statement["statement_no"]
