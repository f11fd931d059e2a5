import codecs
import re
from collections.abc import Sequence

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import BankRefusal, MalformedFile
from schemas.statement import STATEMENT_TEXT
from schemas.transactions import RECORD
from tasks.extract.formats.ofx.reader import OFX1, OFX2, QFX, read
from tasks.extract.source import FileRead, Reading, Source

SGML = (
    "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:USASCII\n"
    "CHARSET:{charset}\nCOMPRESSION:NONE\nOLDFILEUID:NONE\nNEWFILEUID:NONE\n\n"
)
XML = '<?xml version="1.0" encoding="{charset}"?>\n<?OFX OFXHEADER="200" VERSION="211"?>\n'
SIGNON = (
    "<SIGNONMSGSRSV1><SONRS><STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS>\n"
    "<DTSERVER>{server}</DTSERVER><FI><ORG>Banco Sol</ORG><FID>999</FID></FI>{extra}"
    "</SONRS></SIGNONMSGSRSV1>\n"
)
PIX = (
    "<STMTTRN>\n<TRNTYPE>OTHER\n<DTPOSTED>20260105120000[-03:EST]\n<TRNAMT>-12.80\n"
    "<FITID>A1\n<NAME>Pix enviado\n<MEMO>Padaria Estrela\n</STMTTRN>\n"
)


def statement(
    *records: str,
    account: str = "12345-6",
    currency: str = "BRL",
    balance: str = "<BALAMT>100,00</BALAMT><DTASOF>20260131</DTASOF>",
) -> str:
    return (
        f"<STMTTRNRS><STMTRS><CURDEF>{currency}</CURDEF>\n<BANKACCTFROM><BANKID>0341</BANKID>"
        f"<BRANCHID>77</BRANCHID><ACCTID>{account}</ACCTID></BANKACCTFROM>\n"
        "<BANKTRANLIST><DTSTART>20260101</DTSTART><DTEND>2026013112000</DTEND>\n"
        + "".join(records)
        + f"</BANKTRANLIST>\n<LEDGERBAL>{balance}</LEDGERBAL></STMTRS></STMTTRNRS>\n"
    )


def ofx(
    *statements: str,
    head: str = SGML,
    charset: str = "1252",
    server: str = "20260201",
    extra: str = "",
) -> str:
    return (
        head.format(charset=charset)
        + "<OFX>\n"
        + SIGNON.format(server=server, extra=extra)
        + "<BANKMSGSRSV1>"
        + "".join(statements)
        + "</BANKMSGSRSV1></OFX>\n"
    )


def entry(**tags: str) -> str:
    cells = {"DTPOSTED": "20260105", "TRNAMT": "-1.00", "FITID": "A1", "MEMO": "Padaria", **tags}
    return "<STMTTRN>" + "".join(f"<{tag}>{text}\n" for tag, text in cells.items()) + "</STMTTRN>\n"


def reading(*texts: str | bytes) -> Reading:
    data = [text.encode() if isinstance(text, str) else text for text in texts]
    return read([Source(no, f"file{no}.ofx", bytes_) for no, bytes_ in enumerate(data)], "")


def good(*texts: str | bytes) -> Reading:
    result = reading(*texts)
    for file in result.files:
        assert file.error is None
        rows = result.records.filter(pl.col("file_no") == file.file_no).height
        assert rows + file.marker_count == file.raw_count
    return result


def one(text: str | bytes) -> dict[str, object]:
    rows = good(text).records.rows(named=True)
    assert len(rows) == 1
    return rows[0]


def refusal(text: str | bytes) -> MalformedFile | BankRefusal:
    result = reading(text)
    assert result.records.is_empty()
    assert result.statements.is_empty()
    error = result.files[0].error
    assert isinstance(error, MalformedFile | BankRefusal)
    return error


def claims(text: str | bytes) -> list[str]:
    source = Source(0, "any", text.encode() if isinstance(text, str) else text)
    return [known.name for known in (OFX1, OFX2, QFX) if known.sniff(source)]


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
        ("<OFC><DTD>2<CPAGE>1252", []),
        ("", []),
    ],
)
def test_exactly_one_name_claims_a_file_by_its_content(text: str, names: list[str]) -> None:
    assert claims(text) == names


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


