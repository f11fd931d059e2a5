"""The promises of the MT940 and MT942 reader; rules quote the SWIFT handbook, Category 9."""

import codecs
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import MalformedFile, UndecodableFile
from schemas.findings import Code
from schemas.statement import STATEMENT_TEXT
from schemas.transactions import RECORD
from tasks.extract.formats.mt94x.fields import cut, open_text
from tasks.extract.formats.mt94x.messages import documents
from tasks.extract.formats.mt94x.reader import MT940, MT942, read
from tasks.extract.formats.mt94x.records import cut_closely, cut_entries
from tasks.extract.source import Reading, Source
from tasks.extract.typed import type_records, type_statements

HEAD = ":20:STARTUMSE\n:25:99900000/1234567\n:28C:1/1\n"
OPEN = HEAD + ":60F:C260101EUR100,00\n"
CLOSE = ":62F:C260131EUR90,00\n-\n"
INTERIM = HEAD + ":34F:EUR0,00\n:13D:2601050900+0100\n"


def reading(*texts: str | bytes) -> Reading:
    data = [text.encode() if isinstance(text, str) else text for text in texts]
    return read([Source(no, f"file{no}.sta", bytes_) for no, bytes_ in enumerate(data)], "")


def accounted(result: Reading) -> bool:
    """Is every entry of every file that was read a record, or set aside?"""
    numbers = pl.concat(
        [result.records, result.findings.filter("is_set_aside")], how="diagonal_relaxed"
    )
    return all(
        file.raw_count == numbers.filter(pl.col("file_no") == file.file_no).height
        for file in result.files
    )


def good(*texts: str | bytes) -> Reading:
    result = reading(*texts)
    assert [file.error for file in result.files] == [None] * len(texts)
    assert accounted(result)
    return result


def one(entry: str) -> dict[str, object]:
    """The one record of a statement."""
    rows = good(OPEN + entry + CLOSE).records.rows(named=True)
    assert len(rows) == 1
    return rows[0]


def described(text: str) -> tuple[object, object]:
    row = one(f":61:2601050105D10,00NTRFNONREF\n:86:{text}\n")
    return row["description"], row["counterparty"]


def refusal(text: str | bytes) -> MalformedFile | UndecodableFile:
    result = reading(text)
    assert result.records.is_empty()
    assert result.statements.is_empty()
    error = result.files[0].error
    assert isinstance(error, MalformedFile | UndecodableFile)
    return error


def amounts(result: Reading) -> list[Decimal]:
    statements = type_statements(result.statements, result.convention)
    return type_records(result.records, statements, result.convention).records["amount"].to_list()


# Who claims a file


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (OPEN + CLOSE, "mt940"),
        ("{1:F01X}{2:O9400000}{4:\r\n" + OPEN + CLOSE, "mt940"),
        ("TESTNL2A\n940\nTESTNL2A\n" + OPEN, "mt940"),
        (codecs.BOM_UTF8.decode() + OPEN, "mt940"),
        (":86:166?20Kaffee\n", "mt940"),
        (INTERIM, "mt942"),
        (INTERIM + ":61:2601050105D1,00NTRF\n:90D:1EUR1,00\n", "mt942"),
        (INTERIM + "-\n" + OPEN + CLOSE, "mt940"),
        ("{1:F01X}{2:I103BANK}{4:\n:20:A\n:32A:260101EUR1,00\n:59:X\n", ""),
        ("{1:F01X}{2:O9000000}{4:\n:20:A\n:25:1\n", ""),
        (":20:A\n:28D:1/1\n:50H:/1\n:32B:EUR1,00\n", ""),
        ("Data;Valor\n01/02/2026;1,00\n", ""),
        ("", ""),
    ],
)
def test_content_names_the_format(text: str, name: str) -> None:
    source = Source(0, "any", text.encode())
    assert [one.name for one in (MT940, MT942) if one.sniff(source)] == ([name] if name else [])


# Shapes


def test_frames_have_their_schemas_also_when_there_is_nothing() -> None:
    for result in (reading(), good(OPEN + CLOSE), good(OPEN + ":61:2601050105D1,NTRF\n" + CLOSE)):
        assert result.records.schema == RECORD
        assert result.statements.schema == STATEMENT_TEXT
    assert good(OPEN + CLOSE).statements.height == 1


