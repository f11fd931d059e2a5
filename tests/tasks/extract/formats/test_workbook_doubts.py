"""Workbooks that show another thing than they hold, or hold more than the one table announced."""

import io
import struct
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from tasks.extract.formats.workbook.pages import Row, number_of, with_merged_days
from tasks.extract.formats.workbook.sheets import styles_of
from tasks.extract.formats.workbook.signs import has_sign, with_sign
from tasks.extract.read import BatchReading, read_batch
from tasks.extract.source import Source

CAIXA = ["Fecha", "Fecha valor", "Movimiento", "Más datos", "Importe", "Saldo"]
AGENCY = ["Date", "Operation Number", "Label", "Debit", "Credit", "Detail"]
FINECO = ["Intestatario carta", "Numero carta", "Data operazione", "Data registrazione"]
FINECO += ["Descrizione", "Stato operazione", "Tipo operazione", "Circuito", "Tipo rimborso"]
FINECO += ["Importo"]
FIRST, SECOND = "ES00 1111 2222 3333 4444 5555", "ES00 1111 2222 3333 4444 6666"
DAY = datetime.fromisoformat("2026-03-02")


def book(
    *rows: Sequence[object], edit: Callable[[Workbook, Worksheet], object] = lambda *_: None
) -> bytes:
    made, file = Workbook(), io.BytesIO()
    page = made.worksheets[0]
    for row in rows:
        page.append(list(row))
    edit(made, page)
    made.save(file)
    return file.getvalue()


