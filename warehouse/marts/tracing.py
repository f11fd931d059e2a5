"""Where one transaction stands in the published marts."""

from datetime import date
from pathlib import Path

from warehouse.marts.digest import columns, tables
from warehouse.marts.reader import connect

Row = dict[str, object]

_DAY = """
SELECT account_id, currency, day, opening, credits, debits, closing, transaction_count,
       timeline_status
FROM fct_daily_balance WHERE account_id = ? AND currency = ? AND day = ?
"""


def marts_with(path: Path, transaction_id: str) -> list[str]:
    """The marts in which a row has this transaction, by name.

    Args:
        path: the published link.
        transaction_id: as the marts write it, with hyphens.

    Raises:
        MartsUnavailable: nothing is published at the path.
    """
    found = []
    with connect(path) as con:
        for mart in tables(con):
            if "transaction_id" not in dict(columns(con, mart)):
                continue
            query = f'SELECT count(*) FROM "{mart}" WHERE transaction_id = ?'  # noqa: S608
            ((rows,),) = con.execute(query, [transaction_id]).fetchall()
            if rows:
                found.append(mart)
    return found


def daily_balance(path: Path, account_id: str, currency: str, day: date) -> Row | None:
    """The balance of a day with which a booked transaction goes; null where there is none.

    Raises:
        MartsUnavailable: nothing is published at the path.
    """
    with connect(path) as con:
        found = con.execute(_DAY, [account_id, currency, day])
        names = [one[0] for one in found.description or ()]
        row = found.fetchone()
    return dict(zip(names, row, strict=True)) if row else None
