"""Sheets of banks that we know only by their header: what each column means, and what ends them."""

import io
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import pytest
from openpyxl import Workbook

from tasks.extract.read import BatchReading, read_batch
from tasks.extract.source import Source

DAY = datetime.fromisoformat("2026-03-05")
HDFC_MONEY = ("Withdrawal Amt.", "Deposit Amt.", "Closing Balance")
STARS = ["*" * 8, "*" * 34, "*" * 12, "*" * 8, "*" * 18, "*" * 18, "*" * 18]


def read(*rows: Sequence[object]) -> BatchReading:
    made, file = Workbook(), io.BytesIO()
    for row in rows:
        made.worksheets[0].append(list(row))
    made.save(file)
    return read_batch([Source(0, "x.xlsx", file.getvalue(), "x.xlsx")])


def told(reading: BatchReading) -> list[tuple[object, ...]]:
    names = ("booked_on", "amount", "balance_after", "currency", "description", "status")
    assert reading.files[0].error is None
    assert reading.findings.is_empty()
    return reading.transactions.select(names).rows()


def account(reading: BatchReading) -> object:
    return reading.statements["account_ref"].item()


def test_hdfc_has_stars_around_its_rows_and_a_summary_that_looks_like_one() -> None:
    reading = read(
        ["", "", "", "", "Account No :50000000000011   SAVINGS"],
        ["Statement From  :  01/04/2026         To  :  30/04/2026"],
        STARS[:1],
        ["Date", "Narration", "Chq./Ref.No.", "Value Dt", *HDFC_MONEY],
        STARS,
        ["01/04/26", "Rent", "0000000000000001", "01/04/26", 200, "", 800],
        ["02/04/26", "Wages", "0000000000000002", "02/04/26", "", "1,00,500.00", "1,01,300.00"],
        [],
        STARS,
        ["STATEMENT SUMMARY  :-"],
        ["Opening Balance", "", "", "", "Debits", "Credits", "Closing Bal"],
        [1000, "", "", "", 200, 100500, 101300],
    )
    assert told(reading) == [
        (date(2026, 4, 1), Decimal(-200), Decimal(800), "INR", "Rent", "booked"),
        (date(2026, 4, 2), Decimal(100500), Decimal(101300), "INR", "Wages", "booked"),
    ]
    assert account(reading) == "50000000000011"
    assert reading.statements["starts_on"].to_list() == [date(2026, 4, 1)]


@pytest.mark.parametrize("inr", ["(INR)", " (INR )", "\n(INR)"])
def test_icici_goes_on_in_the_next_row_and_ends_with_legends(inr: str) -> None:
    reading = read(
        [None, "Account Number", None, "100000000011 ( INR )  - A PERSON"],
        [None, "S No.", "Value Date", "Transaction Date", "Cheque Number", "Transaction Remarks"]
        + [f"{name} Amount{inr}" for name in ("Withdrawal", "Deposit")]
        + [f"Balance{inr}"],
        [None, "1", "01/08/2026", "02/08/2026", None, "KIOSK AT THE", "70.00", "0.00", "930.00"],
        [None, None, None, None, None, "CORNER"],
        [None, "2", "03-Aug-2026", "03-Aug-2026", "17", "Wages", "0.00", "50.00", "980.00"],
        [None, "Legends Used in Account Statement"],
        [None, "1. XYZ - Something"],
    )
    assert told(reading) == [
        (date(2026, 8, 2), Decimal(-70), Decimal(930), "INR", "KIOSK AT THE CORNER", "booked"),
        (date(2026, 8, 3), Decimal(50), Decimal(980), "INR", "Wages", "booked"),
    ]
    assert account(reading) == "100000000011"


@pytest.mark.parametrize("text", ["Text", "Text/mottagare", "Text / mottagare"])
def test_seb_names_the_account_in_brackets(text: str) -> None:
    reading = read(
        ["Privatkonto (50000000011)", 960.5],
        [],
        ["Bokföringsdatum", "Valutadatum", "Verifikationsnummer", text, "Belopp", "Saldo"],
        ["2026-03-05", "2026-03-06", "5490000001", "Kiosk", -39.5, 960.5],
    )
    booked = (date(2026, 3, 5), Decimal("-39.5"), Decimal("960.5"), "SEK", "Kiosk", "booked")
    assert told(reading) == [booked]
    assert account(reading) == "50000000011"


def test_handelsbanken_announces_what_has_no_ledger_day() -> None:
    reading = read(
        ["Konto: 123 456 789"],
        ["Reskontradatum", "Transaktionsdatum", "Text", "Belopp", "Saldo"],
        [None, DAY, "Kiosk", -10.5, None],
        [DAY, DAY, "Hyra", "-1 039,50", "960,50"],
    )
    day = DAY.date()
    assert told(reading) == [
        (day, Decimal("-10.5"), None, "SEK", "Kiosk", "pending"),
        (day, Decimal("-1039.5"), Decimal("960.5"), "SEK", "Hyra", "booked"),
    ]
    assert account(reading) == "123456789"


@pytest.mark.parametrize(
    ("head", "row"),
    [
        (
            "F. VALOR|CATEGORÍA|SUBCATEGORÍA|DESCRIPCIÓN|COMENTARIO|IMAGEN|IMPORTE (€)|SALDO (€)",
            [DAY, "Hogar", "Luz", "Recibo", "luz", "No", -20.5, "1.079,50"],
        ),
        (
            "F. VALOR|CATEGORÍA|SUBCATEGORÍA|DESCRIPCIÓN|COMENTARIO|IMPORTE (€)|SALDO (€)",
            ["05/03/2026", "Hogar", "Luz", "Recibo", "luz", "-20,50", 1079.5],
        ),
        (
            "FECHA OPERACIÓN|FECHA VALOR|CONCEPTO|IMPORTE EUR|SALDO",
            ["05/03/2026", DAY, "Recibo luz", "-20,50", "1.079,50"],
        ),
    ],
)
def test_spanish_sheets_sign_their_amounts(head: str, row: list[object]) -> None:
    reading = read(["Cuenta:", "1000 2000 30 4000000000"], head.split("|"), row)
    day, amount, balance = DAY.date(), Decimal("-20.5"), Decimal("1079.5")
    assert told(reading) == [(day, amount, balance, "EUR", "Recibo luz", "booked")]
    assert account(reading) == "10002000304000000000"


def test_a_sheet_is_of_one_layout_where_two_differ_in_their_delimiter_alone() -> None:
    names = ("Datum", "Naam / Omschrijving", "Rekening", "Tegenrekening", "Code", "Af Bij")
    more = ("Bedrag (EUR)", "Mutatiesoort", "Mededelingen")
    cells = ("Bakker", "NL00INGB0000000001", "", "BA", "Af", "3,50", "Betaalautomaat", "brood")
    reading = read([*names, *more], ["05-03-2026", *cells])
    assert reading.files[0].layout == "nl_ing_account"
    assert told(reading) == [
        (date(2026, 3, 5), Decimal("-3.50"), None, "EUR", "Bakker brood", "booked")
    ]
