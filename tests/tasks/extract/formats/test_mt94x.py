"""MT940 and MT942: who claims a file, and entries; rules quote the SWIFT handbook, Category 9."""

import codecs
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from written_mt94x import (
    CLOSE,
    INTERIM,
    OPEN,
    amounts,
    described,
    good,
    one,
    reading,
)

from schemas.errors import MalformedFile
from schemas.findings import Code
from schemas.statement import STATEMENT_TEXT
from schemas.transactions import RECORD
from tasks.extract.formats.mt94x.reader import MT940, MT942
from tasks.extract.formats.mt94x.records import cut_closely, cut_entries
from tasks.extract.source import Source


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (OPEN + CLOSE, "mt940"),
        ("{1:F01X}{2:O9400000}{4:\r\n" + OPEN + CLOSE, "mt940"),
        ("TESTNL2A\n940\nTESTNL2A\n" + OPEN, "mt940"),
        (codecs.BOM_UTF8.decode() + OPEN, "mt940"),
        ("@@".join(["", *OPEN.splitlines(), *CLOSE.splitlines(), ""]), "mt940"),
        (":20:X@@:25:1/2@@:34F:EUR0,@@:13:2601052200@@-@@", "mt942"),
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
        ("260105D10,00FMSC2026\n//BANK1", ("20260105", "-10,00", "FMSC", "BANK1", "2026")),
        ("260105D10,00FMSCA/1\n//B\nC", ("20260105", "-10,00", "FMSC", "B", "C")),
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


@pytest.mark.parametrize(
    ("days", "valued"),
    [
        ("2402300229", "20240229"),
        ("2502300228", "20250228"),
        ("2502290303", "20250228"),
        ("2402290301", "20240229"),
        ("250230", "20250230"),  # no entry date: typing sets it aside
        ("2502310228", "20250231"),
    ],
)
def test_the_thirtieth_of_february_is_the_end_of_a_month_of_interest(
    days: str, valued: str
) -> None:
    assert one(OPEN + f":61:{days}C1,00NTRF\n" + CLOSE)["valued_text"] == valued


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
        ("034~\n20Faktura ~21nr 5~\n22~32Jan~\n33", "Faktura nr 5", "Jan"),
        ("034\n:86:034~00X\n~20Faktura 5\n~32Jan", "Faktura 5", "Jan"),
        ("020~00X~20Faktura~21\u02d9~22\u02d9~32Jan~33\u02d9", "Faktura", "Jan"),
        ("020~00X~20\u00ff~32\u00ff", "X", None),
        ("000+20Plata 1+98 lei+32Ion\n+23din mai", "Plata 1+98 lei din mai", "Ion"),
        ("000+20 lei, achitat", "000+20 lei, achitat", None),
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


@pytest.mark.parametrize(
    ("supplement", "text", "description"),
    [
        (
            "ROSE BAKERY LTD       DD INVOICENU",
            "MBER 77\nREF 1",
            "ROSE BAKERY LTD DD INVOICENUMBER 77 REF 1",
        ),
        ("ROSE BAKERY LTD       DD INVOICE N", " 77", "ROSE BAKERY LTD DD INVOICE N 77"),
        (
            "ROSE BAKERY LTD         DD INVOICE",
            "ROSE BAKERY LTD DD INVOICE 7",
            "ROSE BAKERY LTD DD INVOICE 7",
        ),
        ("ROSE BAKERY LTD", "INVOICE 77", "INVOICE 77"),
        ("/OCMT/USD12,50/EXCH/1,25/1234567/8", "INVOICE 77", "INVOICE 77"),
        ("ROSE BAKERY LTD       DD INVOICENU", "166?20Invoice 77", "Invoice 77"),
    ],
)
def test_a_supplement_of_full_width_runs_into_a_free_text(
    supplement: str, text: str, description: str
) -> None:
    row = one(f":61:2601050105D10,00NTRFNONREF\n{supplement}\n:86:{text}\n")
    assert row["description"] == description


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


def test_hbci_writes_two_signs_for_the_end_of_a_line() -> None:
    text = OPEN + ":61:2601050105D1,00NTRF\n:86:Padaria\n:61:2601060106C2,00NTRF\n" + CLOSE
    plain = good(text)
    joined = good("@@".join(text.splitlines()) + "@@")
    assert joined.records.equals(plain.records)
    assert joined.statements.equals(plain.statements)
    assert joined.files[0].raw_count == 2
    inside = good(text.replace("Padaria", "Padaria@@:61:"))  # there are lines: it is text
    assert inside.records.height == 2


def test_balances_of_two_currencies_prove_nothing() -> None:
    result = good(OPEN + ":62F:C260131USD100,00\n")
    assert result.statements.select("currency_text", "closing_text").rows() == [("EUR", None)]
    assert result.findings["code"].to_list() == [Code.BALANCE_UNREADABLE.value]


def test_an_older_tag_states_the_day_of_an_interim_report() -> None:
    text = ":20:A\n:25:1/2\n:28C:1\n:34F:EUR0,\n:{tag}:2601052200\n:90D:0EUR0,\n:90C:0EUR0,\n-\n"
    old, new = (good(text.format(tag=tag)).statements for tag in ("13", "13D"))
    assert old.equals(new)
    assert old["stated_on_text"].to_list() == ["20260105"]


