"""Every check bites: one canary a check, and the finding that it earns."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from pandera.errors import SchemaError, SchemaErrors

from schemas.findings import Code
from schemas.transactions import TYPED
from tasks.validate.transactions import TRANSACTION, check_transactions

GOOD = {
    "file_no": 0,
    "statement_no": 1,
    "record_no": 1,
    "place": "line 1",
    "booked_on": date(2026, 1, 5),
    "amount": Decimal("-12.34"),
    "currency": "BRL",
    "description": "PADARIA",
    "status": "booked",
    "raw_text": "05/01/2026;PADARIA;-12,34",
}


def rows(*changes: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(
        [GOOD | {"record_no": number} | change for number, change in enumerate(changes, 1)],
        schema=TYPED,
    )


CANARIES = [
    ({"booked_on": None}, Code.DATE_MISSING),
    ({"booked_on": date(1969, 12, 31)}, Code.DATE_IMPLAUSIBLE),
    ({"valued_on": date(2101, 1, 1)}, Code.DATE_IMPLAUSIBLE),
    ({"amount": None}, Code.AMOUNT_MISSING),
    ({"amount": Decimal("0.00001")}, Code.AMOUNT_TOO_PRECISE),
    ({"amount": Decimal(10) ** 14}, Code.AMOUNT_TOO_LARGE),
    ({"balance_after": Decimal("1.23456")}, Code.AMOUNT_TOO_PRECISE),
    ({"original_amount": -(Decimal(10) ** 14)}, Code.AMOUNT_TOO_LARGE),
    ({"currency": "R$"}, Code.CURRENCY_UNREADABLE),
    ({"currency": None}, Code.CURRENCY_UNREADABLE),
    ({"description": "a\0b"}, Code.TEXT_UNSTORABLE),
    ({"counterparty": "\0"}, Code.TEXT_UNSTORABLE),
    ({"bank_ref": "\0"}, Code.TEXT_UNSTORABLE),
    ({"kind_code": "\0"}, Code.TEXT_UNSTORABLE),
    ({"original_currency": "\0"}, Code.TEXT_UNSTORABLE),
    ({"raw_text": "x\0"}, Code.TEXT_UNSTORABLE),
]


@pytest.mark.parametrize(("change", "code"), CANARIES)
def test_a_canary_is_caught_and_its_neighbours_pass(change: dict[str, object], code: Code) -> None:
    outcome = check_transactions(rows({}, change, {}))
    assert outcome.transactions.get_column("record_no").to_list() == [1, 3]
    finding = outcome.findings.row(0, named=True)
    assert outcome.findings.height == 1
    assert (finding["code"], finding["record_no"]) == (code, 2)
    assert finding["is_set_aside"]
    assert "\0" not in finding["raw_text"]


def test_every_data_check_has_a_canary() -> None:
    checked = {
        (name, check.name)
        for name, column in TRANSACTION.columns.items()
        for check in column.checks
        if check.name != "isin"
    }
    named = {
        (column, code)
        for change, code in CANARIES
        for column, value in change.items()
        if value is not None
    }
    bitten = {column for column, _ in named}
    assert bitten == {column for column, _ in checked}


def test_a_record_with_two_faults_is_set_aside_once() -> None:
    outcome = check_transactions(rows({"currency": "?", "amount": Decimal("0.00001")}))
    assert outcome.findings.height == 1
    assert outcome.transactions.is_empty()


def test_a_status_of_ours_that_does_not_exist_is_our_mistake() -> None:
    with pytest.raises((SchemaErrors, AssertionError, pl.exceptions.PolarsError, SchemaError)):
        check_transactions(rows({"status": "maybe"}))


def test_a_frame_of_another_shape_is_our_mistake() -> None:
    with pytest.raises((AssertionError, SchemaErrors)):
        check_transactions(rows({}).drop("amount"))
