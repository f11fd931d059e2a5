"""What persons said: facts like those of a bank, written once and kept for ever.

A later word counts before an earlier one; neither is changed or removed. They are about ids that
follow from content, so they hold after a rebuild.
"""

from collections.abc import Sequence
from datetime import datetime

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from schemas.errors import WrongUsage
from schemas.words import CATEGORY_WORD, TRANSFER_WORD, Scope, Word
from warehouse.ledger.models import Account, CategoryWord, Transaction, TransferWord

_IDS = ARRAY(sa.Uuid(as_uuid=False))

REJECTED = """
    SELECT said_id, out_transaction_id::text, in_transaction_id::text, said_at
    FROM (
        SELECT DISTINCT ON (out_transaction_id, in_transaction_id) *
        FROM transfer_word
        ORDER BY out_transaction_id, in_transaction_id, said_id DESC
    ) last WHERE word = 'rejected' ORDER BY said_id"""
"""TRANSFER_WORD of the pairs whose last word rejects them."""


def say(connection: sa.Connection, said: Sequence[Word], at: datetime) -> None:
    """Keep what a person says of categories, in the order given.

    Args:
        connection: a database transaction; all words are kept, or none.
        said: the words.
        at: the UTC instant.
    """
    rows = [
        {
            "owner": one.owner,
            "scope": one.scope.value,
            "transaction_id": one.about if one.scope is Scope.TRANSACTION else None,
            "vendor": one.about if one.scope is Scope.VENDOR else None,
            "category": one.category,
            "said_at": at,
        }
        for one in said
    ]
    if rows:
        connection.execute(sa.insert(CategoryWord), rows)


def words(connection: sa.Connection) -> pl.DataFrame:
    """All that persons ever said of categories, the first word first: CATEGORY_WORD."""
    columns = [getattr(CategoryWord, name) for name in CATEGORY_WORD.names()]
    rows = connection.execute(sa.select(*columns).order_by(CategoryWord.said_id))
    return pl.DataFrame([tuple(row) for row in rows], schema=CATEGORY_WORD, orient="row")


def owners_of(connection: sa.Connection, transaction_ids: Sequence[str]) -> dict[str, str]:
    """Whose each transaction is, by its id; one that the ledger does not have is left out."""
    query = (
        sa.select(Transaction.transaction_id, Account.owner)
        .join(Account, Account.account_id == Transaction.account_id)
        .where(Transaction.transaction_id == sa.any_(sa.literal(list(transaction_ids), _IDS)))
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def reject_pair(connection: sa.Connection, one: str, other: str, at: datetime) -> None:
    """Keep that two transactions are no transfer, in whatever order they are named.

    Saying it twice changes nothing.

    Raises:
        WrongUsage: they are not one movement out of an account and one into an account.
    """
    pair = _legs(connection, one, other)
    if _last_word(connection, *pair) != "rejected":
        _say_of_pair(connection, *pair, "rejected", at)


def reopen_pair(connection: sa.Connection, one: str, other: str, at: datetime) -> None:
    """Keep that a person takes back that two transactions are no transfer.

    Raises:
        WrongUsage: nobody said so, or it is taken back already; or they are no two legs.
    """
    pair = _legs(connection, one, other)
    if _last_word(connection, *pair) != "rejected":
        raise WrongUsage(
            f"{one[:8]} {other[:8]}",
            "nobody says that they are no transfer",
            "buffet transfers list --rejected shows the pairs of which somebody does",
        )
    _say_of_pair(connection, *pair, "reopened", at)


def rejected_pairs(connection: sa.Connection) -> pl.DataFrame:
    """All pairs of which persons say that they are no transfer: TRANSFER_WORD."""
    rows = connection.exec_driver_sql(REJECTED)
    return pl.DataFrame([tuple(row) for row in rows], schema=TRANSFER_WORD, orient="row")


def _legs(connection: sa.Connection, one: str, other: str) -> tuple[str, str]:
    """The leg that left and the one that arrived."""
    query = sa.select(Transaction.transaction_id, Transaction.amount).where(
        Transaction.transaction_id.in_([one, other])
    )
    found = connection.execute(query).all()
    outs = [id_ for id_, amount in found if amount < 0]
    ins = [id_ for id_, amount in found if amount > 0]
    if len(outs) != 1 or len(ins) != 1:
        raise WrongUsage(
            f"{one[:8]} {other[:8]}",
            "are not one movement out of an account and one into an account",
            "name the two legs that were taken for a transfer",
        )
    return outs[0], ins[0]


def _last_word(connection: sa.Connection, out: str, in_: str) -> str | None:
    return connection.scalar(
        sa.select(TransferWord.word)
        .where(TransferWord.out_transaction_id == out, TransferWord.in_transaction_id == in_)
        .order_by(TransferWord.said_id.desc())
        .limit(1)
    )


def _say_of_pair(connection: sa.Connection, out: str, in_: str, word: str, at: datetime) -> None:
    connection.execute(
        sa.insert(TransferWord).values(
            out_transaction_id=out, in_transaction_id=in_, word=word, said_at=at
        )
    )
