"""What the banks' description of LITAS-ESIS says, and what files do that it does not mention.

SEB bankas published it as "LITAS-ESIS tekstinio formato banko sąskaitos išrašo perkeliamos bylos
struktūra": the quotations below are translations of it.
"""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trial import Trial

from tasks.extract.formats.litas_esis.reader import LITAS_ESIS, read
from tasks.extract.source import Source

EXAMPLE = (Path(__file__).parent / "examples/litas_esis/two_accounts/israsas.acc").read_bytes()
LINES = EXAMPLE.decode("cp1257").split("\r\n")[:-1]
FIRST = LINES[:8]


def with_cell(line: str, number: int, text: str) -> str:
    """The line with another text in a cell, counted from 1."""
    cells = line.split("\t")
    cells[number - 1] = text
    return "\t".join(cells)


def file(*lines: str) -> bytes:
    return "\r\n".join([*lines, ""]).encode("cp1257")


def changed(number: int, cell: int, text: str) -> bytes:
    lines = list(FIRST)
    lines[number - 1] = with_cell(lines[number - 1], cell, text)
    return file(*lines)


TRIAL = Trial(read, "israsas.acc")
reading, good, refusal = TRIAL.reading, TRIAL.good, TRIAL.refusal


@pytest.mark.parametrize(
    ("data", "is_ours"),
    [
        (EXAMPLE, True),
        (EXAMPLE.decode("cp1257").encode("utf-8-sig"), True),
        (b"\xff\xfe" + EXAMPLE.decode("cp1257").encode("utf-16-le"), True),
        (file(with_cell(FIRST[0], 3, ""), *FIRST[1:]), True),
        (file(with_cell(FIRST[0], 4, ""), *FIRST[1:]), False),
        (file(*FIRST[1:]), False),
        (FIRST[0].replace("\t", ";").encode("cp1257"), False),
    ],
)
def test_a_file_is_known_by_its_header(data: bytes, *, is_ours: bool) -> None:
    """Header: "000", day YYYYMMDD and BIC are mandatory; the time HHMMSS is not."""
    assert bool(LITAS_ESIS.sniff(Source(0, "any", data))) == is_ours


def test_the_text_is_in_windows_1257() -> None:
    """ "The text uses the code table Windows 1257"; banks write UTF-8 and ISO 8859-13 as well."""
    text = "\r\n".join([*FIRST, ""])
    plain = good(EXAMPLE).records.head(4)
    assert plain["description"][0] == "Už prekes „Žalias lapas“"
    for encoding in ("cp1257", "utf-8", "utf-8-sig", "utf-16", "iso8859_13"):
        result = good(text.encode(encoding))
        assert result.files[0].encoding == encoding
        assert result.records.equals(plain)


def test_without_operations_there_are_header_balances_and_footer() -> None:
    """ "If there were no operations, the statement is header, lines 020 and footer." """
    result = good(file(*LINES[8:]))
    assert result.records.is_empty()
    assert result.files[0].raw_count == 0
    row = result.statements.row(0, named=True)
    assert (row["opening_text"], row["closing_text"]) == ("50.00", "50.00")
    assert result.findings.is_empty()


@pytest.mark.parametrize(
    ("amount", "mark", "text"),
    [
        ("4599", "D", "-45.99"),
        ("4599", "c", "45.99"),
        ("000004599", "C", "45.99"),
        (" 7 ", "D", "-0.07"),
        ("100000000000000000", "C", "1000000000000000.00"),
    ],
)
def test_amounts_are_whole_cents_and_a_mark(amount: str, mark: str, text: str) -> None:
    line = with_cell(with_cell(FIRST[2], 5, amount), 7, mark)
    assert good(file(*FIRST[:2], line, *FIRST[3:])).records["amount_text"][0] == text


