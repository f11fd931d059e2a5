"""M12: legs of one amount find each other, one to one, in any order."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.enrichment import MOVEMENT, TRANSFER
from tasks.enrich.flow import flow_classes
from tasks.enrich.hints import hinted
from tasks.enrich.rules import read_rules
from tasks.enrich.transfers import transfers
from tasks.enrich.vendors import named_texts

Movements = Callable[..., pl.DataFrame]

RULES = read_rules(None)

MARCH = (
    ("bank itau", "2025-03-05", "8500.00", "REMUNERAÇÃO/SALÁRIO AURORA TECIDOS", "DIRECTDEP"),
    ("bank itau", "2025-03-06", "-2450.00", "PIX TRANSF IMOBILIÁRIA VERDE MAR", "PAYMENT"),
    ("bank itau", "2025-03-07", "-1000.00", "PIX TRANSF ANA BEATRIZ07/03", "XFER"),
    ("bank itau", "2025-03-10", "-1500.00", "TED 102.0348.ANA BEATRIZ XP", "XFER"),
    ("bank itau", "2025-03-12", "-934.56", "PAGTO FATURA CARTÃO NUBANK", "PAYMENT"),
    ("bank itau", "2025-03-15", "-320.40", "RSHOP-MERCADO GIRASSOL", "POS"),
    ("bank itau", "2025-03-20", "20.40", "ESTORNO RSHOP-MERCADO GIRASSOL", "CREDIT"),
    ("bank nubank", "2025-03-07", "1000.00", "Transferência recebida pelo Pix - Ana", "XFER"),
    ("bank nubank", "2025-03-09", "-58.90", "Compra no débito - CANTINA DA NONNA", "POS"),
    ("card nubank", "2025-02-27", "-45.90", "iFood"),
    ("card nubank", "2025-03-02", "-55.90", "Netflix.com"),
    ("card nubank", "2025-03-08", "-120.00", "Magalu - Parcela 3/10"),
    ("card nubank", "2025-03-12", "934.56", "Pagamento recebido"),
    ("card nubank", "2025-03-14", "-23.50", "Metrô Bilhete Único"),
    ("card nubank", "2025-03-18", "45.90", 'Estorno de "iFood"'),
    ("card nubank", "2025-03-28", "-18.00", "Cantina da Nonna"),
    ("investment xp", "2025-03-10", "1500.00", "TED recebida de Ana - Itaú"),
)


def pairs_of(rows: pl.DataFrame, rejected: tuple[tuple[str, str], ...] = ()) -> list[tuple]:
    table, _ = transfers(hinted(rows), named_texts(rows, RULES), rejected)
    assert table.schema == TRANSFER
    seen = ("out_transaction_id", "in_transaction_id", "kind", "lag_days", "match_status")
    return table.sort(pl.coalesce(seen[:2])).select(seen).rows()


def test_the_three_pairs_of_march(written: Movements) -> None:
    assert pairs_of(written(*MARCH)) == [
        ("t03", "t08", "own_transfer", 0, "matched"),
        ("t04", "t17", "investment", 0, "matched"),
        ("t05", "t13", "card_payment", 0, "matched"),
    ]


def test_without_the_broker_the_investment_is_a_leg_alone(written: Movements) -> None:
    assert ("t04", None, "investment", None, "unmatched_out") in pairs_of(written(*MARCH[:-1]))


def test_the_flow_classes_of_march(written: Movements) -> None:
    rows = hinted(written(*MARCH))
    _, legs = transfers(rows, named_texts(rows, RULES))
    found = flow_classes(rows, legs)
    assert found["transaction_id"].to_list() == rows["transaction_id"].to_list()
    assert found["flow_class"].to_list() == [
        *("income", "expense", "transfer_out", "investment_out", "card_payment", "expense"),
        *("refund", "transfer_in", "expense", "expense", "expense", "expense", "card_payment"),
        *("expense", "refund", "expense", "transfer_in"),
    ]
    assert found["movement_type"].to_list() == [
        *("income", "expense", "transfer", "investment", "expense", "expense"),
        *("income", "transfer", "expense", "expense", "expense", "expense", "income"),
        *("expense", "income", "expense", "transfer"),
    ]
    assert found["flow_because"].null_count() == 0


def test_what_one_friend_pays_is_not_what_another_one_gets(written: Movements) -> None:
    rows = written(
        ("bank itau", "2025-03-07", "-180.00", "PIX TRANSF  OTÁVIO REI07/03", "PAYMENT"),
        ("bank nubank", "2025-03-07", "180.00", "Transferência recebida pelo Pix - Marina Coelho"),
    )
    assert pairs_of(rows) == []


def test_the_name_that_both_sides_bear_decides_between_equal_amounts(written: Movements) -> None:
    rows = written(
        ("bank itau", "2025-03-07", "-1300.00", "PIX TRANSF  MARINA COE07/03", "PAYMENT"),
        ("bank itau", "2025-03-07", "-1300.00", "PIX TRANSF  ANA BEATRI07/03", "XFER"),
        ("bank nubank", "2025-03-07", "1300.00", "Transferência recebida pelo Pix - Ana Quintela"),
    )
    assert pairs_of(rows) == [("t02", "t03", "own_transfer", 0, "matched")]


def test_who_names_a_broker_pays_the_broker(written: Movements) -> None:
    rows = written(
        ("bank itau", "2025-03-07", "-900.00", "PIX TRANSF  ANA BEATRI07/03", "XFER"),
        ("bank itau", "2025-03-07", "-900.00", "TED 102.0348.ANA BEATRIZ XP", "XFER"),
        ("bank nubank", "2025-03-07", "900.00", "Transferência recebida pelo Pix - Ana Quintela"),
        ("investment xp", "2025-03-07", "900.00", "TED recebida de Ana Quintela - Itaú"),
    )
    assert pairs_of(rows) == [
        ("t01", "t03", "own_transfer", 0, "matched"),
        ("t02", "t04", "investment", 0, "matched"),
    ]


def test_a_boleto_may_pay_a_card_and_nothing_else_of_its_owner(written: Movements) -> None:
    rows = written(
        ("bank itau", "2025-03-07", "-934.56", "PAG BOLETO NU PAGAMENTOS SA", "PAYMENT"),
        ("card nubank", "2025-03-10", "934.56", "Pagamento recebido"),
        ("bank itau", "2025-03-14", "-99.90", "PAG BOLETO FIBRA VELOZ", "PAYMENT"),
        ("bank nubank", "2025-03-14", "99.90", "Transferência recebida pelo Pix - Ana"),
    )
    assert pairs_of(rows) == [("t01", "t02", "card_payment", 3, "matched")]


def test_a_card_of_xp_says_in_its_own_words_that_it_was_paid(written: Movements) -> None:
    rows = written(
        ("bank inter", "2025-03-10", "-700.00", "Pagamento efetuado: Fatura cartão XP"),
        ("card xp", "2025-03-10", "700.00", "Pagamentos Validos Normais de 1"),
    )
    assert pairs_of(rows) == [("t01", "t02", "card_payment", 0, "matched")]


def test_two_equal_out_and_two_equal_in_are_two_ambiguous_pairs(written: Movements) -> None:
    rows = written(
        ("bank a", "2025-03-07", "-250.00", "TED"),
        ("bank a", "2025-03-07", "-250.00", "TED"),
        ("bank b", "2025-03-07", "250.00", "TED"),
        ("bank b", "2025-03-07", "250.00", "TED"),
    )
    assert pairs_of(rows) == [
        ("t01", "t03", "own_transfer", 0, "ambiguous"),
        ("t02", "t04", "own_transfer", 0, "ambiguous"),
    ]


@pytest.mark.parametrize(
    ("arrives", "found"),
    [
        ("2025-03-10", [("t01", "t02", "own_transfer", 3, "matched")]),
        ("2025-03-12", [("t01", "t02", "own_transfer", 5, "matched")]),
        (
            "2025-03-20",
            [
                ("t01", None, "own_transfer", None, "unmatched_out"),
                (None, "t02", "own_transfer", None, "unmatched_in"),
            ],
        ),
        (
            "2025-03-06",
            [
                ("t01", None, "own_transfer", None, "unmatched_out"),
                (None, "t02", "own_transfer", None, "unmatched_in"),
            ],
        ),
    ],
)
def test_money_that_leaves_on_friday(written: Movements, arrives: str, found: list[tuple]) -> None:
    rows = written(
        ("bank a", "2025-03-07", "-1000.00", "TED", "XFER"),
        ("bank b", arrives, "1000.00", "TED", "XFER"),
    )
    assert pairs_of(rows) == found


def test_within_a_week_it_takes_three_days_at_most(written: Movements) -> None:
    rows = written(
        ("bank a", "2025-03-03", "-1000.00", "TED", "XFER"),
        ("bank b", "2025-03-07", "1000.00", "TED", "XFER"),
    )
    assert [row[-1] for row in pairs_of(rows)] == ["unmatched_out", "unmatched_in"]


@pytest.mark.parametrize(
    ("text", "code"),
    [("Compra no débito - LOJA", None), ("LOJA", "POS"), ("TARIFA", None), ("SAQUE 24H", None)],
)
def test_a_purchase_or_fee_is_no_leg(written: Movements, text: str, code: str | None) -> None:
    rows = written(
        ("bank a", "2025-03-03", "-100.00", text, *([code] if code else [])),
        ("bank b", "2025-03-03", "100.00", "PIX RECEBIDO MARINA"),
    )
    assert pairs_of(rows) == []


def test_other_owners_and_currencies_do_not_meet(written: Movements) -> None:
    out = written(("bank a", "2025-03-03", "-100.00", "TED", "XFER"))
    came = written(("bank b", "2025-03-03", "100.00", "TED", "XFER"), owner="bruno")
    euro = written(("bank c", "2025-03-03", "100.00", "TED", "XFER"), currency="EUR")
    rows = pl.concat([out, came.with_columns(transaction_id=pl.lit("t02"))])
    rows = pl.concat([rows, euro.with_columns(transaction_id=pl.lit("t03"))])
    assert {row[-1] for row in pairs_of(rows)} == {"unmatched_out", "unmatched_in"}


def test_a_rejected_pair_stays_apart_and_another_takes_its_place(written: Movements) -> None:
    rows = written(
        ("bank a", "2025-03-03", "-100.00", "TED", "XFER"),
        ("bank b", "2025-03-03", "100.00", "TED", "XFER"),
        ("bank c", "2025-03-04", "100.00", "TED", "XFER"),
    )
    assert ("t01", "t02", "own_transfer", 0, "matched") in pairs_of(rows)
    again = pairs_of(rows, (("t01", "t02"),))
    assert ("t01", "t03", "own_transfer", 1, "matched") in again


def test_the_better_words_win_over_the_earlier_row(written: Movements) -> None:
    rows = written(
        ("bank a", "2025-03-03", "-100.00", "PIX TRANSF", "XFER"),
        ("bank b", "2025-03-03", "100.00", "DEPOSITO"),
        ("bank c", "2025-03-03", "100.00", "Transferência recebida", "XFER"),
    )
    assert pairs_of(rows) == [("t01", "t03", "own_transfer", 0, "matched")]


DAYS = st.integers(0, 12).map(lambda n: date(2025, 3, 1) + timedelta(days=n))
LEG = st.tuples(
    st.sampled_from(["bank a", "bank b", "card c", "investment d"]),
    DAYS,
    st.sampled_from(["100.00", "-100.00", "250.00", "-250.00"]),
    st.sampled_from(["TED", "PIX", "Pagamento recebido", "PAGTO FATURA CARTÃO", "LOJA", ""]),
)


@settings(max_examples=30)
@given(legs=st.lists(LEG, max_size=14), seed=st.integers(0, 10**6))
def test_each_leg_is_paired_once_and_no_order_matters(legs: list[tuple], seed: int) -> None:
    rows = pl.DataFrame(
        [
            {
                "transaction_id": f"t{n:02}",
                "owner": "ana",
                "account_id": account,
                "account_kind": account.split()[0],
                "booked_on": day,
                "amount": Decimal(amount),
                "currency": "BRL",
                "description": text,
                "status": "booked",
            }
            for n, (account, day, amount, text) in enumerate(legs)
        ],
        schema=MOVEMENT,
    )
    table, told = transfers(hinted(rows), named_texts(rows, RULES))
    shuffled, _ = transfers(
        hinted(rows.sample(fraction=1, shuffle=True, seed=seed)), named_texts(rows, RULES)
    )
    assert table.equals(shuffled)
    assert told["transaction_id"].is_unique().all()
    both = table.filter(pl.col("lag_days").is_not_null())
    assert (both["from_account_id"] != both["to_account_id"]).all()
    assert both["lag_days"].is_between(0, 5).all()
    # no two legs that are left could have been paired with each other
    left = rows.join(told, on="transaction_id", how="anti")
    _, more = transfers(hinted(left), named_texts(left, RULES))
    assert more.is_empty()
