"""The file for sharing names no person, account, text or file, whatever mart comes next."""

import re
import stat
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

from schemas.settings import Settings
from tasks.sample import people
from warehouse.ledger.connection import connect
from warehouse.marts import digest, publisher, reader
from warehouse.marts.catalog import load_catalog
from warehouse.marts.sharing import PLAIN, fate, share

AT = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def full(sample_house: Settings) -> Path:
    return sample_house.marts / publisher.LINK


@pytest.fixture(scope="module")
def shared(full, tmp_path_factory) -> Path:
    return share(full, tmp_path_factory.mktemp("shared") / "shared.duckdb", AT).path


def texts(path: Path) -> set[str]:
    """Every text in every table of a file, the comments of its tables too."""
    with duckdb.connect(path, read_only=True) as con:
        found: set[str] = set()
        tables = con.execute("SELECT table_name, comment FROM duckdb_tables()").fetchall()
        for table, comment in tables:
            found.add(comment or "")
            for name, dtype, *_ in con.execute(f'DESCRIBE "{table}"').fetchall():
                if dtype == "VARCHAR":
                    rows = con.execute(f'SELECT DISTINCT "{name}" FROM "{table}"').fetchall()
                    found |= {row[0] for row in rows if row[0]}
    return found


def words(path: Path, sql: str) -> set[str]:
    return {one for one in reader.query(path, sql).to_series() if one}


def test_every_column_of_text_is_marked_or_among_the_plain_ones() -> None:
    undecided = [
        f"{mart.name}.{column.name}"
        for mart in load_catalog()
        for column in mart.card.columns
        if column.type == "VARCHAR" and column.personal is None and column.name not in PLAIN
    ]
    assert undecided == []


def test_a_plain_column_still_exists() -> None:
    names = {column.name for mart in load_catalog() for column in mart.card.columns}
    assert names >= PLAIN


def test_a_text_that_nobody_thought_of_is_removed(full, tmp_path) -> None:
    assert fate("mart_of_tomorrow", "secret_note", "VARCHAR") == "removed"
    mine = tmp_path / "mine.duckdb"
    mine.write_bytes(full.resolve().read_bytes())
    with duckdb.connect(mine) as con:
        con.execute("CREATE TABLE mart_of_tomorrow AS SELECT 'a secret note' AS secret_note")
    made = share(mine, tmp_path / "shared.duckdb", AT)
    assert made.row_counts["mart_of_tomorrow"] == 1
    assert "a secret note" not in texts(made.path)


def test_no_text_person_number_or_file_of_the_samples_is_in_the_file(
    full, shared, sample_house
) -> None:
    kept = words(full, "SELECT DISTINCT vendor FROM fct_transactions") | words(
        full, "SELECT DISTINCT bank || ' ' || format FROM mart_reconciliation"
    )
    secret = words(full, "SELECT DISTINCT description FROM fct_transactions")
    secret = {one for one in secret if not any(one.upper() in name for name in kept)}
    persons = words(
        full,
        "SELECT DISTINCT counterparty_name FROM fct_transactions"
        " WHERE counterparty_kind = 'person'",
    )
    files = words(full, "SELECT DISTINCT file_name FROM mart_reconciliation")
    accounts = words(full, "SELECT DISTINCT account_name FROM dim_account")
    owners = words(full, "SELECT DISTINCT owner FROM dim_account")
    engine = connect(sample_house.database_url.get_secret_value())
    with engine.connect() as connection:
        refs = connection.scalars(sa.text("SELECT account_ref FROM ledger.account"))
        numbers = {one for one in refs if one and len(one) > 3}
        digits = {re.sub(r"\D", "", one) for one in numbers}
    engine.dispose()
    assert min(map(len, (secret, persons, files, accounts, owners, numbers))) >= 2
    unwanted = {*secret, *persons, *files, *accounts, *numbers, *(one for one in digits if one)}
    everything = "\n".join(texts(shared))
    # Four digits stand by chance within an id that was renamed, but not as a word.
    tokens = {token for text in texts(shared) for token in re.split(r"[^\w-]+", text)}
    raw = shared.read_bytes()
    assert [one for one in unwanted if one in (everything if len(one) > 4 else tokens)] == []
    assert [one for one in unwanted if len(one) > 4 and one.encode() in raw] == []
    assert owners & texts(shared) == set()


def test_the_names_of_the_sample_people_are_not_in_the_file(shared) -> None:
    everything = "\n".join(texts(shared)).upper()
    for _, name in people.PEOPLE:
        assert name.upper() not in everything


def test_amounts_vendors_and_joins_stay(full, shared) -> None:
    for sql in (
        "SELECT currency, count(*), sum(amount) FROM fct_transactions GROUP BY 1 ORDER BY 1",
        "SELECT vendor, sum(net) FROM mart_vendor_spend GROUP BY 1 ORDER BY 1",
        """SELECT account_kind, sum(amount) FROM fct_transactions
        JOIN dim_account USING (account_id, account_kind) GROUP BY 1 ORDER BY 1""",
        """SELECT count(*) FROM mart_transfers
        JOIN fct_transactions ON out_transaction_id = transaction_id""",
        "SELECT currency, month, sum(income) FROM mart_cashflow GROUP BY ALL ORDER BY ALL",
    ):
        assert reader.query(full, sql).rows() == reader.query(shared, sql).rows(), sql
    with reader.connect(full) as one, reader.connect(shared) as other:
        assert set(digest.tables(one)) | {"_shared"} == set(digest.tables(other))


def test_the_next_file_renames_otherwise(full, shared, tmp_path) -> None:
    again = share(full, tmp_path / "again.duckdb", AT).path
    sql = "SELECT DISTINCT account_id FROM dim_account"
    assert words(shared, sql) & words(again, sql) == set()
    assert len(words(shared, sql)) == len(words(again, sql))


def test_everybody_reads_the_shared_file_and_the_owner_alone_the_full_one(full, shared) -> None:
    assert stat.S_IMODE(shared.stat().st_mode) == 0o444
    assert stat.S_IMODE(full.resolve().stat().st_mode) == 0o400
    assert sorted(path.name for path in shared.parent.iterdir()) == ["shared.duckdb"]
