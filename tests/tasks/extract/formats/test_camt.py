import codecs
import re
from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from schemas.errors import MalformedFile, NotAStatement
from tasks.extract.formats.camt.reader import CAMT052, CAMT053, CAMT054, read_messages
from tasks.extract.formats.camt.shapes import Shapes
from tasks.extract.formats.camt.slab import Slab
from tasks.extract.formats.camt.tags import tags_of
from tasks.extract.formats.camt.values import strings
from tasks.extract.source import Reading, Source

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
SPACE = ' xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"'
ACCOUNT = "<Acct><Id><IBAN>DE00000000000000000012</IBAN></Id><Ccy>EUR</Ccy></Acct>"
DAY = "<BookgDt><Dt>2026-03-03</Dt></BookgDt>"


def balance(kind: str, amount: str, side: str = "CRDT", day: str = "2026-03-03") -> str:
    mark = f"<CdtDbtInd>{side}</CdtDbtInd>" if side else ""
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="EUR">{amount}</Amt>{mark}<Dt><Dt>{day}</Dt></Dt></Bal>'
    )


def entry(amount: str = "5.00", side: str = "CRDT", more: str = DAY, after: str = "") -> str:
    return f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>{more}{after}</Ntry>'


def detail(inside: str) -> str:
    return f"<NtryDtls><TxDtls>{inside}</TxDtls></NtryDtls>"


def document(*entries: str, balances: str = "", version: str = "08", account: str = ACCOUNT) -> str:
    return (
        f"{HEAD}<Document{SPACE.format(version=version)}><BkToCstmrStmt>"
        f"<GrpHdr><CreDtTm>2026-03-04T05:00:00</CreDtTm></GrpHdr><Stmt>{account}{balances}\n"
        + "\n".join(entries)
        + "</Stmt></BkToCstmrStmt></Document>\n"
    )


def sources(*texts: str | bytes) -> list[Source]:
    data = [text.encode() if isinstance(text, str) else text for text in texts]
    return [Source(no, f"file{no}.xml", each) for no, each in enumerate(data)]


def reading(*texts: str | bytes) -> Reading:
    """Read by shapes and in full: both must tell the same."""
    quick = read_messages(sources(*texts), "camt053")
    full = read_messages(sources(*texts), "camt053", is_quick=False)
    for name in ("records", "details", "statements", "findings"):
        assert_frame_equal(getattr(quick, name), getattr(full, name))
    told = [(file.raw_count, file.encoding, str(file.error)) for file in quick.files]
    assert told == [(file.raw_count, file.encoding, str(file.error)) for file in full.files]
    return quick


def good(*texts: str | bytes) -> Reading:
    result = reading(*texts)
    aside = result.findings.filter("is_set_aside")
    for file in result.files:
        assert file.error is None
        kept = [
            frame.filter(pl.col("file_no") == file.file_no) for frame in (result.records, aside)
        ]
        assert sum(frame.height for frame in kept) == file.raw_count
    return result


def one(text: str | bytes) -> dict[str, object]:
    rows = good(text).records.rows(named=True)
    assert len(rows) == 1
    return rows[0]


def refusal(text: str | bytes) -> MalformedFile | NotAStatement:
    result = reading(text)
    assert result.records.is_empty()
    assert result.statements.is_empty()
    error = result.files[0].error
    assert isinstance(error, MalformedFile | NotAStatement)
    return error


def claims(text: str | bytes) -> list[str]:
    return [one.name for one in (CAMT052, CAMT053, CAMT054) if one.sniff(*sources(text))]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (document(), ["camt053"]),
        ("<Document><BkToCstmrAcctRpt/></Document>", ["camt052"]),
        ("<a:Document><a:BkToCstmrDbtCdtNtfctn>", ["camt054"]),
        ("<Envelope><Document><BkToCstmrStmt>", ["camt053"]),
        (f"<Document{SPACE.format(version='02')}></Document>", ["camt053"]),
        ("<Document><CstmrCdtTrfInitn>camt.053</CstmrCdtTrfInitn></Document>", []),
        ("<Document><!-- <BkToCstmrStmt> --></Document>", []),
        ("date,text\n2026-03-03,<BkToCstmrStmt>\n", []),
        ('<?xml version="1.0"?><OFX></OFX>', []),
        ("", []),
    ],
)
def test_exactly_one_name_claims_a_file_by_its_content(text: str, names: list[str]) -> None:
    assert claims(text) == names


