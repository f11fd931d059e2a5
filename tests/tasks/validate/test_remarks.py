"""Remarks are seen and set nothing aside."""

import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from schemas.files import FILE
from schemas.findings import Code
from schemas.statement import STATEMENT
from schemas.ticket import Ticket
from schemas.transactions import TYPED
from tasks.extract.stage import extract
from tasks.folders import volumes
from tasks.validate.remarks import finer_amounts, remarks
from tasks.validate.stage import validate


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


@pytest.mark.parametrize(
    ("amount", "currency", "places"),
    [
        ("100.5", "JPY", 0),
        ("-0.001", "BRL", 2),
        ("0.0001", "EUR", 2),
        ("1.0001", "KWD", 3),
        ("100.00", "JPY", None),
        ("-12.34", "BRL", None),
        ("1.0010", "KWD", None),
        ("1.2345", "CLF", None),
        ("1.2345", "XAU", None),
        ("1.2345", "XXX", None),
    ],
)
def test_more_decimals_than_the_currency_has_are_remarked(
    amount: str, currency: str, places: int | None
) -> None:
    row = {"file_no": 0, "statement_no": 1, "record_no": 1, "currency": currency, "raw_text": "x"}
    found = finer_amounts(pl.DataFrame([row | {"amount": Decimal(amount)}], schema=TYPED))
    said = (
        f"the amount has more decimals than {currency}, which has {places}; it is kept as printed"
    )
    assert found.get_column("message").to_list() == ([said] if places is not None else [])
    assert not found.get_column("is_set_aside").any()


def test_yen_with_decimals_are_kept_to_the_last_digit_and_remarked(tmp_path: Path) -> None:
    entry = (
        '<Ntry><Amt Ccy="JPY">{}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>'
        "<BookgDt><Dt>2026-01-05</Dt></BookgDt></Ntry>"
    )
    path = tmp_path / "a.xml"
    path.write_text(
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt>'
        "<Id>1</Id><Acct><Id><Othr><Id>12345</Id></Othr></Id><Ccy>JPY</Ccy></Acct>"
        + "".join(map(entry.format, ("1000.375", "1000.5", "1000", "1000.0")))
        + "</Stmt></BkToCstmrStmt></Document>",
        encoding="utf-8",
    )
    now = datetime(2026, 2, 1, tzinfo=UTC)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    ticket = Ticket(sha256, path.name, "ana", "conta", path.stat().st_size, now, str(path))
    extract([ticket], tmp_path / "batch")
    assert validate(tmp_path / "batch").set_aside == 0
    (volume,) = volumes(tmp_path / "batch")
    amounts = pl.read_ipc(volume / "valid.arrow").get_column("amount").to_list()
    assert amounts == [Decimal("1000.375"), Decimal("1000.5"), Decimal(1000), Decimal(1000)]
    said = pl.read_ipc(volume / "judged.arrow").filter(code=Code.AMOUNT_FINER.value)
    assert said.get_column("record_no").to_list() == [1, 2]
    assert said.get_column("is_set_aside").to_list() == [False, False]