@pytest.mark.parametrize(
    ("cell", "text", "said"),
    [
        (5, "45.99", 'cell 5 holds "45.99"'),
        (5, "45,99", 'cell 5 holds "45,99"'),
        (5, "-4599", 'cell 5 holds "-4599"'),
        (5, "", 'cell 5 holds ""'),
        (5, "9" * 19, 'cell 5 holds "9999'),
        (5, "٤٥", 'cell 5 holds "٤٥"'),
        (7, "", 'cell 7 holds ""'),
        (7, "X", 'cell 7 holds "X"'),
    ],
)
def test_a_movement_of_unclear_money_is_set_aside(cell: int, text: str, said: str) -> None:
    lines = [*FIRST[:2], with_cell(FIRST[2], cell, text), *FIRST[3:]]
    result = good("\r\n".join(lines).encode())
    aside = result.findings.filter("is_set_aside")
    assert aside["place"].to_list() == ["line 3"]
    assert aside["code"].to_list() == ["amount_unreadable"]
    assert aside["message"][0].startswith(said)
    assert aside["raw_text"].to_list() == [lines[2]]
    assert result.records["record_no"].to_list() == [2, 3, 4]


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [("10000", "EUR", "100.00"), ("1x", "EUR", "?1x"), ("10000", "JPY", None), ("", "", None)],
)
def test_the_original_amount_is_in_cents_too(amount: str, currency: str, text: str | None) -> None:
    line = with_cell(with_cell(FIRST[5], 8, amount), 9, currency)
    records = good(file(*FIRST[:5], line, *FIRST[6:])).records
    assert records["original_amount_text"][3] == text


def test_a_movement_cut_after_its_day_is_set_aside() -> None:
    result = good(file(*FIRST[:2], "010\tLT_K01\t20130103", *FIRST[3:]))
    assert result.findings.filter("is_set_aside")["raw_text"].to_list() == ["010\tLT_K01\t20130103"]


@pytest.mark.parametrize(
    ("amount", "mark", "text"),
    [
        ("120050", "", "1200.50"),
        ("120050", "C", "1200.50"),
        ("120050", "D", "-1200.50"),
        ("-120050", "", "-1200.50"),
        ("-120050", "d", "-1200.50"),
        ("-120050", "C", "?-120050"),
        ("1200,50", "", "?1200,50"),
        ("", "", None),
    ],
)
def test_a_debt_is_a_minus_or_the_mark_d(amount: str, mark: str, text: str | None) -> None:
    """The description does not say how a debt is written; what contradicts itself is not read."""
    line = with_cell(with_cell(FIRST[1], 5, amount), 7, mark)
    assert good(file(FIRST[0], line, *FIRST[2:])).statements["opening_text"][0] == text


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([FIRST[0], *FIRST[2:]], ["0 lines 020 state the opening balance, LikutisPR"]),
        ([*FIRST[:6], FIRST[7]], ["0 lines 020 state the closing balance, LikutisPB"]),
        ([*FIRST[:2], *FIRST[1:]], ["2 lines 020 state the opening balance, LikutisPR"]),
        ([*FIRST[:6], with_cell(FIRST[6], 2, "LIKUTISPB"), FIRST[7]], []),
        ([*FIRST[:6], with_cell(FIRST[6], 2, "Rezervuota"), *FIRST[6:]], []),
    ],
)
def test_balances_are_known_by_their_kind(lines: list[str], said: list[str]) -> None:
    """ "The type of operation or balance: each bank uses its own"; only two are understood."""
    found = good(file(*lines)).findings.filter(code="statement_unreadable")
    assert found["message"].to_list() == said
    assert found["place"].to_list() == ["line 1"] * len(said)