@pytest.mark.parametrize("version", ["01", "02", "04", "08", "13"])
def test_every_version_is_read(version: str) -> None:
    assert one(document(entry(), version=version))["amount_text"] == "5.00"


def test_prefixes_and_missing_namespaces_do_not_matter() -> None:
    plain = document(*[entry()] * 4)
    prefixed = plain.replace("<", "<n:").replace("<n:/", "</n:").replace("<n:?", "<?")
    bare = plain.replace(SPACE.format(version="08"), "")
    for text in (prefixed.replace("xmlns=", "xmlns:n="), bare):
        assert good(text).records["amount_text"].to_list() == ["5.00"] * 4


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "latin-1", "utf-8-sig"])
def test_encodings_are_honoured(encoding: str) -> None:
    marks = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
    declared = {"latin-1": "ISO-8859-1", "utf-8-sig": "UTF-8"}.get(encoding, "UTF-16")
    text = document(entry(after="<AddtlNtryInf>Grüße</AddtlNtryInf>")).replace("UTF-8", declared)
    assert one(marks.get(encoding, b"") + text.encode(encoding))["description"] == "Grüße"
    if encoding in marks:
        assert one(text.encode(encoding))["description"] == "Grüße"


def test_two_statements_and_their_accounts() -> None:
    text = document(entry("1"), entry("2"))
    second = f"<Stmt>{ACCOUNT.replace('12<', '99<')}{entry('3')}</Stmt></BkToCstmrStmt>"
    result = good(text.replace("</BkToCstmrStmt>", second))
    assert result.records.select("statement_no", "record_no", "place").rows() == [
        (1, 1, "/Document/BkToCstmrStmt/Stmt[1]/Ntry[1]"),
        (1, 2, "/Document/BkToCstmrStmt/Stmt[1]/Ntry[2]"),
        (2, 3, "/Document/BkToCstmrStmt/Stmt[2]/Ntry[1]"),
    ]
    assert [text[-2:] for text in result.statements["account_text"]] == ["12", "99"]


@pytest.mark.parametrize(
    ("status", "is_pending"),
    [
        ("<Sts>BOOK</Sts>", False),
        ("<Sts><Cd>BOOK</Cd></Sts>", False),
        ("", False),
        ("<Sts>PDNG</Sts>", True),
        ("<Sts><Cd>PDNG</Cd></Sts>", True),
        ("<Sts><Cd>FUTR</Cd></Sts>", True),
        ("<Sts>INFO</Sts>", True),
    ],
)
def test_only_what_is_booked_is_booked(status: str, is_pending: bool) -> None:
    assert one(document(entry(more=status + DAY)))["is_pending"] is is_pending


@pytest.mark.parametrize(("closing", "sign"), [("5.00", "-"), ("15.00", "")])
def test_a_reversal_is_flipped_only_where_the_balances_prove_it(closing: str, sign: str) -> None:
    balances = balance("OPBD", "10.00") + balance("CLBD", closing)
    text = document(entry(more="<RvslInd>true</RvslInd>" + DAY), balances=balances)
    assert one(text)["amount_text"] == f"{sign}5.00"


def test_a_reversal_that_nothing_proves_stays_as_the_bank_says() -> None:
    balances = balance("OPBD", "10.00") + balance("CLBD", "99.00")
    for given_balances in ("", balances):
        text = document(entry(more="<RvslInd>true</RvslInd>" + DAY), balances=given_balances)
        assert one(text)["amount_text"] == "5.00"


