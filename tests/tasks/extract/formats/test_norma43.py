from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trial import Trial

from tasks.extract.formats.norma43.currencies import ISO_4217
from tasks.extract.formats.norma43.reader import NORMA43, read
from tasks.extract.source import Source

EXAMPLE = (Path(__file__).parent / "examples/norma43/two_accounts/extracto.n43").read_bytes()
LINES = EXAMPLE.decode("cp1252").splitlines()


def at(line: str, first: int, text: str) -> str:
    """The line with other characters from a position on."""
    return line[: first - 1] + text + line[first - 1 + len(text) :]


def file(*lines: str) -> bytes:
    return "\n".join(lines).encode()


def changed(number: int, first: int, text: str) -> bytes:
    return file(*LINES[: number - 1], at(LINES[number - 1], first, text), *LINES[number:])


TRIAL = Trial(read, "file0.n43")
reading, good, refusal = TRIAL.reading, TRIAL.good, TRIAL.refusal


@pytest.mark.parametrize(
    ("data", "is_ours"),
    [
        (EXAMPLE, True),
        (b"\xef\xbb\xbf" + EXAMPLE, True),
        (b"\xff\xfe" + EXAMPLE.decode("cp1252").encode("utf-16-le"), True),
        (b"000049260131\n" + EXAMPLE, True),
        (b"000049260131" + b" " * 68 + LINES[0].encode(), True),
        (LINES[0].replace("978", "EUR").encode(), False),
        (LINES[1].encode(), False),
        (b"date,amount\n11,12\n", False),
    ],
)
def test_a_file_is_known_by_its_first_account(data: bytes, *, is_ours: bool) -> None:
    assert bool(NORMA43.sniff(Source(0, "any", data))) == is_ours


def test_a_byte_order_mark_and_utf_16_change_nothing() -> None:
    plain = good(EXAMPLE).records
    text = EXAMPLE.decode("cp1252")
    for data in (text.encode("utf-8-sig"), b"\xff\xfe" + text.encode("utf-16-le")):
        assert good(data).records.equals(plain)


def test_letters_of_dos_and_of_windows_are_told_apart() -> None:
    text = EXAMPLE.decode("cp1252").replace("COMISION EXENTA", "COMISIÓN AÑO   ")
    for encoding in ("cp850", "cp1252", "utf-8"):
        told = good(text.encode(encoding)).records["description"]
        assert told.to_list()[:2] == ["COMPRA TARJETA LIBRERÍA CENTRAL", "COMISIÓN AÑO"]


def test_letters_of_dos_take_one_byte_where_lines_do_not_end() -> None:
    text = EXAMPLE.decode("cp1252").replace("COMISION EXENTA", "COMISIÓN AÑO   ")
    whole = "".join(line.ljust(80) for line in text.splitlines())
    places = good(whole.encode("cp850")).records["place"].to_list()
    assert places == good(whole.encode("cp1252")).records["place"].to_list()
    assert places[0] == "byte 80"


def day_first(line: str) -> str:
    """A line whose dates begin with the day."""
    for at in {"11": (20, 26), "22": (10, 16)}.get(line[:2], ()):
        line = (
            line[:at]
            + line[at + 4 : at + 6]
            + line[at + 2 : at + 4]
            + line[at : at + 2]
            + line[at + 6 :]
        )
    return line


@pytest.mark.parametrize("stop", ["260115", "261231"])
def test_dates_that_begin_with_the_day_are_refused(stop: str) -> None:
    lines = [LINES[0][:26] + stop + LINES[0][32:], *LINES[1:]]
    assert good(file(*lines)).statements["ends_text"][0] == f"20{stop}"
    assert "begin with the day" in str(refusal(file(*map(day_first, lines))))


def test_a_period_of_many_years_is_no_sign_of_dates_that_begin_with_the_day() -> None:
    head = LINES[0][:20] + "200105" + "220305" + LINES[0][32:]
    moved = [LINES[1][:10] + day * 2 + LINES[1][22:] for day in ("200105", "210611")]
    result = good(file(head, *moved, LINES[9]))
    assert result.records["booked_text"].to_list() == ["20200105", "20210611"]


def account(period: tuple[str, str], *moved: tuple[str, str]) -> bytes:
    """An account with movements of these days booked and value days."""
    rows = [LINES[1][:10] + booked + valued + LINES[1][22:] for booked, valued in moved]
    return file(LINES[0][:20] + "".join(period) + LINES[0][32:], *rows, LINES[9])


@pytest.mark.parametrize(
    ("period", "moved"),
    [
        (("010218", "020218"), [("010218", "010218"), ("020218", "020218")]),  # a year and a day
        (("010218", "280218"), [("140218", "010318")]),
        (("311218", "020119"), [("010119", "000000")]),
        (("150125", "150125"), [("150125", "160125")]),  # the value day alone tells
        (("150125", "150125"), [("150125", "150125"), ("150125", "140125")]),
    ],
)
def test_days_of_many_years_are_those_of_a_few_days_day_first(
    period: tuple[str, str], moved: list[tuple[str, str]]
) -> None:
    assert "begin with the day" in refusal(account(period, *moved)).problem


@pytest.mark.parametrize(
    ("period", "moved"),
    [
        (("180201", "180202"), [("180201", "180201"), ("180202", "180202")]),
        (("250115", "260115"), []),  # a year without movements
        (("250115", "260115"), [("250115", "250115"), ("250610", "250610")]),
        (("260115", "260115"), [("260115", "260115")]),
        (("260115", "260115"), [("260115", "      ")]),
        (("260115", "260115"), [("260114", "260114")]),
        (("260101", "260131"), [("260115", "240115")]),  # valued two years before
        (("250115", "250415"), [("250215", "250215")]),  # either way a quarter
    ],
)
def test_days_that_fit_year_first_are_read_so(
    period: tuple[str, str], moved: list[tuple[str, str]]
) -> None:
    result = good(account(period, *moved))
    assert result.statements["starts_text"].to_list() == [f"20{period[0]}"]
    assert result.records["booked_text"].to_list() == [f"20{booked}" for booked, _ in moved]


