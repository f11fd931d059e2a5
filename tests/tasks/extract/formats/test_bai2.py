import re
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trial import Trial

from tasks.extract.formats.bai2.reader import BAI2, CONVENTION, read
from tasks.extract.source import Source
from tasks.extract.typed import type_records, type_statements

HEAD = "01,BANKOFSUN,STARCORP,260106,0600,1,,,2/\n"


def account(
    *details: str, head: str = "555000111,USD,010,10000,,/", total: str | None = None
) -> str:
    """An account with its trailer: the total must be given where the details are not simple."""
    lines = [f"03,{head}", *details]
    if total is None:
        amounts = [line.split(",")[2].rstrip("/") for line in details if line.startswith("16,")]
        total = str(10000 + sum(int(amount or 0) for amount in amounts))
    count = sum("\n" not in line or 1 + line.count("\n") for line in lines) + 1
    return "\n".join([*lines, f"49,{total},{count}/"])


def group(*accounts: str, head: str = "STARCORP,091000019,1,260105,2359,USD,2/") -> str:
    text = "\n".join(accounts)
    total = sum(int(line.split(",")[1]) for line in text.split("\n") if line.startswith("49,"))
    return f"02,{head}\n{text}\n98,{total},{len(accounts)},{text.count(chr(10)) + 3}/"


def bai2(*groups: str) -> str:
    text = "\n".join(groups)
    total = sum(int(line.split(",")[1]) for line in text.split("\n") if line.startswith("98,"))
    return f"{HEAD}{text}\n99,{total},{len(groups)},{text.count(chr(10)) + 3}/\n"


TRIAL = Trial(read, "f{}.bai")
reading, good, refusal = TRIAL.reading, TRIAL.good, TRIAL.refusal


def one(*details: str, **keywords: str) -> dict[str, object]:
    """The one record of a file with one account."""
    result = good(bai2(group(account(*details, **keywords))))
    assert result.records.height == 1
    return result.records.row(0, named=True)


def test_a_file_is_known_by_its_header_and_group() -> None:
    for text in (bai2(group(account())), bai2(group(account())).replace(",", ", ")):
        assert BAI2.sniff(Source(0, "statement.txt", text.encode()))
    for other in (
        b"01,a,b,c\n",
        b'go test fuzz v1\nstring("02,0")',
        b"0123456",
        b"Data,Valor\n01,02",
    ):
        assert not BAI2.sniff(Source(0, "a.bai", other))


@pytest.mark.parametrize(
    ("detail", "kind", "amount"),
    [
        ("16,195,5000,Z,,,/", "195", "50.00"),
        ("16,399,5000,,,,/", "399", "50.00"),
        ("16,475,7,0,,,/", "475", "-0.07"),
        ("16,699,+5000,1,,,/", "699", "-50.00"),
        ("16,940,5000,2,,,/", "940", "50.00"),
        ("16,975,5000,2,,,/", "975", "-50.00"),
        ("16,195,-5000,2,,,/", "195", "-50.00"),
    ],
)
def test_the_type_code_gives_the_sign(detail: str, kind: str, amount: str) -> None:
    record = one(detail)
    assert (record["kind_code"], record["amount_text"]) == (kind, amount)


@pytest.mark.parametrize(
    ("currency", "amount"),
    [("JPY", "-5000"), ("USD", "-50.00"), ("KWD", "-5.000"), ("CLF", "-0.5000")],
)
def test_amounts_have_the_minor_units_of_their_currency(currency: str, amount: str) -> None:
    assert one("16,475,5000,,,,/", head=f"1,{currency},010,10000,,/")["amount_text"] == amount


def test_currency_is_the_accounts_then_the_groups_then_dollars() -> None:
    texts = [
        bai2(group(account(head="1,EUR,010,10000,,/"))),
        bai2(group(account(head="1,,010,10000,,/"), head="A,B,1,260105,,GBP,2/")),
        bai2(group(account(head="1,,010,10000,,/"), head="A,B,1,260105,,,2/")),
    ]
    assert reading(*texts).statements["currency_text"].to_list() == ["EUR", "GBP", "USD"]


@pytest.mark.parametrize(
    "funds",
    [
        "Z",
        "",
        "0",
        "1",
        "2",
        "S,100,200,4700",
        "V,260107,1200",
        "V,260107,",
        "D,2,0,100,1,4900",
        "D,0",
    ],
)
def test_funds_types_bring_their_own_fields(funds: str) -> None:
    record = one(f"16,195,5000,{funds},BR77,CR88,WIRE, FROM A/B CO/", total="15000")
    assert (record["bank_ref"], record["description"]) == ("BR77", "WIRE, FROM A/B CO")
    assert record["valued_text"] == ("20260107" if "V" in funds else None)
    assert record["booked_text"] == "20260105"