def test_a_balance_without_a_side_is_a_credit_and_a_debit_has_a_minus() -> None:
    row = good(
        document(balances=balance("OPBD", "7", "") + balance("CLBD", "8", "DBIT"))
    ).statements
    assert row.select("opening_text", "closing_text").row(0) == ("7", "-8")


@pytest.mark.parametrize(("interim", "closing"), [("15.00", "15.00"), ("14.00", None)])
def test_an_interim_balance_closes_only_what_it_proves(interim: str, closing: str | None) -> None:
    text = document(entry(), balances=balance("OPBD", "10.00") + balance("ITBD", interim))
    assert good(text).statements["closing_text"][0] == closing


@pytest.mark.parametrize(
    ("more", "day"),
    [
        (DAY + "<ValDt><Dt>2026-03-09</Dt></ValDt>", "2026-03-03"),
        ("<BookgDt><DtTm>2026-03-03T23:59:00-11:00</DtTm></BookgDt>", "2026-03-03"),
        ("<ValDt><Dt>2026-03-09</Dt></ValDt>", "2026-03-09"),
        (detail("<RltdDts><IntrBkSttlmDt>2026-03-01</IntrBkSttlmDt></RltdDts>"), "2026-03-01"),
        ("", "2026-03-04"),
    ],
)
def test_the_day_is_the_first_that_the_bank_gives(more: str, day: str) -> None:
    assert one(document(entry(more=more)))["booked_text"] == day


def test_the_other_party_of_a_reversal_keeps_its_part() -> None:
    parties = "<RltdPties><Dbtr><Nm>Payer</Nm></Dbtr><Cdtr><Nm>Payee</Nm></Cdtr></RltdPties>"
    more = "{}" + DAY + detail(parties)
    for side, name, reversed_name in (("CRDT", "Payer", "Payee"), ("DBIT", "Payee", "Payer")):
        row = one(document(entry(side=side, more=more.format(""))))
        assert row["counterparty"] == name
        row = one(document(entry(side=side, more=more.format("<RvslInd>true</RvslInd>"))))
        assert row["counterparty"] == reversed_name


def test_blanks_between_tags_are_left_out_of_the_raw_text_and_no_others() -> None:
    text = entry(after="\n  <AddtlNtryInf>two  blanks</AddtlNtryInf>\n")
    assert one(document(text))["raw_text"] == text.replace("\n  ", "").replace("\n", "")


def test_entries_in_comments_are_not_read_and_not_counted() -> None:
    hidden = f"<!-- {entry()} --><?note {entry()} ?>"
    text = document(entry("1"), entry("2"), hidden, entry("3"))
    assert good(text).records["amount_text"].to_list() == ["1", "2", "3"]
    odd = document(entry("1"), entry("2", after="<AddtlNtryInf><![CDATA[<Ntry>]]></AddtlNtryInf>"))
    assert good(odd).records["description"].to_list() == [None, "<Ntry>"]


def test_a_file_that_forges_our_mark_of_read_entries_is_read_in_full() -> None:
    text = document(entry("1"), "<run-of-common-entries/>", entry("2"), entry("3"))
    assert good(text).records["amount_text"].to_list() == ["1", "2", "3"]


def test_a_bad_file_does_not_touch_its_neighbours() -> None:
    whole = document(*[entry()] * 3)
    result = reading(whole, whole[:-30], whole)
    assert [file.error is None for file in result.files] == [True, False, True]
    assert result.records["file_no"].to_list() == [0] * 3 + [2] * 3


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        (document(entry())[:-30], 3, "not well-formed"),
        (document(entry()).replace("</Ntry>", "</Ntr>"), 3, "mismatched tag"),
        (document(entry("&euro;")), 3, "undefined entity"),
        (HEAD + '<!DOCTYPE a SYSTEM "http://a.test/a.dtd">\n<Document/>', 2, "document type"),
        (document("<a>" * 200 + "</a>" * 200), 3, "nested more than 100"),
        (document(entry("5\0")), 3, "NUL"),
        (document(entry(after=f"<x>{'a' * 4_100_000}</x>")), 3, "more than 4,000,000"),
    ],
)
def test_a_broken_or_hostile_file_is_refused_with_its_line(
    text: str, line: int, problem: str
) -> None:
    error = refusal(text)
    assert error.where == f"file0.xml: line {line}"
    assert problem in error.problem