def changed(data: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """The workbook with another text in one of its parts."""
    before, file = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            text = before.read(name)
            assert name != part or old in text
            after.writestr(name, text.replace(old, new) if name == part else text)
    return file.getvalue()


def read(data: bytes, name: str = "x.xlsx") -> BatchReading:
    return read_batch([Source(0, name, data, name)])


def refusal(data: bytes) -> str:
    reading = read(data)
    assert reading.transactions.is_empty()
    assert reading.files[0].error is not None
    return str(reading.files[0].error)


def moved(amount: object = -5, day: object = DAY) -> list[object]:
    return [day, day, "a", "b", amount, 95]


@pytest.mark.parametrize(
    ("code", "number", "shown"),
    [
        ('0.00" Dr"', "5", "5 DR"),
        ('"Cr "#,##0.00', "5", "5 CR"),
        ('0.00" Dr";0.00" Cr"', "-5", "5 CR"),
        ('"-"0.00', "5", Decimal(-5)),
        ("\\-#,##0.00", "5", Decimal(-5)),
        ("(#,##0.00)", "5", Decimal(-5)),
        ("0.00-", "5", Decimal(-5)),
        ('"-"0.00', "-5", Decimal(-5)),
    ],
)
def test_a_sign_that_the_format_writes_is_a_sign(code: str, number: str, shown: object) -> None:
    assert has_sign(code)
    assert with_sign(Decimal(number), code) == shown


@pytest.mark.parametrize(
    "code",
    [
        "General",
        "#,##0.00;[Red]-#,##0.00",
        "#,##0.00_);(#,##0.00)",
        '_-* #,##0.00\\ "€"_-;\\-* #,##0.00\\ "€"_-;_-* "-"??\\ "€"_-;_-@_-',
        '"C$"#,##0.00',
        '"S/" #,##0.00',
        "[<0]-0.00;0.00",
        "000-0000",
        ";;;",
        "@",
        "",
    ],
)
def test_formats_of_money_write_no_sign_beside_what_comes_in(code: str) -> None:
    assert not has_sign(code)


def test_what_a_sheet_shows_as_minus_or_debit_is_no_credit() -> None:
    def dress(_: Workbook, page: Worksheet) -> None:
        page["E2"].number_format = '"-"0.00'
        page["E3"].number_format = '0.00" D"'

    reading = read(book(CAIXA, moved(5), moved(6), moved(7), edit=dress))
    assert reading.transactions["amount"].to_list() == [Decimal(-5), Decimal(7)]
    assert reading.findings["code"].to_list() == ["amount_unreadable"]


@pytest.mark.parametrize("code", ["USD #,##0.00", "Rs. 0.00"])
def test_letters_of_a_currency_make_no_date(code: str) -> None:
    def dress(_: Workbook, page: Worksheet) -> None:
        page["E2"].number_format = code

    assert read(book(CAIXA, moved(50.5), edit=dress)).transactions["amount"].to_list() == [
        Decimal("50.5")
    ]


@pytest.mark.parametrize(
    ("stored", "text"),
    [("12345.0", "12345"), ("1.2345678E7", "12345678"), ("5000111122223333", "5000111122223333")],
)
def test_a_whole_number_is_written_without_a_point_and_keeps_its_digits(
    stored: str, text: str
) -> None:
    assert f"{number_of(stored):f}" == text


@pytest.mark.parametrize(("number", "is_date"), [(14, True), (31, True), (57, True), (37, False)])
def test_numbers_of_formats_that_show_a_date(number: int, *, is_date: bool) -> None:
    xml = f'<styleSheet><cellXfs><xf numFmtId="{number}"/></cellXfs></styleSheet>'
    assert styles_of(xml.encode())[0] == (frozenset({0}) if is_date else frozenset())


def test_a_zero_beside_a_formula_that_nobody_calculated_is_no_amount() -> None:
    part, formula = "xl/worksheets/sheet1.xml", b"<f>1+2</f>"
    data = book(AGENCY, [DAY, "1", "a", "=1+2", None, "d"])
    reading = read(changed(data, part, formula, b"<f>1+2</f><v>0</v>"))
    assert reading.findings["code"].to_list() == ["amount_unreadable"]
    reading = read(changed(data, part, formula, b"<f>1+2</f><v>3</v>"))
    assert reading.transactions["amount"].to_list() == [Decimal(-3)]


def test_rows_of_a_hidden_sheet_are_remarked() -> None:
    def hide(made: Workbook, _: Worksheet) -> None:
        old = made.create_sheet("old")
        old.sheet_state = "hidden"
        old.append(CAIXA)
        old.append(moved(-7))

    reading = read(book(CAIXA, moved(), edit=hide))
    assert reading.transactions.height == 2
    assert reading.findings.select("place", "code").rows() == [("sheet 2 row 2", "row_hidden")]


def test_a_day_that_spans_rows_is_the_day_of_each() -> None:
    later = datetime.fromisoformat("2026-03-05")
    rows: list[Sequence[object]] = [
        CAIXA,
        moved(),
        [None, later, "c", "d", -6, 89],
        [None, None, "only a text"],
    ]
    reading = read(book(*rows, edit=lambda _, page: page.merge_cells("A2:A4")))
    days = reading.transactions.select("booked_on", "status").rows()
    assert days == [(date(2026, 3, 2), "booked")] * 2
    assert reading.findings["code"].to_list() == ["date_missing"]


def test_what_spans_rows_but_is_no_day_stays_where_it_is() -> None:
    rows = [Row(1, {0: "a", 1: Decimal(5)}, False), Row(2, {1: Decimal(6)}, False)]
    assert with_merged_days(rows, [(1, 2, 0), (7, 9, 0)]) == tuple(rows)


def test_a_second_table_with_other_columns_is_refused() -> None:
    other = ["Fecha", "Movimiento", "Fecha valor", "Más datos", "Saldo", "Importe"]
    said = refusal(book(CAIXA, moved(), [], other, moved(95)))
    assert "sheet 1 row 4: another table with other columns begins here" in said


@pytest.mark.parametrize("before", [1, 7])
def test_a_table_beside_or_below_in_other_columns_is_refused(before: int) -> None:
    gap: list[object] = [None] * before
    mine = moved() if before > len(CAIXA) else []
    said = refusal(book(CAIXA, moved(), [*mine, *gap[len(mine) :], *CAIXA], [*gap, *moved(95)]))
    assert "sheet 1 row 3: another table with other columns begins here" in said


def test_rows_that_two_exports_in_one_sheet_both_have_are_not_taken_twice() -> None:
    said = refusal(book(CAIXA, moved(-5), moved(-6), [], CAIXA, moved(-7), moved(-6)))
    assert "sheet 1: line 7: this row stands in the table above as well" in said


def test_twins_below_one_header_are_two_movements() -> None:
    reading = read(book(CAIXA, moved(), moved(), CAIXA, moved(-6)))
    assert reading.transactions["amount"].to_list() == [Decimal(-5), Decimal(-5), Decimal(-6)]


@pytest.mark.parametrize(("count", "is_refused"), [(2, False), (3, True)])
def test_movements_above_the_header_are_not_left_out(count: int, *, is_refused: bool) -> None:
    above: list[list[object]] = [
        ["Announced"],
        *([DAY, f"a{number}", -number] for number in range(count)),
    ]
    data = book(*above, CAIXA, moved())
    if is_refused:
        assert "sheet 1 row 2: another table stands above the header" in refusal(data)
    else:
        assert read(data).transactions.height == 1


def test_a_single_row_of_the_table_above_its_header_is_not_left_out() -> None:
    said = refusal(book(["Sorted"], moved(-6), CAIXA, moved()))
    assert "sheet 1 row 2: another table stands above the header" in said
    balance: list[object] = [DAY, None, "Balance", None, None, 95]
    assert read(book(["Sorted"], balance, CAIXA, moved())).transactions.height == 1


def test_what_stands_below_the_stop_line_is_no_second_table() -> None:
    header = ["data", "lançamento", "ag./origem", "valor (R$)", "saldos (R$)"]
    below: list[list[object]] = [
        ["lançamentos futuros"],
        ["data", "lançamento", "valor (R$)"],
        ["05/04/2026", "x", 9],
    ]
    reading = read(book(header, ["02/03/2026", "a", None, -5, None], *below))
    assert reading.transactions["amount"].to_list() == [Decimal(-5)]


def test_a_second_account_below_the_same_header_is_refused() -> None:
    said = refusal(book([FIRST], CAIXA, moved(), [], [SECOND], CAIXA, moved()))
    assert "sheet 1: line 5: another account begins here, below the same header" in said


def test_a_header_that_stands_again_for_the_same_account_is_only_a_header() -> None:
    sent = [DAY, DAY, "Transferencia", SECOND, -6, 89]  # to another account
    reading = read(book([FIRST], CAIXA, moved(), CAIXA, sent))
    assert reading.transactions["amount"].to_list() == [Decimal(-5), Decimal(-6)]
    assert reading.files[0].marker_count == 1


@pytest.mark.parametrize(
    ("account", "is_refused"),
    [(4.000000000000001e19, True), ("40000000000000000011", False), (400000000000011, False)],
)
def test_an_account_that_lost_its_last_digits_is_refused(
    account: object, *, is_refused: bool
) -> None:
    row = ["a", account, DAY, DAY, "b", "", "", "", "", -5]
    data = book(FINECO, row)
    if is_refused:
        assert "sheet 1 row 2: the account is a number" in refusal(data)
    else:
        assert read(data).statements["account_ref"].to_list() == [str(account)]
    caixa = book(["Cuenta", account], CAIXA, moved())
    assert not is_refused or "sheet 1 row 1: the account is a number" in refusal(caixa)


@pytest.mark.parametrize(
    ("marks", "is_refused"), [("DH", True), ([None, "Cr"], True), ("xH", False)]
)
def test_a_column_without_name_that_tells_debits_is_refused(
    marks: Sequence[object], *, is_refused: bool
) -> None:
    data = book(CAIXA, *([*moved(5), mark] for mark in marks))
    if is_refused:
        assert "which amounts are debits" in refusal(data)
    else:
        assert read(data).transactions.height == len(marks)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff\r\n<!DOCTYPE html><table><tr><td>Fecha</td></tr></table>",
        "<HTML><body></body></HTML>",
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
        '<?xml version="1.0"?>\n<!DOCTYPE html><html/>',
        "<div><table><tr><td>Fecha</td></tr></table></div>",
        "MIME-Version: 1.0\nX-Document-Type: Workbook\nContent-Type: multipart/related\n",
    ],
)
def test_a_web_page_that_is_called_a_workbook_is_named(text: str) -> None:
    (file,) = read(text.encode(), "x.xls").files
    assert file.error is not None
    assert "it is a web page or an XML table" in file.error.problem
    assert "CSV or OFX" in file.error.remedy