def test_an_amount_in_another_currency_is_not_taken_for_the_accounts() -> None:
    def in_currency(tags: str) -> tuple[object, object]:
        row = one(ofx(statement(entry().replace("</STMTTRN>", tags + "</STMTTRN>"))))
        return row["currency_text"], row["original_currency"]

    assert in_currency("<CURRENCY><CURRATE>5.1<CURSYM>USD</CURRENCY>") == ("USD", None)
    assert in_currency("<CURRENCY><CURSYM>USD</CURSYM></CURRENCY>") == ("USD", None)
    assert in_currency("<CURRENCY><CURRATE>1</CURRATE><CURSYM>BRL</CURRENCY>") == (None, None)
    assert in_currency("<ORIGCURRENCY><CURRATE/><CURSYM>USD</ORIGCURRENCY>") == (None, "USD")


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


# The quirks of banks-br, by their numbers


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
        {"MEMO": "SALDO DIA", "FITID": "77"},
        {"MEMO": "Saldo a pagar do carnê", "FITID": "0"},
        {"MEMO": "Padaria", "FITID": ""},
        {"MEMO": "Padaria", "DTPOSTED": "00000000"},
    ],
)
def test_o6_what_may_be_a_movement_stays_a_record(tags: dict[str, str]) -> None:
    result = good(ofx(statement(entry(**tags))))
    assert result.records.height == 1
    assert result.files[0].marker_count == 0


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


# What is refused


def test_an_error_message_of_the_bank_is_no_statement() -> None:
    text = (
        "<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>15500<SEVERITY>ERROR"
        "<MESSAGE>no access to account 1234567</STATUS></SONRS></SIGNONMSGSRSV1></OFX>"
    )
    error = refusal(text)
    assert isinstance(error, BankRefusal)
    assert "15500" in error.problem
    assert "1234567" not in str(error)
    assert "••••567" in error.problem


def test_a_profile_is_an_answer_although_the_sign_on_failed() -> None:
    text = (
        "<OFX><SONRS><STATUS><CODE>15500<SEVERITY>ERROR</STATUS></SONRS>"
        "<PROFRS><FINAME>Banco Sol</PROFRS></OFX>"
    )
    assert good(text).statements.is_empty()


def test_one_refused_account_does_not_refuse_the_other() -> None:
    refused = "<STMTTRNRS><STATUS><CODE>2000<SEVERITY>ERROR</STATUS></STMTTRNRS>"
    assert good(ofx(refused, statement(PIX))).records.height == 1


@pytest.mark.parametrize(
    ("text", "where", "problem"),
    [
        (SGML, "file0.ofx", "there is no <OFX>"),
        ("", "file0.ofx", "there is no <OFX>"),
        (ofx().replace("<SONRS>", "<SO\0NRS>"), "file0.ofx", "byte "),
        (
            '<?xml version="1.0"?>\n<!DOCTYPE OFX [<!ENTITY a "b">]>\n<OFX></OFX>',
            "file0.ofx: line 2",
            "document type declaration",
        ),
        (ofx(statement(PIX))[:-8], "file0.ofx: line 27", "ends before </OFX>"),
        (ofx(statement(PIX)).split("<NAME>")[0], "file0.ofx: line 17", "inside this <STMTTRN>"),
        (ofx(statement(PIX)).split("</BANKTRAN")[0], "file0.ofx: line 25", "ends before </OFX>"),
        (
            ofx(statement(entry()), head=XML).replace("</BANKTRANLIST>", ""),
            "file0.ofx: line 8",
            "<BANKTRANLIST> is not closed",
        ),
        (ofx(head=XML).replace("</SONRS>", "</SONRS></FI>"), "file0.ofx: line 4", "<SIGNONMSGSRSV"),
        (
            ofx(statement(entry()), head=XML).replace("</STMTTRN>", ""),
            "file0.ofx: line 9",
            "<STMTTRN> is not closed",
        ),
        ("<?xml?><OFX></OFX></A>", "file0.ofx: line 1", "</A> ends nothing"),
        ("<?xml?><A><OFX></OFX>", "file0.ofx: line 1", "<A> is not closed"),
    ],
)
def test_a_broken_file_is_refused_at_a_place(text: str, where: str, problem: str) -> None:
    error = refusal(text)
    assert error.where == where
    assert problem in error.problem
    assert error.remedy


