"""The family: what its truth says must agree with itself before anything is measured by it."""

from collections import Counter
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from schemas.errors import WrongUsage
from tasks.sample.family import write_family
from tasks.sample.instalments import parts


@pytest.fixture(scope="module")
def truth(tmp_path_factory) -> pl.DataFrame:
    return write_family(tmp_path_factory.mktemp("family"))


def bytes_below(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        write_family(tmp_path / name, seed=seed, months=4, truth=tmp_path / name / "truth")
    assert bytes_below(tmp_path / "a") == bytes_below(tmp_path / "b")
    assert bytes_below(tmp_path / "a") != bytes_below(tmp_path / "c")


def test_three_owners_have_four_accounts_each_over_three_years(truth):
    accounts = truth.select("owner", "account").unique()
    assert Counter(accounts.get_column("owner")) == {"ana": 4, "bruno": 4, "clara": 4}
    assert set(truth.get_column("currency")) == {"BRL", "EUR", "USD"}
    assert truth.select(pl.col("booked_on").dt.truncate("1mo").n_unique()).item() >= 36


def test_every_transfer_has_two_legs_of_one_amount_a_few_days_apart(truth):
    pairs = (
        truth.filter(pl.col("transfer") != "")
        .group_by("transfer")
        .agg(
            pl.len(),
            pl.col("amount").sum(),
            pl.col("account").n_unique().alias("accounts"),
            (pl.col("booked_on").max() - pl.col("booked_on").min()).dt.total_days().alias("lag"),
        )
    )
    assert set(pairs.select("len", "amount", "accounts").rows()) == {(2, Decimal(0), 2)}
    assert set(pairs.get_column("lag")) == {0, 1, 2, 3, 4}


def test_what_is_hard_to_tell_apart_is_there(truth):
    kinds = set(truth.get_column("transfer_kind")) - {""}
    assert kinds == {"own_transfer", "card_payment", "investment"}
    assert set(truth.get_column("cycle")) - {""} == {"monthly", "quarterly", "yearly"}
    out = truth.filter((pl.col("transfer") != "") & (pl.col("amount") < 0))
    same = ["owner", "account", "booked_on", "amount"]
    assert out.select(same).is_duplicated().any()
    assert truth.filter(pl.col("party") == "person").join(out, on=same, how="semi").height
    prices = truth.filter(pl.col("subscription") != "").group_by("subscription")
    assert prices.agg(pl.col("amount").n_unique()).get_column("amount").max() >= 3


def test_purchases_have_their_instalments_in_order_until_the_world_ends(truth):
    bought = truth.filter(pl.col("purchase") != "").group_by("purchase", maintain_order=True)
    numbers = bought.agg("instalment_no", pl.col("instalment_count").unique())
    for _, seen, count in numbers.iter_rows():
        assert seen == list(range(1, len(seen) + 1))
        assert len(count) == 1
        assert len(seen) <= count[0]
    assert numbers.filter(pl.col("instalment_no").list.len() >= 10).height


@pytest.mark.parametrize(
    ("rest_first", "amounts"),
    [(False, ["333.33", "333.33", "333.34"]), (True, ["333.34", "333.33", "333.33"])],
)
def test_what_does_not_divide_is_on_one_instalment(rest_first, amounts):
    assert parts(Decimal(1000), 3, rest_first=rest_first) == tuple(map(Decimal, amounts))


@pytest.mark.parametrize("wrong", [{"months": 0}, {"starting": date(2022, 1, 2)}])
def test_a_world_without_a_month_is_refused(wrong, tmp_path):
    with pytest.raises(WrongUsage):
        write_family(tmp_path, **wrong)
