"""The shipped files read with the plainest means, against the truth about them."""

import csv
import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from tasks.sample.render import RENDERERS
from tasks.sample.render_delimited import german_iban
from tasks.sample.render_messages import MESSAGES
from tasks.sample.rendered import brazilian, cell, day_pt, quoted
from tasks.sample.world import Account, Movement, state

HERE = Path(__file__).parent
SHIPPED = HERE.parents[2] / "data" / "samples"
FILES = pl.read_csv(HERE / "truth" / "truth_files.csv", infer_schema=False)
MOVEMENTS = pl.read_csv(HERE / "truth" / "truth_transactions.csv", infer_schema=False)

GERMAN_HEADER = (
    "Buchungstag;Wertstellung;Umsatzart;Buchungstext;Betrag;Währung;Auftraggeberkonto;"
    "Bankleitzahl Auftraggeberkonto;IBAN Auftraggeberkonto"
)

# layout: delimiter, encoding, header, its line, columns of day and amount, how days are written
LAYOUTS = {
    "br_nubank_conta": (",", "utf-8", "Data,Valor,Identificador,Descrição", 1, 0, 1, "%d/%m/%Y"),
    "br_nubank_cartao": (",", "utf-8", "date,title,amount", 1, 0, -1, "%Y-%m-%d"),
    "br_itau_conta": (
        ";",
        "latin-1",
        "data;lançamento;ag./origem;valor (R$);saldos (R$)",
        9,
        0,
        3,
        "%d/%m/%Y",
    ),
    "br_xp_conta": (";", "utf-8", "Data;Hora;Descricao;Valor;Saldo", 1, 0, 3, "%d/%m/%y"),
    "br_xp_cartao": (
        ";",
        "utf-8-sig",
        "Data;Estabelecimento;Portador;Valor;Parcela",
        1,
        0,
        3,
        "%d/%m/%Y",
    ),
    "br_inter_conta": (
        ";",
        "utf-8",
        "Data Lançamento;Histórico;Descrição;Valor;Saldo",
        6,
        0,
        3,
        "%d/%m/%Y",
    ),
    "de_commerzbank_giro": (
        ";",
        "cp1252",
        GERMAN_HEADER,
        1,
        0,
        4,
        "%d.%m.%Y",
    ),
    "us_chase_checking": (
        ",",
        "utf-8",
        "Details,Posting Date,Description,Amount,Type,Balance,Check or Slip #",
        1,
        1,
        3,
        "%m/%d/%Y",
    ),
}
COMMA = {"br_itau_conta", "br_xp_conta", "br_inter_conta", "de_commerzbank_giro"}
SHOWN = FILES.filter(pl.col("status") != "refused")


def true_movements(file):
    """The day and amount of what happened in the period, as the truth has it."""
    rows = MOVEMENTS.filter(
        pl.col("owner") == file["owner"],
        pl.col("account") == file["account"],
        pl.col("booked_on").is_between(pl.lit(file["starts_on"]), pl.lit(file["ends_on"])),
        (pl.col("file_count") != "0"),
    )
    return sorted(
        (date.fromisoformat(day), Decimal(amount))
        for day, amount in rows.select("booked_on", "amount").rows()
    )


def number(text, layout):
    text = text.replace("R$ ", "")
    return Decimal(text.replace(".", "").replace(",", ".") if layout in COMMA else text)


@pytest.mark.parametrize("file", SHOWN.filter(layout="").rows(named=True), ids=lambda f: f["path"])
def test_an_ofx_file_shows_the_truth(file):
    data = (SHIPPED / file["path"]).read_bytes()
    days = re.findall(rb"<DTPOSTED>(\d{8})", data)
    amounts = re.findall(rb"<TRNAMT>([-\d.,]+)", data)
    shown = sorted(
        (date.fromisoformat(day.decode()), Decimal(a.decode().replace(",", ".")))
        for day, a in zip(days, amounts, strict=True)
    )
    assert shown == true_movements(file)
    assert len(shown) == int(file["record_count"]) == data.count(b"<STMTTRN>")
    (closing,) = re.findall(rb"<BALAMT>([-\d.,]+)", data)
    assert Decimal(closing.decode().replace(",", ".")) == Decimal(file["closing_balance"])
    assert (b"<INTU.BID>" in data) == (file["format"] == "qfx")
    assert data.startswith(b"<?xml" if file["format"] == "ofx2" else b"OFXHEADER:100")


@pytest.mark.parametrize(
    "file", SHOWN.filter(pl.col("layout") != "").rows(named=True), ids=lambda f: f["path"]
)
def test_a_csv_file_shows_the_truth(file):
    layout = file["layout"]
    delimiter, encoding, header, header_line, day_at, amount_at, day_format = LAYOUTS[layout]
    lines = (SHIPPED / file["path"]).read_bytes().decode(encoding).splitlines()
    assert lines[header_line - 1].replace("category,", "") == header
    rows = list(csv.reader(lines[header_line:], delimiter=delimiter))
    counts = (int(file[f"{name}_count"]) for name in ("record", "marker", "set_aside"))
    assert len(rows) == sum(counts)
    announced = [i for i, row in enumerate(rows) if row[0] == "lançamentos futuros"]
    shown = []
    for row in rows[: announced[0] if announced else None]:
        if not row[amount_at] or "31/02/2026" in row or "-1.2x,40" in row:
            continue
        amount = number(row[amount_at], layout)
        on = datetime.strptime(f"{row[day_at]}Z", f"{day_format}%z").date()
        shown.append((on, -amount if layout == "br_nubank_cartao" else amount))
    assert sorted(shown) == true_movements(file)


