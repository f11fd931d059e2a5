"""Tables that a person or a spreadsheet program changed: put together, cut, or saved otherwise."""

import io
import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook

from tasks.extract.read import BatchReading, read_batch
from tasks.extract.source import Source
from tasks.validate.balances import prove

SEB = "Bokföringsdatum;Valutadatum;Verifikationsnummer;Text;Belopp;Saldo"
CITI = "Status,Date,Description,Debit,Credit"
ABN = ["Rekeningnummer", "Muntsoort", "Transactiedatum", "Rentedatum", "Beginsaldo", "Eindsaldo"]
ABN += ["Transactiebedrag", "Omschrijving"]
BANKS = Path(__file__).parents[1] / "banks"


def read(text: str) -> BatchReading:
    return read_batch([Source(0, "x.csv", text.encode(), "x.csv")])


def seb(*rows: tuple[int, str, str, str]) -> str:
    days = [f"2026-03-{day:02};2026-03-{day:02};{day};{text};{a};{b}" for day, text, a, b in rows]
    return "\n".join([SEB, *days]) + "\n"


OPEN = (9, '"Guldet', "-100.000", "900.000")
RENT = (8, "HYRA", "-5000.000", "1000.000")
SHUT = (7, 'Svan"', "-50.000", "6000.000")
PAY = (6, "LON", "6000.000", "6050.000")
SHOP = (5, "ICA", "-20.000", "50.000")


@pytest.mark.parametrize(
    "rows", [(OPEN, RENT, SHUT, PAY, SHOP), (SHOP, PAY, OPEN, RENT, SHUT), (OPEN, SHUT, SHOP)]
)
def test_a_quote_that_a_bank_cut_off_swallows_no_row(
    rows: tuple[tuple[int, str, str, str]],
) -> None:
    reading = read(seb(*rows))
    days = reading.transactions["booked_on"].dt.day().to_list()
    assert days == [day for day, *_ in rows if day != OPEN[0]]
    assert reading.findings.select("code", "is_set_aside").rows() == [("unreadable_row", True)]
    assert reading.files[0].raw_count == len(rows)


def test_a_text_of_several_lines_stays_one_cell() -> None:
    text = '"Café; Bar\n; 12 March; 2 coffees; 1 cake; paid 9.00"'
    reading = read(seb((6, text, "6000.000", "6050.000"), SHOP))
    assert reading.transactions["description"][0].startswith("Café; Bar")
    assert reading.findings.is_empty()


@pytest.mark.parametrize("change", [lambda one: one, lambda one: f'"{one}"', lambda one: f"{one} "])
def test_the_same_row_below_a_second_header_is_seen_however_it_is_written(change) -> None:
    above = seb(RENT, (*SHUT[:1], "Svan", *SHUT[2:]))
    below = "\n".join(
        ";".join(map(change, line.split(";"))) for line in seb(RENT, PAY).split("\n")[1:-1]
    )
    reading = read(f"{above}{SEB}\n{below}\n")
    assert "line 5: this row stands in the table above as well" in str(reading.files[0].error)


def test_a_row_pasted_as_text_is_the_row_of_numbers_above() -> None:
    book, file = Workbook(), io.BytesIO()
    page = book.worksheets[0]
    header = ["Fecha", "Fecha valor", "Movimiento", "Más datos", "Importe", "Saldo"]
    day = datetime.fromisoformat("2026-03-02")
    for row in (
        header,
        [day, day, "Recibo", "", Decimal("-1000.5"), Decimal(95)],
        header,
        ["02/03/2026", "02/03/2026", "Recibo", "", "-1.000,50", "95,00"],
    ):
        page.append(row)
    book.save(file)
    reading = read_batch([Source(0, "x.xlsx", file.getvalue(), "x.xlsx")])
    assert "this row stands in the table above as well" in str(reading.files[0].error)


def test_two_accounts_one_below_the_other_are_not_taken_for_one() -> None:
    head = "Datum;Text;Typ;Budgetgrupp;Belopp;Saldo"
    rows = [f"2026-03-{day};Butik;Kort;;-7,00 kr;{900 - 7 * day},00 kr" for day in range(10, 26)]
    first, second = "\n".join(rows[:8]), "\n".join(rows[8:])
    same = read(f"9000-000 000 1\n{head}\n{first}\n9000-000 000 1\n{head}\n{second}\n")
    assert same.transactions.height == len(rows)
    other = read(f"9000-000 000 1\n{head}\n{first}\n9000-000 000 2\n{head}\n{second}\n")
    assert "line 11: another account begins here, below the same header" in str(
        other.files[0].error
    )


def test_a_date_in_a_column_of_money_is_no_amount() -> None:
    book, file = Workbook(), io.BytesIO()
    page = book.worksheets[0]
    page.append(ABN)
    day = datetime.fromisoformat("2025-03-12")
    page.append([123456789, "EUR", 20250310, 20250310, 10, 15, 5, "a"])
    page.append([123456789, "EUR", 20250312, 20250312, 15, 20, day, "b"])
    book.save(file)
    reading = read_batch([Source(0, "x.xlsx", file.getvalue(), "x.xlsx")])
    assert reading.transactions["amount"].to_list() == [5]
    assert reading.findings["code"].to_list() == ["amount_unreadable"]


@pytest.mark.parametrize(
    "printed", ["-2000.05", "2000.05", "(2000.05)", "2000.05-", "\u22122000.05"]
)
def test_the_minus_of_a_credit_says_nothing_wherever_it_stands(printed: str) -> None:
    rows = f"Cleared,03/17/2025,MODEL AIR,1204.50,\nCleared,03/16/2025,PAYMENT,,{printed}\n"
    reading = read(f"{CITI}\n{rows}")
    assert reading.transactions["amount"].to_list() == [Decimal("-1204.5"), Decimal("2000.05")]


def test_the_closing_balance_below_a_table_is_compared() -> None:
    (path,) = (BANKS / "pl_mbank_account").glob("mkonto*")
    lines = path.read_text("cp1250").split("\n")
    for gone, proof in ((None, "proven"), (-5, "failed")):
        text = "\n".join(line for line in lines if gone is None or line != lines[gone])
        reading = read_batch([Source(0, path.name, text.encode("cp1250"), path.name)])
        proven = prove(reading.statements, reading.transactions, reading.findings)
        assert proven.statements["proof"].to_list() == [proof]


def test_a_stray_day_of_another_kind_is_set_aside_where_only_one_kind_is_known() -> None:
    text = seb(SHOP, PAY).replace("2026-03-05", "05/03/2026", 1)
    reading = read(text)
    assert reading.files[0].error is None
    assert reading.findings["code"].to_list() == ["date_unreadable"]


def test_days_that_another_program_wrote_anew_beside_others_refuse_the_table() -> None:
    (path,) = (BANKS / "fr_bnp_compte").glob("export*")
    text = path.read_text("cp1252")
    anew = text.replace("\n05/03/2026", "\n2026-05-03")  # it took the third month for the day
    error = read_batch([Source(0, "x.csv", anew.encode("cp1252"), "x.csv")]).files[0].error
    assert error is not None
    assert (error.code, error.where) == ("malformed_file", "x.csv: line 5")
    whole = re.sub(r"\n(\d\d)/(\d\d)/(\d{4})", r"\n\3-\2-\1", text)
    reading = read_batch([Source(0, "x.csv", whole.encode("cp1252"), "x.csv")])
    assert [f"{day:%m-%d}" for day in reading.transactions["booked_on"]] == [
        "03-05",
        "02-27",
        "02-25",
    ]
