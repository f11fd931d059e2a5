"""OFX: who claims a file, what is read of it, and where it stands."""

import codecs

import pytest
from written_ofx import (
    PIX,
    XML,
    claims,
    entry,
    good,
    ofx,
    one,
    reading,
    statement,
)

from schemas.statement import STATEMENT_TEXT
from schemas.transactions import RECORD
from tasks.extract.formats.ofx.reader import read
from tasks.extract.source import Source

# Who claims a file


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (ofx(), ["ofx1"]),
        ("\r\n\n  " + ofx(), ["ofx1"]),
        ("<OFX><SIGNONMSGSRSV1>", ["ofx1"]),
        (ofx().lower(), ["ofx1"]),
        (ofx(head=XML, charset="UTF-8"), ["ofx2"]),
        ('<?OFX OFXHEADER="200"?><OFX>', ["ofx2"]),
        ('<?xml version="1.0"?><OFX></OFX>', ["ofx2"]),
        (ofx(extra="<INTU.BID>3101"), ["qfx"]),
        (ofx(head=XML, extra="<intu.bid>3101</intu.bid>"), ["qfx"]),
        ('<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022">', []),
        ("date,amount\n2026-01-05,<OFX>\n", []),
        ("<OFC><DTD>2<CPAGE>1252", ["ofx1"]),
        ("", []),
    ],
)
def test_exactly_one_name_claims_a_file_by_its_content(text: str, names: list[str]) -> None:
    assert claims(text) == names


def test_a_line_of_the_web_may_stand_in_front() -> None:
    text = "Content-Type: application/x-ofx\r\n" + ofx(statement(PIX))
    assert claims(text) == ["ofx1"]
    assert one(text)["amount_text"] == "-12.80"
    assert claims("Content-Type: text/plain\n\nOur OFXHEADER:100") == []


def test_a_byte_order_mark_hides_nothing() -> None:
    assert claims(codecs.BOM_UTF8 + ofx().encode()) == ["ofx1"]
    assert claims(codecs.BOM_UTF16_LE + ofx(head=XML).encode("utf-16-le")) == ["ofx2"]
    assert claims(codecs.BOM_UTF16_BE + ofx().encode("utf-16-be")) == ["ofx1"]


# What is read


def test_a_statement_says_whose_account_period_and_balance() -> None:
    result = good(ofx(statement(PIX)))
    assert result.statements.schema == STATEMENT_TEXT
    assert result.statements.rows(named=True) == [
        {
            "file_no": 0,
            "statement_no": 1,
            "institution_text": "0341",
            "branch_text": "77",
            "account_text": "12345-6",
            "account_kind": "bank",
            "currency_text": "BRL",
            "starts_text": "20260101",
            "ends_text": "20260131",
            "opening_text": None,
            "opening_on_text": None,
            "closing_text": "100,00",
            "closing_on_text": "20260131",
            "stated_on_text": "20260201",
        }
    ]


def test_a_record_is_cut_into_cells_as_printed() -> None:
    result = good(ofx(statement(PIX)))
    assert result.records.schema == RECORD
    row = result.records.row(0, named=True)
    assert {name: cell for name, cell in row.items() if cell is not None} == {
        "file_no": 0,
        "statement_no": 1,
        "record_no": 1,
        "place": "line 17",
        "booked_text": "20260105",
        "amount_text": "-12.80",
        "description": "Pix enviado Padaria Estrela",
        "bank_ref": "A1",
        "kind_code": "OTHER",
        "is_pending": False,
        "raw_text": PIX.strip(),
    }
    assert not result.convention.is_ref_stable


def test_a_value_date_and_a_payee_have_cells_of_their_own() -> None:
    row = one(
        ofx(
            statement(
                "<STMTTRN><TRNTYPE>PAYMENT<DTPOSTED>20260105<DTAVAIL>20260107120000<TRNAMT>-1.00"
                "<FITID>9<PAYEE><NAME>Luz S/A<ADDR1>Rua 1</PAYEE><MEMO>conta de luz</STMTTRN>"
            )
        )
    )
    assert row["valued_text"] == "20260107"
    assert row["counterparty"] == "Luz S/A"
    assert row["description"] == "Luz S/A conta de luz"


