"""The referee: proven, unproven, failed; in both directions, to the cent."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.findings import FINDING, Code
from schemas.statement import PROVED, STATEMENT
from schemas.transactions import TYPED
from tasks.validate.balances import Proven, judge, prove, tally

CENT = Decimal("0.01")


def statement(**fields: object) -> pl.DataFrame:
    given_fields = {"file_no": 0, "statement_no": 1, "account_kind": "bank"} | fields
    return pl.DataFrame([given_fields], schema=STATEMENT)


def movements(
    amounts: list[Decimal], balances: list[Decimal | None] | None = None, status: str = "booked"
) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "file_no": 0,
                "statement_no": 1,
                "record_no": number,
                "place": f"line {number}",
                "booked_on": date(2026, 1, 1 + number // 4),
                "amount": amount,
                "currency": "BRL",
                "description": "",
                "balance_after": balances[number - 1] if balances else None,
                "status": status,
                "raw_text": "",
            }
            for number, amount in enumerate(amounts, 1)
        ],
        schema=TYPED,
    )


def proof(
    one: pl.DataFrame, rows: pl.DataFrame, findings: pl.DataFrame | None = None
) -> dict[str, object]:
    judged = prove(one, rows, FINDING.to_frame() if findings is None else findings)
    assert judged.statements.schema == PROVED
    return judged.statements.row(0, named=True)


def chain(opening: Decimal, amounts: list[Decimal]) -> list[Decimal]:
    balances = []
    for amount in amounts:
        opening += amount
        balances.append(opening)
    return balances


AMOUNTS = [Decimal("10.00"), Decimal("-3.33"), Decimal("0.00"), Decimal("-3.33")]


def test_both_balances_that_close_are_a_proof() -> None:
    one = statement(opening_balance=Decimal("1.00"), closing_balance=Decimal("4.34"))
    row = proof(one, movements(AMOUNTS))
    assert (row["proof"], row["difference"], row["is_quarantined"]) == ("proven", 0, False)
    assert (row["credit_sum"], row["debit_sum"]) == (Decimal("10.00"), Decimal("-6.66"))


@pytest.mark.parametrize("off", [CENT, -CENT])
def test_one_cent_is_a_failure_and_quarantines_the_statement(off: Decimal) -> None:
    one = statement(opening_balance=Decimal("1.00"), closing_balance=Decimal("4.34") + off)
    judged = prove(one, movements(AMOUNTS), FINDING.to_frame())
    row = judged.statements.row(0, named=True)
    assert (row["proof"], row["difference"], row["is_quarantined"]) == ("failed", -off, True)
    assert judged.findings.get_column("code").to_list() == [Code.STATEMENT_UNBALANCED]
    assert "off by" in judged.findings.item(0, "message")


def test_a_person_may_accept_what_does_not_close() -> None:
    one = statement(opening_balance=Decimal("1.00"), closing_balance=Decimal("9.99"))
    judged = prove(one, movements(AMOUNTS), FINDING.to_frame(), accepted=[(0, 1)])
    row = judged.statements.row(0, named=True)
    assert (row["proof"], row["is_quarantined"]) == ("failed", False)


@pytest.mark.parametrize("fields", [{}, {"closing_balance": Decimal("5.00")}])
def test_a_missing_balance_proves_nothing(fields: dict[str, Decimal]) -> None:
    assert proof(statement(**fields), movements(AMOUNTS))["proof"] == "unproven"


def test_pending_records_take_no_part() -> None:
    rows = pl.concat([movements(AMOUNTS), movements([Decimal("7.00")], status="pending")])
    one = statement(opening_balance=Decimal("1.00"), closing_balance=Decimal("4.34"))
    assert proof(one, rows)["proof"] == "proven"


def test_a_record_set_aside_leaves_the_statement_unproven_not_failed() -> None:
    aside = pl.DataFrame(
        [{"file_no": 0, "statement_no": 1, "record_no": 9, "is_set_aside": True}], schema=FINDING
    )
    one = statement(opening_balance=Decimal("1.00"), closing_balance=Decimal("99.00"))
    row = proof(one, movements(AMOUNTS), aside)
    assert (row["proof"], row["is_quarantined"], row["set_aside_count"]) == ("unproven", False, 1)


money = st.decimals(min_value=-1000, max_value=1000, places=2)


@given(money, st.lists(money, min_size=2, max_size=20), st.booleans())
def test_a_running_balance_proves_in_either_direction(
    opening: Decimal, amounts: list[Decimal], is_backwards: bool
) -> None:
    balances: list[Decimal | None] = list(chain(opening, amounts))
    rows = movements(amounts, balances)
    if is_backwards:
        rows = turned(rows)
    row = proof(statement(), rows)
    assert (row["proof"], row["chain_breaks"]) == ("proven", 0)
    assert row["closing_balance"] - row["opening_balance"] == sum(amounts)


def turned(rows: pl.DataFrame) -> pl.DataFrame:
    """The same rows from the last to the first."""
    return rows.reverse().with_columns(rows.get_column("record_no"))


@pytest.mark.parametrize("is_backwards", [False, True])
def test_days_say_in_which_direction_the_balances_must_chain(is_backwards: bool) -> None:
    """Five equal payments whose signs are turned: against the days, their balances chain."""
    balances: list[Decimal | None] = [Decimal(100 * number) for number in range(1, 9)]
    rows = movements([Decimal(-100)] * 8, balances)
    row = proof(statement(), turned(rows) if is_backwards else rows)
    assert (row["proof"], row["chain_breaks"]) == ("failed", 7)


ASIDE = {"file_no": 0, "statement_no": 1, "is_set_aside": True}


@pytest.mark.parametrize(
    ("record_no", "wanted"), [(4, "unproven"), (None, "unproven"), (2, "failed"), (9, "failed")]
)
def test_a_record_set_aside_excuses_a_break_at_its_place_alone(
    record_no: int | None, wanted: str
) -> None:
    """Of ten rows the fourth is missing, and one row could not be read."""
    amounts = [Decimal(number) for number in range(1, 11)]
    rows = movements(amounts, list(chain(Decimal(0), amounts)))
    rows = rows.filter(~pl.col("record_no").is_in([4, record_no or 4]))
    aside = pl.DataFrame([{**ASIDE, "record_no": record_no}], schema=FINDING)
    judged = prove(statement(), rows, aside)
    assert judged.statements.get_column("proof").to_list() == [wanted]
    places = judged.findings.filter(pl.col("code") == Code.BALANCE_CHAIN_BROKEN)["place"].to_list()
    assert ("line 5" in places) == (wanted == "failed")


@pytest.mark.parametrize(("day", "wanted"), [(1, "proven"), (28, "unproven")])
def test_what_stands_before_the_first_balance_may_not_be_of_a_later_day(
    day: int, wanted: str
) -> None:
    """A row of totals at the old end of a table has the day of the newest row."""
    amounts = [Decimal(5), *AMOUNTS]
    balances: list[Decimal | None] = [None, *chain(Decimal(0), AMOUNTS)]
    is_first = pl.col("record_no") == 1
    rows = movements(amounts, balances).with_columns(
        pl.when(is_first).then(date(2026, 1, day)).otherwise("booked_on").alias("booked_on")
    )
    assert proof(statement(), rows)["proof"] == wanted


@given(st.lists(money.filter(bool), min_size=4, max_size=20), st.data())
def test_one_deleted_line_is_exactly_one_chain_break(
    amounts: list[Decimal], data: st.DataObject
) -> None:
    balances: list[Decimal | None] = list(chain(Decimal(0), amounts))
    gone = data.draw(st.integers(min_value=1, max_value=len(amounts) - 2))
    del amounts[gone], balances[gone]
    judged = prove(statement(), movements(amounts, balances), FINDING.to_frame())
    row = judged.statements.row(0, named=True)
    if row["chain_breaks"]:
        assert (row["chain_breaks"], row["proof"]) == (1, "failed")
        broken = judged.findings.filter(pl.col("code") == Code.BALANCE_CHAIN_BROKEN)
        assert broken.height == 1
    else:  # the remaining rows happen to chain backwards
        assert row["proof"] == "proven"


@pytest.mark.parametrize("is_backwards", [False, True])
@pytest.mark.parametrize("opening", [Decimal("100.00"), None])
@pytest.mark.parametrize(("last", "outcome"), [("-5.00", "unproven"), ("0.00", "proven")])
def test_what_moves_after_the_last_balance_is_not_proven(
    last: str, outcome: str, opening: Decimal | None, is_backwards: bool
) -> None:
    amounts = [Decimal("-10.00"), Decimal("-20.00"), Decimal(last)]
    balances: list[Decimal | None] = [Decimal("90.00"), Decimal("70.00"), None]
    if is_backwards:
        amounts, balances = amounts[::-1], balances[::-1]
    one, rows = statement(opening_balance=opening), movements(amounts, balances)
    volumes = [tally(rows.slice(number, 1), FINDING.to_frame()) for number in range(3)]
    whole, parted = proof(one, rows), judge(one, volumes).statements.row(0, named=True)
    for told in (whole, parted):
        assert told["proof"] == outcome
        assert (told["closing_balance"] is None) == (outcome == "unproven")


def test_one_row_with_its_own_balance_proves_nothing() -> None:
    row = proof(statement(), movements([Decimal("5.00")], [Decimal("15.00")]))
    assert (row["proof"], row["closing_balance"]) == ("unproven", Decimal("15.00"))


def test_a_statement_without_records_closes_if_its_balances_agree() -> None:
    empty = TYPED.to_frame()
    agree = statement(opening_balance=Decimal("5.00"), closing_balance=Decimal("5.00"))
    differ = statement(opening_balance=Decimal("5.00"), closing_balance=Decimal("6.00"))
    assert proof(agree, empty)["proof"] == "proven"
    assert proof(differ, empty)["proof"] == "failed"
    assert proof(statement(), empty)["proof"] == "unproven"


def test_a_balance_that_the_ledger_cannot_hold_proves_nothing() -> None:
    one = statement(opening_balance=Decimal("1.00"), closing_balance=Decimal("4.3400001"))
    row = proof(one, movements(AMOUNTS))
    assert (row["proof"], row["closing_balance"]) == ("unproven", None)


def test_no_statements_are_no_findings() -> None:
    judged: Proven = prove(STATEMENT.to_frame(), TYPED.to_frame(), FINDING.to_frame())
    assert judged.statements.is_empty()
    assert judged.findings.is_empty()


@pytest.mark.parametrize(
    ("currencies", "wanted"),
    [
        (["BRL"] * 4, "proven"),
        (["BRL", "BRL", "USD", "BRL"], "unproven"),
        (["USD"] * 4, "unproven"),
    ],
)
def test_sums_over_currencies_prove_nothing(currencies: list[str], wanted: str) -> None:
    one = statement(
        currency="BRL", opening_balance=Decimal("1.00"), closing_balance=Decimal("4.34")
    )
    rows = movements(AMOUNTS).with_columns(pl.Series("currency", currencies))
    judged = prove(one, rows, FINDING.to_frame())
    assert judged.statements.get_column("proof").to_list() == [wanted]
    codes = judged.findings.get_column("code").to_list()
    assert codes == [Code.CURRENCY_UNREADABLE] * (wanted == "unproven")


@pytest.mark.parametrize(("opening_on", "wanted"), [(None, 1), (1, 1), (2, 2), (31, 1)])
def test_a_late_posting_does_not_stretch_the_period(opening_on: int | None, wanted: int) -> None:
    """Rows of the first and the second, with a balance of the second above them."""
    day = None if opening_on is None else date(2026, 1, opening_on)
    one = statement(opening_on=day, opening_balance=Decimal("1.00"))
    assert proof(one, movements(AMOUNTS))["starts_on"] == date(2026, 1, wanted)


def test_days_that_rise_in_each_volume_need_not_rise_in_the_file() -> None:
    """From new to old, but for a late posting: the balances decide, not the days."""
    amounts = [Decimal(1), Decimal(2), Decimal(4), Decimal(8)]
    rows = turned(movements(amounts, list(chain(Decimal(0), amounts)))).with_columns(
        pl.Series("booked_on", [date(2026, 1, day) for day in (2, 3, 1, 4)])
    )
    none = FINDING.to_frame()
    judged = judge(statement(), [tally(rows[:2], none), tally(rows[2:], none)])
    assert judged.statements.get_column("proof").to_list() == ["proven"]
