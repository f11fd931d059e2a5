"""OFX: the quirks of the banks of Brazil, by their numbers."""

import re
from datetime import date
from decimal import Decimal

import pytest
from written_ofx import (
    PIX,
    XML,
    entry,
    good,
    ofx,
    one,
    reading,
    statement,
)

from tasks.extract.typed import type_statements


@pytest.mark.parametrize(
    ("encoding", "charset", "used"),
    [
        ("utf-8", "1252", "utf-8"),  # O-1: says 1252, is UTF-8
        ("cp1252", "1252", "cp1252"),
        ("iso8859-1", "8859-1", "iso8859-1"),  # O-2
        ("iso8859-1", "ISO-8859-1", "iso8859-1"),
        ("cp1252", "NONE", "cp1252"),
        ("cp1252", "UTF-8", "cp1252"),
        ("utf-16", "UNICODE", "utf-16"),
        ("utf-8-sig", "1252", "utf-8-sig"),
    ],
)
def test_o1_o2_the_bytes_decide_the_encoding(encoding: str, charset: str, used: str) -> None:
    text = ofx(statement(entry(MEMO="Transferência ação")), charset=charset)
    result = good(text.encode(encoding))
    assert result.records["description"].to_list() == ["Transferência ação"]
    assert result.files[0].encoding == used


@pytest.mark.parametrize(
    "record",
    [
        "<STMTTRN>\n<TRNTYPE>DEBIT\n<TRNAMT>-1.00\n<DTPOSTED>20260105\n<MEMO>Luz\n</STMTTRN>",
        (
            "<STMTTRN><TRNTYPE>DEBIT</TRNTYPE><TRNAMT>-1.00</TRNAMT>"
            "<DTPOSTED>20260105</DTPOSTED><MEMO>Luz</MEMO></STMTTRN>"
        ),
        "<STMTTRN><TRNTYPE>DEBIT<TRNAMT>-1.00</TRNAMT><DTPOSTED>20260105<MEMO>Luz</STMTTRN>",
        "<stmttrn><trntype>DEBIT<trnamt>-1.00</trnamt><dtposted>20260105<memo>Luz</stmttrn>",
        "<StmtTrn><TrnType>DEBIT<TrnAmt>-1.00</TrnAmt><DtPosted>20260105<Memo>Luz</StmtTrn>",
        "<STMTTRN ><TRNTYPE >DEBIT<TRNAMT >-1.00</TRNAMT ><DTPOSTED>20260105<MEMO>Luz</STMTTRN >",
        (
            "<STMTTRN><TRNTYPE>DEBIT<TRNAMT>-1.00<DTPOSTED>20260105<NAME></NAME><FITID/>"
            "<MEMO>Luz<CHECKNUM></STMTTRN>"
        ),
        "<STMTTRN><TRNTYPE>DEBIT<TRNAMT>\n   -1.00  \n<DTPOSTED> 20260105 <MEMO>  Luz   </STMTTRN>",
        "<STMTTRN><TRNTYPE>DEBIT<TRNAMT>-1.00<DTPOSTED>20260105<MEMO>Luz",
    ],
)
def test_o3_tags_may_be_closed_or_not_and_stand_on_one_line(record: str) -> None:
    row = one(ofx(statement(record)))
    shown = [row[name] for name in ("kind_code", "amount_text", "booked_text", "description")]
    assert shown == ["DEBIT", "-1.00", "20260105", "Luz"]
    assert row["raw_text"] == record
    assert row["bank_ref"] is None


def test_o4_amounts_stay_as_printed() -> None:
    amounts = ["            -12.80", "           -200,00", "386,80", "1.234,56", "-2.54189"]
    result = good(ofx(statement(*(entry(TRNAMT=amount) for amount in amounts))))
    assert result.records["amount_text"].to_list() == [amount.strip() for amount in amounts]
    assert result.convention.decimal_mark == "either"