# :61:, the entry


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        # handbook: 6!n[4!n]2a[1!a]15d1!a3!c16x[//16x]
        ("2601050106D10,00NTRFREF1//BANK1", ("20260106", "-10,00", "NTRF", "BANK1", "REF1")),
        ("260105CR10,NCHK1234", ("20260105", "10,", "NCHK", None, "1234")),
        ("2601050105D10.00N654NONREF", ("20260105", "-10,00", "N654", None, None)),
        ("2601050105D10,00NONREF", ("20260105", "-10,00", None, None, None)),
        ("260105    C0000010,5 FMSCX", ("20260105", "0000010,5", "FMSC", None, "X")),
        ("260105D10,00NGT EREF", ("20260105", "-10,00", "NGT ", None, "EREF")),
        (
            "2601050105D10,00NTRF6b8a0d2e-6f0f-4c55-9c1e-0a2f1d0c9b11//0123456789012345678901",
            (
                "20260105",
                "-10,00",
                "NTRF",
                "0123456789012345678901",
                "6b8a0d2e-6f0f-4c55-9c1e-0a2f1d0c9b11",
            ),
        ),
    ],
)
def test_an_entry_is_cut_as_banks_write_it(head: str, expected: tuple[object, ...]) -> None:
    row = one(f":61:{head}\n")
    names = ("booked_text", "amount_text", "kind_code", "bank_ref", "description")
    assert tuple(row[name] for name in names) == expected


@pytest.mark.parametrize(
    ("days", "booked"),
    [
        ("2512310102", "20260102"),  # lesson 4: the nearest year, forwards
        ("2601021231", "20251231"),  # and backwards
        ("2402280229", "20240229"),
        ("9912310103", "20000103"),
        ("8001020102", "19800102"),
        ("2601050230", "20260230"),  # no such day: typing sets it aside
    ],
)
def test_the_entry_date_takes_the_year_nearest_to_the_value_date(days: str, booked: str) -> None:
    assert one(f":61:{days}D1,00NTRF\n")["booked_text"] == booked


def test_what_follows_the_first_line_is_the_supplement() -> None:
    row = one(":61:2601050105D10,00NTRFREF1\n/OCMT/USD12,5\n0/EXCH/1.25/\n")
    assert row["description"] == "/OCMT/USD12,5 0/EXCH/1.25/"
    assert (row["original_amount_text"], row["original_currency"]) == ("12,50", "USD")
    assert row["exchange_rate_text"] == "1,25"


def test_an_entry_that_cannot_be_cut_is_set_aside_and_its_neighbours_stay() -> None:
    result = good(OPEN + ":61:2601050105D1,00NTRF\n:61:gestern 5,00\n:86:x\n" + CLOSE)
    assert result.records["record_no"].to_list() == [1]
    (row,) = result.findings.rows(named=True)
    assert (row["record_no"], row["place"], row["code"]) == (2, "line 6", Code.UNREADABLE_ROW)
    assert row["raw_text"] == ":61:gestern 5,00\n:86:x"


ENTRY_PIECES = st.sampled_from(
    [
        *("260105", "0105", "    ", "RC", "RD", "ED", "C", "D", "R", "10", "1", ",", ".", ",00"),
        *("NTRF", "NMSC", "S123", "NONREF", "NO12", "N", "A1 ", "/", "//", " ", "\n", "é"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.lists(ENTRY_PIECES, max_size=9)), min_size=1))
def test_the_usual_pattern_cuts_an_entry_as_the_close_look_does(
    drawn: list[tuple[bool, list[str]]],
) -> None:
    begin = "2601050105D10,00N"
    heads = ["61:" + begin * is_begun + "".join(rest) for is_begun, rest in drawn]
    entries = pl.DataFrame({"head": heads}).with_row_index("entry")
    close = cut_closely(entries)
    assert cut_entries(entries).select(close.columns).equals(close)


# Marks


