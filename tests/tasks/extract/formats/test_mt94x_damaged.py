"""MT940 and MT942 with damaged tags, lost balances, lost commas: each is told."""

import re
from pathlib import Path

import pytest
from written_mt94x import CLOSE, HEAD, INTERIM, OPEN, good, one

from schemas.findings import Code
from tasks.extract.formats.mt94x.reader import MT940
from tasks.extract.large import LargeFile, Uncuttable
from tasks.extract.read import read_batch
from tasks.extract.source import Source

BEFORE = ":61:2601050105D4,00NTRFNONREF\n:86:Padaria\n"
BEHIND = ":86:Farmacia\n:61:2601060106D6,00NTRFNONREF\n:86:Livraria\n"

TAGS = [
    *("61:", ":1:", ":6:", ":61"),  # a sign is missing
    *(";61:", ":01:", ":6?:", ":61;", "é61:", ":64:", ":21:"),  # wrong
    *("x:61:", ":6 1:", ": 61:", ":611:", "::61:", "  61:", ":6\n1:"),  # or too much
    *(":xx:", ":161:"),  # nobody knows it
]


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_an_entry_whose_tag_is_damaged_is_set_aside_with_its_text(tag: str, end: str) -> None:
    lost = f"{tag}2601050105D92,00NTRFNONREF//7\n"
    for opened, closed in ((OPEN, CLOSE), (INTERIM, "-\n")):
        result = good((opened + BEFORE + lost + BEHIND + closed).replace("\n", end))
        assert result.records["description"].to_list() == ["Padaria", "Livraria"]
        assert result.records["record_no"].to_list() == [1, 3]
        (row,) = result.findings.filter("is_set_aside").rows(named=True)
        assert (row["record_no"], row["code"]) == (2, Code.UNREADABLE_ROW)
        assert row["raw_text"] == (lost + ":86:Farmacia").strip()
        assert row["message"] == "the tag of the entry (:61:) is damaged"
        assert row["place"] == f"line {len(opened.splitlines()) + 3}"


@pytest.mark.parametrize(
    "line",
    [
        "61: 5,00 desde 260105",
        ":61 260105 5,00",
        "61:2601050105",
        "Ref 61:2601050105D5,00NTRF",
        "2601050105D5,00NTRF",
        ":86:2601050105D5,00NTRF",
        "?61:2613450105D5,00NTRF",  # no such month
        "60F:C260105",
        "62F:C260105EUR5,00 e mais",
        "C260105EUR5,00",
    ],
)
def test_a_text_that_is_no_entry_stays_a_text(line: str) -> None:
    result = good(OPEN + BEFORE + line + "\n" + CLOSE)
    text = line.removeprefix(":86:")
    assert result.records["description"].to_list() == [f"Padaria {text}"]
    assert result.findings.is_empty()


@pytest.mark.parametrize(
    "tag", ["62F:", ":6?F:", ":62FC", ":62:", ":62 F:", "x:62F:", ":2F:", ":xxF:", ":6\n2F:"]
)
def test_a_balance_whose_tag_is_damaged_is_told_and_is_no_text(tag: str) -> None:
    tag, lost = (tag, "260131EUR90,00") if tag == ":62FC" else (tag, "C260131EUR90,00")
    result = good(OPEN + BEFORE + tag + lost + "\n-\n")
    assert result.records["description"].to_list() == ["Padaria"]
    (row,) = result.findings.rows(named=True)
    assert (row["code"], row["raw_text"]) == (Code.BALANCE_UNREADABLE, tag + lost)
    assert not row["is_set_aside"]
    assert result.statements["closing_text"].to_list() == [None]


@pytest.mark.parametrize("tag", ["60F:", ":60FC", ":6F:"])
def test_a_lost_opening_balance_goes_with_its_own_message(tag: str) -> None:
    lost = HEAD + tag + "C260101EUR100,00\n"
    result = good(OPEN + CLOSE + lost + BEFORE + CLOSE)
    assert result.statements["opening_text"].to_list() == ["100,00", None]
    assert result.statements["account_text"].to_list() == ["1234567"] * 2
    assert result.findings["statement_no"].to_list() == [2]
    assert result.findings["raw_text"].to_list() == [tag + "C260101EUR100,00"]


