"""Paper: nothing is believed that the statement itself does not prove, and no PDF is a trap."""

import zlib
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from schemas.errors import SettingsError
from tasks.extract import identify
from tasks.extract.formats.pdf import paper
from tasks.extract.formats.pdf.days import day_near, day_within, full_day
from tasks.extract.formats.pdf.layout import LAYOUTS, layouts, parse
from tasks.extract.formats.pdf.reader import PDF, PDFTEXT
from tasks.extract.read import BatchReading, read_batch
from tasks.extract.source import Source

EXAMPLES = Path(__file__).parent / "examples"
PAPER = (EXAMPLES / "pdf" / "card" / "statement.pdf").read_bytes()
ICS = (EXAMPLES / "pdftext" / "ics_card" / "ics.txt").read_text(encoding="utf-8")
RELEVE = (EXAMPLES / "pdftext" / "releve" / "releve.txt").read_text(encoding="utf-8")
ABN = (EXAMPLES / "pdftext" / "statement_of_account" / "abn.txt").read_text(encoding="utf-8")
DUTCH = layouts()["nl_ics_card"].conventions.months


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = {PDF.name, PDFTEXT.name}
    others = tuple(one for one in identify.FORMATS if one.name not in ours)
    monkeypatch.setattr(identify, "FORMATS", (*others, PDF, PDFTEXT))


def read(data: bytes | str) -> BatchReading:
    given = data if isinstance(data, bytes) else data.encode()
    return read_batch([Source(0, "x", given, "x")])


def problem(data: bytes | str) -> str:
    (file,) = read(data).files
    assert file.error is not None
    return file.error.problem


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("17 september 2019", date(2019, 9, 17)),
        ("24 mrt 2019", date(2019, 3, 24)),
        ("1 maart 26", date(2026, 3, 1)),
        ("02/01/2026", date(2026, 1, 2)),
        ("31-02-2026", None),
        ("12 xyz 2026", None),
        ("12 mei", None),
        ("", None),
        (None, None),
    ],
)
def test_full_days(text: str | None, day: date | None) -> None:
    assert full_day(text, DUTCH) == day


@pytest.mark.parametrize(
    ("text", "starts", "ends", "after", "day"),
    [
        ("23 dec", None, date(2026, 1, 17), None, date(2025, 12, 23)),
        ("17 jan", None, date(2026, 1, 17), None, date(2026, 1, 17)),
        ("18 jan", None, date(2026, 1, 17), None, date(2025, 1, 18)),
        ("29/02", None, date(2026, 1, 17), None, None),
        ("29/02", None, date(2024, 3, 1), None, date(2024, 2, 29)),
        ("03/01", date(2025, 1, 2), date(2026, 1, 4), None, date(2025, 1, 3)),
        ("03/01", date(2025, 1, 2), date(2026, 1, 4), date(2025, 12, 22), date(2026, 1, 3)),
        ("05/02", date(2026, 1, 2), date(2026, 2, 4), None, None),
        ("05/02", None, None, None, None),
    ],
)
def test_days_without_a_year_lie_in_the_period(
    text: str, starts: date | None, ends: date | None, after: date | None, day: date | None
) -> None:
    assert day_within(text, DUTCH, starts=starts, ends=ends, after=after) == day


def test_value_days_lie_near_the_booking() -> None:
    assert day_near("01/01", (), date(2025, 12, 22)) == date(2026, 1, 1)
    assert day_near("31/12", (), date(2026, 1, 2)) == date(2025, 12, 31)
    assert day_near("31/12", (), None) is None


def test_a_line_that_no_pattern_cuts_is_set_aside() -> None:
    reading = read(ICS.replace("2,55   Bij", "2.55   Bij").replace("1.252,55", "1.250,00"))
    assert reading.files[0].error is None
    assert reading.files[0].raw_count == 4
    assert reading.transactions.height == 3
    assert reading.findings.select("place", "code", "record_no", "is_set_aside").rows() == [
        ("line 27", "unreadable_row", 4, True)
    ]


def test_a_day_outside_the_period_is_set_aside() -> None:
    reading = read(RELEVE.replace("05/01   ", "06/01   ").replace("TOTAL DES MOUVEMENTS", "TOTAL"))
    assert reading.findings["code"].to_list() == ["date_unreadable"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("107,99", "107,98", "its debits add up to 107.99, but it says 107.98"),
        ("1.252,55", "1.252,56", "its credits add up to 1252.55, but it says 1252.56"),
        ("2 van 2", "3 van 2", "page 2 of 2 is missing"),
        ("€ 1.250,00        Af", "", "it prints neither both balances nor both totals"),
    ],
)
def test_what_is_not_proved_is_refused(old: str, new: str, said: str) -> None:
    assert said in problem(ICS.replace(old, new))


def test_the_place_of_an_amount_below_its_heading_is_its_sign() -> None:
    amounts = read(RELEVE).transactions["amount"].to_list()
    assert amounts == [Decimal(2560), Decimal(-1068), Decimal("-11.45"), Decimal("-60.05")]
    assert "its credits add up to 0.00" in problem(RELEVE.replace("DEBIT     ", "DEVIS     "))


