"""The category of each movement, and who said it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest

from schemas.enrichment import CATEGORY, MOVEMENT
from schemas.words import CATEGORY_WORD
from tasks.enrich.categories import CATEGORIZED, categories, tree
from tasks.enrich.rules import Rules, read_rules
from tasks.enrich.vendors import named_texts, vendors
from tasks.sample.march import LIFE

AT = datetime(2026, 1, 10, tzinfo=UTC)
SILENCE = pl.DataFrame(schema=CATEGORY_WORD)

_REFUND = r"(?i)^(?:estorno|erstattung)"


def words(*said: tuple[str, str, str]) -> pl.DataFrame:
    """CATEGORY_WORD of ana: what it is about (an id, or a vendor's name), its category."""
    rows = [
        {
            "said_id": number,
            "owner": "ana",
            "scope": scope,
            "transaction_id" if scope == "transaction" else "vendor": about,
            "category": category,
            "said_at": AT,
        }
        for number, (scope, about, category) in enumerate(said, start=1)
    ]
    return pl.DataFrame(rows, schema=CATEGORY_WORD)


def flowing(frame: pl.DataFrame, rules: Rules, flow: pl.Expr | None = None) -> pl.DataFrame:
    """Movements with their counterparty and the flow that sign and text carry."""
    by_sign = pl.when(pl.col("amount") > 0).then(pl.lit("income")).otherwise(pl.lit("expense"))
    is_refund = pl.col("description").str.contains(_REFUND).fill_null(value=False)
    plain = pl.when(is_refund).then(pl.lit("refund")).otherwise(by_sign)
    found, _ = vendors(frame, named_texts(frame, rules))
    return frame.join(found, on="transaction_id", maintain_order="left").with_columns(
        (plain if flow is None else flow).alias("flow_class")
    )


def told(
    frame: pl.DataFrame,
    rules: Rules,
    said: pl.DataFrame = SILENCE,
    flow: pl.Expr | None = None,
) -> list[tuple[str, str, str]]:
    """Path, source and because, in the order of the movements."""
    found = categories(flowing(frame, rules, flow), rules, said)
    assert found.schema == CATEGORIZED
    assert found.get_column("transaction_id").equals(frame.get_column("transaction_id"))
    paths = tree(rules, said).select("category_key", "path")
    return (
        found.join(paths, on="category_key", maintain_order="left")
        .select("path", "category_source", "category_because")
        .rows()
    )


def test_march_as_the_platform_would_put_it(movements, shipped: Rules) -> None:
    rows = [
        {
            "booked_on": date.fromisoformat(day),
            "amount": Decimal(amount),
            "description": text,
            "kind_code": kind,
        }
        for life in LIFE.values()
        for day, amount, kind, text in life
    ]
    frame = movements(*rows)
    text, kind = pl.col("description"), pl.col("kind_code")
    is_payment = text.str.contains("FATURA|Pagamento recebido")
    between = pl.coalesce(
        pl.when(kind == "XFER").then(pl.lit("transfer_out")),
        pl.when(is_payment).then(pl.lit("card_payment")),
    )
    by_sign = pl.when(pl.col("amount") > 0).then(pl.lit("income")).otherwise(pl.lit("expense"))
    is_refund = text.str.contains(_REFUND)
    flow = pl.coalesce(between, pl.when(is_refund).then(pl.lit("refund")), by_sign)
    paths = [path for path, _, _ in told(frame, shipped, flow=flow)]
    assert paths == [
        *("Income/Salary", "Housing/Rent", "Transfers/Own Accounts", "Transfers/Own Accounts"),
        *("Transfers/Card Payments", "Food/Groceries", "Food/Groceries"),
        *("Transfers/Own Accounts", "Food/Restaurants"),
        *("Food/Delivery", "Bills/Subscriptions", "Shopping/Electronics"),
        *("Transfers/Card Payments", "Transportation/Public Transit", "Food/Delivery"),
        *("Food/Restaurants", "Transfers/Own Accounts"),
    ]
    food = frame.with_columns(pl.Series("path", paths)).filter(
        pl.col("path").str.starts_with("Food/") & (pl.col("booked_on") >= date(2025, 3, 1))
    )
    assert {path: -total for path, total in food.group_by("path").agg(pl.sum("amount")).rows()} == {
        "Food/Groceries": Decimal("300.00"),
        "Food/Restaurants": Decimal("76.90"),
        "Food/Delivery": Decimal("-45.90"),
    }


@pytest.mark.parametrize(
    ("text", "amount", "path"),
    [
        ("Pagamento de boleto efetuado - FIBRA VELOZ TELECOM", "-99.90", "Bills/Internet"),
        ("PAGTO CONDOMÍNIO EDIFÍCIO JATOBÁ", "-612.48", "Housing/Maintenance"),
        ("DÉB AUT ENERGIA LUZ DO VALE", "-120.00", "Housing/Utilities"),
        ("Compra no débito - FARMÁCIA BOA SAÚDE", "-9.00", "Personal/Health"),
        ("Compra no débito - LIVRARIA PENA & TINTA", "-9.00", "Education/Books"),
        ("Compra no débito - CAFÉ GIRASSOL", "-7.50", "Food/Restaurants"),
        ("Padaria Sol Nascente", "-18.50", "Food/Groceries"),
        ("Uber Trip", "-18.50", "Transportation/Rides"),
        ("TAR PACOTE DE SERVIÇOS", "-39.90", "Fees & Interest/Bank Fees"),
        ('IOF de "Northwind Cloud *Hosting"', "-3.00", "Fees & Interest/Taxes"),
        ("Northwind Cloud *Hosting", "-90.00", "Bills/Subscriptions"),
        ("REND PAGO APLIC AUT MAIS", "0.29", "Income/Interest"),
        ("Gehalt Nordlicht Maschinenbau GmbH", "2984.61", "Income/Salary"),
        ("Miete Wohnung 12 Hausverwaltung Lindenhöfe", "-890.00", "Housing/Rent"),
        ("REWE Markt//Hamburg 2025-01-03 KFN 1 VJ 2812", "-9.00", "Food/Groceries"),
        ("Schuhhaus Möwe//Kiel KFN 1 VJ 2812", "-40.00", "Personal/Clothing"),
        ("RENT INCOME  MAPLE STREET  PPD ID: 0000000000", "1850.00", "Income/Rental Income"),
        ("HARBOR MORTGAGE  ONLINE PMT  WEB ID: 0000000000", "-412.77", "Housing/Mortgage"),
        ("RIVERSIDE GAS  07/18", "-40.00", "Transportation/Gas"),
        ("ATM WITHDRAWAL  001234  07/18MAPLE ST", "-40.00", "Other/Cash"),
        ("MONTHLY SERVICE FEE", "-12.00", "Fees & Interest/Bank Fees"),
        # the bank of a friend is no shop
        (
            "Transferência enviada pelo Pix - Lia Reis - •••.000.000-•• - MERCADO PAGO (0323)",
            "-12.00",
            "Uncategorized",
        ),
        ("BLUE BOTTLE", "-12.00", "Uncategorized"),
    ],
)
def test_texts_of_the_samples(movements, shipped: Rules, text: str, amount: str, path) -> None:
    ((found, _, _),) = told(movements({"description": text, "amount": Decimal(amount)}), shipped)
    assert found == path


def test_a_person_is_believed_before_every_rule(movements, shipped: Rules) -> None:
    frame = movements("Netflix.com", "Netflix.com", "Spotify")
    one = frame.get_column("transaction_id")[1]
    said = words(
        ("vendor", "NETFLIX", "Gifts"),
        ("transaction", one, "Courses"),
        ("vendor", "NETFLIX", "personal/entertainment"),
    )
    assert told(frame, shipped, said) == [
        ("Personal/Entertainment", "person", "said of the vendor"),
        ("Education/Courses", "person", "said of the transaction"),
        ("Bills/Subscriptions", "rule", "rule subscriptions"),
    ]


def test_a_word_is_its_owners_alone(movements, shipped: Rules) -> None:
    frame = movements({"owner": "bia", "description": "Netflix.com"})
    said = words(("vendor", "NETFLIX", "Gifts"))
    assert told(frame, shipped, said)[0][:2] == ("Bills/Subscriptions", "rule")


def test_a_word_may_be_about_a_person_or_about_a_text_that_names_nobody(
    movements, shipped: Rules
) -> None:
    frame = movements("PIX TRANSF LIA REIS07/03", "PIX 12/03")
    said = words(("vendor", "LIA REIS", "Gifts"), ("vendor", "PIX 12/03", "Miscellaneous"))
    assert [path for path, _, _ in told(frame, shipped, said)] == [
        "Shopping/Gifts",
        "Other/Miscellaneous",
    ]


def test_a_category_that_left_the_tree_keeps_its_name(movements, shipped: Rules) -> None:
    said = words(("vendor", "NETFLIX", "Fun/Films"))
    assert told(movements("Netflix.com"), shipped, said)[0][0] == "Fun/Films"
    (gone,) = tree(shipped, said).filter(~pl.col("is_active")).rows(named=True)
    assert (gone["path"], gone["top_name"], gone["sub_name"]) == ("Fun/Films", "Fun", "Films")


def test_a_retired_category_goes_on_with_its_name(movements) -> None:
    rules = read_rules('[[category]]\npath = "Food/Groceries"\nis_active = false\n')
    assert told(movements("Padaria Sol"), rules)[0][0] == "Food/Groceries"
    row = tree(rules, SILENCE).row(by_predicate=pl.col("path") == "Food/Groceries", named=True)
    assert not row["is_active"]


def test_own_rules_look_at_everything_they_name(movements) -> None:
    rules = read_rules("""
[[rule]]
id = "all"
owner = "ana"
text = "kiosk"
vendor = "^kiosk"
counterparty = "sol$"
account = "conta"
institution = "Itau"
kind_code = "POS"
currency = "BRL"
direction = "out"
amount_from = 5
amount_to = 10.00
category = "Gifts"
""")
    fits = {"description": "KIOSK SOL", "kind_code": "pos", "amount": Decimal("-10.00")}
    changes = [
        {},
        {"owner": "bia"},
        {"description": "KIOSK LUA"},
        {"institution": "xp"},
        {"kind_code": None},
        {"currency": "USD"},
        {"amount": Decimal("10.00")},
        {"amount": Decimal("-10.01")},
        {"amount": Decimal("-4.99")},
        {"amount": Decimal("-5.00")},
        {"description": "PIX TRANSF KIOSKINHO SOL"},
    ]
    frame = movements(*({**fits, **change} for change in changes))
    named = flowing(frame, rules).with_columns(pl.lit("Conta").alias("account_name"))
    found = categories(named, rules, SILENCE).get_column("category_because").to_list()
    places = [place for place, why in enumerate(found) if why == "rule all"]
    assert places == [0, 9]
    elsewhere = named.with_columns(pl.lit("outra").alias("account_name"))
    assert "rule all" not in set(
        categories(elsewhere, rules, SILENCE).get_column("category_because")
    )


def test_a_broad_rule_makes_no_spending_of_a_transfer(movements) -> None:
    rules = read_rules('[[rule]]\nid = "pix"\ntext = "PIX"\ncategory = "Gifts"\n')
    frame = movements("PIX TRANSF ANA BEATRIZ", "PIX TRANSF ANA BEATRIZ")
    flow = pl.Series(["transfer_out", "expense"])
    named = flowing(frame, rules).with_columns(flow.alias("flow_class"))
    assert categories(named, rules, SILENCE).get_column("category_because").to_list() == [
        "flow transfer_out",
        "rule pix",
    ]


def refunded(movements, rules: Rules, said: pl.DataFrame = SILENCE, **changes: object):
    """A dear and a cheap purchase, and the refund of the cheap one."""
    rows = [
        {"description": "LOJA SOL", "amount": Decimal("-30.00"), "booked_on": date(2025, 2, 1)},
        {"description": "LOJA SOL", "amount": Decimal("-80.00"), "booked_on": date(2025, 2, 3)},
        {
            "description": "ESTORNO LOJA SOL",
            "amount": Decimal("30.00"),
            "booked_on": date(2025, 3, 1),
            **changes,
        },
    ]
    return told(movements(*rows), rules, said)[2]


BY_SIZE = """
[[rule]]
id = "dear"
vendor = "LOJA SOL"
amount_from = 50
category = "Home"

[[rule]]
id = "cheap"
vendor = "LOJA SOL"
amount_to = 49
category = "Gifts"
"""


def test_a_refund_belongs_to_its_purchase(movements) -> None:
    rules = read_rules(BY_SIZE)
    first = f"{0:032x}"[:8]
    assert refunded(movements, rules) == (
        "Shopping/Gifts",
        "rule",
        f"as its purchase {first}: rule cheap",
    )
    # of another amount: the last purchase of the vendor before it
    assert refunded(movements, rules, amount=Decimal("5.00"))[0] == "Shopping/Home"
    # before every purchase, or in another currency: the rules, as for a purchase
    early = refunded(movements, rules, booked_on=date(2025, 1, 1), amount=Decimal("60.00"))
    assert early == ("Shopping/Home", "rule", "rule dear")
    assert refunded(movements, rules, currency="USD")[2] == "rule cheap"
    # what a person said of the purchase holds for its refund; of the refund, before that
    of_purchase = ("transaction", f"{0:032x}", "Courses")
    assert refunded(movements, rules, words(of_purchase))[0] == "Education/Courses"
    both = words(of_purchase, ("transaction", f"{2:032x}", "Books"))
    assert refunded(movements, rules, both)[0] == "Education/Books"


@pytest.mark.parametrize(
    ("kind", "code", "path", "source"),
    [
        ("csv", "Supermercados", "Food/Groceries", "bank"),
        ("csv", "restaurante", "Food/Restaurants", "bank"),
        ("csv", "Saúde", "Personal/Health", "bank"),
        ("qif", "Food:Groceries/Holiday", "Food/Groceries", "bank"),
        ("csv", "Public Transit", "Transportation/Public Transit", "bank"),
        ("ofx1", "SRVCHG", "Fees & Interest/Bank Fees", "bank"),
        ("cnab240", "105", "Fees & Interest/Bank Fees", "bank"),
        ("csv", "105", "Uncategorized", "nobody"),
        ("platform_csv", "GENERAL", "Uncategorized", "nobody"),
        ("ofx1", "OTHER", "Uncategorized", "nobody"),
        ("ofx1", "POS", "Uncategorized", "nobody"),
        ("csv", None, "Uncategorized", "nobody"),
    ],
)
def test_what_nobody_decides_goes_where_the_bank_puts_it(
    movements, shipped: Rules, kind: str, code, path: str, source: str
) -> None:
    frame = movements({"description": "BLUE BOTTLE", "kind_code": code, "format": kind})
    assert told(frame, shipped)[0][:2] == (path, source)


def test_scores_say_how_sure_it_is(movements, shipped: Rules) -> None:
    frame = flowing(movements("Netflix.com", "BLUE BOTTLE"), shipped)
    found = categories(frame, shipped, SILENCE)
    assert found.get_column("category_score").to_list() == [Decimal("1.0000"), None]
    assert found.get_column("category_runner_up").to_list() == [None, None]


def test_interest_and_fees_that_no_rule_knows_follow_their_sign(movements, shipped: Rules) -> None:
    rows = [{"description": "XYZ", "amount": Decimal(amount)} for amount in ("1.00", "-1.00")]
    found = told(movements(*rows), shipped, flow=pl.lit("fee_interest"))
    assert [path for path, _, _ in found] == ["Income/Interest", "Fees & Interest/(direct)"]


def test_the_order_of_movements_changes_nothing(movements, shipped: Rules) -> None:
    texts = [text for life in LIFE.values() for _, _, _, text in life]
    frame = flowing(movements(*texts, *texts), shipped)
    said = words(("vendor", "NETFLIX", "Gifts"), ("transaction", f"{3:032x}", "Home"))
    mixed = frame.sample(fraction=1, shuffle=True, seed=3)
    found = categories(frame, shipped, said).sort("transaction_id")
    assert found.equals(categories(mixed, shipped, said).sort("transaction_id"))


def test_the_tree_has_each_leaf_once_and_a_place_for_each(shipped: Rules) -> None:
    frame = tree(shipped, SILENCE)
    assert frame.schema == CATEGORY
    assert frame.get_column("category_key").n_unique() == frame.height
    assert frame.get_column("display_order").to_list() == list(range(1, frame.height + 1))
    tops = frame.filter(pl.col("level") == 1)
    assert set(tops.get_column("sub_name")) == {"(direct)"}
    assert tops.get_column("top_name").n_unique() == tops.height
    assert set(frame.get_column("top_name")) == set(tops.get_column("top_name"))


def test_without_movements_there_is_nothing_to_categorize(shipped: Rules) -> None:
    frame = flowing(MOVEMENT.to_frame(), shipped)
    assert categories(frame, shipped, SILENCE).height == 0