def test_an_opening_balance_that_is_missing_is_remarked() -> None:
    result = good(HEAD + BEFORE + CLOSE, HEAD + BEFORE + "-\n")
    assert result.findings.select("file_no", "code").rows() == [(0, Code.BALANCE_UNREADABLE.value)]


@pytest.mark.parametrize("amount", ["0000a12,34", "1O,50", "12,3?", "12,O5", "12,l5", "1.I5"])
def test_an_amount_with_a_damaged_digit_is_none(amount: str) -> None:
    row = one(f":61:2601050105D{amount}NTRFNONREF\n")
    assert amount.startswith(str(row["amount_text"])[1:])
    assert re.search("[a-zA-Z?]$", str(row["amount_text"]))


@pytest.mark.parametrize("amount", ["12,34", "12,5", "12,"])
@pytest.mark.parametrize("rest", ["NTRF", "NONREF", "", "TRF1", "//7", " FMSC", "\nmore"])
def test_an_amount_ends_before_what_may_follow_it(amount: str, rest: str) -> None:
    assert one(f":61:2601050105D{amount}{rest}\n")["amount_text"] == f"-{amount}"


def test_an_entry_within_a_line_stays_a_text_and_is_remarked() -> None:
    joined = BEFORE.strip() + ":61:2601050105D92,00NTRFNONREF\n"
    result = good(INTERIM + joined + BEHIND + "-\n")
    assert result.records["description"][0] == "Padaria:61:2601050105D92,00NTRFNONREF Farmacia"
    (row,) = result.findings.rows(named=True)
    assert (row["record_no"], row["code"]) == (1, Code.UNREADABLE_ROW)
    assert not row["is_set_aside"]


@pytest.mark.parametrize("amount", ["1,500", "10"])
def test_a_doubtful_amount_needs_balances_or_a_currency_that_clears_it(amount: str) -> None:
    entry = f":61:2601050105D{amount}NTRFNONREF\n"
    expected = entry.replace("D", "ED")
    clear = {"10": "JPY", "1,500": "KWD"}[amount]
    kept = good(
        OPEN + entry + CLOSE,  # the balances judge it
        INTERIM.replace("EUR", clear) + entry + "-\n",
        INTERIM + ":61:2601050105D0,500NTRFNONREF\n-\n",
    )
    assert kept.records["amount_text"].to_list() == [f"-{amount}"] * 2 + ["-0,500"]
    assert kept.findings.is_empty()
    aside = good(INTERIM + entry + "-\n", HEAD + entry + "-\n", OPEN + entry + expected + CLOSE)
    assert aside.records["amount_text"].to_list() == [f"-{amount}"]
    assert aside.findings["code"].to_list() == [Code.AMOUNT_AMBIGUOUS.value] * 3
    assert aside.findings["raw_text"].to_list() == [entry.strip(), entry.strip(), expected.strip()]
    unread = OPEN + entry + ":61:gestern\n" + CLOSE  # so that the balances prove nothing
    assert good(unread).findings["code"].to_list() == [
        Code.AMOUNT_AMBIGUOUS.value,
        Code.UNREADABLE_ROW.value,
    ]


@pytest.mark.parametrize(
    ("odd", "problem"),
    [
        ("61:2601150115D5,00NTRFX", "a tag may be damaged"),
        (":61:2601150115D5NTRFX", "doubtful amounts"),
    ],
)
def test_what_only_the_whole_file_tells_is_not_cut(odd: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "a.sta"
    usual = [f":61:26010{day}010{day}D1,00NTRFX\n" for day in range(1, 10)]
    path.write_text(OPEN + "".join([*usual, odd + "\n", *usual]) + ":62F:C260131EUR77,00\n-\n")
    assert good(path.read_bytes()).records.height in (18, 19)
    with pytest.raises(Uncuttable, match=problem):
        _read_in_parts(path)


def _read_in_parts(path: Path) -> None:
    file = LargeFile(0, path.name, path.name, path, path.stat().st_size)
    assert MT940.volumes is not None
    for volume in MT940.volumes(file, "", 200):
        part = read_batch([Source(0, path.name, volume.data, path.name)])
        assert volume.check is not None
        volume.check(part.statements, part.transactions, part.findings)
