import re
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trial import Trial

from tasks.extract.formats.coda.reader import CODA, read
from tasks.extract.source import Reading, Source

EXAMPLE = (Path(__file__).parent / "examples/coda/two_accounts/extrait.cod").read_bytes().decode()
LINES = EXAMPLE.splitlines()


def at(line: str, first: int, text: str) -> str:
    """The line with other characters from a position on."""
    return line[: first - 1] + text + line[first - 1 + len(text) :]


def file(*lines: str) -> bytes:
    return "\r\n".join(lines).encode()


TRIAL = Trial(read, "file{}.cod")
reading, good, refusal = TRIAL.reading, TRIAL.good, TRIAL.refusal


def changed(number: int, first: int, text: str) -> bytes:
    return file(*LINES[: number - 1], at(LINES[number - 1], first, text), *LINES[number:])


def remarks(result: Reading) -> list[str]:
    return result.findings["message"].to_list()


@pytest.mark.parametrize(
    ("data", "is_ours"),
    [
        (EXAMPLE.encode(), True),
        (b"\xef\xbb\xbf" + EXAMPLE.encode(), True),
        (b"\r\n" + EXAMPLE.encode(), True),
        (b"0000011011272506        00178299", False),  # another application code
        (b"00100000         2", False),  # CNAB 240
        (b"", False),
    ],
)
def test_a_file_is_known_by_its_header(data: bytes, *, is_ours: bool) -> None:
    assert bool(CODA.sniff(Source(0, "any", data))) == is_ours


@pytest.mark.parametrize(
    ("structure", "account", "currency", "expected"),
    [
        ("0", "400000000017 EUR0BE", "   ", ("400000000017", "EUR")),  # Belgian number
        ("1", "12345 6789", "USD", ("12345", "USD")),  # foreign number
        ("2", "BE00000000000017", "CHF", ("BE00000000000017", "CHF")),
        ("3", "LU00000000000000000042", "EUR", ("LU00000000000000000042", "EUR")),
        (" ", "BE00000000000017", "EUR", ("BE00000000000017", "EUR")),  # left out
        (" ", "400000000017 EUR0BE", "   ", ("400000000017", "EUR")),
    ],
)
def test_the_structure_says_where_account_and_currency_stand(
    structure: str, account: str, currency: str, expected: tuple[str, str]
) -> None:
    line = at(at(LINES[1], 2, structure + "002" + account.ljust(34)), 40, currency)
    row = good(file(LINES[0], line, *LINES[2:])).statements.row(0, named=True)
    assert (row["account_text"], row["currency_text"]) == expected


def test_a_globalisation_counts_once_with_or_without_details() -> None:
    assert good(EXAMPLE.encode()).records["amount_text"].to_list() == [
        "250.000",
        "-150.000",
        "-92.150",
    ]
    bare = good(file(*LINES[:8], *LINES[12:]))
    assert bare.records["amount_text"].to_list() == ["250.000", "-150.000", "-92.150"]
    assert bare.details.is_empty()


def test_a_detail_without_its_movement_is_remarked_upon() -> None:
    result = good(file(*LINES[:7], *LINES[8:]))
    assert result.details.is_empty()
    assert "this line belongs to movement 0002, which does not stand above it" in remarks(result)


def test_a_line_whose_movement_is_lost_is_not_given_to_another() -> None:
    result = good(file(*LINES[:2], *LINES[3:]))
    assert result.records["counterparty"].to_list() == [None, None]
    assert "this line belongs to movement 0001, which does not stand above it" in remarks(result)


def test_information_without_structure_is_text_and_with_001_a_name() -> None:
    free = changed(6, 40, "0MERCI DE VOTRE VISITE ")
    assert (
        good(free)
        .records["description"][0]
        .startswith("***123/4567/89002*** MERCI DE VOTRE VISITE")
    )
    without_name = good(file(*LINES[:4], *LINES[5:]))
    assert without_name.records["counterparty"][0] == "BOULANGERIE DU PARC"


def test_the_century_is_that_of_the_file() -> None:
    old = EXAMPLE.replace("020226", "020299").replace("310126", "311298").encode()
    assert good(old).records["booked_text"].to_list() == ["19990202"] * 3
    turn = good(file(at(LINES[0], 6, "020100"), *LINES[1:])).records
    assert turn["booked_text"][0] == "20260202"


@pytest.mark.parametrize(
    ("number", "first", "text", "problem"),
    [
        (19, 17, "000017", ""),  # with the message, record 4
        (19, 17, "000042", "record 9 counts 000042 records, the file holds 16"),
        (19, 37, "9", "record 9 states debits of 242.159, the movements make 242.150"),
        (19, 52, "9", "record 9 states credits of 250.009, the movements make 250.000"),
    ],
)
def test_the_trailer_is_compared(number: int, first: int, text: str, problem: str) -> None:
    said = remarks(good(changed(number, first, text)))
    assert said == ([problem] if problem else [])


@pytest.mark.parametrize(
    ("account", "place"),
    [
        ("BE00000000000017", None),
        ("BE00000000000099", "line 15"),
        ("                ", None),  # names none
    ],
)
def test_a_new_balance_of_another_account_is_remarked_upon(account: str, place: str | None) -> None:
    opened = at(LINES[1], 6, "BE00000000000017".ljust(34))
    closed = at(LINES[14], 5, account.ljust(34))
    result = good(file(LINES[0], at(opened, 2, "2"), *LINES[2:14], closed, *LINES[15:]))
    assert result.findings.select("place", "message", "code", "is_set_aside").rows() == (
        [
            (
                place,
                "the record of the new balance (8) is of another account",
                "statement_unreadable",
                False,
            )
        ]
        if place
        else []
    )
    assert result.statements["closing_text"][0] is not None


