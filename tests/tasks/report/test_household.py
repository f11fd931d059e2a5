"""The household's report: its figures are those of the marts, and it needs nothing but itself."""

import re
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser

import pytest
import sqlalchemy as sa

from schemas.errors import MartsUnavailable, WrongUsage
from tasks.report.household import words
from tasks.report.household.compose import page
from warehouse.ledger.connection import connect
from warehouse.marts import reader

MARCH = date(2026, 3, 1)

SUBSCRIPTIONS = """
CREATE TABLE mart_subscriptions AS SELECT
    'k' AS subscription_key, 'ana' AS owner, 'Music' AS name, 'BRL' AS currency,
    23.90::DECIMAL(18,4) AS amount, 'monthly' AS cycle, true AS is_active,
    23.90::DECIMAL(34,4) AS monthly_equivalent, DATE '2026-04-05' AS next_due_on,
    23.90::DECIMAL(38,4) AS due_next_30d, NULL::DATE AS last_paid_on,
    NULL::DECIMAL(18,4) AS last_paid_amount, 'due' AS status
"""
CANDIDATES = """
CREATE TABLE mart_recurring_candidates AS SELECT
    'ana' AS owner, 'BRL' AS currency, 'GYM & SWIM' AS vendor, 'monthly' AS cycle,
    80::DECIMAL(18,4) AS amount, 3 AS charge_count, DATE '2026-03-01' AS last_on,
    DATE '2026-04-01' AS next_on, 'itau-conta' AS account_name, false AS is_registered,
    false AS is_lapsed
"""
FORECAST = """
CREATE TABLE mart_forecast AS SELECT
    'ana' AS owner, 'BRL' AS currency, day AS due_on, label, 12.34::DECIMAL(18,4) AS amount
FROM (SELECT max(day) AS day FROM dim_date WHERE is_past) AS d,
    (VALUES (1, 'SOON'), (31, 'LATER')) AS l (days, label)
"""
COVERAGE = """
CREATE TABLE mart_coverage AS
SELECT owner, account_id, account_name, currency, starts_on, ends_on, state, because, difference
FROM dim_account, (VALUES
    (DATE '2026-01-01', DATE '2026-02-09', 'proven', 'all is well', NULL),
    (DATE '2026-02-10', DATE '2026-03-31', 'missing', 'no statement tells of these days', -0.01)
) AS s (starts_on, ends_on, state, because, difference)
WHERE account_name = 'itau-conta'
"""


