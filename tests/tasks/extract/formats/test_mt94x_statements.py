"""MT940 and MT942: accounts, balances, pages; what is refused, and any content at all."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from written_mt94x import CLOSE, HEAD, INTERIM, OPEN, good, reading, refusal

from tasks.extract.formats.mt94x.fields import cut, open_text
from tasks.extract.formats.mt94x.messages import documents
from tasks.extract.source import Source


def row_of(text: str) -> dict[str, object]:
    return good(text).statements.rows(named=True)[0]


def test_a_statement_says_whose_account_and_which_balances() -> None:
    row = row_of(OPEN + ":62F:D260131EUR9,5\n-\n")
    assert (row["institution_text"], row["account_text"]) == ("99900000", "1234567")
    assert (row["opening_text"], row["opening_on_text"]) == ("100,00", "20260101")
    assert (row["closing_text"], row["closing_on_text"]) == ("-9,5", "20260131")


@pytest.mark.parametrize(
    ("field", "bank", "account", "currency"),
    [
        (":25:NL00TEST0123456789", None, "NL00TEST0123456789", None),
        (":25:NL00TEST0123456789EUR", None, "NL00TEST0123456789", "EUR"),
        (":25:99900000/123 EUR", "99900000", "123", "EUR"),
        (":25P:123456\nTESTLULLXXX", "TESTLULLXXX", "123456", None),
        (":25:", None, None, None),
        (":25:NL00TEST0123456789/TESTNL2AXXX", "TESTNL2AXXX", "NL00TEST0123456789", None),
        (":25:TESTNL2A/NL00TEST0123456789", "TESTNL2A", "NL00TEST0123456789", None),
        (":25:99-1234567890/0999", "0999", "99-1234567890", None),  # Czech: the bank comes last
        (":25:1234567890/0999", "0999", "1234567890", None),
        (":25:123456789/0999CZK", "0999", "123456789", "CZK"),
        (":25:0999/1234567890", "0999", "1234567890", None),
        (":25:99900000/1234", "99900000", "1234", None),
        (":25:123456789/", None, "123456789", None),
    ],
)
def test_the_account_stands_apart_from_bank_and_currency(
    field: str, bank: object, account: object, currency: object
) -> None:
    row = row_of(f":20:A\n{field}\n:28C:1\n:61:2601050105D1,00NTRF\n")
    assert (row["institution_text"], row["account_text"]) == (bank, account)
    assert row["currency_text"] == currency


def test_pages_are_one_statement_and_statements_are_many() -> None:
    entry = ":61:2601050105D5,00NTRFNONREF\n"
    page1 = OPEN + entry + ":62M:C260105EUR95,00\n-\n"
    page2 = HEAD + ":60M:C260105EUR95,00\n" + entry + CLOSE
    other = HEAD.replace("1234567", "7654321") + ":60F:C260101EUR1,\n:62F:C260101EUR1,\n-\n"
    result = good(page1 + page2 + other)
    assert result.statements["opening_text"].to_list() == ["100,00", "1,"]
    assert result.statements["closing_text"].to_list() == ["90,00", "1,"]
    assert result.records["statement_no"].to_list() == [1, 1]
    unlike = page2.replace(":60M:C260105EUR95,00", ":60M:C260105EUR96,00")
    assert good(page1 + unlike).statements.height == 2
    shorter = page2.replace(":60M:C260105EUR95,00", ":60M:C260105EUR95,")
    assert good(page1 + shorter).statements.height == 1
    unread = (page.replace("95,00", f"{at}.095,00") for at, page in enumerate((page1, page2), 1))
    assert good("".join(unread)).statements.height == 2


def test_an_interim_report_has_no_balances_and_its_pages_go_on() -> None:
    page2 = HEAD.replace("1/1", "1/2") + ":13D:2601050900+0100\n:61:2601050105D1,00NTRF\n"
    result = good(INTERIM + "-\n" + page2 + ":90D:1EUR1,00\n-\n" + INTERIM + "-\n")
    assert result.statements["stated_on_text"].to_list() == ["20260105"] * 2
    assert result.statements["closing_text"].to_list() == [None] * 2
    assert result.statements["currency_text"].to_list() == ["EUR"] * 2
    assert result.records["is_pending"].all()


@pytest.mark.parametrize(
    ("limits", "sums", "is_remarked"),
    [
        ("", ":90D:1EUR10,00\n:90C:0EUR0,00\n", False),
        ("", ":90D:2EUR30,00\n", True),
        ("", ":90D:1EUR10,01\n", True),
        ("", ":90C:1EUR10,00\n", True),
        (":34F:EURD15,00\n:34F:EURC0,00\n", ":90D:4EUR30,00\n", False),  # below the floor
        (":34F:EURD0,00\n:34F:EURC15,00\n", ":90C:4EUR30,00\n", False),
        (":34F:EURD15,00\n", ":90D:0EUR0,00\n", True),
        ("", ":90D:many\n", True),
    ],
)
def test_stated_sums_are_compared(limits: str, sums: str, is_remarked: bool) -> None:
    report = f"{HEAD}{limits}:13D:2601050900+0100\n:61:2601050105D10,00NTRF\n{sums}-\n"
    findings = good(report).findings
    assert findings.height == int(is_remarked)
    assert not findings["is_set_aside"].any()


# Whole files


@pytest.mark.parametrize("more", ["", ":25:99900000/1234567\n", ":25:99900000/7654321\n:28C:2\n"])
def test_where_the_file_ends_with_the_beginning_of_a_statement_that_is_none(more: str) -> None:
    result = good(OPEN + ":61:2601050105D10,00NTRF\n" + CLOSE + ":20:NEXT\n" + more)
    assert result.statements["closing_text"].to_list() == ["90,00"]
    found = result.findings.select("statement_no", "code", "message", "is_set_aside").rows()
    message = "line 8 begins another statement, and the file ends with it"
    assert found == [(1, "statement_unreadable", message, False)]


def test_a_message_that_names_no_account_and_holds_nothing_is_no_statement() -> None:
    entry = ":61:2601050105D10,00NTRF\n"
    for lone in (":20:A\n-\n", ":20:A\n:28C:1\n-\n", ":20:A\n:21:B\n-\n"):
        result = good(lone + OPEN + entry + CLOSE + lone + OPEN + entry + CLOSE + lone)
        assert result.statements["account_text"].to_list() == ["1234567"] * 2
        assert result.records["statement_no"].to_list() == [1, 2]
        assert result.findings.is_empty()


def test_a_message_that_is_ended_tells_of_an_account_without_movements() -> None:
    silent = HEAD.replace("1234567", "7654321") + "-\n"
    result = good(OPEN + CLOSE + silent)
    assert result.statements["account_text"].to_list() == ["1234567", "7654321"]
    for alone in (silent, HEAD, ":20:A\n:25:1\n"):
        assert good(alone).statements.height == 1
        assert good(alone).findings.is_empty()


def test_a_cut_file_is_refused_at_the_message_that_lacks_its_end() -> None:
    whole = OPEN + ":61:2601050105D10,00NTRF\n" + CLOSE
    for text in (OPEN, OPEN + ":61:26010", whole + OPEN + ":61:2601050105D1", OPEN + ":62F:C2601"):
        assert "the file ends within the statement" in refusal(text).problem
    assert "file0.sta: line 8" in refusal(whole + OPEN).where
    assert refusal("{1:F01X}{2:O9420000}{4:\n" + INTERIM).problem.endswith('no end mark ("-")')


def test_a_nul_byte_is_refused_with_its_line_and_the_neighbour_is_read() -> None:
    result = reading(OPEN + "\0" + CLOSE, OPEN + CLOSE)
    assert [file.error is None for file in result.files] == [False, True]
    assert str(result.files[0].error).startswith("file0.sta: line 5: a NUL byte")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_change_nothing(encoding: str, end: str) -> None:
    text = OPEN + ":61:2601050105D1,00NTRF\n:86:Müller\n" + CLOSE
    result = good(text.replace("\n", end).encode(encoding))
    assert result.files[0].encoding == encoding
    assert result.records["description"].to_list() == ["Müller"]
    assert result.records["place"].to_list() == ["line 5"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_odd_marks_and_line_ends_of_several_kinds_keep_every_entry_and_its_line(end: str) -> None:
    usual = (OPEN + ":61:2601050105D1,00NTRF\n:86:a\n:colon\n").replace("\n", end)
    odd = " :61:2601050105D2,00NTRF\r:\r\n86:b\r\n\t:61:2601050105D3,00NTRF\n"
    result = good(usual + odd + CLOSE)
    assert result.records["amount_text"].to_list() == ["-1,00", "-2,00", "-3,00"]
    assert result.records["description"].to_list() == ["a :colon", "b", None]
    assert result.records["place"].to_list() == ["line 5", "line 8", "line 11"]
    assert result.records["raw_text"][1] == ":61:2601050105D2,00NTRF\n:\n86:b"


def test_byte_order_marks_between_joined_files_are_no_text() -> None:
    text = OPEN + ":61:2601050105D1,00NTRF\n:86:a\n" + CLOSE
    assert good(2 * text.encode("utf-8-sig")).records.height == 2


def test_a_batch_reads_like_its_files_one_by_one() -> None:
    files = [
        OPEN + f":61:2601050105RC{n},00NTRF\n:86:a\n:86:b{n}\n" + CLOSE * (n % 3) for n in range(9)
    ]
    together = reading(*files)
    for number, text in enumerate(files):
        alone = reading(text).records.drop("file_no")
        assert together.records.filter(file_no=number).drop("file_no").equals(alone)


ENTRY = ":61:2601050105D10,00NTRFNONREF\n"
OTHER = "Datum;Betrag\n06.01.2026;5,00\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (ENTRY + CLOSE, []),
        (ENTRY + ":62F:C260131EUR90,00\n-}{5:{CHK:0123456789AB}}\x03\n", []),
        (ENTRY + ":62F:C260131EUR90,00\n-}\n{5:{CHK:0123456789AB}{TNG:}}{S:{SAC:}}\n\x1a", []),
        (ENTRY + ":62F:C260131EUR90,00\n{5:{CHK:0123456789AB}}\n", []),
        (ENTRY + CLOSE + "end of file\n", []),
        (ENTRY + CLOSE + OTHER, ["behind the end"]),
        (ENTRY + ":62F:C260131EUR90,00\n" + OTHER, ["behind the end"]),
        (ENTRY + ":86:a\n-\n" + OTHER, ["behind the end"]),
        (ENTRY + ":62F:C260131EUR90,00\n:64:C260131EUR90,00\n" + OTHER, ["behind the end"]),
        (ENTRY + ":62F:C260131EUR90,00\n:86:balance of 2026\nno 3\n", []),
        (ENTRY + CLOSE.replace("F", "M"), ["its last page closes with :62M:"]),
        (ENTRY + CLOSE.replace("F", "M") + CLOSE.join((OPEN, "")), ["its last page closes"]),
    ],
)
def test_what_a_file_lacks_or_has_behind_its_end_is_said(text: str, told: list[str]) -> None:
    result = good(OPEN + text)
    assert result.records.height == 1
    findings = result.findings.filter(code="statement_unreadable", is_set_aside=False)
    messages = findings["message"].to_list()
    assert len(messages) == len(told)
    assert all(message.startswith(start) for message, start in zip(messages, told, strict=True))


@pytest.mark.parametrize(
    ("mark", "closing", "is_told"), [("RC", "90,00", False), ("RC", "110,00", True)]
)
def test_a_reversal_that_counts_the_other_way_is_remarked_on(
    mark: str, closing: str, is_told: bool
) -> None:
    entry = f":61:2601050105{mark}10,00NTRFNONREF\n"
    result = good(OPEN + entry + f":62F:C260131EUR{closing}\n-\n")
    (told,) = result.findings.rows(named=True) if is_told else ({},)
    assert result.findings.is_empty() is not is_told
    assert told.get("code") == ("reversal_turned" if is_told else None)
    assert told.get("record_no") == (1 if is_told else None)


@pytest.mark.parametrize("size", [1, 60, 200, 1 << 24])
def test_a_large_file_is_cut_in_groups_that_say_the_same_as_the_whole(size: int) -> None:
    entry = ":61:2601050105D1,00NTRF\n/more/\n:86:a\n:86:b\n:colon\n :61:2601050105D2,00NTRF\n"
    opened = [
        open_text(Source(number, "x", (text * 3).encode()))
        for number, text in enumerate((OPEN + 3 * entry + CLOSE, "", OPEN + CLOSE, OPEN + entry))
    ]
    files, texts = [one for one, _ in opened], [text for _, text in opened]
    whole, parts = cut(texts), cut(texts, group_bytes=size)
    assert pl.concat(parts.entries).equals(pl.concat(whole.entries))
    assert documents(files, parts.others) == documents(files, whole.others)


PIECES = st.sampled_from(
    [
        *(":61:", "2601050105", "D1,00", "NTRF", "\n", ":86:", "?20", "\r\n", "-", ":20:", ":25:"),
        *(":NS:", ":60F:C260101EUR1,", ":62F:C260101EUR1,", ":62M:", " ", ":", "-}", "{4:"),
        *("/REMI/", "\ufeff", "é", "61:", ":6", "1:", ":xx:", "C260101EUR1,"),
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=40), st.integers(0, 200))
def test_no_content_stops_the_reader_and_every_entry_is_accounted_for(
    pieces: list[str], cut: int
) -> None:
    data = (OPEN + "".join(pieces) + CLOSE).encode()
    result = reading(data, data[: len(data) - cut])
    kept = [file for file in result.files if file.error is None]
    for file in kept:
        rows = result.records.filter(file_no=file.file_no).height
        aside = result.findings.filter("is_set_aside", file_no=file.file_no).height
        assert rows + aside == file.raw_count
