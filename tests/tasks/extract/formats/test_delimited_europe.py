"""Layouts of European banks: what their examples do not show."""

import pytest

from schemas.bank import header_cells
from tasks.extract.formats.delimited.reader import CSV
from tasks.extract.profiles import layout
from tasks.extract.read import read_batch
from tasks.extract.source import Reading, Source


def read(text: str, *, name: str) -> Reading:
    source = Source(0, "x.csv", text.encode(), "x.csv")
    assert [clue.layout for clue in CSV.sniff(source)] == [name]
    return CSV.read([source], name)


def written(bank: str, number: int, *rows: dict[str, str]) -> str:
    """A file with the header of this number, and rows of which only some cells are filled."""
    table = layout(bank).table
    header, mark = table.headers[number], table.delimiter
    names = header_cells(header, mark)
    lines = (mark.join(row.get(name, "") for name in names) for row in rows)
    return "\n".join([header, *lines, ""])


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("de_commerzbank_giro", {"Buchungstag": "04.03.2026", "Betrag": "-7,4"}),
        ("de_ing_giro", {"Buchung": "04.03.2026", "Betrag": "-7,40"}),
        ("de_ing_giro_valuta", {"Buchung": "04.03.2019", "Betrag": "-7,40"}),
        ("de_volksbank_giro", {"Buchungstag": "04.03.2026", "Betrag": "-7,4"}),
        ("fr_boursobank_account", {"dateOp": "2026-03-04", "amount": "-7,40"}),
        ("gb_monzo_account", {"Date": "04/03/2026", "Amount": "-7.40"}),
        ("gb_wise_balance", {"Date": "04-03-2026", "Amount": "-7.40"}),
    ],
)
def test_every_header_of_a_bank_is_read(name, row):
    for number in range(len(layout(name).table.headers)):
        reading = read(written(name, number, row), name=name)
        (amount,) = reading.records["amount_text"]
        assert amount in row.values()


def test_shorter_table_of_swedbank_says_its_balances_too():
    name = "lt_swedbank_account"
    header = layout(name).table.headers[1]
    rows = (
        "LT01,10,2026-03-01,,Likutis,100.00,EUR,K,,AS,,,\n"
        "LT01,20,2026-03-04,Kepykla,Duona,7.40,EUR,D,1,K,,,\n"
        "LT01,86,2026-03-06,,Likutis,92.60,EUR,K,,LS,,,\n"
    )
    reading = read(f"{header}\n{rows}", name=name)
    assert reading.records.select("amount_text", "mark_text").rows() == [("7.40", "D")]
    assert reading.statements.select("opening_text", "closing_text").rows() == [("100.00", "92.60")]


def test_export_below_a_disclaimer_is_not_lost():
    header = layout("ch_postfinance_konto").table.headers[0]
    one = f'{header}\n\n04.03.2026;Buchung;"BROT";;-7.4;;\n\nDisclaimer:\nErfunden.\n'
    reading = read(one + one.replace("04.03", "05.03"), name="ch_postfinance_konto")
    assert reading.records["debit_text"].to_list() == ["-7.4", "-7.4"]
    assert (reading.files[0].raw_count, reading.files[0].marker_count) == (7, 5)


def test_status_that_is_not_known_is_not_taken_for_booked():
    rows = [{"Buchungsdatum": "04.03.26", "Betrag (€)": "-7,40", "Status": "Zurückgestellt"}]
    text = written("de_dkb_giro", 0, *rows)
    batch = read_batch([Source(0, "x.csv", text.encode(), "x.csv")])
    assert batch.transactions.is_empty()
    assert batch.findings["code"].to_list() == ["status_unknown"]