@pytest.mark.parametrize(
    ("marks", "closing", "expected"),
    [
        ("RC RD", "C260131EUR100,00", ["-10", "10"]),
        ("RC", "C260131EUR90,00", ["-10"]),  # the reversal of a credit is a debit
        ("RC", "C260131EUR110,00", ["10"]),  # unless only the other reading closes
        ("RD", "C260131EUR90,00", ["-10"]),
        ("RC", "C260131EUR95,00", ["-10"]),  # neither closes: as the handbook says
        ("D RDR C", "C260131EUR110,00", ["-10", "10", "10"]),
    ],
)
def test_the_balance_decides_what_a_reversal_means(
    marks: str, closing: str, expected: list[str]
) -> None:
    entries = "".join(f":61:2601050105{mark}10,00NTRF\n" for mark in marks.split())
    result = good(f"{OPEN}{entries}:62F:{closing}\n-\n")
    assert amounts(result) == [Decimal(amount) for amount in expected]


def test_expected_entries_are_pending_wherever_they_stand() -> None:
    entries = ":61:2601050105ED1,00NTRF\n:61:2601050105EC2,00NTRF\n:61:2601050105C3,00NTRF\n"
    result = good(OPEN + entries + CLOSE, INTERIM + entries + ":90D:1EUR1,00\n:90C:2EUR5,00\n-\n")
    assert result.records["amount_text"].to_list() == ["-1,00", "2,00", "3,00"] * 2
    assert result.records["is_pending"].to_list() == [True, True, False, True, True, True]
    assert result.findings.is_empty()


# :86:, what the entry is about


@pytest.mark.parametrize(
    ("text", "description", "counterparty"),
    [
        ("166?00SEPA?20Rechnung 1?21von Mai?32Max?33Muster", "Rechnung 1 von Mai", "Max Muster"),
        ("166?20" + "A" * 27 + "?21B?60C", "A" * 27 + "B C", None),
        ("166?20Re\nchnung?32Ma\nx", "Rechnung", "Max"),
        ("166?20Wie? Ja?5 Uhr?32Max", "Wie? Ja?5 Uhr", "Max"),
        ("166?20EREF+A1?21MREF+M1?22SVWZ+Miete?23IBAN+DE00", "Miete", None),
        ("166?20EREF+A1?21KREF+NONREF", "EREF+A1 KREF+NONREF", None),
        ("808?00ENTGELT?10931", "ENTGELT", None),
        ("020~00X~20Faktura 5~32Jan", "Faktura 5", "Jan"),
        ("<20Faktura 5<32Jan", "Faktura 5", "Jan"),
        ("/TRTP/SEPA/NAME/J. X/Y/REMI/a/b/EREF/Z", "a/b", "J. X/Y"),
        ("/CNTP/NL00/BIC/Jan/Town//REMI/USTD//Factuur 1/", "Factuur 1", "Jan"),
        ("/EREF/Z/NAME/Jan", "/EREF/Z/NAME/Jan", "Jan"),
        ("free text\nin two   lines", "free text in two lines", None),
        ("x" * 65 + "\ny", "x" * 65 + "y", None),
        ("", None, None),
        ("a\n:86:b", "a b", None),
        ("a\n:colon\n:20:30 Uhr", "a :colon :20:30 Uhr", None),
        ("z" * 3000, "z" * 3000, None),  # handbook: 6*65x; banks write more
    ],
)
def test_the_text_tells_what_and_who(text: str, description: object, counterparty: object) -> None:
    assert described(text) == (description, counterparty)


def test_german_free_fields_add_to_the_text() -> None:
    row = one(":61:2601050105D1,00NTRF\n:86:020?20A\n:NS:01B\n02C\n15Max\n16Muster\n17X\n")
    assert (row["description"], row["counterparty"]) == ("A B C", "Max Muster")


def test_the_raw_text_is_what_the_bank_printed() -> None:
    entries = [
        ":61:2601050105D1,00NTRF\n/more/\n:86:a\n b",
        ":61:2601050105D2,00NTRF",
        ":61:2601050105D3,00NTRF\n:86:a\n:86:b\n:NS:01c",
        " :61:2601050105D4,00NTRF\n:\n86:a",
    ]
    result = good(OPEN + "\n".join(entries) + "\n" + CLOSE)
    assert result.records["raw_text"].to_list() == [entry.strip() for entry in entries]
    assert result.records["place"].to_list() == ["line 5", "line 9", "line 10", "line 14"]


# Statements


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
        *("/REMI/", "\ufeff", "é"),
    ]
)


@settings(max_examples=300, deadline=None)
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
