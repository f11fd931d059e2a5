"""What words say against a reading that adds up."""

import pytest

from tasks.extract import words
from tasks.extract.propose.proposal import Verdict, propose
from tasks.extract.source import Source

HEADER = "Day,Text,Amount,Balance\n"
ROWS = (
    "2026-03-02,Bakery,-12.50,987.50\n"
    "2026-03-05,Acme,1000.00,1987.50\n"
    "2026-03-13,Taxi,-9.90,1977.60\n"
    "2026-03-16,Market,-100.00,1877.60\n"
)


def problem(text: str, name: str = "a.csv") -> str:
    proposal = propose([Source(0, name, text.encode())])
    return "" if proposal.verdict == Verdict.PROVEN else proposal.problem


def with_column(name: str, *cells: str) -> str:
    lines = (HEADER + ROWS).splitlines()
    return "\n".join(f"{line},{cell}" for line, cell in zip(lines, (name, *cells), strict=True))


def test_without_an_objection_it_is_proven() -> None:
    assert problem(HEADER + ROWS) == ""
    assert problem(with_column("State", "Posted", "Posted", "Posted", "Posted")) == ""
    assert problem(with_column("Kind", "x", "Reversed charge", "Failed payment", "y")) == ""


@pytest.mark.parametrize(
    "state",
    [
        "Pending",
        "PENDENTE",
        "vorgemerkt",
        "En attente",
        "Declined",
        "Declined - insufficient funds",
        "Bounced",
        "Returned unpaid",
        "Vormerkung",
        "Hold",
        "reverted",
        "Annulé",
        "Storniert",
        "Afventer",
        "Venter",
    ],
)
def test_a_row_that_says_it_is_not_booked_is_not_believed(state: str) -> None:
    for cells in ((state, "ok", "ok", "ok"), ("ok", "ok", "ok", state)):
        assert f"says {state!r}; is it booked?" in problem(with_column("State", *cells))


def test_a_description_may_say_that_the_row_is_pending() -> None:
    rows = ROWS.replace("Taxi", "(Pending) Taxi")
    assert "line 4 says '(Pending) Taxi'" in problem(HEADER + rows)
    assert problem(HEADER + ROWS.replace("Taxi", "Depending")) == ""


def test_purchases_that_would_pay_in_make_the_balance_a_debt() -> None:
    rows = (
        "2026-03-02,Card purchase 1,12.50,112.50\n2026-03-05,Payment - thank you,-100.00,12.50\n"
        "2026-03-13,Card purchase 2,9.90,22.40\n2026-03-16,Market,100.00,122.40\n"
    )
    assert "went the other way" in problem(HEADER + rows)
    assert problem(HEADER + ROWS.replace("Acme", "Salary").replace("Taxi", "Purchase")) == ""
    refund = ROWS.replace("Acme", "Purchase given back").replace("Taxi", "Purchase")
    assert problem(HEADER + refund) == ""


def test_a_mark_of_debt_beside_each_row() -> None:
    assert "a balance that is a debt" in problem(with_column("Side", "DR", "DR", "DR", "DR"))
    assert problem(with_column("Side", "CR", "CR", "CR", "CR")) == ""


@pytest.mark.parametrize("name", ["Unit Balance", "Points", "Shares held", "Cotas"])
def test_units_are_no_money(name: str) -> None:
    assert "something else than money" in problem(HEADER.replace("Balance", name) + ROWS)


def test_another_column_is_called_the_day_of_the_booking() -> None:
    rows = with_column("Posting date", "2026-03-04", "2026-03-06", "", "2026-03-17")
    assert "is called the day of the booking" in problem(rows.replace("Day,", "Seen,"))


def test_currencies_of_the_whole_world_are_known() -> None:
    assert "several currencies" in problem(with_column("Ccy", "KES", "KES", "NGN", "KES"))
    assert all(len(one) == 3 and one.isupper() for one in words.CURRENCIES)


def test_the_currency_of_something_else_is_not_that_of_the_account() -> None:
    for name, currency in (("Currency", "USD"), ("Original currency", "XXX")):
        text = with_column(name, "USD", "USD", "USD", "USD")
        (reading,) = propose([Source(0, "a.csv", text.encode())]).readings
        assert f'currency = "{currency}"' in reading.toml


def test_accounts_below_each_other_are_not_one() -> None:
    rows = (
        "2026-03-02,Bakery,-12.50,87.50,0001\n2026-03-05,Acme,-87.50,0.00,0001\n"
        "2026-03-06,Shop,19.90,19.90,0002\n2026-03-16,Market,-1.10,18.80,0002\n"
    )
    header = HEADER.strip()
    assert "names 2 accounts" in problem(f"{header},Bank account\n{rows}")
    assert "names 2 accounts" in problem(f"{header},Product\n{rows}")
    assert problem(f"{header},Shop\n{rows}") == ""


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("CARD PURCHASE 12", "out"),
        ("Gehalt März", "in"),
        ("Salaire", "in"),
        ("Refund of a purchase", ""),
        ("Transfer, thanks", "in"),
        ("Acme", ""),
    ],
)
def test_the_way_of_a_text(text: str, way: str) -> None:
    assert words.way_of(text) == way
