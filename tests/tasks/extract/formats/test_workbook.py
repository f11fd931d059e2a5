"""Workbooks: cells as Excel stores them, sheets as banks fill them, and archives that are traps."""

import io
import struct
import time
import zipfile
from datetime import datetime
from decimal import Decimal

import pytest
from openpyxl import Workbook

from schemas.errors import MalformedFile, UnknownFormat
from tasks.extract import identify
from tasks.extract.formats.workbook import package, sheets
from tasks.extract.formats.workbook.pages import date_of, number_of
from tasks.extract.formats.workbook.reader import XLSX
from tasks.extract.formats.workbook.sheets import Meanings, row_count_of, rows_of, texts_of
from tasks.extract.read import read_batch
from tasks.extract.source import Source

HEADER = ["Date", "Label", "Currency", "Amount", "Amount Currency", "Partner Name", "Bank Account"]
LAYOUT = "xx_odoo_partners"
NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    others = tuple(one for one in identify.FORMATS if one.name != XLSX.name)
    monkeypatch.setattr(identify, "FORMATS", (*others, XLSX))


at = datetime.fromisoformat


def source(data: bytes, number: int = 0) -> Source:
    return Source(number, f"x{number}.xlsx", data, f"x{number}.xlsx")


def book(*rows: list[object], header: list[str] | None = None) -> bytes:
    made = Workbook()
    assert made.active is not None
    for row in [header or HEADER, *rows]:
        made.active.append(row)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def changed(data: bytes, part: str, text: bytes) -> bytes:
    """The workbook with another text in one of its parts."""
    old, file = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, text if name == part else old.read(name))
    return file.getvalue()


def sheet(rows: str, prefix: str = "") -> bytes:
    xmlns = NS.replace("xmlns=", "xmlns:x=") if prefix else NS
    data = f"<{prefix}sheetData>{rows}</{prefix}sheetData>"
    return f"<{prefix}worksheet {xmlns}>{data}</{prefix}worksheet>".encode()


def cells(xml: str, **meanings: object) -> list[object]:
    data = sheet(f"<row>{xml}</row>")
    (row,) = rows_of(data, Meanings(**meanings))
    assert row_count_of(data) == 1
    return list(row.cells.values())


def problem(data: bytes) -> str:
    (file,) = read_batch([source(data)]).files
    assert file.error is not None
    return file.error.problem


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("0.30000000000000004", "0.3"),
        ("-15500.5", "-15500.5"),
        ("1.1000000000000001", "1.1"),
        ("123456789012345.67", "123456789012346"),
        ("1E-2", "0.01"),
        ("4.5E+5", "450000"),
        ("-0.01", "-0.01"),
    ],
)
def test_a_number_is_what_excel_shows_of_it(stored: str, text: str) -> None:
    (cell,) = cells(f"<c><v>{stored}</v></c>")
    assert isinstance(cell, Decimal)
    assert f"{cell:f}" == text


@pytest.mark.parametrize(
    ("serial", "is_1904", "day"),
    [
        ("1", False, at("1900-01-01")),
        ("59", False, at("1900-02-28")),
        ("61", False, at("1900-03-01")),
        ("46024", False, at("2026-01-02")),
        ("40609.5730787037", False, at("2011-03-07T13:45:14")),
        ("44562", True, at("2026-01-02")),
        ("46024.999999", False, at("2026-01-03")),
        ("0.5", False, None),
        ("-3", False, None),
        ("9999999", False, None),
    ],
)
def test_a_serial_number_is_a_day(serial: str, is_1904: bool, day: datetime | None) -> None:
    assert date_of(number_of(serial), is_1904=is_1904) == day


def test_cells_of_every_kind() -> None:
    xml = (
        '<c t="s"><v>1</v></c><c t="inlineStr"><is><r><t>a</t></r><r><t> b</t></r>'
        '<rPh sb="0" eb="1"><t>aid</t></rPh></is></c><c t="str"><f>A1</f><v>c</v></c>'
        '<c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c><c s="3"><v>46024</v></c>'
        '<c t="d"><v>2026-01-02T00:00:00</v></c><c><f>A1*2</f></c><c/><c><v>nan</v></c>'
    )
    day = at("2026-01-02")
    found = cells(xml, texts=["", "shared"], date_styles=frozenset({3}))
    assert found == ["shared", "a b", "c", "TRUE", "#N/A", day, day, "=A1*2", "nan"]