def test_a_nul_byte_is_named_by_its_offset() -> None:
    data = ofx().encode()
    assert "byte 30" in refusal(data[:30] + b"\0" + data[30:]).problem
    wide = codecs.BOM_UTF16_LE + ofx().encode("utf-16-le")
    assert "byte 30" in refusal(wide[:30] + b"\0\0" + wide[30:]).problem


@pytest.mark.parametrize("head", [SGML, XML])
def test_a_file_cut_anywhere_is_refused(head: str) -> None:
    whole = ofx(statement(PIX, PIX), statement(entry()), head=head, charset="UTF-8").encode()
    end = whole.rindex(b"</OFX>") + len(b"</OFX>")
    cut = [Source(size, "cut.ofx", whole[:size]) for size in range(end)]
    result = read(cut, "")
    assert all(file.error is not None for file in result.files)
    assert good(whole[:end]).records.height == 3


@pytest.mark.timeout(20)  # seconds; a search that starts over at every mark takes hours
def test_marks_that_never_end_cost_no_time() -> None:
    filler = entry(MEMO="<!-- " * 200_000 + "<" * 200_000 + " " * 200_000 + "&amp;")
    assert good(ofx(statement(filler, PIX))).records.height == 2


@pytest.mark.timeout(20)
def test_deep_nesting_costs_no_time() -> None:
    text = "<?xml?>" + "<A>" * 200_000 + "<OFX></OFX>" + "</A>" * 200_000
    assert good(text).statements.is_empty()


# Any bytes at all

PARTS: Sequence[bytes] = [
    b"<OFX>",
    b"</OFX>",
    b"<STMTTRN>",
    b"</STMTTRN>",
    b"<stmttrnp>",
    b"<STMTRS>",
    b"</STMTRS>",
    b"<INVSTMTRS>",
    b"<BANKACCTFROM>",
    b"<ACCTID>1",
    b"<BANKTRANLIST>",
    b"</BANKTRANLIST>",
    b"<TRNAMT>1,00",
    b"<DTPOSTED>20260101",
    b"<MEMO>Saldo",
    b"<LEDGERBAL>",
    b"<BALAMT/>",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"]]>",
    b"<?xml ?>",
    b"&amp;",
    b"&#x;",
    b"<<",
    b">",
    b"\r\n",
    b"\xff\xfe",
    b"\xe7",
    b"OFXHEADER:100\n",
    b"<SEVERITY>ERROR",
    b"<STATUS>",
]


def consistent(data: bytes) -> None:
    result = read([Source(0, "any", data)], "")
    file: FileRead = result.files[0]
    if file.error is not None:
        assert result.records.is_empty()
        assert file.error.problem
    else:
        assert result.records.height + file.marker_count <= file.raw_count
        assert set(result.records["statement_no"]) <= set(result.statements["statement_no"])
    assert len(claims(data)) <= 1


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=40).map(b"".join))
def test_any_order_of_tags_is_refused_or_accounted_for(data: bytes) -> None:
    consistent(b"<OFX>" + data + b"</OFX>")
    consistent(data)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_accounted_for(data: bytes) -> None:
    consistent(data)
    consistent(b"<OFX><STMTTRN>" + data + b"</STMTTRN></OFX>")


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), max_size=20),
            st.decimals(-(10**9), 10**9, places=2),
        ),
        max_size=8,
    )
)
def test_what_is_written_is_read(rows: list[tuple[str, object]]) -> None:
    def escaped(text: str) -> str:
        return text.replace("&", "&amp;").replace("<", "&lt;")

    records = [entry(TRNAMT=str(amount), MEMO=escaped(memo)) for memo, amount in rows]
    result = good(ofx(statement(*records)))
    assert result.records["amount_text"].to_list() == [str(amount) for _, amount in rows]
    described = [memo or "" for memo in result.records["description"]]
    assert [memo.split() for memo in described] == [memo.split() for memo, _ in rows]