def test_o5_a_missing_reference_is_null() -> None:
    assert one(ofx(statement(entry().replace("<FITID>A1\n", ""))))["bank_ref"] is None


@pytest.mark.parametrize("text", ["Saldo Anterior", "SALDO DO DIA", "S A L D O", "SALDO DIA"])
@pytest.mark.parametrize("tags", [{"FITID": ""}, {"FITID": "0"}, {"DTPOSTED": "00000000"}])
def test_o6_a_balance_line_is_a_marker(text: str, tags: dict[str, str]) -> None:
    result = good(ofx(statement(entry(MEMO=text, **tags), PIX)))
    assert result.files[0].marker_count == 1
    assert result.files[0].raw_count == 2
    assert result.records["bank_ref"].to_list() == ["A1"]
    assert result.records["record_no"].to_list() == [1]


@pytest.mark.parametrize(
    "tags",
    [
        {"MEMO": "SALDO DIA", "FITID": "0", "TRNAMT": "  .  "},  # Caixa: set aside in the open
        {"MEMO": "PIX RECEBIDO SALDO ANTERIOR", "FITID": "77"},
        {"MEMO": "SALDO", "FITID": "77"},
        {"MEMO": "SALDO TOTAL", "FITID": "77"},
        {"MEMO": "Saldo a pagar do carnê", "FITID": "0"},
        {"MEMO": "Padaria", "FITID": ""},
        {"MEMO": "Padaria", "DTPOSTED": "00000000"},
    ],
)
def test_o6_what_may_be_a_movement_stays_a_record(tags: dict[str, str]) -> None:
    result = good(ofx(statement(entry(**tags))))
    assert result.records.height == 1
    assert result.files[0].marker_count == 0


@pytest.mark.parametrize(
    "text", ["SALDO ANTERIOR", "SALDO TOTAL DISPONÍVEL DIA", "Saldo do dia", "SALDO FINAL"]
)
def test_o6_itau_gives_its_balance_lines_a_reference_and_a_date(text: str) -> None:
    result = good(ofx(statement(entry(MEMO=text, FITID="20260105001"), PIX)))
    assert result.files[0].marker_count == 1
    assert result.records["bank_ref"].to_list() == ["A1"]


def test_o7_o8_o9_shared_references_do_not_merge_records() -> None:
    result = good(ofx(statement(PIX, PIX, entry(FITID="A1"))))
    assert result.records["bank_ref"].to_list() == ["A1"] * 3


def test_o10_o11_o12_card_rows_keep_their_own_day_and_sign() -> None:
    result = good(ofx(statement(entry(TRNAMT="50.00"), entry(TRNAMT="-50.00"))))
    assert result.records["amount_text"].to_list() == ["50.00", "-50.00"]


@pytest.mark.parametrize(
    ("printed", "booked"),
    [
        ("20250310", "20250310"),
        ("20250310120000", "20250310"),
        ("20250310230000[-03:EST]", "20250310"),
        ("20250310000000[-3:BRT]", "20250310"),
        ("20250310233000.000[0:GMT]", "20250310"),
        ("2025031012000", "20250310"),
        ("10/03/2025", "10/03/2025"),  # typing says what is wrong with it
    ],
)
def test_o13_a_date_is_the_day_as_printed(printed: str, booked: str) -> None:
    row = one(ofx(statement(entry(DTPOSTED=printed))))
    assert row["booked_text"] == booked
    assert f"<DTPOSTED>{printed}" in str(row["raw_text"])


def test_o14_what_is_posted_after_the_file_was_made_is_pending() -> None:
    days = [entry(DTPOSTED=day) for day in ("20260131", "20260201", "20260202")]
    pending = good(ofx(statement(*days), server="20260201030000[-3:BRT]")).records["is_pending"]
    assert pending.to_list() == [False, False, True]
    by_balance = good(ofx(statement(*days), server="00000000000000")).records["is_pending"]
    assert by_balance.to_list() == [False, True, True]
    unknown = good(ofx(statement(*days, balance=""), server="")).records["is_pending"]
    assert unknown.to_list() == [False, False, False]