def test_spreadsheets_of_other_kinds_are_named() -> None:
    ods, xlsb = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(ods, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    with zipfile.ZipFile(xlsb, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.bin", b"\x83\x01")
    assert "it is a spreadsheet of OpenDocument" in refusal(ods.getvalue())
    assert "it is a binary workbook (XLSB)" in refusal(xlsb.getvalue())
    assert "it is a table in SYLK" in refusal(b'ID;PWXL;N;E\r\nC;Y1;X1;K"Fecha"\r\nE\r\n')


def test_a_stream_of_early_excel_without_its_container_is_read_whole_or_refused() -> None:
    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    rows: list[list[object]] = [list(CAIXA), ["02/03/2026", "02/03/2026", "a", "b", -5.25, 95.0]]
    data = record(9, struct.pack("<HH", 2, 0x10)) + record(0x42, struct.pack("<H", 1252))
    for index, row in enumerate(rows):
        for column, cell in enumerate(row):
            head = struct.pack("<HH3x", index, column)
            if isinstance(cell, str):
                text = cell.encode("cp1252")
                data += record(4, head + bytes([len(text)]) + text)
            else:
                data += record(3, head + struct.pack("<d", cell))
    reading = read(data + record(10, b""), "x.xls")
    assert reading.transactions["amount"].to_list() == [Decimal("-5.25")]
    assert "the workbook is damaged" in refusal(data)