@pytest.mark.parametrize(
    "detail",
    [
        "16,195/\n88,5000,Z,BR77,CR88,INVOICE 1",
        "16,195,5000/\n88,Z,BR77/\n88,CR88,INVOICE 1",
        "16,195,5000,Z,BR77,CR88/\n88,INVOICE 1",
        "16,195,5000,Z,BR77,CR88,INVOICE\n88,1",
        "16,195,5000,Z,BR77,CR88,/\n88,INVOICE 1/",
        "16,195,5000,Z,BR77,CR88,INVOICE   1   /",
        "16,195,5000,D/\n88,1,0,5000,BR77,CR88/\n88,INVOICE 1",
    ],
)
def test_a_continuation_may_cut_anywhere(detail: str) -> None:
    record = one(detail, total="15000")
    assert (record["amount_text"], record["bank_ref"]) == ("50.00", "BR77")
    assert record["description"] == "INVOICE 1"
    assert record["raw_text"] == detail.replace("   /", "   /")


def test_a_blank_line_before_a_continuation_changes_neither_text_nor_places() -> None:
    lines = ("16,195,5000,,,,A", "", "88,B/", "16,475,1,,,,C/")
    text = bai2(group(account("\n".join(lines), total="15001")))
    # the bank does not count the blank line
    for wrong, right in ((",6/", ",5/"), (",8/", ",7/"), (",10/", ",9/")):
        text = text.replace(wrong, right)
    result = good(text)
    assert result.records["record_no"].to_list() == [1, 2]
    assert result.records["description"].to_list() == ["A B", "C"]
    assert result.records["place"].to_list() == ["line 4", "line 7"]
    assert result.records["raw_text"].to_list() == ["16,195,5000,,,,A\n\n88,B/", "16,475,1,,,,C/"]


def test_a_record_behind_another_on_its_line_stands_on_the_line_where_it_begins() -> None:
    text = bai2(group(account("16,195,5000,,,,A\n88,B/", total="15000"), account("16,475,1,,,,C/")))
    result = good(text.replace("/\n49,", "/ 49,").replace("/\n03,", "/ 03,").replace("\n", "\r\n"))
    assert result.records["place"].to_list() == ["line 3", "line 5"]
    assert result.records["record_no"].to_list() == [1, 2]
    assert refusal(text.rpartition("99,")[0]).where == "f0.bai: line 10"


def test_text_may_hold_and_begin_with_a_slash() -> None:
    record = one("16,195,5000,,,,2/AV MAIN 16,5 3/MX\n88,/SOL", total="15000")
    assert record["description"] == "2/AV MAIN 16,5 3/MX /SOL"


def test_a_line_that_is_no_record_goes_on_the_text() -> None:
    text = bai2(group(account("16,195,5000,,,,FIRST\nSECOND", "16,195,1,,,,X/", total="15001")))
    # the bank does not count the broken line
    text = text.replace(",5/", ",4/").replace(",7/", ",6/").replace(",9/", ",8/")
    result = good(text)
    assert result.records["description"].to_list() == ["FIRST SECOND", "X"]
    assert result.records["place"].to_list() == ["line 4", "line 6"]


@pytest.mark.parametrize("text", ["THE OLD INVOICE", "THE MAY BILLS 7", "THE JUNE BILLS 7"])
def test_a_record_that_is_wrapped_at_the_named_length_goes_on(text: str) -> None:
    head = "555000111,USD,010,10000,,,100,5000,1,,,015,15000,,/"
    details = account(f"16,195,5000,,REF1,,PAYMENT OF {text}/", head=head, total="35000")
    wrapped = re.sub("(?m)^(.{44})(?=.)", r"\1\n", bai2(group(details)).replace("1,,,", "1,44,,"))
    found = good(wrapped).records.select("description", "amount_text")
    assert found.rows() == [(f"PAYMENT OF {text}", "50.00")]


def test_records_may_share_a_line_or_have_a_fixed_length() -> None:
    text = bai2(group(account("16,195,5000,,,,A/", "16,475,1,,,,B/")))
    joined = text.replace("/\n49,", "/ 49,").replace("/\n02,", "/   02,")
    fixed = "".join(line.ljust(60) for line in text.replace(",1,,,2/", ",1,60,,2/").splitlines())
    for one_text in (joined, fixed):
        assert good(one_text).records["amount_text"].to_list() == ["50.00", "-0.01"]