@pytest.mark.parametrize("server", ["20050831", "20260115"])
def test_a_file_is_no_older_than_the_balance_that_it_states(server: str) -> None:
    days = [entry(DTPOSTED=day) for day in ("20260120", "20260131", "20260201")]
    pending = good(ofx(statement(*days), server=server)).records["is_pending"]
    assert pending.to_list() == [False, False, True]


def test_a_day_before_the_period_decides_nothing() -> None:
    old = "<BALAMT>1.00</BALAMT><DTASOF>20251231</DTASOF>"
    pending = good(ofx(statement(PIX, balance=old), server="20050831")).records["is_pending"]
    assert pending.to_list() == [False]


@pytest.mark.parametrize("day", ["19700101", "1970-01-01T00:00:00", "00000000"])
def test_the_first_day_of_a_clock_is_none(day: str) -> None:
    text = ofx(statement(PIX)).replace("<DTSTART>20260101", f"<DTSTART>{day}")
    assert good(text).statements.select("starts_text", "ends_text").row(0) == (None, "20260131")


def test_debits_are_set_aside_where_no_amount_has_a_sign() -> None:
    debit, credit = entry(TRNTYPE="DEBIT", TRNAMT="21"), entry(TRNTYPE="CREDIT", TRNAMT="34,50")
    other = statement(debit, entry(TRNAMT="-2.00"), account="98765-4")
    result = reading(ofx(statement(credit, debit), other))
    assert result.records["amount_text"].to_list() == ["34,50", "21", "-2.00"]
    assert result.findings.select("statement_no", "record_no", "code", "is_set_aside").rows() == [
        (1, 2, "amount_ambiguous", True)
    ]


@pytest.mark.parametrize("printed", ["-2.00", "2.00-", "(2.00)", "+-2.00"])
def test_a_statement_with_any_minus_is_read_by_its_signs(printed: str) -> None:
    rows = [entry(TRNTYPE="DEBIT", TRNAMT="21"), entry(TRNTYPE="FEE", TRNAMT=printed)]
    assert reading(ofx(statement(*rows))).records.height == 2


def test_a_plus_is_a_sign_of_its_own_amount_alone() -> None:
    rows = [entry(TRNTYPE="DEBIT", TRNAMT=amount) for amount in ("21", "+1 006,60")]
    result = reading(ofx(statement(*rows)))
    assert result.records["amount_text"].to_list() == ["+1 006,60"]
    assert result.findings["code"].to_list() == ["amount_ambiguous"]


def test_trades_of_securities_are_remarked_upon() -> None:
    trades = "<INVTRANLIST><BUYSTOCK><INVBUY></INVBUY></BUYSTOCK><INCOME></INCOME></INVTRANLIST>"
    whole = ofx(f"<INVSTMTTRNRS><INVSTMTRS>{trades}</INVSTMTRS></INVSTMTTRNRS>", statement(PIX))
    findings = reading(whole).findings
    assert findings.select("statement_no", "code", "is_set_aside").rows() == [
        (1, "securities_unread", False)
    ]
    assert findings["message"].item().endswith(": 2")


@pytest.mark.parametrize(
    ("currency", "day"), [("BRL", date(2025, 2, 28)), ("USD", None)], ids=["BRL", "USD"]
)
def test_pagbank_writes_its_balance_for_readers(currency: str, day: date | None) -> None:
    printed = "<BALAMT>R$ 1.234,50</BALAMT><DTASOF>28/02/2025</DTASOF>"
    result = good(ofx(statement(PIX, currency=currency, balance=printed)))
    typed = type_statements(result.statements, result.convention)
    assert typed.select("closing_balance", "closing_on").rows() == [(Decimal("1234.50"), day)]