@pytest.mark.parametrize("margin", ["", " " * 25])
def test_a_movement_goes_on_below_the_head_of_the_next_page(margin: str) -> None:
    first, second = ABN.replace("1             1 ", "2             1 ").split(f"{' ' * 20}Oms")
    head = """
                     Statement of account
Account (in EUR)     Account number   Date          No of pages   Page   Stmt no
PERSONAL ACCOUNT     20.00.00.003     03-01-2026    2             002    001
   Bookdate    Description                         Amount debit          Amount credit
   (Value date)
                    Oms"""
    rest = (head + second).replace("(02-01)   ", "(02-01)\nC. of C nr. 00000000\n          ")
    text = first + rest.replace("\n", f"\n{margin}").replace(f"{margin}C. of C", "C. of C")
    reading = read(text)
    assert reading.files[0].error is None
    assert reading.statements["account_ref"].to_list() == ["NL12ABNA0200000003"]
    assert reading.transactions["description"].to_list() == [
        "SEPA Periodieke overb. IBAN: NL00ABNA0000000000 Naam: I EMAND Omschrijving: huur",
        "SEPA Overboeking Naam: WERKGEVER",
    ]
    assert reading.transactions["valued_on"].to_list() == [date(2025, 12, 31), date(2026, 1, 2)]
    assert "page 2 of 2 is missing" in problem(text.replace(" 002 ", " 001 "))


@pytest.mark.parametrize("margin", ["", "   "])  # of a text, and of a page whose paper has edges
def test_what_stands_in_the_margin_ends_no_movement(margin: str) -> None:
    whole = read(ABN).transactions["description"].to_list()
    assert "huur" in whole[0]
    text = ABN.replace("VAT nr.", f"{margin}VAT nr.")
    assert read(text).transactions["description"].to_list() == whole


def test_the_head_says_in_which_currency_an_account_is() -> None:
    assert read(ABN.replace("(in EUR)", "(in USD)")).statements["currency"].to_list() == ["USD"]


def test_a_card_may_be_in_credit_and_write_months_with_a_point() -> None:
    text = ICS.replace("Vorig openstaand saldo", "Vorig tegoed          ")
    for month in ("dec", "jan"):
        text = text.replace(f" {month} ", f" {month}. ")
    assert "dec." in text
    told = [read(one).transactions.drop("raw_text") for one in (text, ICS)]
    assert told[0].height == 4
    assert told[0].equals(told[1])


DBS = """
     A PERSON                                      DBS Cards P.O. Box 000
     Credit Cards
STATEMENT DATE        CREDIT LIMIT        MINIMUM PAYMENT        PAYMENT DUE DATE
  14 Jan 2026         $10,000.00              $50.00                08 Feb 2026
DATE       DESCRIPTION                                         AMOUNT (S$)
INVENTED VISA CARD NO.: 4000 0000 0000 0002
           PREVIOUS BALANCE                                    200.10
10 JAN     AUTOPAY                                             200.10 CR
           REF NO: 00000000000000000000011
NEW TRANSACTIONS A PERSON
16 DEC     KIOSK 10.00 EACH                                  1,000.50
06 JAN     FAR SHOP                                             27.20
           U. S. DOLLAR 20.00
                                                   TOTAL:    1,027.70
                     GRAND TOTAL FOR ALL CARD ACCOUNTS:      1,027.70
           DBS VISA CARD - DBS POINTS SUMMARY
01 JAN     POINTS              1.00
"""
UOB = """
United Overseas Bank Limited
Credit Card(s) Statement
Statement Date            13 JAN 2026
INVENTED    4000-0000-0000-0002    A PERSON               18.30             50.00
4000-0000-0000-0002 A PERSON
Post Date   Trans Date   Description of Transaction              Transaction Amount SGD
                         PREVIOUS BALANCE                                     10.00
01 JAN      31 DEC       GIRO PAYMENT                                         10.00 CR
4000-0000-0000-0002 A PERSON (continued)
Post Date   Trans Date   Description of Transaction              Transaction Amount SGD
19 DEC      16 DEC       NOODLES                                              18.30
                         JPY 2,000.00
                         SUB TOTAL                                            18.30
                         TOTAL BALANCE FOR INVENTED                           18.30
 End of Transaction Details
"""


