from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from schemas.errors import WrongUsage
from tasks.sample.write import write_samples

HERE = Path(__file__).parent
SHIPPED = HERE.parents[2] / "data" / "samples"
TRUTH = HERE / "truth"


def bytes_below(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    folder = tmp_path_factory.mktemp("samples")
    return write_samples(folder / "files", truth=folder / "truth")


def test_the_shipped_samples_are_what_the_seed_gives_byte_by_byte(tmp_path):
    write_samples(tmp_path / "files", truth=tmp_path / "truth")
    assert bytes_below(tmp_path / "files") == bytes_below(SHIPPED)
    assert bytes_below(tmp_path / "truth") == bytes_below(TRUTH)


def test_the_shipped_samples_are_few_and_small():
    sizes = [len(data) for data in bytes_below(SHIPPED).values()]
    assert 12 <= len(sizes) <= 20
    assert sum(sizes) < 200_000


def test_another_seed_is_another_world(tmp_path):
    write_samples(tmp_path / "7", seed=7)
    write_samples(tmp_path / "8", seed=8)
    same = set(bytes_below(tmp_path / "7").values()) & set(bytes_below(tmp_path / "8").values())
    assert all(data == b"" or data.startswith(b"%PDF") for data in same)


def test_every_format_and_layout_occurs(truth):
    shown = set(truth.files.select("format", "layout").rows())
    layouts = {
        "br_nubank_conta",
        "br_nubank_cartao",
        "br_itau_conta",
        "br_xp_conta",
        "br_inter_conta",
        "de_commerzbank_giro",
        "us_chase_checking",
    }
    assert shown == {
        ("", ""),
        ("pdf", ""),
        ("ofx1", ""),
        ("ofx2", ""),
        ("qfx", ""),
        *(("csv", layout) for layout in layouts),
    }


def test_every_fate_of_a_file_occurs(truth):
    assert Counter(truth.files["status"]) == {
        "loaded": 15,
        "partly": 2,
        "quarantined": 1,
        "refused": 2,
    }
    assert truth.files["set_aside_count"].sum() == 2


def test_the_truth_about_files_lists_exactly_the_files(truth):
    assert sorted(truth.files["path"]) == sorted(bytes_below(SHIPPED))


@pytest.mark.parametrize(("seed", "months", "accounts"), [(7, 3, None), (1, 1, 9), (2, 5, 1)])
def test_every_movement_of_a_period_stands_between_its_balances(tmp_path, seed, months, accounts):
    truth = write_samples(tmp_path, seed=seed, months=months, accounts=accounts)
    statements = truth.files.filter(pl.col("status") != "refused")
    assert statements.height >= months
    for file in statements.iter_rows(named=True):
        movements = truth.transactions.filter(
            pl.col("owner") == file["owner"],
            pl.col("account") == file["account"],
            pl.col("booked_on").is_between(file["starts_on"], file["ends_on"]),
        )
        moved = sum(movements["amount"], Decimal())
        assert file["opening_balance"] + moved == file["closing_balance"], file["path"]
        missing = file["status"] == "quarantined"
        assert file["record_count"] == movements.height - missing, file["path"]


def test_the_files_of_an_account_chain(truth):
    statements = truth.files.filter(
        pl.col("status") != "refused", pl.col("account") != "nubank-conta"
    )
    for _, files in statements.sort("starts_on").group_by("owner", "account"):
        assert files["opening_balance"][1:].equals(files["closing_balance"][:-1])


def test_the_overlap_shows_the_same_movements_twice_and_twins_in_both(truth):
    shown_twice = truth.transactions.filter(pl.col("file_count") == 2)
    days = shown_twice["booked_on"]
    assert date(2026, 1, 15) <= days.min() <= days.max() <= date(2026, 1, 20)
    assert set(shown_twice["account"]) == {"nubank-conta"}
    twins = shown_twice.group_by(pl.exclude("file_count", "loaded_count")).len()
    assert twins["len"].max() == 2


def test_the_ledger_must_hold_what_loaded_files_show(truth):
    held = truth.totals()["transaction_count"].sum()
    loaded = truth.files.filter(pl.col("status").is_in(["loaded", "partly"]))
    overlap = truth.transactions.filter(pl.col("loaded_count") == 2).height
    assert held + overlap == loaded["record_count"].sum()
    hidden = truth.transactions.filter(pl.col("loaded_count") == 0)
    assert set(hidden["account"]) == {"inter-conta"}
    assert set(hidden["booked_on"].dt.month()) == {3}


@pytest.mark.parametrize(
    ("there", "here", "count"),
    [
        ("PIX TRANSF ANA BEATRIZ", "Transferência recebida pelo Pix - Ana Beatriz Quintela", 3),
        ("TED 102.0348.", "TED recebida de", 3),
        ("PAGTO FATURA CARTÃO NUBANK", "Pagamento recebido", 3),
    ],
)
def test_a_transfer_has_two_sides_of_one_amount_on_one_day(truth, there, here, count):
    def side(text):
        rows = truth.transactions.filter(pl.col("description").str.starts_with(text))
        return rows.select("booked_on", pl.col("amount").abs(), sign=pl.col("amount").sign())

    out, into = side(there), side(here)
    assert out.height == count
    assert out.drop("sign").equals(into.drop("sign"))
    assert set(out["sign"]) == {-1}
    assert set(into["sign"]) == {1}


def test_the_card_bill_paid_is_the_bill_of_the_month_before(truth):
    card = truth.transactions.filter(pl.col("account") == "nubank-cartao")
    january = card.filter(pl.col("booked_on").dt.month() == 1)
    spent = sum(january.filter(pl.col("description") != "Pagamento recebido")["amount"])
    paid = card.filter(
        pl.col("description") == "Pagamento recebido", pl.col("booked_on").dt.month() == 2
    )
    assert list(paid["amount"]) == [-spent]


def test_no_movement_is_zero_and_all_have_cents_at_most(tmp_path):
    truth = write_samples(tmp_path, seed=3, months=12)
    amounts = truth.transactions["amount"]
    assert (amounts != 0).all()
    assert all(amount == round(amount, 2) for amount in amounts)


@pytest.mark.parametrize("accounts", [1, 4, 5, 7, 23, 100])
def test_as_many_accounts_as_wanted(tmp_path, accounts):
    truth = write_samples(tmp_path, months=1, accounts=accounts)
    assert truth.files.select("owner", "account").unique().height == accounts
    assert truth.files["path"].n_unique() == truth.files.height


def test_accounts_have_numbers_of_their_own(tmp_path):
    write_samples(tmp_path, months=1, accounts=100)
    names = [path.name for path in tmp_path.rglob("NU_*_01JAN2026_20JAN2026.csv")]
    assert len(names) == len(set(names)) == 15


def test_the_truth_is_written_only_where_asked(tmp_path):
    write_samples(tmp_path / "files")
    assert [path.name for path in tmp_path.iterdir()] == ["files"]
    assert not list(tmp_path.rglob("truth*"))


@pytest.mark.parametrize("wrong", [{"months": 0}, {"accounts": 0}, {"starting": date(2026, 1, 15)}])
def test_a_world_that_cannot_be_is_refused_before_anything_is_written(tmp_path, wrong):
    with pytest.raises(WrongUsage, match="ask for at least one month"):
        write_samples(tmp_path, **wrong)
    assert not list(tmp_path.iterdir())
