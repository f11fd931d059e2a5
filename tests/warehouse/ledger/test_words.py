"""What persons said: kept for ever, the later word last, through a rebuild."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from schemas.errors import WrongUsage
from schemas.words import CATEGORY_WORD, TRANSFER_WORD, Scope, Word
from warehouse.ledger import rebuild, words
from warehouse.ledger.connection import atomically

AT = datetime(2026, 1, 10, 6, tzinfo=UTC)
LOST = "00000000-0000-0000-0000-00000000dead"


def ids(engine: sa.Engine) -> list[str]:
    with atomically(engine) as connection:
        return [
            row[0]
            for row in connection.exec_driver_sql(
                "SELECT transaction_id::text FROM transaction ORDER BY booked_on"
            )
        ]


@pytest.fixture
def loaded(engine: sa.Engine, load) -> sa.Engine:
    load(("a", [(1, "-5.00", "OUT"), (2, "5.00", "IN"), (3, "7.00", "OTHER")]))
    return engine


def test_words_stay_in_the_order_in_which_they_were_said(loaded: sa.Engine) -> None:
    first, *_ = ids(loaded)
    said = [
        Word("ana", Scope.VENDOR, "NETFLIX", "Shopping/Gifts"),
        Word("ana", Scope.TRANSACTION, first, "Food/Groceries"),
    ]
    with atomically(loaded) as connection:
        assert words.words(connection).is_empty()
        words.say(connection, said, AT)
        words.say(connection, [], AT)
        words.say(connection, said[:1], AT + timedelta(days=1))
        frame = words.words(connection)
    assert frame.schema == CATEGORY_WORD
    assert frame.drop("said_id").rows() == [
        ("ana", "vendor", None, "NETFLIX", "Shopping/Gifts", AT),
        ("ana", "transaction", first, None, "Food/Groceries", AT),
        ("ana", "vendor", None, "NETFLIX", "Shopping/Gifts", AT + timedelta(days=1)),
    ]


def test_words_outlive_what_they_are_about(loaded: sa.Engine, load) -> None:
    out, in_, _ = ids(loaded)
    with atomically(loaded) as connection:
        words.say(connection, [Word("ana", Scope.TRANSACTION, out, "Food/Groceries")], AT)
        words.reject_pair(connection, out, in_, AT)
        rebuild.clear(connection)
    assert ids(loaded) == []
    load(("a", [(1, "-5.00", "OUT"), (2, "5.00", "IN"), (3, "7.00", "OTHER")]))
    with atomically(loaded) as connection:
        (about,) = words.words(connection).get_column("transaction_id")
        (pair,) = words.rejected_pairs(connection).rows(named=True)
        assert words.owners_of(connection, [about, LOST]) == {out: "ana"}
    assert (pair["out_transaction_id"], pair["in_transaction_id"]) == (out, in_)


def test_a_word_is_about_a_transaction_or_a_vendor(engine: sa.Engine) -> None:
    with pytest.raises(sa.exc.IntegrityError, match="is_about_one"), atomically(engine) as link:
        link.exec_driver_sql(
            "INSERT INTO category_word (owner, scope, vendor, category, said_at)"
            " VALUES ('ana', 'transaction', 'X', 'Food', now())"
        )


def test_a_pair_is_rejected_once_in_whatever_order(loaded: sa.Engine) -> None:
    out, in_, other = ids(loaded)
    with atomically(loaded) as connection:
        words.reject_pair(connection, in_, out, AT)
        words.reject_pair(connection, out, in_, AT + timedelta(days=1))
        words.reject_pair(connection, other, out, AT)
        frame = words.rejected_pairs(connection)
    assert frame.schema == TRANSFER_WORD
    assert frame.select("out_transaction_id", "in_transaction_id", "said_at").rows() == [
        (out, in_, AT),
        (out, other, AT),
    ]


def test_two_that_can_be_no_transfer_are_refused(loaded: sa.Engine) -> None:
    out, in_, other = ids(loaded)
    for pair in ((in_, other), (out, out), (out, LOST)):
        with atomically(loaded) as connection, pytest.raises(WrongUsage, match="out of an account"):
            words.reject_pair(connection, *pair, AT)


def test_a_rejected_pair_can_be_taken_back_and_every_word_is_kept(loaded: sa.Engine) -> None:
    out, in_, other = ids(loaded)
    with atomically(loaded) as connection:
        with pytest.raises(WrongUsage, match="nobody says"):
            words.reopen_pair(connection, out, in_, AT)
        words.reject_pair(connection, out, in_, AT)
        words.reject_pair(connection, out, other, AT)
        words.reopen_pair(connection, in_, out, AT)
        with pytest.raises(WrongUsage, match="nobody says"):
            words.reopen_pair(connection, out, in_, AT)
        (left,) = words.rejected_pairs(connection).rows(named=True)
        assert left["in_transaction_id"] == other
        words.reject_pair(connection, out, in_, AT)
        assert words.rejected_pairs(connection).height == 2
        said = connection.exec_driver_sql(
            f"SELECT word FROM transfer_word WHERE in_transaction_id = '{in_}' ORDER BY said_id"
        )
        assert said.scalars().all() == ["rejected", "reopened", "rejected"]