@pytest.mark.parametrize(
    ("text", "edges", "moved"),
    [
        (
            DBS,
            (Decimal("-200.1"), Decimal("-1027.7")),
            [
                (date(2026, 1, 10), None, Decimal("200.1"), "AUTOPAY"),
                (date(2025, 12, 16), None, Decimal("-1000.5"), "KIOSK 10.00 EACH"),
                (date(2026, 1, 6), None, Decimal("-27.2"), "FAR SHOP U. S. DOLLAR 20.00"),
            ],
        ),
        (
            UOB,
            (Decimal(-10), Decimal("-18.3")),
            [
                (date(2026, 1, 1), date(2025, 12, 31), Decimal(10), "GIRO PAYMENT"),
                (date(2025, 12, 19), date(2025, 12, 16), Decimal("-18.3"), "NOODLES"),
            ],
        ),
    ],
)
def test_what_a_card_bill_marks_cr_pays_in_and_all_else_is_owed(
    text: str, edges: tuple[Decimal, Decimal], moved: list[tuple[object, ...]]
) -> None:
    reading = read(text)
    assert reading.files[0].error is None
    names = ("booked_on", "valued_on", "amount", "description")
    assert reading.transactions.select(names).rows() == moved
    assert reading.statements.select("opening_balance", "closing_balance").rows() == [edges]
    assert reading.statements["account_ref"].to_list() == ["4000000000000002"]


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (DBS, "NEW TRANSACTIONS", "OTHER CARD NO.: 4000 0000 0000 0003"),
        (UOB, "4000-0000-0000-0002 A PERSON (continued)", "4000-0000-0000-0003 A PERSON"),
    ],
)
def test_balances_of_one_card_do_not_prove_the_movements_of_two(
    text: str, old: str, new: str
) -> None:
    other = f"{new}\n                         PREVIOUS BALANCE     0.00\n"
    assert "it states 2 accounts" in problem(text.replace(old, other))


def test_what_stands_below_the_stop_line_is_no_movement() -> None:
    assert read(RELEVE).transactions["bank_ref"].to_list().count("0015987") == 1


def test_bytes_of_another_encoding_are_refused() -> None:
    assert "is not utf-8" in problem(ICS.replace("UTRECHT", "ÜTRECHT").encode("cp1252"))


@pytest.mark.parametrize("junk", ["\0", "A" * 1_000_000, "9" * 100_000, " " * 100_000 + "x"])
def test_a_line_that_no_paper_has_is_refused(junk: str) -> None:
    cut = ICS.index("UTRECHT")
    assert "which no statement has" in problem(ICS[:cut] + junk + ICS[cut:])


def pdf_with(stream: bytes, entry: bytes = b"/Filter /FlateDecode") -> bytes:
    head = b"<< %s /Length %d >>\nstream\n" % (entry, len(stream))
    return PAPER.replace(
        b"trailer", b"99 0 obj\n" + head + stream + b"\nendstream\nendobj\ntrailer"
    )


@pytest.mark.parametrize(
    "data",
    [
        pdf_with(zlib.compress(b" " * 120_000_000)),
        pdf_with(b"x", b"/Filter [/FlateDecode /FlateDecode]"),
        PAPER + b" " * paper.MOST_BYTES,
    ],
)
def test_a_bomb_is_refused_before_it_goes_off(data: bytes) -> None:
    assert "more than a statement can need" in problem(data)


def test_too_many_pages_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "MOST_PAGES", 1)
    (file,) = PDF.read([Source(0, "x", PAPER, "x")], "sg_hcbs_card").files
    assert file.error is not None
    assert "more than 1 pages" in file.error.problem


def test_pages_that_take_too_long_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "MOST_SECONDS", -1)
    (file,) = PDF.read([Source(0, "x", PAPER, "x")], "sg_hcbs_card").files
    assert file.error is not None
    assert "seconds to read" in file.error.problem


def test_a_password_is_named() -> None:
    locked = b"<< /Encrypt << /Filter /Standard /V 1 /R 2 /O (x) /U (y) /P -4 >> /ID [(a) (b)] "
    assert "password" in problem(PAPER.replace(b"trailer\n<< ", b"trailer\n" + locked))


def test_a_pdf_may_be_cut_anywhere() -> None:
    cuts = [PAPER[:end] for end in range(1, len(PAPER), len(PAPER) // 25)]
    sources = [Source(number, "x", data, "x") for number, data in enumerate(cuts)]
    reading = PDF.read(sources, "sg_hcbs_card")
    assert [one.error is not None for one in reading.files].count(True) > 0
    assert len(reading.files) == len(cuts)


@pytest.mark.parametrize("data", [b"", b"%!PS", b"a  b;c\n", b"\xff\xfe\x00\x00", b"<OFX>  "])
def test_other_files_are_not_ours(data: bytes) -> None:
    assert [*PDF.sniff(Source(0, "x", data, "x")), *PDFTEXT.sniff(Source(0, "x", data, "x"))] == []


def test_no_file_at_all() -> None:
    for reader in (PDF, PDFTEXT):
        assert reader.read([], "").files == ()
        assert reader.read([], "nl_ics_card").files == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[lines]", "[lines]\nfooter = 'x'", "lines.footer"),
        ('sign = "marked"', 'sign = "columns"', "heading"),
        ("(?P<amount>", "(?P<sum>", "knows only the groups"),
        ('name = "nl_ics_card"', 'name = "nl_ics"', "names itself nl_ics"),
        ('country = "NL"', "country = ", "not TOML"),
        ("counted = '", "counted = '(", "not a regular expression"),
    ],
)
def test_a_wrong_layout_is_refused_with_its_key(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    path = tmp_path / "nl_ics_card.toml"
    text = (LAYOUTS / path.name).read_text(encoding="utf-8")
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(SettingsError, match=said):
        parse(path)
