"""Texts are compared in one form, and cut to a name."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.enrich.cutting import distinct_texts
from tasks.enrich.rules import Rules, read_rules
from tasks.enrich.words import normal_text


def normal(text: str) -> str:
    return pl.DataFrame({"x": [text]}).select(normal_text("x")).item()


@pytest.mark.parametrize(
    ("printed", "plain"),
    [
        ("  Metrô   Bilhete\tÚnico ", "METRO BILHETE UNICO"),
        ("Straße ﬁn ①", "STRASSE FIN 1"),
        ("CAFÉ", "CAFE"),
        ("CAFE\u0301", "CAFE"),
        ("a\u200bb\u202ec\x00d", "ABC D"),
    ],
)
def test_one_form_of_every_text(printed: str, plain: str) -> None:
    assert normal(printed) == plain


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normal(text)
    assert normal(once) == once


PARTS = st.sampled_from(
    [
        *("PIX TRANSF ", "RSHOP-", "MP *", "ESTORNO ", "Compra no débito - ", "LOJA", " X", "*"),
        *(" 07/03", " - Parcela 3/10", "//Kiel", " - ", "12.345.678/0001-90", " 12345", "UBER"),
        *('"', " KFN 1"),
    ]
)


@settings(max_examples=40)
@given(st.lists(PARTS, max_size=7).map("".join))
def test_what_is_left_has_nothing_more_to_lose(text: str) -> None:
    rules = read_rules(None)
    assert name_in(name_in(text, rules), rules) == name_in(text, rules)


def name_in(text: str, rules: Rules) -> str:
    movement = pl.DataFrame(
        {"owner": ["ana"], "description": [text], "counterparty": [None], "kind_code": [None]},
        schema_overrides={"counterparty": pl.String, "kind_code": pl.String},
    )
    return distinct_texts(movement, rules).get_column("name").item()


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("MP*LOJA SOL", "LOJA SOL"),
        ("MERCADOPAGO*LOJA SOL", "LOJA SOL"),
        ("PAG*Loja Sol", "LOJA SOL"),
        ("PAGSEGURO *LOJA SOL", "LOJA SOL"),
        ("PICPAY*LOJA SOL", "LOJA SOL"),
        ("SUMUP  *LOJA SOL", "LOJA SOL"),
        ("PAYPAL *LOJA SOL", "LOJA SOL"),
        ("SQ *LOJA SOL", "LOJA SOL"),
        ("STRIPE LOJA SOL", "LOJA SOL"),
        ("IFD*LOJA SOL", "LOJA SOL"),
        ("EBN*LOJA SOL", "LOJA SOL"),
        ("LOJA SOL*LOJA SOL", "LOJA SOL"),
        ("Compra no débito - LOJA SOL", "LOJA SOL"),
        ("RSHOP-LOJA SOL   12/03", "LOJA SOL"),
        ("Pix recebido: Loja Sol", "LOJA SOL"),
        ("Pagamento de boleto efetuado - LOJA SOL", "LOJA SOL"),
        ("PAGTO LOJA SOL", "LOJA SOL"),
        ("PIX TRANSF LOJA SOL07/03", "LOJA SOL"),
        ("DÉB AUT LOJA SOL", "LOJA SOL"),
        ("TED 102.0348.LOJA SOL", "LOJA SOL"),
        ("LOJA SOL//Hamburg 2025-01-03 KFN 1 VJ 2812", "LOJA SOL"),
        ("LOJA SOL 2025-01-03", "LOJA SOL"),
        ("LOJA SOL ****1234", "LOJA SOL"),
        ("LOJA SOL  WEB ID: 0000000000", "LOJA SOL"),
        ("LOJA SOL PPD ID: 0000000000", "LOJA SOL"),
        ("LOJA SOL - Parcela 3/10", "LOJA SOL"),
        ("LOJA SOL PARC 02/05", "LOJA SOL"),
        ("LOJA SOL (2/2)", "LOJA SOL"),
        ("ESTORNO RSHOP-LOJA SOL", "LOJA SOL"),
        ('Estorno de "Loja Sol"', "LOJA SOL"),
        ("Erstattung Loja Sol", "LOJA SOL"),
        ("PIX 12/03", ""),
    ],
)
def test_a_text_is_cut_to_the_name_in_it(printed: str, name: str, shipped: Rules) -> None:
    assert name_in(printed, shipped) == name