@pytest.mark.parametrize(("number", "is_same"), [("400000000017", True), ("400000000018", False)])
def test_a_belgian_number_is_compared_without_its_currency(number: str, *, is_same: bool) -> None:
    opened = at(at(LINES[1], 2, "0002" + "400000000017 EUR0BE".ljust(34)), 40, "   ")
    closed = at(LINES[14], 5, number.ljust(37))
    result = good(file(LINES[0], opened, *LINES[2:14], closed, *LINES[15:]))
    assert result.findings.is_empty() == is_same


@pytest.mark.parametrize(
    ("first", "text", "code"),
    [
        (33, "00000 000250000", "amount_unreadable"),
        (33, "0000000000250.0", "amount_unreadable"),
        (32, "2", "amount_unreadable"),
        (124, "X", None),
        (127, "1", "unreadable_row"),
    ],
)
def test_a_damaged_movement_is_set_aside(first: int, text: str, code: str | None) -> None:
    result = good(changed(3, first, text))
    aside = result.findings.filter("is_set_aside")
    assert aside["code"].to_list() == ([code] if code else [])
    assert aside["place"].to_list() == (["line 3"] if code else [])


def test_a_character_too_few_is_noticed() -> None:
    short = LINES[2][:63] + LINES[2][64:]
    aside = good(file(*LINES[:2], short, *LINES[3:])).findings.filter("is_set_aside")
    assert aside["record_no"].to_list() == [1]


@pytest.mark.parametrize(
    ("data", "where", "problem"),
    [
        (file(*LINES[:-1]), "line 18", "does not run from a record 0 to a whole record 9"),
        (file(*LINES[:-1], LINES[-1][:40]), "line 19", "whole record 9"),
        (file(*LINES[:14], *LINES[15:]), "line 15", "a record 1 cannot follow a record 3"),
        (file(LINES[0], *LINES[2:]), "line 2", "a record 2 cannot follow a record 0"),
        (changed(3, 1, "27"), "line 3", '"27" is not the beginning of a CODA record'),
        (changed(1, 128, "5"), "line 1", "CODA version 5 is not known"),
        (changed(4, 20, "\0"), "line 4", "NUL byte"),
        (file(*LINES[:3], LINES[3] + "X", *LINES[4:]), "line 4", "has 129 characters"),
    ],
)
def test_a_broken_file_is_refused_at_a_place(data: bytes, where: str, problem: str) -> None:
    error = refusal(data)
    assert error.where == f"file0.cod: {where}"
    assert problem in error.problem


def test_files_may_be_put_together_and_bad_ones_hurt_no_other() -> None:
    twice = good(EXAMPLE.encode() * 2)
    assert twice.statements["statement_no"].to_list() == [1, 2, 3, 4]
    assert twice.records["record_no"].to_list() == [1, 2, 3, 4, 5, 6]
    result = reading(b"0", EXAMPLE.encode(), EXAMPLE.encode("latin-1").replace(b"GAZ", b"G\xc9Z"))
    assert [one.error is None for one in result.files] == [False, True, True]
    assert [one.encoding for one in result.files] == ["", "utf-8", "cp1252"]
    assert result.records["file_no"].to_list() == [1, 1, 1, 2, 2, 2]


def test_a_file_cut_anywhere_is_refused() -> None:
    whole = EXAMPLE.encode()
    end = len("\r\n".join(LINES[:-1])) + 2 + 52
    result = read([Source(size, "cut.cod", whole[:size]) for size in range(1, end)], "")
    assert all(one.error is not None for one in result.files)
    assert good(whole[:end]).records.height == 3


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from([*LINES, LINES[2][:60], "2", "\x1a", "\0", "é" * 128, "x" * 300]),
        max_size=25,
    ),
    st.sampled_from(["\n", "\r\n", "\r", ""]),
)
def test_any_order_of_lines_is_refused_or_accounted_for(lines: list[str], end: str) -> None:
    data = end.join([LINES[0], *lines, LINES[-1]]).encode()
    result = reading(data)
    if result.files[0].error is None:
        aside = result.findings.filter("is_set_aside").height
        assert result.records.height + aside == result.files[0].raw_count
        assert set(result.records["statement_no"]) <= set(result.statements["statement_no"])
    else:
        assert result.records.is_empty()


@pytest.mark.timeout(30)  # seconds; anything that starts over at each line takes hours
def test_many_lines_and_a_long_one_cost_no_time() -> None:
    assert good(file(*LINES[:2], *LINES[2:14] * 5_000, *LINES[14:])).records.height == 15_000
    assert "characters" in refusal(file(LINES[0], "2" * 1_000_000, LINES[-1])).problem


def test_the_raw_text_is_what_the_bank_printed() -> None:
    result = good(EXAMPLE.encode())
    assert result.records["raw_text"][0] == "\n".join(line.rstrip() for line in LINES[2:7])
    assert re.match("2100020001REF0002A", result.details["raw_text"][0])
    assert result.records.select(pl.col("place")).to_series().to_list() == [
        "line 3",
        "line 8",
        "line 13",
    ]


@pytest.mark.parametrize(("code", "name"), [("1", "opening_text"), ("8", "closing_text")])
def test_a_balance_that_was_cut_short_does_not_pass_for_none(code: str, name: str) -> None:
    index = next(at for at, line in enumerate(LINES) if line[0] == code)
    cut = good(file(*LINES[:index], LINES[index][:30], *LINES[index + 1 :]))
    assert cut.statements[name][0] == "?"