def test_shared_texts_leave_out_reading_aids() -> None:
    runs = "<r><t>b </t></r><r><t>c</t></r><rPh><t>x</t></rPh>"
    xml = f"<sst {NS}><si><t>a</t></si><si>{runs}</si></sst>"
    assert texts_of(xml.encode()) == ["a", "b c"]


def test_characters_that_are_written_by_number() -> None:
    text = "a_x000D_\nb _x005F_x0041_ _xD83D_ _x12_"
    read = "a\r\nb _x0041_ _xD83D_ _x12_"
    assert texts_of(f"<sst {NS}><si><t>{text}</t></si></sst>".encode()) == [read]
    assert cells(f'<c t="inlineStr"><is><t>{text}</t></is></c>') == [read]


def test_names_of_tags_may_have_a_prefix() -> None:
    data = sheet('<x:row r="7"><x:c r="AB7"><x:v>5</x:v></x:c></x:row><x:row r="9"/>', "x:")
    (row,) = rows_of(data, Meanings())
    assert (row.number, row.cells) == (7, {27: Decimal(5)})
    assert row_count_of(data) == 1


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="2"><c><v>1</v></c></row><row r="2"><c><v>1</v></c></row>',
        '<row r="99999999999"><c><v>1</v></c></row>',
        '<row><c r="ABCDE1"><v>1</v></c></row>',
        '<row><c r="1"><v>1</v></c></row>',
        '<row><c t="s"><v>5</v></c></row>',
        '<row><c t="s"><v>x</v></c></row>',
        "<row><c><v>1</v></row>",
    ],
)
def test_a_sheet_that_makes_no_sense_is_refused(rows: str) -> None:
    data = changed(book(), "xl/worksheets/sheet1.xml", sheet(rows))
    (file,) = XLSX.read([source(data)], LAYOUT).files
    assert isinstance(file.error, MalformedFile)


def test_document_types_are_refused() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + sheet("<row><c><v>&a;</v></c></row>")
    data = changed(book(), "xl/worksheets/sheet1.xml", bomb)
    (file,) = XLSX.read([source(data)], LAYOUT).files
    assert file.error is not None
    assert file.error.problem == "the workbook is damaged: it has a document type"


def test_a_bomb_is_refused_before_it_goes_off() -> None:
    data = changed(book(), "xl/worksheets/sheet1.xml", b" " * 60_000_000)
    started = time.monotonic()
    (file,) = XLSX.read([source(data)], LAYOUT).files
    assert time.monotonic() - started < 1
    assert file.error is not None
    assert "times its size: a bomb" in file.error.problem


def test_too_many_parts_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MOST_PARTS", 3)
    assert "more than a statement can need" in problem(book())


def test_a_password_is_named() -> None:
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")
    assert problem(locked.ljust(1024, b"\0")) == "the workbook is locked by a password"


def test_a_row_that_the_reader_overlooks_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [[at("2026-01-02"), "a", "EUR", -1.5], [at("2026-01-03"), "b", "EUR", 2]]
    whole = sheets.rows_of
    monkeypatch.setattr(package, "rows_of", lambda *given: whole(*given)[:-1])
    reading = read_batch([source(book(*rows))])
    assert reading.transactions.is_empty()
    assert reading.files[0].error is not None
    assert reading.files[0].error.code == "count_mismatch"


def test_a_workbook_with_another_table_names_what_to_do() -> None:
    (file,) = read_batch([source(book(header=["a", "b"]))]).files
    assert isinstance(file.error, UnknownFormat)
    assert "no sheet has a header that we know" in file.error.problem


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        b"Date;Label\n1;2\n",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1Word",
        b"%PDF-1.4",
    ],
)
def test_other_files_are_not_ours(data: bytes) -> None:
    assert XLSX.sniff(source(data)) == []


