"""Merchants, persons, and texts that name nobody."""

import polars as pl
import pytest

from schemas.enrichment import VENDOR
from tasks.enrich.rules import Rules, read_rules
from tasks.enrich.vendors import COUNTERPARTY, named_texts, vendors
from tasks.sample import life, life_abroad
from tasks.sample.march import LIFE


def named(rows: pl.DataFrame, rules: Rules) -> tuple[pl.DataFrame, pl.DataFrame]:
    return vendors(rows, named_texts(rows, rules))


def kinds(movements, rules: Rules, *rows) -> list[tuple[str, str | None]]:
    found, _ = named(movements(*rows), rules)
    return found.select("counterparty_kind", "counterparty_name").rows()


def test_a_gateway_before_the_name_is_no_other_merchant(movements, shipped: Rules) -> None:
    texts = ["MP*MERCADOLIVRE", "MP *MERCADOLIVRE", "MERCADOLIVRE*MERCADOLIVRE"]
    found, merchants = named(movements(*texts), shipped)
    (one,) = merchants.rows(named=True)
    assert one["name"] == "MERCADOLIVRE"
    assert found.get_column("vendor_key").to_list() == [one["vendor_key"]] * 3
    assert one["aliases"] == "MERCADOLIVRE | MP *MERCADOLIVRE | MP*MERCADOLIVRE"


def test_rides_and_meals_of_one_house_stay_two(movements, shipped: Rules) -> None:
    found, merchants = named(
        movements("UBER TRIP", "UBER EATS", "Uber *Trip", "UBER   *EATS"), shipped
    )
    assert merchants.get_column("name").to_list() == ["UBER EATS", "UBER TRIP"]
    assert found.get_column("vendor_key").n_unique() == 2


PERSON_TEXT = (
    "Transferência enviada pelo Pix - Marina Coelho Brandt - •••.000.000-•• - BANCO EXEMPLO S.A. "
    "(0999) Agência: 1 Conta: 1234567-8"
)


@pytest.mark.parametrize(
    ("row", "kind", "name"),
    [
        (PERSON_TEXT, "person", "MARINA COELHO BRANDT"),
        ("Estorno de " + PERSON_TEXT, "person", "MARINA COELHO BRANDT"),
        ("PIX TRANSF ANA BEATRIZ07/03", "person", "ANA BEATRIZ"),
        ("PIX TRANSF IMOBILIÁRIA VERDE MAR", "vendor", "IMOBILIARIA VERDE MAR"),
        ("PIX QRS PADARIA SOL12/03", "vendor", "PADARIA SOL"),
        ("Pix recebido: Estúdio Baobá Ltda", "vendor", "ESTUDIO BAOBA LTDA"),
        ("Pix recebido: Oficina do Vento ME", "vendor", "OFICINA DO VENTO ME"),
        ("Gehalt Nordlicht Maschinenbau GmbH", "vendor", "NORDLICHT MASCHINENBAU GMBH"),
        (
            "Transferência enviada pelo Pix - ACME - 12.345.678/0001-90 - BANCO X (0001)",
            "vendor",
            "ACME",
        ),
        ({"description": "Zahlung", "counterparty": "Acme Inc"}, "vendor", "ACME INC"),
        (
            {"description": "x", "counterparty": "Lea Sommer", "kind_code": "Überweisung"},
            "person",
            "LEA SOMMER",
        ),
        ({"description": "Lea Sommer", "kind_code": "XFER"}, "person", "LEA SOMMER"),
        ({"description": "Rewe Markt", "kind_code": "XFER"}, "vendor", "REWE"),
        ("Pagamento recebido", "unknown", None),
        ("PAGTO FATURA CARTÃO NUBANK", "unknown", None),
        ("TAR PACOTE DE SERVIÇOS", "unknown", None),
        ('IOF de "Netflix.com"', "unknown", None),
        ("ATM WITHDRAWAL  001234  07/18MAPLE ST", "unknown", None),
        ("PIX 12/03", "unknown", None),
        ({"description": None}, "unknown", None),
    ],
)
def test_who_is_at_the_other_end(movements, shipped: Rules, row, kind: str, name) -> None:
    assert kinds(movements, shipped, row) == [(kind, name)]


