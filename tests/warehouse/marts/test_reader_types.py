"""Every type of DuckDB comes back as it is, or as text; no value breaks off or becomes another."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from flows.commands.talk import cell_text, put_json
from schemas.errors import WrongUsage
from warehouse.marts.reader import query

LARGEST = 2**127 - 1
TEXTS = [
    ("DATE 'infinity'", "infinity"),
    ("DATE '-infinity'", "-infinity"),
    ("DATE '20000-01-01'", "20000-01-01"),
    ("DATE '0044-03-15 (BC)'", "0044-03-15 (BC)"),
    ("TIMESTAMP 'infinity'", "infinity"),
    ("TIMESTAMP '20000-01-01 01:02:03'", "20000-01-01 01:02:03"),
    ("TIMESTAMPTZ '-infinity'", "-infinity"),
    ("TIMESTAMP_S 'infinity'", "infinity"),
    ("TIMESTAMP_MS '20000-01-01'", "20000-01-01 00:00:00"),
    ("TIMESTAMP_NS '2026-01-01 00:00:00.123456789'", "2026-01-01 00:00:00.123456789"),
    ("TIME '24:00:00'", "24:00:00"),
    ("TIME '12:34:56.789'", "12:34:56.789"),
    ("TIMETZ '12:34:56+03'", "12:34:56+03"),
    ("INTERVAL 3 MONTHS", "3 months"),
    ("INTERVAL '3 days 2 hours'", "3 days 02:00:00"),
    (f"{LARGEST}::HUGEINT", str(LARGEST)),
    (f"{2**128 - 1}::UHUGEINT", str(2**128 - 1)),
    (f"'{10**41}'::BIGNUM", str(10**41)),
    ("'0101'::BIT", "0101"),
    ("union_value(num := 2)", "2"),
    ("'{\"a\":1}'::JSON::VARIANT", "{'a': 1}"),
    ("row(1, 2)", "(1, 2)"),
    ("[DATE 'infinity']", "[infinity]"),
    ("[DATE 'infinity']::DATE[1]", "[infinity]"),
    ("[INTERVAL 1 DAY]", "[1 day]"),
    ("{'a': 1, 'b': INTERVAL 1 DAY}", "{'a': 1, 'b': 1 day}"),
    ("{'a': 1, 'b': [DATE 'infinity', NULL]}", "{'a': 1, 'b': [infinity, NULL]}"),
    ("{'u': union_value(num := 2)}", "{'u': 2}"),
    ("MAP {'a': INTERVAL 1 DAY}", "{a=1 day}"),
    ("MAP {DATE '2026-01-01': 1}", "{2026-01-01=1}"),
]
"""What a frame, or JSON after it, cannot hold."""

VALUES = [
    ("DATE '0001-01-01'", date.min),
    ("DATE '9999-12-31'", date.max),
    ("TIMESTAMP '0001-01-01'", datetime.min),  # noqa: DTZ901
    ("TIMESTAMP '9999-12-31 23:59:59.999999'", datetime.max),  # noqa: DTZ901
    ("TIMESTAMPTZ '2026-01-01 00:00:00+03'", datetime(2025, 12, 31, 21, tzinfo=UTC)),
    ("sum(i) FROM range(3) t(i)", Decimal(3)),
    (f"(-{10**38 - 1})::HUGEINT", Decimal(f"-{10**38 - 1}")),
    ("1.5::DECIMAL(38, 10)", Decimal("1.5")),
    (f"{2**64 - 1}::UBIGINT", 2**64 - 1),
    ("NULL", None),
    ("NULL::DATE", None),
    ("UUID '2ec1d6b3-0000-0000-0000-000000000001'", "2ec1d6b3-0000-0000-0000-000000000001"),
    ("'\\xAA'::BLOB", b"\xaa"),
    ("'x'::ENUM('x', 'y')", "x"),
    ("'{\"a\":1}'::JSON", '{"a":1}'),
    ("[1.5, 2]", [Decimal("1.5"), Decimal(2)]),
    ("[]", []),
    ("[DATE '2026-01-01', NULL]", [date(2026, 1, 1), None]),
    ("{'a': 1, 'b': [DATE '2026-01-01']}", {"a": 1, "b": [date(2026, 1, 1)]}),
    ("MAP {'a': 1}", {"a": 1}),
]
"""What stays as it is."""


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of marts; which ones does not matter."""
    path = tmp_path_factory.mktemp("types") / "buffet.duckdb"
    duckdb.connect(path).close()
    return path


@pytest.mark.parametrize(("sql", "text"), TEXTS, ids=[sql for sql, _ in TEXTS])
def test_what_a_frame_cannot_hold_is_text(marts: Path, sql: str, text: str) -> None:
    assert query(marts, f"SELECT {sql} AS x").rows() == [(text,)]


@pytest.mark.parametrize(("sql", "value"), VALUES, ids=[sql for sql, _ in VALUES])
def test_what_a_frame_holds_stays_as_it_is(
    marts: Path, sql: str, value: object, capsys: pytest.CaptureFixture[str]
) -> None:
    name, _, source = sql.partition(" FROM ")
    frame = query(marts, f"SELECT {name} AS x" + (f" FROM {source}" if source else ""))
    assert frame.rows() == [(value,)]
    put_json(frame.to_dicts())
    assert list(json.loads(capsys.readouterr().out)) == ["x"]
    cell_text(frame.item())


def test_only_the_columns_that_need_it_are_text(marts: Path) -> None:
    sql = """
        SELECT * FROM (VALUES (?, DATE '2026-01-01', INTERVAL 1 DAY, DATE '2026-01-01'),
                              (2, DATE 'infinity', NULL, NULL)) t ("a""b", x, "x y", y)
        ORDER BY 1
    """
    found = query(marts, sql, [1])
    assert found.to_dicts() == [
        {'a"b': 1, "x": "2026-01-01", "x y": "1 day", "y": date(2026, 1, 1)},
        {'a"b': 2, "x": "infinity", "x y": None, "y": None},
    ]


def test_two_columns_of_a_name_stay_two(marts: Path) -> None:
    found = query(marts, "SELECT INTERVAL 1 DAY AS x, 2 AS x")
    assert found.rows() == [("1 day", 2)]


def test_a_question_that_is_not_utf_8_is_wrong_usage(marts: Path) -> None:
    with pytest.raises(WrongUsage, match="is not UTF-8"):
        query(marts, "SELECT '\udcff'")


def test_nothing_is_said_of_a_panic(marts: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """polars would write it to stderr itself."""
    query(marts, "SELECT [TIMESTAMP 'infinity', NULL], DATE 'infinity'").to_dicts()
    assert capfd.readouterr().err == ""