@pytest.mark.parametrize(
    ("days", "is_refused"),
    [
        (["13/02/2026", at("2026-03-02"), at("2026-04-02"), "25/02/2026"], True),
        (["02/13/2026", at("2026-03-02")], True),
        (["02/13/2026", at("2026-02-14")], False),  # a program that swapped would leave it as text
        (["03/02/2026", at("2026-03-02"), "02/13/2026"], False),
    ],
)
def test_days_that_a_program_took_for_months_are_refused(
    days: list[object], is_refused: bool
) -> None:
    rows = [[day, "a", "EUR", 1.5] for day in days]
    (file,) = read_batch([source(book(*rows, ["31/12/2026 printed"]))]).files
    if is_refused:
        assert file.error is not None
        assert "row 2" in file.error.where
        assert "wrong order" in file.error.problem
    else:
        assert file.error is None


CAIXA = ["Fecha", "Fecha valor", "Movimiento", "Más datos", "Importe", "Saldo"]


@pytest.mark.parametrize(
    ("amounts", "is_refused"),
    [
        ([-2259, "1.350,00", 1000], True),  # -22,59 and 10,00
        ([-22.59, "1.350,00", 1000], False),
        ([-2259, "1350,00"], False),
        ([-2259, 1000], False),  # nothing tells
    ],
)
def test_amounts_that_lost_their_decimal_comma_are_refused(
    amounts: list[object], is_refused: bool
) -> None:
    rows = [[at("2026-03-20"), None, "a", None, amount] for amount in amounts]
    (file,) = read_batch([source(book(*rows, header=CAIXA))]).files
    assert (file.error is not None) == is_refused
    if file.error is not None:
        assert "row 3" in file.error.where
        assert "decimal comma" in file.error.problem


def test_names_that_a_layout_gives_itself_are_no_header() -> None:
    header = ["Kartenkonto", "Buchungstext", "Buchungsdatum", "Kaufdatum", "Betrag", "Währung"]
    row = ["20000000000", "a", "02.01.2026", "01.01.2026", -1.5, "EUR"]
    (file,) = read_batch([source(book(row, header=header))]).files
    assert isinstance(file.error, UnknownFormat)


def test_a_layout_whose_money_needs_a_column_without_name_reads_no_sheet() -> None:
    header = ["Date Processed", "Description", "Amount"]
    (file,) = read_batch([source(book(["12-Dec-2019", "a", 1.5, "CR"], header=header))]).files
    assert isinstance(file.error, UnknownFormat)


def test_a_date_of_a_sheet_needs_no_proof_of_its_order() -> None:
    header = ["Date", "Label", "Amount", "Balance", "Partner Name", "Bank Account"]
    days = [at("2026-01-05"), at("2026-02-06"), at("2026-03-07")]
    rows = [[day, "a", 1, number] for number, day in enumerate(days, start=1)]
    reading = read_batch([source(book(*rows, header=header))])
    assert reading.files[0].error is None
    assert reading.transactions["booked_on"].to_list() == [day.date() for day in days]


def test_a_date_of_a_sheet_is_never_turned_to_bring_days_into_order() -> None:
    header = ["Date", "Label", "Amount", "Balance", "Partner Name", "Bank Account"]
    days = [at("2026-01-05"), at("2026-03-06"), at("2026-02-07")]  # in order, month for day
    rows = [[day, "a", 1, number] for number, day in enumerate(days, start=1)]
    reading = read_batch([source(book(*rows, header=header))])
    assert not {at("2026-05-01").date()} & set(reading.transactions["booked_on"])


def test_bad_neighbours_harm_nobody() -> None:
    good = book([at("2026-01-02"), "a", "EUR", -1.5])
    files = [good[:-300], good, changed(good, "xl/workbook.xml", b"<x"), good]
    reading = XLSX.read([source(data, number) for number, data in enumerate(files)], LAYOUT)
    assert [bool(one.error) for one in reading.files] == [True, False, True, False]
    assert reading.records["file_no"].to_list() == [1, 3]
    assert reading.records["place"].to_list() == ["sheet 1 row 2"] * 2