class Text(HTMLParser):
    """What a person reads, and every tag with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data) -> None:
        self.text.append(data)


def section(html: str, key: str) -> str:
    (found,) = re.findall(rf'<section id="{key}".*?</section>', html, re.DOTALL)
    return found


@pytest.fixture(scope="session")
def march(sample_marts) -> str:
    return page(sample_marts, month=MARCH).html


def test_every_figure_is_that_of_the_marts(march, sample_marts) -> None:
    asked = {
        "net-worth": (
            "mart_net_worth WHERE day = '2026-03-31'",
            ("net_worth", "assets", "card_outstanding"),
        ),
        "cash-flow": ("mart_cashflow WHERE month = '2026-03-01'", ("income", "expense", "net")),
        "categories": ("mart_category_spend WHERE month = '2026-03-01'", ("net", "previous_net")),
        "vendors": ("mart_vendor_spend WHERE month = '2026-03-01'", ("net", "refunds")),
    }
    for key, (source, names) in asked.items():
        told = Text(section(march, key)).text
        frame = reader.query(sample_marts, f"SELECT * FROM {source}")
        assert frame.height > 2
        for row in frame.iter_rows(named=True):
            for name in names:
                wanted = words.money(row[name], row["currency"])
                assert any(one.split(" ")[0] == wanted for one in told), (key, name, wanted)


def test_a_group_is_of_one_owner_and_one_currency(march, sample_marts) -> None:
    flows = section(march, "cash-flow")
    titles = re.findall(r"<h3>(.*?)</h3>", flows)
    wanted = reader.query(
        sample_marts,
        "SELECT DISTINCT owner || ' · ' || currency FROM mart_cashflow ORDER BY 1",
    )
    assert titles == wanted.to_series().to_list()


def test_it_says_how_far_a_figure_can_be_trusted(march) -> None:
    assert "Unproven: for some statements the bank gave too few balances" in march
    assert "Statements do not cover the whole month of" in march
    assert "1 statement in quarantine" in section(march, "unproven")
    worth = section(march, "net-worth")
    assert "of 1 of 1 account no balance is known by this day; so nothing is known." in worth
    assert "the bank states no opening balance" in section(march, "unproven")
    assert "not known" in section(march, "balances")
    assert "Not known: of 1 of " in section(march, "net-worth")


def test_it_names_its_generation_and_day(march, sample_marts) -> None:
    assert sample_marts.readlink().stem in march
    ((day,),) = reader.query(sample_marts, "SELECT max(day) FROM dim_date WHERE is_past").rows()
    assert f"the marts look from {day}" in march


def test_the_page_needs_no_network_and_runs_no_program(march) -> None:
    for tag, attributes in Text(march).tags:
        assert tag not in ("script", "link", "img", "iframe", "object", "base"), tag
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "href", "xlink:href", "action"):
            assert (attributes.get(name) or "#").startswith("#"), (tag, name)
    assert "url(" not in march
    assert "@import" not in march
    addresses = set(re.findall(r"https?://[^\"' <]+", march))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_every_drawing_says_in_words_what_it_shows(march) -> None:
    drawings = [one for tag, one in Text(march).tags if tag == "svg"]
    assert len(drawings) > 10
    assert all(one["role"] == "img" and len(one["aria-label"]) > 40 for one in drawings)
    assert "<title>Jan 26: 8,895.01</title>" in march


def test_the_same_generation_makes_the_same_page(march, sample_marts) -> None:
    assert page(sample_marts, month=MARCH).html == march


def test_no_description_person_or_account_number_is_on_the_page(
    march, sample_marts, sample_house
) -> None:
    private = reader.query(
        sample_marts,
        "SELECT DISTINCT description FROM fct_transactions WHERE vendor IS NULL OR"
        " upper(description) <> vendor UNION SELECT counterparty_name FROM fct_transactions"
        " WHERE counterparty_kind = 'person'",
    )
    engine = connect(sample_house.database_url.get_secret_value())
    with engine.connect() as connection:
        refs = list(connection.scalars(sa.text("SELECT account_ref FROM ledger.account")))
    engine.dispose()
    secret = [one for one in private.to_series() if one and len(one) > 8]
    numbers = [one for one in refs if one and len(one) > 4]
    assert len(secret) > 50
    assert len(numbers) >= 4
    text = "\n".join(Text(march).text)
    assert [one for one in (*secret, *numbers) if one in text] == []


def test_a_mart_that_is_absent_is_named_and_its_section_left_out(changed_marts) -> None:
    older = changed_marts("DROP TABLE mart_net_worth", "DROP TABLE mart_cashflow")
    html = page(older, month=MARCH).html
    for key, mart in (
        ("net-worth", "mart_net_worth"),
        ("categories", "mart_cashflow"),
        ("upcoming", "mart_forecast"),
    ):
        if key == "upcoming" and "Left out" not in section(html, key):
            continue  # this catalog has it
        assert f"Left out: {mart} is missing from this generation." in section(html, key)
    assert "Left out" not in section(html, "balances")


def test_a_generation_of_another_version_is_refused_with_a_remedy(changed_marts) -> None:
    other = changed_marts("ALTER TABLE mart_cashflow RENAME COLUMN owner TO holder")
    with pytest.raises(MartsUnavailable) as raised:
        page(other, month=MARCH)
    assert "publish again" in raised.value.remedy


def test_what_is_to_come_is_listed_where_its_marts_are(changed_marts) -> None:
    marts = changed_marts(
        *(
            f"DROP TABLE IF EXISTS {mart}"
            for mart in ("mart_subscriptions", "mart_recurring_candidates", "mart_forecast")
        ),
        SUBSCRIPTIONS,
        CANDIDATES,
        FORECAST.replace("day AS due_on", "day + days AS due_on"),
    )
    html = page(marts, month=MARCH).html
    told = Text(section(html, "subscriptions")).text
    assert {"Music", "23.90", "GYM & SWIM", "2026-04-05", "due"} <= set(told)
    ahead = section(html, "upcoming")
    assert "SOON" in ahead
    assert "12.34" in ahead
    assert "LATER" not in ahead


def test_the_calendar_shows_the_worst_of_a_month_and_why(changed_marts) -> None:
    html = page(changed_marts("DROP TABLE IF EXISTS mart_coverage", COVERAGE), month=MARCH).html
    calendar = section(html, "coverage")
    assert 'title="February 2026: days 19 missing, 9 proven">… 19</td>' in calendar
    assert 'title="January 2026: days 31 proven">✓</td>' in calendar
    assert "no statement tells of these days" in section(html, "unproven")
    assert f"{words.MINUS}0.01" in section(html, "unproven")


def test_a_name_cannot_become_a_tag(changed_marts) -> None:
    marts = changed_marts("UPDATE mart_vendor_spend SET vendor = '<script>alert(1)</script>'")
    html = page(marts, month=MARCH).html
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_an_owner_sees_only_what_is_theirs(sample_marts) -> None:
    html = page(sample_marts, month=MARCH, owner="bruno").html
    assert "ana · " not in html
    assert "bruno · USD" in html


def test_without_a_month_it_is_the_last_with_bookings(sample_marts) -> None:
    assert page(sample_marts).month == MARCH


def test_a_month_or_owner_that_nobody_knows_is_refused(sample_marts) -> None:
    with pytest.raises(WrongUsage, match="1999-01 is outside"):
        page(sample_marts, month=date(1999, 1, 1))
    with pytest.raises(WrongUsage, match="zoe has no account"):
        page(sample_marts, owner="zoe")


def test_three_years_of_twelve_accounts_stay_below_a_megabyte(changed_marts) -> None:
    marts = changed_marts(
        "DELETE FROM fct_daily_balance",
        "DELETE FROM mart_net_worth WHERE owner <> 'ana'",
        """INSERT INTO fct_daily_balance BY NAME
        SELECT 'ana' AS owner, 'a' || a AS account_id, 'account ' || a AS account_name,
            'BRL' AS currency, d::DATE AS day, (1000 + hash(d, a) % 900000 / 100)::DECIMAL(38,4)
            AS closing, 'anchored' AS timeline_status
        FROM range(12) AS n (a), range(DATE '2023-04-01', DATE '2026-04-01', INTERVAL 1 DAY)
            AS t (d)""",
        """INSERT INTO dim_account BY NAME
        SELECT 'ana' AS owner, 'a' || a AS account_id, 'account ' || a AS account_name
        FROM range(12) AS n (a)""",
        """INSERT INTO mart_vendor_spend BY NAME
        SELECT v.* REPLACE ('x' || n AS vendor_key, 'VENDOR NUMBER ' || n AS vendor)
        FROM mart_vendor_spend AS v, range(50) AS r (n)""",
    )
    html = page(marts, month=MARCH).html
    assert section(html, "balances").count("<svg") == 12
    assert len(html.encode()) < 1_000_000


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("1234567890123456789.0123", "BRL", "1,234,567,890,123,456,789.0123"),
        ("-0.0100", "EUR", f"{words.MINUS}0.01"),
        ("1234.0000", "JPY", "1,234"),
        ("0.5", "JPY", "0.5"),
        ("1.2", "BHD", "1.200"),
        ("0", "USD", "0.00"),
    ],
)
def test_money_is_written_exactly(amount, currency, text) -> None:
    assert words.money(Decimal(amount), currency) == text