def test_a_detail_in_the_middle_of_a_line_is_refused_for_text_may_hold_the_same() -> None:
    text = bai2(group(account("16,195,5000,,,,A/", "16,475,1,,,,B/")))
    error = reading(text.replace("/\n16,475", "/   16,475")).files[0].error
    assert error is not None
    assert error.where == "f0.bai: line 4"
    assert "in the middle of a line" in error.problem


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n"])
def test_any_line_end_and_records_without_an_end_mark(end: str) -> None:
    text = bai2(group(account("16,195,5000,,,,A/"))).replace("/\n", end)
    assert good(text).records["amount_text"].to_list() == ["50.00"]


def test_balances_and_days_of_a_statement() -> None:
    head = "555000111,USD,010,+10000,,,015,-300,2,S,1,2,3,100,5000,4,V,260105,,400,15300,,/"
    detail = ["16,195,5000,,,,A/", "16,475,15300,,,,B/"]
    result = good(bai2(group(account(*detail, head=head, total=str(10000 - 300 + 2 * 20300)))))
    row = result.statements.row(0, named=True)
    assert (row["opening_text"], row["closing_text"]) == ("100.00", "-3.00")
    assert (row["institution_text"], row["account_text"]) == ("091000019", "555000111")
    assert (row["starts_text"], row["closing_on_text"]) == ("20260105", "20260105")
    assert row["stated_on_text"] == "20260106"


def test_a_detail_without_a_known_direction_is_decided_by_the_balances_or_set_aside() -> None:
    proof = "1,USD,010,10000,,,015,9000,,/"
    assert one("16,720,1000,,,,/", head=proof, total="20000")["amount_text"] == "-10.00"
    proof = proof.replace(",9000", ",11000")
    assert one("16,720,1000,,,,/", head=proof, total="22000")["amount_text"] == "10.00"
    assert one("16,475,-1000,,,,/", head=proof, total="20000")["amount_text"] == "10.00"
    result = good(bai2(group(account("16,720,1000,,,,/"))))
    assert result.findings["code"].to_list() == ["amount_ambiguous"]


def test_information_without_money_is_a_marker() -> None:
    result = good(bai2(group(account("16,890,,Z,,,NO ACTIVITY TODAY/"))))
    assert (result.records.height, result.files[0].marker_count) == (0, 1)


def test_an_amount_that_is_no_number_is_set_aside() -> None:
    text = bai2(group(account("16,195,12.50,Z,,,A/", total="10000")))
    for one_text in (text, text.replace("12.50", "12\n50")):  # the second goes on without an 88
        assert good(one_text).findings["code"].to_list() == ["amount_unreadable"]


def test_a_blank_amount_is_missing() -> None:
    result = good(bai2(group(account("16,195,,Z,,,A/"))))
    typed = type_records(result.records, type_statements(result.statements, CONVENTION), CONVENTION)
    assert typed.findings["code"].to_list() == ["amount_missing"]


@pytest.mark.parametrize("status", ["2", "4"])
def test_a_deleted_group_and_a_test_are_not_booked(status: str) -> None:
    text = bai2(group(account("16,195,5000,,,,/"), head=f"A,B,{status},260105,,USD,2/"))
    assert good(text).findings["is_set_aside"].to_list() == [True]


@pytest.mark.parametrize(
    ("modifier", "is_pending"), [("1", True), ("2", False), ("3", True), ("", False)]
)
def test_an_interim_report_is_pending(modifier: str, is_pending: bool) -> None:
    text = bai2(group(account("16,195,5000,,,,/"), head=f"A,B,1,260105,,USD,{modifier}/"))
    assert good(text).records["is_pending"].to_list() == [is_pending]


def test_blank_totals_are_let_pass_if_the_counts_fit() -> None:
    text = bai2(group(account("16,195,5000,,,,/"))).replace("49,15000,", "49,,")
    assert good(text).records.height == 1
    assert "3 records" not in refusal(text.replace("49,,3/", "49,,4/")).problem


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("49,15000", "49,15001", 5, "the account states the total 15001, but its"),
        ("98,15000", "98,15001", 6, "the group states the total 15001"),
        ("99,15000", "99,15001", 7, "the file states the total 15001"),
        ("16,195,5000", "16,195,500", 5, "the total 15000, but its records make 10500"),
        ("49,15000,3/\n", "", 5, "a record 98 cannot follow a record 16"),
        ("03,555000111", "17,555000111", 4, "a record 16 cannot follow a record 02"),
        ("99,15000,1,7/", "99,15000", 7, "was cut short"),
        ("99,15000,1,7/\n", "", 6, "ends before its trailer (99)"),
        ("STARCORP", "STAR\0CORP", 1, "NUL"),
    ],
)  # fmt: skip
def test_a_broken_file_is_refused_at_a_place(old: str, new: str, line: int, problem: str) -> None:
    text = bai2(group(account("16,195,5000,,,,/"))).replace(old, new)
    error = refusal(text)
    assert error.where == f"f0.bai: line {line}"
    assert problem in error.problem
    assert "555000111" not in str(error)