def test_a_pending_list_of_ofx_2_2_is_pending() -> None:
    record = (
        "<STMTTRNP><TRNTYPE>POS</TRNTYPE><DTTRAN>20260105</DTTRAN><TRNAMT>-3.00</TRNAMT>"
        "<NAME>Posto</NAME></STMTTRNP>"
    )
    text = ofx(statement(entry()), head=XML, charset="UTF-8").replace(
        "</BANKTRANLIST>",
        f"</BANKTRANLIST><BANKTRANLISTP><DTASOF>20260131</DTASOF>{record}</BANKTRANLISTP>",
    )
    rows = good(text).records
    assert rows.select("booked_text", "is_pending", "statement_no").rows() == [
        ("20260105", False, 1),
        ("20260105", True, 1),
    ]


def test_o15_the_kind_is_kept_but_decides_nothing() -> None:
    row = one(ofx(statement(entry(TRNTYPE="CREDIT", TRNAMT="-7.00"))))
    assert (row["kind_code"], row["amount_text"]) == ("CREDIT", "-7.00")


@pytest.mark.parametrize(
    ("name", "memo", "description"),
    [
        ("Pix", "Padaria", "Pix Padaria"),
        ("", "Padaria", "Padaria"),
        ("Pix", "", "Pix"),
        ("Pix", "Pix", "Pix"),
        ("Pix Padaria", "Padaria", "Pix Padaria"),
        ("Pix", "Pix Padaria", "Pix Padaria"),
        ("", "", None),
        ("M & M", "AT&amp;T", "M & M AT&T"),
        ("", "SILVA &LTDA &quot;x&apos; &#65;&#x42; &lt;b&gt;", "SILVA &LTDA \"x' AB <b>"),
        ("", "&amp;lt; &#0; &#xD800; &#99999999;", "&lt; &#0; &#xD800; &#99999999;"),
        ("", "A&nbsp;B&nbsp;", "A B"),
        ("", "A < B <3 <<", "A < B <3 <<"),
        ("", "<![CDATA[a<b>&amp;]]>", "a<b>&amp;"),
        ("", "first\r\n   second", "first second"),
        ("", "=HYPERLINK(1) '; DROP TABLE \u202e 😀", "=HYPERLINK(1) '; DROP TABLE \u202e 😀"),
        ("", "x" * 10_000, "x" * 10_000),
    ],
)
def test_o16_the_description_is_name_and_memo(
    name: str, memo: str, description: str | None
) -> None:
    assert one(ofx(statement(entry(NAME=name, MEMO=memo))))["description"] == description


def test_o17_account_numbers_stay_as_printed() -> None:
    shown = good(ofx(statement(account=" 00012-3 "))).statements.row(0, named=True)
    assert (shown["institution_text"], shown["account_text"]) == ("0341", "00012-3")


@pytest.mark.parametrize(
    ("balance", "closing", "on"),
    [
        ("<BALAMT/><DTASOF/>", None, None),
        ("<BALAMT> </BALAMT><DTASOF>20260131</DTASOF>", None, "20260131"),
        ("<BALAMT>0,00\n<DTASOF>00000000\n", "0,00", None),
        ("<BALAMT>5", "5", None),
    ],
)
def test_o18_a_closing_balance_may_be_empty(
    balance: str, closing: str | None, on: str | None
) -> None:
    available = "</LEDGERBAL><AVAILBAL><BALAMT>999</BALAMT></AVAILBAL>"
    text = ofx(statement(PIX, balance=balance)).replace("</LEDGERBAL>", available)
    shown = good(text).statements.row(0, named=True)
    assert (shown["closing_text"], shown["closing_on_text"]) == (closing, on)


def test_o18_a_closing_balance_may_be_missing() -> None:
    text = re.sub("<LEDGERBAL>.*</LEDGERBAL>", "", ofx(statement(PIX)))
    assert good(text).statements["closing_text"].to_list() == [None]


def test_o19_a_zero_amount_is_kept() -> None:
    assert one(ofx(statement(entry(TRNAMT="0.00"))))["amount_text"] == "0.00"
