from datetime import date
from decimal import Decimal

import pytest

from tasks.sample.march import BILLS, CARD, ITAU, MARCH, NUBANK, XP, march_2025, march_statement

EVER = date(2025, 2, 1), date(2025, 4, 30)


@pytest.mark.parametrize(
    ("account", "opening", "closing", "count"),
    [
        (ITAU, "1000.00", "3315.44", 7),
        (NUBANK, "200.00", "1141.10", 2),
        (XP, "25000.00", "26500.00", 1),
    ],
)
def test_the_accounts_open_and_close_as_worked_out_by_hand(account, opening, closing, count):
    statement = march_statement(account, *MARCH)
    assert (statement.opening, statement.closing) == (Decimal(opening), Decimal(closing))
    assert len(statement.movements) == count


def test_the_card_bill_is_199_40_and_18_00_is_on_the_next_one():
    bill, following = (march_statement(CARD, *cycle) for cycle in BILLS.values())
    bought = [m.amount for m in bill.movements if m.description != "Pagamento recebido"]
    assert -sum(bought) == Decimal("199.40")
    assert len(bill.movements) == 6
    assert [m.amount for m in following.movements] == [Decimal("-18.00")]
    assert march_statement(CARD, *EVER).closing == Decimal("-217.40")


def test_what_is_owned_less_what_is_owed_at_the_end_of_march():
    closings = [march_statement(a, *EVER).closing for a in (ITAU, NUBANK, XP, CARD)]
    assert sum(closings) == Decimal("30739.14")


@pytest.mark.parametrize(("a1", "a2"), [("ofx", "csv"), ("csv", "ofx")])
def test_the_fixture_is_five_files_of_one_owner(tmp_path, a1, a2):
    march_2025(tmp_path, a1=a1, a2=a2)
    names = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.*"))
    assert names == [
        f"ana/itau-conta/extrato-itau-456789-032025.{a1}",
        "ana/nubank-cartao/Nubank_2025-04-02.csv",
        "ana/nubank-cartao/Nubank_2025-05-02.csv",
        f"ana/nubank-conta/NU_123456789_01MAR2025_31MAR2025.{a2}",
        "ana/xp-conta/extrato_xp_2025-03-01_2025-03-31.csv",
    ]


def test_itau_prints_the_balances_in_either_format(tmp_path):
    march_2025(tmp_path / "ofx", a1="ofx")
    march_2025(tmp_path / "csv", a1="csv")
    (ofx,) = tmp_path.glob("ofx/ana/itau-conta/*")
    (table,) = tmp_path.glob("csv/ana/itau-conta/*")
    assert b"<BALAMT>3315.44" in ofx.read_bytes()
    text = table.read_text("latin-1")
    assert "28/02/2025;SALDO ANTERIOR;;;1.000,00\n" in text
    assert "20/03/2025;SALDO DO DIA;;;3.315,44\n" in text