def test_a_balance_that_stands_twice_is_not_used() -> None:
    row = good(file(*FIRST[:2], *FIRST[1:])).statements.row(0, named=True)
    assert (row["opening_text"], row["starts_text"]) == (None, None)
    assert row["closing_text"] == "1497.79"


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ("309156", []),
        ("0309156 ", []),
        ("309155", ["309155 cents, the lines above it make 309156"]),
        ("309156x", ["309156x cents, the lines above it make 309156"]),
        ("9" * 50, ["9" * 50 + " cents, the lines above it make 309156"]),
    ],
)
def test_the_control_sum_is_that_of_all_amounts(stated: str, said: list[str]) -> None:
    """Record 999: movements and balances as printed, in cents, whatever their direction."""
    found = good(changed(8, 2, stated)).findings
    assert found["code"].to_list() == ["stated_sum_differs"] * len(said)
    assert found["place"].to_list() == ["line 8"] * len(said)
    starts = [f"record 999 states a control sum of {one}" for one in said]
    assert found["message"].to_list() == starts


def test_the_control_sum_may_leave_out_the_minus_of_a_debt() -> None:
    """-1200.50 and 1497.79 beside movements of 393.27: 690.56 with the minus."""
    lines = [FIRST[0], with_cell(FIRST[1], 5, "-120050"), *FIRST[2:7]]
    assert good(file(*lines, "999\t69056")).findings.is_empty()
    assert good(file(*lines, "999\t309156")).findings.is_empty()
    assert good(file(*lines, "999\t69057")).findings.height == 1


@pytest.mark.parametrize(
    ("data", "where", "problem"),
    [
        (file(*FIRST[:7]), "line 7", "does not run from a record 000 to a whole record 999"),
        (file(*FIRST[:7], "999\t"), "line 8", "does not run from a record 000"),
        (file(*FIRST[:7], "99"), "line 8", '"99" is not the beginning of a LITAS-ESIS record'),
        (file(*FIRST[1:]), "line 7", "does not run from a record 000"),
        (file(*FIRST[:3], *LINES[8:]), "line 4", "a record 000 cannot follow a record 010"),
        (file(*FIRST, LINES[9], LINES[11]), "line 9", "a record 020 cannot follow a record 999"),
        (file(*FIRST[:2], "011" + FIRST[2][3:], *FIRST[3:]), "line 3", '"011" is not'),
        (file(*FIRST[:2], "", "Pirmas", *FIRST[3:]), "line 4", '"Pir" is not the beginning'),
        (changed(1, 18, "Lt"), "line 1", "cell 18 of the header is not a currency"),
        (changed(1, 5, "AB\tBankas"), "line 1", "cell 18 of the header is not a currency"),
        (changed(1, 18, "JPY"), "line 1", "the account is in JPY"),
        (changed(3, 14, "a\0b"), "line 3", "NUL byte"),
    ],
)
def test_a_broken_file_is_refused_at_a_place(data: bytes, where: str, problem: str) -> None:
    error = refusal(data)
    assert error.where == f"israsas.acc: {where}"
    assert problem in error.problem


def test_a_tab_in_a_text_moves_no_money() -> None:
    """ "TAB characters are not possible in the values"; one in the details only cuts them short."""
    result = good(changed(3, 14, "Už\tprekes"))
    assert result.records["amount_text"].to_list() == good(EXAMPLE).records["amount_text"].to_list()
    assert result.records["description"][0] == "Už"


def test_a_file_cut_anywhere_before_its_control_sum_is_refused() -> None:
    data = file(*FIRST)
    first = data.index(b"999\t") + len(b"999\t")
    sources = [Source(size, f"{size}.acc", data[:size]) for size in range(1, len(data))]
    whole = [one.file_no for one in read(sources, "").files if one.error is None]
    assert whole == list(range(first + 1, len(data)))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from([*LINES, LINES[2][:9], "010", "\t", "\x1a", "020\t"]), max_size=25),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_any_order_of_lines_is_refused_or_accounted_for(lines: list[str], end: str) -> None:
    result = reading(end.join([LINES[0], *lines, LINES[7]]).encode())
    if result.files[0].error is None:
        aside = result.findings.filter("is_set_aside").height
        assert result.records.height + aside == result.files[0].raw_count
        assert set(result.records["statement_no"]) <= set(result.statements["statement_no"])
    else:
        assert result.records.is_empty()