def test_a_card_and_an_investment_account_are_told_apart() -> None:
    card = (
        "<CREDITCARDMSGSRSV1><CCSTMTTRNRS><CCSTMTRS><CURDEF>BRL<CCACCTFROM><ACCTID>uuid-1"
        "</CCACCTFROM><BANKTRANLIST>" + entry() + "</BANKTRANLIST><LEDGERBAL><BALAMT>-90.10"
        "<DTASOF>20260131</LEDGERBAL></CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1>"
    )
    broker = (
        "<INVSTMTTRNRS><INVSTMTRS><CURDEF>USD<INVACCTFROM><BROKERID>broker.example<ACCTID>77"
        "</INVACCTFROM><INVTRANLIST><DTSTART>20260101<DTEND>20260131<BUYSTOCK><INVBUY><TOTAL>-5"
        "</INVBUY></BUYSTOCK><INVBANKTRAN>" + entry() + "<SUBACCTFUND>CASH</INVBANKTRAN>"
        "</INVTRANLIST></INVSTMTRS></INVSTMTTRNRS>"
    )
    result = good(ofx(card, broker))
    shown = result.statements.select("institution_text", "account_text", "account_kind")
    assert shown.rows() == [("Banco Sol", "uuid-1", "card"), ("broker.example", "77", "investment")]
    assert result.statements["closing_text"].to_list() == ["-90.10", None]
    assert result.records["statement_no"].to_list() == [1, 2]


def test_two_accounts_in_one_file_keep_their_own_records() -> None:
    result = good(
        ofx(statement(PIX, PIX), statement(account="empty"), statement(PIX, account="65432-1"))
    )
    assert result.statements["account_text"].to_list() == ["12345-6", "empty", "65432-1"]
    assert result.records["statement_no"].to_list() == [1, 1, 3]
    assert result.records["record_no"].to_list() == [1, 2, 3]


def test_records_outside_any_statement_get_one() -> None:
    result = good("<OFX><DTSERVER>20260201<BANKTRANLIST>" + PIX + "</BANKTRANLIST></OFX>")
    assert result.statements.height == 1
    assert result.records["statement_no"].to_list() == [1]


def test_a_file_without_a_statement_is_read_as_such() -> None:
    result = good(ofx(), "<OFX></OFX>")
    assert result.statements.is_empty()
    assert [file.raw_count for file in result.files] == [0, 0]


def test_files_of_a_batch_do_not_mix() -> None:
    texts = {3: ofx(statement(PIX, PIX)), 5: "no statement", 9: ofx(statement(PIX, account="2"))}
    sources = [Source(no, f"{no}.ofx", text.encode()) for no, text in texts.items()]
    result = read(sources, "")
    assert [file.file_no for file in result.files] == [3, 5, 9]
    assert [file.error is None for file in result.files] == [True, False, True]
    assert result.records.select("file_no", "record_no").rows() == [(3, 1), (3, 2), (9, 1)]
    assert result.statements.select("file_no", "account_text").rows() == [(3, "12345-6"), (9, "2")]


def test_no_files_make_an_empty_reading() -> None:
    result = read([], "")
    assert result.records.schema == RECORD
    assert result.statements.schema == STATEMENT_TEXT
    assert result.files == ()


# Places and lines


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_the_place_is_the_line_of_the_record(line_end: str) -> None:
    text = ofx(statement(PIX, entry(), "\n", PIX), statement(PIX)).replace("\n", line_end)
    result = good(text)
    lines = text.split(line_end)
    for place, raw in result.records.select("place", "raw_text").iter_rows():
        number = int(place.removeprefix("line "))
        assert lines[number - 1].startswith("<STMTTRN>")
        first_lines = raw.splitlines()[:3]
        assert [line.strip() for line in lines[number - 1 : number + 2]] == first_lines
    assert result.records["description"][0] == "Pix enviado Padaria Estrela"


def test_a_file_may_be_one_line() -> None:
    text = ofx(statement(PIX, PIX)).replace("\n", "")
    assert good(text).records["place"].to_list() == ["line 1", "line 1"]


def test_comments_are_not_read_but_stay_in_the_raw_text() -> None:
    record = "<STMTTRN><DTPOSTED>20260105<!-- the\nday --><TRNAMT>-1.00<MEMO>a<!-- <MEMO>b -->"
    row = one(ofx(statement(record + "</STMTTRN>")))
    assert row["description"] == "a"
    assert row["raw_text"] == record + "</STMTTRN>"


def test_a_record_hidden_in_a_comment_is_counted_so_the_caller_sees_the_difference() -> None:
    result = reading(ofx(statement(PIX, "<!--", PIX, "-->")))
    assert result.records.height == 1
    assert result.files[0].raw_count == 2
