"""Frames reach Postgres, and come back, exactly; however many slices they take."""

from datetime import date
from decimal import Decimal

import polars as pl
from polars.testing import assert_frame_equal

from schemas.money import MONEY
from warehouse.ledger import staging
from warehouse.ledger.connection import atomically

TEXTS = ["", " ", "NULL", "\\N", '"', ",", "a\nb", "a\r\nb", "\\.", "ção", None]


def test_every_kind_of_text_survives_and_null_is_not_empty(engine) -> None:
    frame = pl.DataFrame({"number": range(len(TEXTS)), "told": TEXTS})
    with atomically(engine) as connection:
        staging.stage(connection, "told", frame)
        query = "SELECT number, told FROM told ORDER BY number"
        held = connection.exec_driver_sql(query).all()
    assert [text for _, text in held] == TEXTS


def test_a_frame_of_several_slices_keeps_all_its_rows_in_their_order(engine, monkeypatch) -> None:
    monkeypatch.setattr(staging, "_SLICE", 7)
    frame = pl.DataFrame(
        {
            "number": range(50),
            "booked_on": [date(2026, 1, 1 + number % 28) for number in range(50)],
            "amount": pl.Series([Decimal(number) / 4 for number in range(50)], dtype=MONEY),
            "sha256": [f"{number:064x}" for number in range(50)],
        }
    )
    with atomically(engine) as connection:
        staging.stage(connection, "several", frame)
        back = staging.fetch(connection, "SELECT * FROM several", frame.schema)
    assert_frame_equal(back, frame)


def test_nothing_comes_back_as_an_empty_frame_of_the_same_columns(engine) -> None:
    schema = pl.Schema({"number": pl.Int64(), "booked_on": pl.Date()})
    with atomically(engine) as connection:
        query = "SELECT 1::bigint AS number, now()::date WHERE false"
        assert staging.fetch(connection, query, schema).schema == schema
