"""Amounts as large as the ledger can hold are added up, divided and published, to the cent."""

from decimal import Decimal
from pathlib import Path

import pytest

from schemas.settings import Settings
from warehouse.marts.catalog import of_runs
from warehouse.marts.publisher import LINK
from warehouse.marts.reader import query

LARGEST = Decimal("99999999999999.99")
SMALL = Decimal("39.90")
MONTHS = range(1, 13)
_HEAD = "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:USASCII\nCHARSET:1252\n\n<OFX>"
_BANK = (
    "<BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>BRL<BANKACCTFROM><BANKID>0341<ACCTID>1234"
    "<ACCTTYPE>CHECKING</BANKACCTFROM>{}</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"
)
_CARD = (
    "<CREDITCARDMSGSRSV1><CCSTMTTRNRS><CCSTMTRS><CURDEF>BRL<CCACCTFROM><ACCTID>4444</CCACCTFROM>{}"
    "</CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1></OFX>"
)
_ROW = "<STMTTRN><TRNTYPE>{}<DTPOSTED>{}<TRNAMT>{}<FITID>{}<NAME>{}</STMTTRN>"

_HOUSEHOLD = """
[[holding]]
owner = "ana"
account = "card"
credit_limit = "99999999999999.99"
closing_day = 25
due_day = 2
paid_from = "bank"
minimum_percent = "15"

[[subscription]]
owner = "ana"
name = "Netflix"
vendor = "Netflix"
amount = "99999999999999.99"
currency = "BRL"
cycle = "weekly"
due_on = 2025-04-02

[[plan]]
owner = "ana"
name = "Loja"
vendor = "Loja Grande"
total_amount = "99999999999999.99"
currency = "BRL"
instalment_count = 24
starts_on = 2025-01-05
"""


def statement(account: str, rows: list[tuple[str, Decimal, str]]) -> str:
    told = "\n".join(
        _ROW.format("DEBIT" if amount < 0 else "CREDIT", day, amount, number, text)
        for number, (day, amount, text) in enumerate(rows)
    )
    total = sum(amount for _, amount, _ in rows)
    period = "<DTSTART>20250101<DTEND>20251231"
    balance = f"<LEDGERBAL><BALAMT>{total}<DTASOF>20251231</LEDGERBAL>"
    return _HEAD + account.format(f"<BANKTRANLIST>{period}\n{told}</BANKTRANLIST>{balance}")


def dropped(root: Path, account: str, text: str) -> None:
    folder = root / "ana" / account
    folder.mkdir(parents=True)
    (folder / "2025.ofx").write_text(text)


@pytest.fixture
def statements(tmp_path: Path) -> Path:
    """A card full of instalments and of a subscription, and a bank account that pays it."""
    root = tmp_path / "statements"
    bought = [
        (f"2025{month:02}{5 + number:02}", -LARGEST, text)
        for month in MONTHS
        for number, text in enumerate(
            (f"LOJA GRANDE PARC {month:02}/24", "NETFLIX.COM", "SUPERMERCADO", "PAO DE ACUCAR")
        )
    ]
    bought.append(("20250110", -SMALL, "NETFLIX.COM"))
    earned = [
        row
        for month in MONTHS
        for row in (
            (f"2025{month:02}05", LARGEST, "SALARIO"),
            (f"2025{month:02}06", Decimal("0.01"), "RENDIMENTO"),
            (f"2025{month:02}20", -LARGEST, "PAGAMENTO FATURA CARTAO"),
        )
    ]
    earned.append(("20250115", -LARGEST, "APLICACAO CDB"))
    paid = [(f"2025{month:02}20", LARGEST, "PAGAMENTO RECEBIDO") for month in MONTHS]
    for name, account, rows in (("card", _CARD, bought + paid), ("bank", _BANK, earned)):
        dropped(root, name, statement(account, rows))
    return root


