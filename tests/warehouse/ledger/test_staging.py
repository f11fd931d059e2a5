"""Frames reach Postgres, and come back, exactly; however many slices they take."""

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from schemas.ledger import STAMP
from schemas.money import MONEY, RATE
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


def test_rows_become_files_exactly_and_in_their_order(engine, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(staging, "_PART_BYTES", 100)
    folder = tmp_path / "told"
    frame = pl.DataFrame(
        {
            "number": range(len(TEXTS)),
            "told": TEXTS,
            "known_from": pl.Series(
                [datetime(2026, 3, 8, 23, 59, 59, number, UTC) for number in range(10)] + [None],
                dtype=STAMP,
            ),
            "rate": pl.Series([Decimal(1) / 8**number for number in range(11)], dtype=RATE),
        }
    )
    with atomically(engine) as connection:
        staging.stage(connection, "told", frame)
        query = "SELECT * FROM told ORDER BY number"
        for _ in range(2):  # an earlier try
            staging.fetch_into(connection, query, frame.schema, folder)
    parts = sorted(folder.iterdir())
    assert len(parts) > 1
    assert_frame_equal(pl.concat(map(pl.read_parquet, parts)), frame)


def test_no_row_is_a_file_of_the_same_columns(engine, tmp_path) -> None:
    schema = pl.Schema({"number": pl.Int64(), "known_from": STAMP})
    query = "SELECT 1::bigint AS number, now() AS known_from WHERE false"
    with atomically(engine) as connection:
        staging.fetch_into(connection, query, schema, tmp_path / "none")
    (path,) = (tmp_path / "none").iterdir()
    assert pl.read_parquet(path).schema == schema


def test_columns_that_changed_places_are_a_mistake(engine, tmp_path) -> None:
    schema = pl.Schema({"first": pl.String(), "second": pl.String()})
    query = "SELECT 'b' AS second, 'a' AS first"
    with atomically(engine) as connection, pytest.raises(AssertionError, match="second,first"):
        staging.fetch_into(connection, query, schema, tmp_path / "turned")