def test_a_wrong_trailer_is_remarked_where_the_balances_prove_the_account() -> None:
    head = "1,USD,010,10000,,,015,15000,,/"
    text = bai2(group(account("16,195,5000,,,,/", head=head, total="30001")))
    result = good(text)
    assert result.records.height == 1
    assert result.findings.select("code", "is_set_aside").rows() == [("stated_sum_differs", False)]


def test_balances_do_not_excuse_a_total_and_a_count_that_are_both_wrong() -> None:
    head = "1,USD,010,10000,,,015,10000,,/"
    whole = bai2(group(account("16,195,5,,,,/", "16,475,5,,,,/", head=head, total="20010")))
    lost = whole.replace("16,195,5,,,,/\n16,475,5,,,,/\n", "")
    assert "states the total 20010" in refusal(lost).problem


def test_a_bad_file_leaves_its_neighbours_alone() -> None:
    fine = bai2(group(account("16,195,5000,,,,/")))
    result = reading(fine, fine.replace("49,15000", "49,1"), fine)
    assert [file.error is None for file in result.files] == [True, False, True]
    assert result.records["file_no"].to_list() == [0, 2]


def test_a_file_cut_anywhere_is_refused() -> None:
    whole = bai2(group(account("16,195,5000,,,,A\n88,B/", total="15000"), account())).encode()
    end = whole.rindex(b",")
    for size in range(end):
        assert reading(whole[:size]).files[0].error is not None, whole[:size]


AMOUNTS = ["5", "+5", "-5", "007", "0", "", "x", "\u0665", "9" * 18, "9" * 19, "9" * 22, "9" * 23]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(AMOUNTS), min_size=1, max_size=6))
def test_an_amount_is_the_same_whatever_stands_around_it(amounts: list[str]) -> None:
    details = [f"16,142,{amount},,A,B,T" for amount in amounts]
    together = told(details)
    assert together == [one for detail in details for one in told([detail])]
    for amount, (text, code) in zip(amounts, together, strict=True):
        if code is None and amount:
            assert Decimal(text or "") * 100 == int(amount)


def told(details: list[str]) -> list[tuple[str | None, str | None]]:
    """The amount of each detail in dollars, or why there is none; the totals are left blank."""
    file = bai2_blank(details)
    found = reading(file)
    kept = {
        place: (text, None) for place, text in found.records.select("place", "amount_text").rows()
    }
    aside = found.findings.filter("is_set_aside").select("place", "code").rows()
    kept |= {place: (None, code) for place, code in aside}
    return [kept[f"line {number}"] for number in range(4, 4 + len(details))]


def bai2_blank(details: list[str]) -> str:
    lines = ["02,A,B,1,260105,,USD,2/", "03,1,USD,,,,/", *details]
    count = len(details)
    ends = [f"49,,{count + 2}/", f"98,,1,{count + 4}/", f"99,,1,{count + 6}/"]
    return HEAD + "\n".join([*lines, *ends]) + "\n"


@pytest.mark.timeout(20)
def test_long_fields_and_many_marks_cost_no_time() -> None:
    filler = "16,195,5000,,,," + "/ 16,1" * 200_000 + "/03," * 200_000 + " " * 200_000 + "x"
    assert good(bai2(group(account(filler, total="15000")))).records.height == 1
    reading(HEAD + "02," + "," * 500_000 + "\n03," + ",D,9999" * 200_000)
    reading(HEAD + "16,195,1,D,9999" + ",1" * 500_000)


PARTS = [
    HEAD, "02,A,B,1,260105,,USD,2/\n", "03,1,USD,010,1,,/\n", "16,195,1,V,260105,,,,A/\n",
    "16,1", "16,475,5,D,3,1,1\n", "88,", "88,5/\n", "49,1,2/\n", "98,1,1,4/\n",
    "99,1,1,6/\n", "49,", "/",
    "\n", ",", "text\n", "\x1f88,", "\x1e", "\r", "\ufeff", "\u0000", "16,890,,/\n",
]  # fmt: skip


def consistent(data: bytes) -> None:
    result = reading(data)
    file = result.files[0]
    if file.error is not None:
        assert file.error.problem
        assert result.records.is_empty()
        return
    assert set(result.records["statement_no"]) <= set(result.statements["statement_no"])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=30).map("".join))
def test_any_order_of_records_is_refused_or_accounted_for(text: str) -> None:
    consistent(text.encode())
    consistent((HEAD + "02,A,B,1,260105,,USD,2/\n03,1,,/\n" + text + "49,,\n98,,,\n99,,,").encode())


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_accounted_for(data: bytes) -> None:
    consistent(data)
    consistent(HEAD.encode() + data)