@pytest.mark.parametrize(
    ("layout", "amount_at", "balance_at", "newest_first"),
    [
        ("br_xp_conta", 3, 4, True),
        ("us_chase_checking", 3, 5, True),
        ("br_inter_conta", 3, 4, False),
    ],
)
def test_a_running_balance_runs(layout, amount_at, balance_at, newest_first):
    delimiter, encoding, _, header_line, *_ = LAYOUTS[layout]
    for file in FILES.filter(layout=layout, status="loaded").iter_rows(named=True):
        lines = (SHIPPED / file["path"]).read_bytes().decode(encoding).splitlines()
        rows = list(csv.reader(lines[header_line:], delimiter=delimiter))
        balance = Decimal(file["opening_balance"])
        for row in rows[::-1] if newest_first else rows:
            balance += number(row[amount_at], layout)
            assert balance == number(row[balance_at], layout)
        assert balance == Decimal(file["closing_balance"])


def test_the_quarantined_file_breaks_its_balances_in_one_place():
    (file,) = FILES.filter(status="quarantined").iter_rows(named=True)
    lines = (SHIPPED / file["path"]).read_text("utf-8").splitlines()
    rows = list(csv.reader(lines[6:], delimiter=";"))
    balance, breaks = Decimal(file["opening_balance"]), 0
    for row in rows:
        printed = number(row[4], file["layout"])
        breaks += balance + number(row[3], file["layout"]) != printed
        balance = printed
    assert breaks == 1
    assert balance == number(lines[3].partition(";")[2], file["layout"])
    moved = sum(number(row[3], file["layout"]) for row in rows)
    assert Decimal(file["opening_balance"]) + moved != balance


@pytest.mark.parametrize(
    ("path", "encoding"),
    [
        ("ana/itau-conta/*.csv", "latin-1"),
        ("ana/itau-conta/*.ofx", "cp1252"),
        ("bruno/commerzbank-giro/*.CSV", "cp1252"),
    ],
)
def test_old_encodings_are_not_utf_8_and_keep_their_accents(path, encoding):
    for file in SHIPPED.glob(path):
        data = file.read_bytes()
        with pytest.raises(UnicodeDecodeError):
            data.decode()
        assert re.search("[ÃÇÉãçéäöü]", data.decode(encoding))


def test_no_tax_number_is_more_than_a_mask():
    for file in SHIPPED.rglob("*"):
        text = file.read_bytes().decode("latin-1") if file.is_file() else ""
        assert not re.search(r"\d{3}\.\d{3}\.\d{3}-\d{2}", text), file


ACCOUNT = Account("eva", "Eva Prova", "conta", "itau", "1", "12345-6", Decimal("10.00"))
JULY = date(2026, 7, 1), date(2026, 7, 31)


@pytest.mark.parametrize("style", RENDERERS)
def test_a_month_in_which_nothing_happens_is_still_a_statement(style):
    rendered = RENDERERS[style](state(ACCOUNT, *JULY, ()))
    assert rendered.data
    assert b"<STMTTRN>" not in rendered.data
    if rendered.layout == "br_itau_conta":
        assert rendered.marker_count == 2
    else:
        assert rendered.marker_count == 0


@pytest.mark.parametrize("style", RENDERERS)
def test_a_text_that_holds_marks_of_the_format_does_not_break_it(style):
    text = 'A; B, "C" & D'
    life = (Movement(date(2026, 7, 3), Decimal("-1234.50"), text, "POS", "0" * 32),)
    rendered = RENDERERS[style](state(ACCOUNT, *JULY, life))
    if style in MESSAGES:
        assert {"mt940": text, "qif": text, "bai2": text.replace(",", " ")}.get(
            style, "A; B, &quot;C&quot; &amp; D"
        ).encode() in rendered.data
        return
    if rendered.format != "csv":
        escaped = text if style in {"ofx1_itau", "ofx1_comma", "qfx"} else 'A; B, "C" &amp; D'
        assert f">{escaped}".encode() in rendered.data
        return
    delimiter, encoding, _, header_line, *_ = LAYOUTS[rendered.layout]
    lines = rendered.data.decode(encoding).splitlines()
    width = len(lines[header_line - 1].split(delimiter))
    rows = list(csv.reader(lines[header_line:], delimiter=delimiter))
    assert {len(row) for row in rows} == {width}
    assert any(text in row for row in rows)


def test_numbers_days_and_cells_are_written_as_banks_do():
    assert brazilian(Decimal("-1234567.5")) == "-1.234.567,50"
    assert day_pt(date(2026, 2, 1)) == "01FEV2026"
    assert quoted('a "b"') == '"a ""b"""'
    assert (cell("a;b", ","), cell("a;b", ";")) == ("a;b", '"a;b"')


def test_a_german_iban_has_check_digits_that_fit():
    assert german_iban("20040000", "538917600") == "DE44200400000538917600"
