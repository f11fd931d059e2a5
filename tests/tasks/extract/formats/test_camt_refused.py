"""CAMT: what is refused and where; any entries read the same by shapes and in full."""

import re
from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from written_camt import HEAD, balance, claims, detail, document, entry, good, reading, refusal

from tasks.extract.formats.camt.reader import read_messages
from tasks.extract.formats.camt.shapes import Shapes
from tasks.extract.formats.camt.slab import Slab
from tasks.extract.formats.camt.tags import tags_of
from tasks.extract.formats.camt.values import strings
from tasks.extract.source import Source


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
