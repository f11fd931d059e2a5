"""What is said of a transaction that does not count, and of accounts that a word may mean."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest
import sqlalchemy as sa
from papers import CAMT, CSV, NIGHT_AT, Paper, batch_of

from schemas.errors import WrongUsage
from warehouse.ledger import runs
from warehouse.ledger.accounts import shown
from warehouse.ledger.balance import find_account
from warehouse.ledger.connection import atomically
from warehouse.ledger.explain import explained
from warehouse.ledger.writer import write_batch

Load = Callable[..., None]
WHOLE = [(2, "-5", "Padaria"), (9, "100", "Salario"), (20, "-30", "Aluguel")]
OTHER = [(2, "-5", "PAO E LEITE"), (9, "100", "FOLHA"), (20, "-30", "MORADIA")]
THIRD = [(2, "-5", "forno"), (9, "100", "credito"), (20, "-30", "imovel")]


@pytest.fixture
def load(engine: sa.Engine) -> Load:
    """Load papers, a night each, as a bank layout reads them."""

    def load_one_by_one(papers: dict[str, Paper]) -> None:
        for number, (layout, paper) in enumerate(papers.items(), 1):
            run_id, at = f"00000000-0000-0000-0000-{number:012}", NIGHT_AT + timedelta(number)
            made = batch_of(run_id, at, [paper])
            files = made.files.with_columns(pl.lit(layout).alias("layout"))
            with atomically(engine) as connection:
                runs.open_run(
                    connection, run_id=run_id, kind="night", started_at=at, code_version="test"
                )
                write_batch(connection, replace(made, files=files))

    return load_one_by_one


def told(engine: sa.Engine) -> dict[str, set[tuple[str, str]]]:
    """Why transactions do not count, and by which layouts and files their days are told."""
    found: dict[str, set[tuple[str, str]]] = {}
    with engine.connect() as connection:
        ids = connection.exec_driver_sql(
            "SELECT transaction_id::text FROM transaction WHERE standing = 'superseded'"
        ).scalars()
        for one in [explained(connection, id_) for id_ in ids.all()]:
            tellers = {(str(t["layout"]), str(t["file_name"])) for t in one["tellers"]}
            found.setdefault(str(one["because"]), set()).update(tellers)
    return found


def test_of_two_exports_of_a_format_the_one_that_tells_the_day_is_named(
    load: Load, engine: sa.Engine
) -> None:
    papers = {
        "br_nubank_conta": Paper("a", CSV, WHOLE, period=(1, 31)),
        "br_nubank_extrato": Paper("b-12345678", CSV, OTHER, period=(1, 31)),
        "br_plain_conta": Paper("c", CSV, THIRD, period=(1, 31)),
    }
    load(papers)
    ((because, tellers),) = told(engine).items()
    assert because == "csv tells this day of the account"
    assert tellers == {("br_nubank_conta", "a")}


def test_of_another_format_its_statement_is_named(load: Load, engine: sa.Engine) -> None:
    load(
        {
            "br_nubank_extrato": Paper("b", CSV, OTHER, period=(1, 31)),
            "": Paper("c-12345678", CAMT, WHOLE, opening="0", period=(1, 31)),
        }
    )
    assert told(engine) == {"camt053 tells this day of the account": {("", "c-••••5678")}}


def test_what_counts_is_told_by_nobody_else(load: Load, engine: sa.Engine) -> None:
    load({"br_nubank_conta": Paper("a", CSV, WHOLE, period=(1, 31))})
    with engine.connect() as connection:
        ids = connection.exec_driver_sql("SELECT transaction_id::text FROM transaction").scalars()
        assert [explained(connection, one)["tellers"] for one in ids.all()] == [[], [], []]


def test_a_name_that_two_accounts_have_names_both(load: Load, engine: sa.Engine) -> None:
    load(
        {
            "a": Paper("a", CSV, WHOLE, folder="conta", number="1111222233"),
            "b": Paper("b", CSV, WHOLE, folder="conta", number="9", owner="bruno"),
        }
    )
    with engine.connect() as connection, pytest.raises(WrongUsage) as caught:
        find_account(connection, "conta")
    for words in ("(ana, unknown, ••••2233, bank, EUR)", "(bruno, unknown, ••••, bank, EUR)"):
        assert words in caught.value.remedy
    assert "1111222233" not in str(caught.value)


def test_an_account_that_may_be_meant_is_shown_with_owner_bank_and_tail() -> None:
    account = {
        "account_id": "7d550acc-0000-0000-0000-000000000001",
        "owner": "ana",
        "institution": "nubank",
        "account_tail": "••••1978",
        "account_kind": "bank",
        "currency": "BRL",
        "account_name": "conta",
    }
    assert shown(account) == "7d550acc (ana, nubank, ••••1978, bank, BRL)"