def test_a_file_cut_anywhere_is_refused() -> None:
    whole = document(*[entry(after=detail("<RmtInf><Ustrd>a</Ustrd></RmtInf>"))] * 4).encode()
    end = whole.rindex(b">") + 1
    cut = [Source(size, "cut.xml", whole[:size]) for size in range(end)]
    result = read_messages(cut, "camt053")
    assert all(file.error is not None for file in result.files)
    assert good(whole[:end]).records.height == 4


@pytest.mark.timeout(30)
def test_traps_cost_no_time() -> None:
    for trap in ("<Ntry>" * 100_000, "<!--" * 300_000, "<Ntry><Amt>" + "&amp;" * 200_000):
        assert refusal(document(trap))


def test_entries_of_many_shapes_in_a_long_file_keep_their_order() -> None:
    extras = ["", "<AddtlNtryInf>a &amp; b</AddtlNtryInf>", detail("<AddtlTxInf>x</AddtlTxInf>")]
    entries = [entry(f"{no}.00", after=extras[no % 7 % 3]) for no in range(1, 20_001)]
    result = good(document(entry("7", "DBIT")), document(*entries), document(entry("9")))
    middle = result.records.filter(pl.col("file_no") == 1)
    assert middle["record_no"].to_list() == list(range(1, 20_001))
    assert middle["amount_text"].to_list() == [f"{no}.00" for no in range(1, 20_001)]
    assert result.records.height == 20_002


def test_an_entry_that_seems_to_go_on_in_the_next_file_is_in_none() -> None:
    text = document(*[entry()] * 3)
    cut = text.index("<CdtDbtInd>")
    result = reading(text[:cut], text[cut:], text)
    assert [file.error is None for file in result.files] == [False, False, True]


def test_halves_of_characters_are_refused() -> None:
    text = document(*[entry(after="<AddtlNtryInf>\\ud83d</AddtlNtryInf>\xff")] * 3)
    declared = text.replace('"UTF-8"', '"raw_unicode_escape"').encode("latin-1")
    assert "not well-formed" in refusal(declared).problem


def test_common_entries_never_reach_the_xml_parser() -> None:
    extras = ["", "<AddtlNtryInf>a &amp; b</AddtlNtryInf>", detail("<AddtlTxInf>x</AddtlTxInf>")]
    entries = [entry(f"{no}.00", after=extras[no % 3]) for no in range(30)]
    text = document(*entries[:20], "<TxsSummry/>", *entries[20:]).encode()
    pieces, runs = Slab(memoryview(text), Shapes(), {b""}).remains(0, len(text))
    assert [run.count for run in runs] == [20, 10]
    assert b"<Ntry>" not in b"".join(pieces)


def test_a_shape_may_be_longer_than_all_of_the_next_text() -> None:
    shapes = Shapes()
    long, short = (f"<Ntry><a>{' ' * size}</a><b/></Ntry>".encode() for size in (2, 0))
    long = long.replace(b"<b/>", b"\n" * 80 + b"<b/>")
    for text in (long * 2, short * 2):
        found = shapes.find(tags_of(memoryview(text + b"</Stmt>\n"), {b""}))
        assert found.rows.tolist() == [0, 1]
    assert len(shapes.known) == 2


def test_texts_of_any_length_share_the_memory_of_the_file() -> None:
    texts = ["é" * size + "x" * (size % 2) for size in range(20)]
    data = ("<a>" + "<b>".join(texts) + "<end of file>").encode()
    sizes = np.array([len(text.encode()) for text in texts])
    starts = np.cumsum(sizes + 3) - sizes
    values = strings(tags_of(memoryview(data), {b""}), starts, starts + sizes)
    assert values.to_list() == [text or None for text in texts]
    assert (values + "!").drop_nulls().to_list() == [f"{text}!" for text in texts if text]