def test_a_floor_limit_leaves_entries_out_and_changes_none() -> None:
    text = ":20:A\n:25:1\n:34F:EURD5,\n:61:2601050105C1500,00NTRF\n:90C:1EUR1600,00\n"
    assert good(text).findings["code"].to_list() == [Code.STATED_SUM_DIFFERS.value]
    assert good(text.replace(":90C:1", ":90C:2")).findings.is_empty()


def test_a_file_without_line_ends_is_refused() -> None:
    (file,) = reading(
        ":20:A:25:1/2:60F:C260101EUR1,00:61:2601050105C1,00NTRF:62F:C260131EUR2,"
    ).files
    assert isinstance(file.error, MalformedFile)
    assert "none begins a line" in str(file.error)


@pytest.mark.parametrize(
    ("currency", "text", "encoding"),
    [
        ("PLN", "Usługi księgowe za październik", "cp1250"),
        ("PLN", "Usługi księgowe, część ósma, źródło", "iso8859-2"),
        ("PLN", "ZAPŁATA, GDAŃSK", "cp852"),
        ("CZK", "Příspěvek na jídlo", "cp1250"),
        ("CZK", "Příspěvek na jídlo", "cp852"),
        ("CZK", "NOVÁK, ÚHRADA", "cp852"),
        ("CZK", "platba 1\u00a0000", "cp1250"),
        ("HUF", "Kamat és díj, az ügyfél számlája", "cp852"),
        ("BGN", "дължими филми", "cp1251"),
        ("EUR", "Überweisung für März", "cp1252"),
    ],
)
def test_the_currency_tells_what_letters_of_one_byte_are(
    currency: str, text: str, encoding: str
) -> None:
    file = OPEN.replace("EUR", currency) + f":61:2601050105D10,00NTRF\n:86:{text}\n"
    file += CLOSE.replace("EUR", currency)
    for bytes_, used in ((file.encode(encoding), encoding), (file.encode(), "utf-8")):
        result = good(bytes_)
        assert result.records["description"].to_list() == [text.replace("\u00a0", " ")]
        assert result.files[0].encoding == used


@pytest.mark.parametrize(
    ("account", "currency", "text", "encoding"),
    [
        ("1234567", "TRY", "Ödeme, Şirket, ağ, güç", "cp1254"),
        ("1234567", "TRY", "Ödeme, Şirket, ağ, güç", "cp857"),
        ("1234567", "HRK", "Plaćanje računa", "cp1250"),
        ("1234567", "RUB", "Оплата по счёту", "cp1251"),
        ("1234567", "RUB", "Оплата товара", "cp866"),
        ("1234567", "KZT", "Оплата товара", "cp1251"),
        ("1234567", "CNY", "货款支付", "gb2312"),
        ("1234567", "CNY", "Müller, für März", "cp1252"),
        ("1234567", "CNY", "Müller, für März", "cp850"),
        ("PL00999000000000001234567890", "EUR", "Zapłata, środki", "cp1250"),
        ("/PL00999000000000001234567890", "EUR", "Zapłata, środki", "iso8859-2"),
        ("TESTBGSF/BG00TEST99990000001234", "EUR", "Плащане", "cp1251"),
        ("SK0099990000000001234567", "EUR", "Úhrada, ľan", "cp1250"),
        ("LT009990000000012345", "EUR", "Mokėjimas už sąskaitą", "cp1257"),
        ("GR0099900000000000012345678", "EUR", "Πληρωμή", "cp1253"),
        ("DE00999000000001234567", "EUR", "Überweisung für März", "cp1252"),
        ("1234567", "CHF", "Überweisung für März, Größe", "cp850"),
        ("1234567", "SEK", "Räkor från Åre", "cp850"),
        ("1234567", "EUR", "\u201eZitat\u201c \u2013 don\u2019t", "cp1252"),
    ],
)
def test_the_country_of_the_account_tells_what_letters_are(
    account: str, currency: str, text: str, encoding: str
) -> None:
    file = OPEN.replace("99900000/1234567", account) + f":61:2601050105D10,00NTRF\n:86:{text}\n"
    file = (file + CLOSE).replace("EUR", currency)
    result = good(file.encode(encoding))
    assert result.records["description"].to_list() == [text]
    assert result.files[0].encoding == encoding


def test_the_floor_limit_of_an_interim_report_tells_what_letters_are() -> None:
    file = INTERIM.replace("EUR", "PLN") + ":61:2601050105D10,00NTRF\n:86:Zapłata\n-\n"
    assert good(file.encode("cp1250")).records["description"].to_list() == ["Zapłata"]


@pytest.mark.parametrize("amount", ["1 000,00", "12'345'678,90", "1\u00a0000,", "1 000.00"])
def test_an_amount_in_groups_is_not_cut_short(amount: str) -> None:
    assert one(f":61:2601050105D{amount}NTRFREF\n")["amount_text"] == f"-{amount}"
    row = one(":61:2601050105D1 123456\n")  # a reference without a kind
    assert (row["amount_text"], row["description"]) == ("-1", "123456")
