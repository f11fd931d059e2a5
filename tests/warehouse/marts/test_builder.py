"""A generation is complete, checked, sealed, and the same when built from the same ledger."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from schemas.enrichment import ENRICHED
from schemas.errors import PublishError
from schemas.money import MONEY
from warehouse.marts import parts
from warehouse.marts.builder import Built
from warehouse.marts.catalog import Check, load_catalog, of_runs
from warehouse.marts.digest import digests
from warehouse.marts.filling import CheckResult
from warehouse.marts.reader import connect, query

Build = Callable[..., Built]

LEDGER = {
    "transaction": pl.DataFrame(
        {
            "booked_on": ["2025-03-05", "2025-03-06", "2025-03-06"],
            "amount": ["8500.00", "-2450.00", "-12.50"],
            "description": ["SALÁRIO", "", None],
            "occurrence": [1, 1, 2],
        }
    ).with_columns(pl.col("booked_on").str.to_date(), pl.col("amount").cast(MONEY)),
}

VERSIONS = pl.DataFrame({"transaction_id": ["v1", "v2"], "standing": ["replaced", "superseded"]})


def changed(amount: str) -> dict[str, pl.DataFrame]:
    first = pl.int_range(pl.len()) == 0
    other = pl.lit(Decimal(amount)).cast(MONEY)
    return {
        "transaction": LEDGER["transaction"].with_columns(
            amount=pl.when(first).then(other).otherwise("amount")
        )
    }


def of_ledger(built: Built) -> dict[str, str]:
    """The digests of marts that tell of the ledger; those of runs differ from run to run."""
    return {mart: one for mart, one in digests(built.path).items() if mart not in of_runs()}


def test_analysts_see_marts_and_the_manifest_alone(make: Build) -> None:
    built = make(LEDGER)
    tables = query(
        built.path, "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal"
    )
    names = {
        schema: set(group["table_name"]) for (schema,), group in tables.group_by("schema_name")
    }
    assert names.keys() == {"main", "meaning"}  # the one is for them, the other for the next night
    assert names["main"] == {*(mart.name for mart in load_catalog()), "_manifest"}
    assert names["meaning"] < {*ENRICHED, "owner"}


def test_tables_and_columns_carry_their_words(make: Build) -> None:
    built = make(LEDGER)
    sql = "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal"
    found = {(t, c): words for t, c, words in query(built.path, sql).rows()}
    for mart in load_catalog():
        for column in mart.card.columns:
            assert found[mart.name, column.name] == column.description


def test_the_manifest_tells_what_the_file_holds(make: Build) -> None:
    built = make(LEDGER)
    rows = {row["mart"]: row for row in query(built.path, "FROM _manifest").rows(named=True)}
    facts = rows["fct_transactions"]
    assert facts["generation"] == built.generation == "20250401T060000Z-run1"
    assert (facts["run_id"], facts["code_version"]) == ("run1", "0.1.0")
    assert facts["row_count"] == built.row_counts["fct_transactions"] == 3
    assert facts["amount_sum"] == Decimal("6037.5000")
    assert {mart: row["digest"] for mart, row in rows.items()} == digests(built.path)


def test_the_file_is_sealed(make: Build) -> None:
    built = make(LEDGER)
    assert built.path.stat().st_mode & 0o777 == 0o444
    assert [path.name for path in built.path.parent.iterdir()] == [built.path.name]


def test_a_second_build_is_the_same(make: Build) -> None:
    assert of_ledger(make(LEDGER, night=1)) == of_ledger(make(LEDGER, night=2))


def test_the_order_of_the_export_does_not_matter(make: Build) -> None:
    tables = {
        "transaction": LEDGER["transaction"].with_columns(transaction_id=pl.Series(["x", "y", "z"]))
    }
    turned = {"transaction": tables["transaction"].reverse()}
    assert of_ledger(make(tables, night=1)) == of_ledger(make(turned, night=2))


def test_in_parts_it_is_the_same(make: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """So are very many movements made into facts, in the memory that a part takes."""
    tables = {**LEDGER, "transaction_version": VERSIONS}
    at_once = make(tables, night=1)
    monkeypatch.setattr(parts, "PART_ROWS", 1)
    in_parts = make(tables, night=2)
    assert of_ledger(in_parts) == of_ledger(at_once)
    assert in_parts.row_counts["fct_transactions"] == 3
    assert in_parts.row_counts["fct_transaction_versions"] == 2


def test_one_cent_changes_the_digest(make: Build) -> None:
    before = of_ledger(make(LEDGER, night=1))
    after = of_ledger(make(changed("8500.01"), night=2))
    differing = {mart for mart in before if before[mart] != after[mart]}
    assert differing == {
        *("fct_transactions", "fct_daily_balance", "fct_monthly_balance"),
        *("mart_monthly_cashflow", "mart_cashflow", "mart_daily_balance_app"),
    }


def test_empty_text_is_not_null(make: Build) -> None:
    built = make(LEDGER)
    texts = query(built.path, "SELECT description FROM fct_transactions ORDER BY transaction_id")
    assert texts["description"].to_list() == ["SALÁRIO", "", None]


@pytest.mark.parametrize(
    "text",
    [
        'two\nlines, "quoted"',
        "a\r\nb",
        "\\N",
        "NULL",
        "\\.",
        "'); DROP TABLE fct_transactions; --",
        " x ",
    ],
)
def test_text_arrives_as_it_was_printed(make: Build, text: str) -> None:
    tables = {"transaction": LEDGER["transaction"].with_columns(description=pl.lit(text))}
    built = make(tables)
    assert set(query(built.path, "FROM fct_transactions")["description"]) == {text}


def test_the_largest_amounts_are_exact(make: Build) -> None:
    largest = "99999999999999.9999"
    built = make(changed(largest))
    found = query(
        built.path,
        "SELECT max(amount) AS a, max(closing) AS c FROM fct_transactions, fct_daily_balance",
    )
    assert found.rows() == [(Decimal(largest), Decimal(largest))]


def test_an_empty_ledger_makes_empty_marts(make: Build) -> None:
    built = make({})
    assert built.failures == ()
    filled = {mart for mart, rows in built.row_counts.items() if rows}
    # The tree and the calendar are there before, and so are the checks.
    assert filled == {"dim_category", "dim_date", "mart_data_quality"}


def test_a_failing_check_is_reported_and_refused(make: Build) -> None:
    orphan = pl.DataFrame({"account_id": ["other"]})
    built = make({**LEDGER, "account": orphan})
    assert CheckResult("fct_transactions", "every_account_is_known", "fail", 3) in built.failures
    with pytest.raises(PublishError, match="every_account_is_known: 3 rows"):
        built.insist()


def test_a_warning_does_not_stop_a_generation(make: Build) -> None:
    built = make(changed("0.00"))
    assert CheckResult("fct_transactions", "amounts_are_not_zero", "warn", 1) in built.warnings
    built.insist()


def test_a_receipt_that_does_not_add_up_is_found(make: Build) -> None:
    counts = ("inserted", "already_known", "superseded", "set_aside", "markers")
    run = pl.DataFrame({"run_id": ["r"], "read": [5], **{count: [1] for count in counts}})
    assert make({"run": run}, night=1).failures == ()
    lost = run.with_columns(read=pl.lit(6))
    assert [c.check for c in make({"run": lost}, night=2).failures] == ["receipts_conserve"]


def test_a_proof_without_its_arithmetic_is_found(make: Build) -> None:
    statement = pl.DataFrame({"account_id": ["a1"], "proof": ["proven"]})
    failures = make({"statement": statement}).failures
    assert [c.check for c in failures] == ["proof_follows_from_the_balances"]


def test_a_transaction_that_stands_there_twice_is_found(make: Build) -> None:
    twice = LEDGER["transaction"].with_columns(transaction_id=pl.lit("same"))
    failures = make({"transaction": twice}).failures
    assert [(c.check, c.failing_rows) for c in failures] == [("keys_are_unique", 1)]


def test_columns_must_be_those_of_the_card(make: Build, marts: Path) -> None:
    mart = next(m for m in load_catalog() if m.name == "mart_pipeline_runs")
    wrong = replace(mart, sql=mart.sql.replace("    kind,", "    1.5 AS kind,"))
    with pytest.raises(PublishError, match=r"mart_pipeline_runs.kind: mart.sql makes kind DECIMAL"):
        make({}, marts=[wrong])
    assert list(marts.rglob("*.duckdb*")) == []


def test_a_column_too_many_is_named(make: Build) -> None:
    mart = next(m for m in load_catalog() if m.name == "mart_pipeline_runs")
    more = replace(mart, sql=mart.sql.replace("    markers\n", "    markers,\n    1 AS more\n"))
    with pytest.raises(PublishError, match=r"mart.sql makes more INTEGER, mart.toml says nothing"):
        make({}, marts=[more])


def test_a_broken_query_is_named(make: Build) -> None:
    mart = next(m for m in load_catalog() if m.name == "mart_pipeline_runs")
    with pytest.raises(PublishError, match=r"mart_pipeline_runs/mart.sql"):
        make({}, marts=[replace(mart, sql="SELECT nothing FROM nowhere")])
    broken = replace(mart, checks=(Check("odd", "fail", "SELECT FROM WHERE"),))
    with pytest.raises(PublishError, match=r"mart_pipeline_runs/checks.sql: odd"):
        make({}, marts=[broken])


def test_a_mart_reads_no_file(make: Build, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n", encoding="utf-8")
    mart = next(m for m in load_catalog() if m.name == "mart_pipeline_runs")
    with pytest.raises(PublishError, match="disabled by configuration"):
        make({}, marts=[replace(mart, sql=f"SELECT * FROM read_csv('{secret}')")])


def test_what_a_killed_build_left_is_replaced(make: Build) -> None:
    first = make(LEDGER)
    first.path.with_name(first.path.name + ".wal").write_bytes(b"left over")
    again = make(LEDGER)
    assert again.path == first.path
    assert digests(again.path)


def test_little_memory_is_enough(make: Build) -> None:
    assert make(LEDGER, memory_limit="64MB").failures == ()


def test_another_program_reads_the_file(make: Build) -> None:
    built = make(LEDGER)
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{built.path}' AS m (READ_ONLY)")
        assert con.execute("SELECT count(*) FROM m.fct_transactions").fetchall() == [(3,)]


def test_instants_have_one_digest_in_every_time_zone(make: Build) -> None:
    run = pl.DataFrame({"run_id": ["r"]})
    built = make({"run": run})
    with connect(built.path) as con:
        shown = con.execute("SELECT started_at::VARCHAR FROM mart_pipeline_runs").fetchall()
    assert shown == [("2025-04-02 06:00:00+00",)]