VALUES = [
    "x",
    " x\t",
    "a &amp; b",
    "&#233;",
    "&lt;",
    "é",
    "a\r\n  b",
    "",
    " ",
    "a > b",
    "]]>",
    "\x07",
    "\uffff",
    "\ufffd",
    "1",
]
LEAVES = [
    "<NtryRef>{}</NtryRef>",
    "<Sts>{}</Sts>",
    "<Sts><Cd>{}</Cd></Sts>",
    "<Sts><Cd>PDNG</Cd>{}</Sts>",
    "<AddtlNtryInf>{}</AddtlNtryInf>",
    "<BookgDt><Dt>{}</Dt></BookgDt>",
    '<Chrgs><Amt Ccy="USD">{}</Amt></Chrgs>',
    '<AmtDtls><InstdAmt><Amt Ccy="USD">{}</Amt></InstdAmt></AmtDtls>',
    detail("<RmtInf><Ustrd>{}</Ustrd><Ustrd>b</Ustrd><Ustrd>{}</Ustrd></RmtInf>"),
    detail("<RltdPties><Dbtr><Pty><Nm>{}</Nm><Nm>b</Nm></Pty></Dbtr></RltdPties>"),
    "<NtryDtls><TxDtls><Amt Ccy='EUR'>{}</Amt></TxDtls><TxDtls/></NtryDtls>",
    "<Cmbnd x='1'>{}</Cmbnd>",
    "<Empty/>{}",
    "<!-- {} -->",
]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(LEAVES), max_size=3), min_size=1, max_size=3),
    st.lists(st.sampled_from(VALUES), min_size=1, max_size=9),
    st.sampled_from(["", "\n  ", "\r\n\t"]),
    st.sampled_from(["", "ns:", "a.very-long.prefix:"]),
)
def test_entries_of_any_shape_are_read_the_same_in_both_ways(
    shapes: list[list[str]], values: list[str], indent: str, prefix: str
) -> None:
    inside = [
        indent.join(leaf.format(*[values[(no + at) % len(values)]] * 2) for leaf in shape)
        for no in range(3)
        for at, shape in enumerate(shapes)
    ]
    text = document(*[entry(f"{no}.00", after=indent + one) for no, one in enumerate(inside)])
    tags = re.sub(r"<(/?)(?=[A-Z])", rf"<\1{prefix}", text)
    reading(tags.encode(), document(entry(), entry()).encode())


PARTS: Sequence[str] = [
    entry(),
    entry("1", "DBIT", after=detail("<Amt Ccy='EUR'>1</Amt>") * 2),
    "<Ntry/>",
    "<Ntry x='1'>",
    "</Ntry>",
    "<Stmt>",
    "</Stmt>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?a ",
    "?>",
    "&amp;",
    "<Pty>",
    "</Pty>",
    "<TxDtls>",
    "</TxDtls>",
    balance("OPBD", "1"),
    "\r\n",
    "x",
]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=12))
def test_any_order_of_parts_is_refused_or_read_the_same_in_both_ways(parts: list[str]) -> None:
    result = reading(document(entry(), *parts), document(*parts, entry(), entry(), entry()))
    for file in result.files:
        assert file.error is None or file.error.problem


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=100))
def test_any_bytes_are_refused_or_read_the_same_in_both_ways(data: bytes) -> None:
    reading(data, document(entry()).encode().replace(b"</Stmt>", data + b"</Stmt>"))
    assert len(claims(data)) <= 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]))))
def test_what_is_written_is_read(texts: list[str]) -> None:
    def escaped(text: str) -> str:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    entries = [entry(after=f"<AddtlNtryInf>{escaped(text)}</AddtlNtryInf>") for text in texts]
    told = good(document(*entries)).records["description"].to_list()
    assert [text or "" for text in told] == [text.strip(" ") for text in texts]
