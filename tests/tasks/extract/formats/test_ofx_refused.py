"""OFX: what is refused and where; any bytes at all are refused or accounted for."""

import codecs
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from written_ofx import (
    PIX,
    SGML,
    XML,
    claims,
    entry,
    good,
    ofx,
    reading,
    refusal,
    statement,
)

from schemas.errors import BankRefusal, NotAStatement, UnknownFormat
from tasks.extract.formats.ofx.reader import read
from tasks.extract.source import FileRead, Source


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


LOAN = (
    "<LOANMSGSRSV1><LOANSTMTTRNRS><LOANSTMTRS><CURDEF>BRL<LOANACCTFROM><LOANACCTID>L-1"
    "</LOANACCTFROM>\n<LOANTRANLIST><LOANSTMTTRN><LOANTRNAMT>-50.00</LOANSTMTTRN></LOANTRANLIST>"
    "</LOANSTMTRS></LOANSTMTTRNRS></LOANMSGSRSV1>"
)


def test_a_file_of_loans_alone_is_refused_at_the_first() -> None:
    error = reading("OFXHEADER:100\n\n<OFX>\n" + LOAN + "</OFX>").files[0].error
    assert isinstance(error, NotAStatement)
    assert (error.where, "loan" in error.problem) == ("file0.ofx: line 4", True)


@pytest.mark.parametrize("start", ["", "<STMTRS>"])
def test_a_statement_of_several_accounts_is_refused(start: str) -> None:
    both = statement(PIX, account="1") + statement(PIX, account="2")
    joined = both.replace("</STMTRS></STMTTRNRS>\n<STMTTRNRS><STMTRS>", start)
    if start:
        assert good(ofx(joined)).statements["account_text"].to_list() == ["1", "2"]
        return
    error = refusal(ofx(joined))
    assert (error.where, "several accounts" in error.problem) == ("file0.ofx: statement 1", True)
    assert good(ofx(joined.replace("<ACCTID>2", "<ACCTID>1"))).records.height == 2


def test_loans_beside_another_account_are_remarked_upon() -> None:
    result = reading(ofx(statement(PIX)).replace("</OFX>", LOAN + "</OFX>"))
    assert result.records.height == 1
    (finding,) = result.findings.rows(named=True)
    assert (finding["code"], finding["is_set_aside"]) == ("statement_unreadable", False)


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


def test_ofc_is_refused_by_its_name() -> None:
    error = refusal("<OFC>\n<DTD>2\n<CPAGE>1252\n<ACCTSTMT></ACCTSTMT>\n</OFC>\n")
    assert isinstance(error, UnknownFormat)
    assert "it is OFC" in error.problem


@pytest.mark.parametrize(
    ("behind", "count"),
    [("", 0), ("\n \x1a\n", 0), ("<!-- end -->\n", 0), ("\nDate;Amount\n2026-01-01;5.00\n", 1)],
)
def test_text_behind_the_end_is_remarked_on(behind: str, count: int) -> None:
    text = ofx(statement(entry()))
    findings = good(text + behind).findings
    assert findings.height == count
    if count:
        (told,) = findings.rows(named=True)
        assert (told["code"], told["is_set_aside"]) == ("statement_unreadable", False)
        assert told["place"] == f"line {text.count(chr(10)) + 2}"