def test_only_vendors_have_a_key_and_each_key_is_one_vendor(movements, shipped: Rules) -> None:
    texts = [text for rows in LIFE.values() for _, _, _, text in rows]
    found, merchants = named(movements(*texts), shipped)
    assert found.schema == COUNTERPARTY
    assert merchants.schema == VENDOR
    has_key = found.get_column("vendor_key").is_not_null()
    assert (has_key == (found.get_column("counterparty_kind") == "vendor")).all()
    assert set(found.get_column("vendor_key").drop_nulls()) == set(
        merchants.get_column("vendor_key")
    )
    assert merchants.get_column("name").to_list() == [
        *("AURORA TECIDOS", "CANTINA DA NONNA", "IFOOD", "IMOBILIARIA VERDE MAR", "MAGALU"),
        *("MERCADO GIRASSOL", "METRO BILHETE UNICO", "NETFLIX"),
    ]


def test_friends_of_the_samples_are_persons_and_their_customers_are_not(
    movements, shipped: Rules
) -> None:
    friends = [f"Transferência enviada pelo Pix - {one} - {life.PIX_TAIL}" for one in life.FRIENDS]
    customers = [f"Pix recebido: {one}" for one in life_abroad.CUSTOMERS]
    assert {kind for kind, _ in kinds(movements, shipped, *friends)} == {"person"}
    assert {kind for kind, _ in kinds(movements, shipped, *customers)} == {"vendor"}


def test_a_merchant_belongs_to_its_owner(movements, shipped: Rules) -> None:
    rows = [{"owner": owner, "description": "Netflix.com"} for owner in ("ana", "bia")]
    found, merchants = named(movements(*rows), shipped)
    assert found.get_column("vendor_key").n_unique() == merchants.height == 2


def test_what_the_owner_calls_one_merchant_is_one(movements) -> None:
    own = (
        '[[vendor]]\nname = "Marina"\ntexts = ["marina coelho"]\nowner = "ana"\nwebsite = "m.br"\n'
    )
    rows = [PERSON_TEXT, {"owner": "bia", "description": PERSON_TEXT}, "Loja Marina Coelho"]
    found, merchants = named(movements(*rows), read_rules(own))
    assert found.get_column("counterparty_kind").to_list() == ["vendor", "person", "vendor"]
    assert merchants.select("owner", "name", "website").rows() == [("ana", "MARINA", "m.br")]


def test_the_order_of_movements_changes_nothing(movements, shipped: Rules) -> None:
    texts = [text for rows in LIFE.values() for _, _, _, text in rows]
    frame = movements(*texts, *texts)
    mixed = frame.sample(fraction=1, shuffle=True, seed=7)
    found, merchants = named(frame, shipped)
    found_mixed, merchants_mixed = named(mixed, shipped)
    assert found_mixed.get_column("transaction_id").equals(mixed.get_column("transaction_id"))
    assert found.sort("transaction_id").equals(found_mixed.sort("transaction_id"))
    assert merchants.equals(merchants_mixed)


def test_without_movements_there_are_no_vendors(movements, shipped: Rules) -> None:
    found, merchants = named(movements(), shipped)
    assert (found.schema, found.height) == (COUNTERPARTY, 0)
    assert (merchants.schema, merchants.height) == (VENDOR, 0)
    assert isinstance(merchants, pl.DataFrame)


def test_a_name_that_only_others_bear_is_no_vendor_of_these(movements, shipped: Rules) -> None:
    rows = movements("PADARIA DO BAIRRO", "PADARIA DO BAIRRO LTDA", "FEIRA")
    _, merchants = vendors(rows.head(1), named_texts(rows, shipped))
    assert merchants.equals(named(rows.head(1), shipped)[1])
    assert merchants.height == 1
