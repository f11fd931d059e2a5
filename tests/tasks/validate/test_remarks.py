"""Remarks are seen and set nothing aside."""

from datetime import date
from decimal import Decimal

import polars as pl

from schemas.files import FILE
from schemas.findings import Code
from schemas.statement import STATEMENT
from schemas.transactions import TYPED
from tasks.validate.remarks import remarks


def test_a_zero_amount_and_an_account_that_nobody_names_are_remarked() -> None:
    movement = {"file_no": 0, "statement_no": 1, "booked_on": date(2026, 1, 1), "raw_text": "x"}
    transactions = pl.DataFrame(
        [
            movement | {"record_no": 1, "amount": Decimal(0)},
            movement | {"record_no": 2, "amount": Decimal("0.0001")},
        ],
        schema=TYPED,
    )
    statements = pl.DataFrame(
        [
            {"file_no": 0, "statement_no": 1, "account_ref": None},
            {"file_no": 1, "statement_no": 1, "account_ref": None},
            {"file_no": 2, "statement_no": 1, "account_ref": "12345"},
        ],
        schema=STATEMENT,
    )
    files = pl.DataFrame(
        [
            {"file_no": 0, "account_name": None},
            {"file_no": 1, "account_name": "conta"},
            {"file_no": 2, "account_name": None},
        ],
        schema=FILE,
    )
    found = remarks(transactions, statements, files)
    assert found.select("file_no", "record_no", "code").rows() == [
        (0, 1, Code.ZERO_AMOUNT),
        (0, None, Code.ACCOUNT_UNNAMED),
    ]
    assert not found.get_column("is_set_aside").any()