def test_no_file_at_all() -> None:
    assert XLSX.read([], LAYOUT).files == ()
    assert XLSX.read([], "").files == ()


FINECO = [
    "Intestatario carta",
    "Numero carta",
    "Data operazione",
    "Data registrazione",
    "Descrizione",
    "Stato operazione",
    "Tipo operazione",
    "Circuito",
    "Tipo rimborso",
    "Importo",
]


def record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def xls(rows: list[list[str | float]]) -> bytes:
    """A binary workbook of one sheet: the records of BIFF5 in a compound file of one stream."""
    body = record(0x809, struct.pack("<HHHH", 0x500, 0x10, 0, 0))
    for index, row in enumerate(rows):
        for column, cell in enumerate(row):
            head = struct.pack("<HHH", index, column, 0)
            if isinstance(cell, str):
                text = cell.encode("cp1252")
                body += record(0x204, head + struct.pack("<H", len(text)) + text)
            else:
                body += record(0x203, head + struct.pack("<d", cell))
    globals_head = record(0x809, struct.pack("<HHHH", 0x500, 5, 0, 0))
    globals_head += record(0x42, struct.pack("<H", 1252))
    globals_head += record(0x31, struct.pack("<HHHHHBBBB", 200, 0, 0, 400, 0, 0, 0, 0, 0) + b"\1A")
    globals_head += record(0xE0, struct.pack("<HHH", 0, 0, 0) + bytes(10))
    name = b"\6Foglio"
    start = len(globals_head) + 4 + 6 + len(name) + 4
    bound = record(0x85, struct.pack("<LH", start, 0) + name)
    stream = globals_head + bound + record(0xA, b"") + body + record(0xA, b"")
    stream = stream.ljust(-(-max(len(stream), 4096) // 512) * 512, b"\0")
    count = len(stream) // 512
    chain = [*range(1, count), -2, -2, -3]  # the stream, the directory, this table itself
    table = struct.pack("<128l", *(chain + [-1] * (128 - len(chain))))

    def entry(name: str, kind: int, child: int, first: int, size: int) -> bytes:
        text = name.encode("utf-16-le") + b"\0\0"
        head = text.ljust(64, b"\0") + struct.pack("<HBB", len(text), kind, 1)
        return (
            head
            + struct.pack("<lll", -1, -1, child)
            + bytes(36)
            + struct.pack("<lll", first, size, 0)
        )

    directory = entry("Root Entry", 5, 1, -2, 0) + entry("Book", 2, -1, 0, len(stream))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    head += struct.pack("<lllllllll", 1, count, 0, 4096, -2, 0, -2, 0, count + 1)
    return head.ljust(512, b"\xff") + stream + directory.ljust(512, b"\0") + table


def test_an_old_workbook_is_read_like_a_new_one() -> None:
    card = "1234 **** **** 5678"
    rows: list[list[str | float]] = [
        ["Intestazione"],
        ["", *FINECO],
        ["", "A", card, "29/12/2025", "30/12/2025", "Bar", "contabilizzato", "p", "V", "s", -50.1],
        ["", "A", card, "31/12/2025", "", "Kiosk", "autorizzato", "p", "V", "s", 0.1 + 0.2],
        [""] * 9 + ["Totale movimenti", 50.4],
    ]
    reading = read_batch([Source(0, "m.xls", xls(rows), "m.xls")])
    (file,) = reading.files
    assert (file.error, file.format, file.layout) == (None, "xlsx", "it_fineco_carta")
    assert (file.raw_count, file.marker_count) == (3, 1)
    assert reading.transactions["amount"].to_list() == [Decimal("-50.1"), Decimal("0.3")]
    assert reading.transactions["status"].to_list() == ["booked", "pending"]
    assert reading.transactions["place"].to_list() == ["sheet 1 row 3", "sheet 1 row 4"]


def test_an_old_workbook_may_be_cut_anywhere() -> None:
    whole = xls([["", *FINECO]])
    cuts = [whole[:end] for end in range(8, len(whole), 97)]
    reading = XLSX.read(
        [source(data, number) for number, data in enumerate(cuts)], "it_fineco_carta"
    )
    assert len(reading.files) == len(cuts)