@pytest.mark.parametrize(("key", "text"), [("1", "-45.99"), ("2", "45.99")])
def test_the_key_says_debit_or_credit(key: str, text: str) -> None:
    assert good(changed(2, 28, key)).records["amount_text"][0] == text


@pytest.mark.parametrize(
    ("number", "first", "text", "said"),
    [
        (10, 40, "00001", []),  # a zero counted as a debit or not at all
        (10, 21, "00002", []),
        (10, 21, "00003", ["record 33 counts 00003 debits, the account holds 1"]),
        (10, 39, "0", ["record 33 states debits of 45.90, the movements make 45.99"]),
        (13, 26, "3", []),  # record 88 counted with the others
        (13, 26, "4", ["record 88 counts 000014 records, the file holds 12"]),
    ],
)
def test_the_totals_are_compared(number: int, first: int, text: str, said: list[str]) -> None:
    assert good(changed(number, first, text)).findings["message"].to_list() == said


def test_a_file_without_record_88_is_read_with_a_remark() -> None:
    result = good(file(*LINES[:-1]))
    assert result.records.height == 3
    assert result.findings["message"].to_list() == ["no record 88 ends the file"]


def test_a_header_of_the_file_on_top_changes_nothing_and_is_not_counted() -> None:
    head = "000049260131".ljust(80)
    for lines in ([head, *LINES], [head, *LINES, head, *LINES]):
        result = good(file(*lines))
        assert result.findings.is_empty()
        assert result.records["amount_text"][:3].equals(good(EXAMPLE).records["amount_text"])
    assert "record 22 cannot follow a record 00" in refusal(file(head, *LINES[1:])).problem


def test_currencies_are_numbers_of_iso_4217() -> None:
    assert (ISO_4217["978"], ISO_4217["840"], ISO_4217["986"]) == ("EUR", "USD", "BRL")
    assert all(len(one) == 3 and one.isupper() for one in ISO_4217.values())
    assert good(changed(1, 48, "999")).statements["currency_text"].to_list() == ["999", "USD"]


def test_the_century_is_that_of_the_account() -> None:
    old = changed(1, 21, "991215").replace(b"22    0001251231", b"22    0001991231")
    records = good(old).records
    assert records["booked_text"].to_list() == ["19991231", "20260102", "20260105"]


@pytest.mark.parametrize(
    ("first", "text"), [(29, "0000 000004599"), (28, "3"), (29, "00000000045.99")]
)
def test_a_movement_whose_amount_is_no_number_is_set_aside(first: int, text: str) -> None:
    aside = good(changed(2, first, text)).findings.filter("is_set_aside")
    assert aside["code"].to_list() == ["amount_unreadable"]
    assert aside["place"].to_list() == ["line 2"]
    assert aside["raw_text"][0].startswith("22    0001251231")


def test_a_balance_that_is_no_number_is_never_read_as_one() -> None:
    row = good(changed(1, 34, "0000000 120000")).statements.row(0, named=True)
    assert row["opening_text"] == "?20000000 120000"


@pytest.mark.parametrize(
    ("data", "where", "problem"),
    [
        (file(*LINES[:5]), "line 5", "does not run from a record 11"),
        (file(*LINES[:9], LINES[9][:70]), "line 10", "whole record 33 or 88"),
        (file(*LINES[1:]), "line 12", "does not run from a record 11"),
        (file(LINES[0], LINES[2], *LINES[9:]), "line 2", "record 23 cannot follow a record 11"),
        (file(*LINES[:9], *LINES[10:]), "line 10", "record 11 cannot follow a record 23"),
        (changed(2, 1, "21"), "line 2", '"21" is not the beginning of a Norma 43 record'),
        (changed(2, 5, "\0"), "line 2", "NUL byte"),
    ],
)
def test_a_broken_file_is_refused_at_a_place(data: bytes, where: str, problem: str) -> None:
    error = refusal(data)
    assert error.where == f"file0.n43: {where}"
    assert problem in error.problem


def test_a_file_cut_inside_an_account_is_refused() -> None:
    data = file(*LINES)
    ends = {10: 73, 12: 73, 13: 26}  # after these lines an account, or the file, is whole
    for size in range(81, len(data), 7):
        lines = data[:size].split(b"\n")
        is_whole = len(lines[-1]) >= ends.get(len(lines), 81)
        is_whole |= len(lines) - 1 in ends and not lines[-1]
        assert (reading(data[:size]).files[0].error is None) == is_whole, size


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from([*LINES, LINES[1][:40], "2", "\x1a", "é" * 80]), max_size=25),
    st.sampled_from(["\n", "\r\n", "\r", ""]),
)
def test_any_order_of_lines_is_refused_or_accounted_for(lines: list[str], end: str) -> None:
    result = reading(end.join([LINES[0], *lines, LINES[-2]]).encode())
    if result.files[0].error is None:
        aside = result.findings.filter("is_set_aside").height
        assert result.records.height + aside == result.files[0].raw_count
        assert set(result.records["statement_no"]) <= set(result.statements["statement_no"])
    else:
        assert result.records.is_empty()


def test_a_balance_that_was_cut_short_does_not_pass_for_none() -> None:
    head = [index for index, line in enumerate(LINES) if line.startswith("11")][1]
    cut = good(file(*LINES[:head], LINES[head][:32], *LINES[head + 1 :]))
    assert cut.statements["opening_text"][1] == "?"