def test_a_night_of_the_largest_amounts_is_published_to_the_cent(
    statements: Path, run, settings: Settings
) -> None:
    settings.data_home.mkdir()
    (settings.data_home / "household.toml").write_text(_HOUSEHOLD)
    receipt = run(statements)
    assert receipt.status == "published"
    assert receipt.is_clean
    told = query(
        settings.marts / LINK,
        "SELECT account_kind, credits, debits, sum(amount) AS net FROM fct_transactions JOIN"
        " (SELECT account_id, credits, debits FROM mart_reconciliation) USING (account_id)"
        " GROUP BY ALL ORDER BY ALL",
    )
    assert told.rows() == [
        ("bank", 12 * LARGEST + Decimal("0.12"), 13 * LARGEST, Decimal("0.12") - LARGEST),
        ("card", 12 * LARGEST, 48 * LARGEST + SMALL, -36 * LARGEST - SMALL),
    ]
    asked = {
        "SELECT remaining_amount FROM mart_instalments": 12 * LARGEST,
        "SELECT max(committed_instalments) FROM mart_net_worth": 23 * LARGEST,
        "SELECT yearly_projection FROM mart_subscriptions": 52 * LARGEST,
        "SELECT due_next_30d = occurrences_next_30d * 99999999999999.99::DECIMAL(38,4)"
        " AND occurrences_next_30d >= 4 FROM mart_subscriptions": True,
        "SELECT last_paid_amount FROM mart_subscriptions": LARGEST,
    }
    found = {sql: query(settings.marts / LINK, sql).item() for sql in asked}
    assert found == asked
    again = run(statements).generation.digests
    changed = {mart for mart, digest in again.items() if receipt.generation.digests[mart] != digest}
    assert changed <= of_runs()


def test_a_percentage_that_no_column_can_hold_is_null(
    tmp_path: Path, run, settings: Settings
) -> None:
    rows = [("20250105", Decimal("0.01"), "RENDIMENTO"), ("20250106", -LARGEST, "COMPRA MERCADO")]
    dropped(tmp_path / "statements", "bank", statement(_BANK, rows))
    assert run(tmp_path / "statements").status == "published"
    rate = query(settings.marts / LINK, "SELECT savings_rate_percent FROM mart_cashflow")
    assert rate.rows() == [(None,)]


def test_one_more_digit_is_set_aside_and_its_neighbours_are_loaded(
    tmp_path: Path, run, settings: Settings
) -> None:
    rows = [
        ("20250105", LARGEST + Decimal("0.01"), "TOO MUCH"),
        ("20250106", -LARGEST, "COMPRA MERCADO"),
    ]
    dropped(tmp_path / "statements", "bank", statement(_BANK, rows))
    receipt = run(tmp_path / "statements")
    assert (receipt.receipt.read, receipt.receipt.inserted, receipt.receipt.set_aside) == (2, 1, 1)
    assert receipt.status == "published"


@pytest.mark.parametrize(
    ("stated", "is_kept"), [("999999999999999.99", True), ("1000000000000000.00", False)]
)
def test_the_largest_balance_that_a_bank_states_is_converted(
    stated: str, is_kept: bool, tmp_path: Path, run, settings: Settings
) -> None:
    rows = [("20251230", Decimal("0.01"), "INTEREST")]
    text = statement(_BANK, rows).replace("<CURDEF>BRL", "<CURDEF>USD")
    text = text.replace("<BALAMT>0.01", f"<BALAMT>{stated}")
    dropped(tmp_path / "statements", "usd", text)
    settings.data_home.mkdir()
    header = "day,currency,quote_currency,rate,source"
    (settings.data_home / "rates.csv").write_text(f"{header}\n2025-12-31,USD,BRL,999999,x\n")
    assert run(tmp_path / "statements", rate_days=36_500).status == "published"
    closings = query(
        settings.marts / LINK, "SELECT stated_closing FROM mart_reconciliation"
    ).to_series()
    assert closings.to_list() == [Decimal(stated) if is_kept else None]
    worth = query(
        settings.marts / LINK,
        "SELECT max(net_worth) FROM mart_net_worth_converted WHERE day >= DATE '2025-12-31'",
    ).item()
    assert worth == (Decimal(stated) * 999_999 if is_kept else None)
