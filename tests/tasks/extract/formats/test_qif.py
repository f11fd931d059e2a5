from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from trial import Trial

from tasks.extract.formats.qif.reader import CONVENTION, QIF, read
from tasks.extract.printed import amount_of
from tasks.extract.source import Source
from tasks.extract.typed import type_details, type_records, type_statements

BANK = "!Type:Bank\n"


def record(day: str = "13.01.2026", amount: str = "-10.50", **fields: str) -> str:
    extra = "".join(f"{code}{cell}\n" for code, cell in fields.items())
    return f"D{day}\nT{amount}\n{extra}^\n"


TRIAL = Trial(read, "f{}.qif")
reading, good, refusal = TRIAL.reading, TRIAL.good, TRIAL.refusal


def amounts(*printed: str) -> list[str]:
    """The typed amounts of one file that holds these; a finding shows as its code."""
    result = good(BANK + "".join(record(amount=one) for one in printed))
    typed = type_records(result.records, type_statements(result.statements, CONVENTION), CONVENTION)
    rows = {row["record_no"]: row["code"] for row in result.findings.iter_rows(named=True)}
    rows |= {row["record_no"]: row["code"] for row in typed.findings.iter_rows(named=True)}
    rows |= {
        row["record_no"]: format(row["amount"].normalize(), "f")
        for row in typed.records.iter_rows(named=True)
    }
    return [rows[number] for number in sorted(rows)]


def days(*printed: str) -> list[str | None]:
    return good(BANK + "".join(record(one) for one in printed)).records["booked_text"].to_list()


@pytest.mark.parametrize(
    "text", ["!Type:Bank \r\n", "\n^\n!type:cat\n", "!Account\nN1\n^\n", "!Option:AutoSwitch\n"]
)
def test_a_file_is_known_by_its_first_heading(text: str) -> None:
    assert QIF.sniff(Source(0, "x.txt", text.encode()))
    assert QIF.sniff(Source(0, "x.txt", text.encode("utf-16")))
    assert not QIF.sniff(Source(0, "x.qif", b"Data,Valor\n" + text.encode()))


# Days


def test_one_day_after_the_twelfth_settles_the_order_of_a_file() -> None:
    assert days("03/04/2026", "12/31/2025") == ["20260304", "20251231"]
    assert days("03/04/2026", "31/12/2025") == ["20260403", "20251231"]


@pytest.mark.parametrize(
    ("printed", "day"),
    [
        ("1/15'05", "20050115"),
        (" 1/15' 5", "20050115"),
        ("1/15/99", "19990115"),
        ("1/15/21", "20210115"),
        ("1/15'2005", "20050115"),
        ("15.1.2005", "20050115"),
        ("15-01-05", "20050115"),
        ("2005-01-15", "20050115"),
        ("2005/1/5", "20050105"),
        ("20050115", "20050115"),
        ("01/15/2005 12:30:00", "20050115"),
        ("1/15/2005 12:00:00 AM", "20050115"),
        ("2/2/2005", "20050202"),
        ("3 May 2005", "20050503"),
        ("15-September-2005", "20050915"),
    ],
)
def test_days_are_written_in_many_ways(printed: str, day: str) -> None:
    assert days(printed) == [day]


@pytest.mark.parametrize("printed", ["30 Feb 2005", "3 Mai 2005", "3 May 05"])
def test_a_month_by_name_is_an_english_one(printed: str) -> None:
    assert reading(BANK + record(printed)).findings["code"].to_list() == ["date_unreadable"]


def test_a_program_that_marks_new_years_writes_old_ones_plainly() -> None:
    assert days("12/31/72", "12/31/24", "1/ 1'00") == ["19721231", "19241231", "20000101"]
    assert days("12/31/72", "12/31/24") == ["19721231", "20241231"]


def test_days_in_sequence_in_one_order_alone_settle_it() -> None:
    assert days("10/02/2026", "11/02/2026", "12/02/2026", "01/03/2026", "02/03/2026") == [
        "20260210", "20260211", "20260212", "20260301", "20260302",
    ]  # fmt: skip


def test_a_file_whose_days_can_be_read_in_two_orders_is_refused() -> None:
    error = refusal(BANK + record("02/02/2026") + record("03/02/2026"))
    assert error.where == "f0.qif: line 5"
    assert "whether 03/02/2026" in error.problem


def test_a_file_that_states_its_order_is_believed() -> None:
    for order, day in (("MDY", "20260302"), ("DMY", "20260203")):
        result = good(f"!Option:{order}\n" + BANK + record("03/02/2026"))
        assert result.records["booked_text"].to_list() == [day]


def test_a_file_with_both_orders_is_refused() -> None:
    error = refusal(BANK + record("31/12/2025") + record("12/30/2025"))
    assert error.where == "f0.qif: line 2"
    assert "contradict" in error.problem


def test_a_day_that_is_none_is_set_aside() -> None:
    result = good(BANK + record("01/31/2026") + record("02/30/2026") + record("soon"))
    assert result.findings["code"].to_list() == ["date_unreadable"] * 2
    assert result.findings["place"].to_list() == ["line 5", "line 8"]
    assert "month, day, year" in result.findings["message"][0]


# Amounts


@pytest.mark.parametrize(
    ("printed", "read_as"),
    [
        (("1,000.00", "1,000", "-5"), ["1000", "1000", "-5"]),
        (("1,50", "1.000", "-1.234,56"), ["1.5", "1000", "-1234.56"]),
        (("1,50", "1,000"), ["1.5", "1"]),
        (("1,000", "5"), ["amount_ambiguous", "5"]),
        (("1.000",), ["amount_ambiguous"]),
        (("(1.500)", "1.500-", "\u22121.500"), ["amount_ambiguous"] * 3),
        (("(20,50)", "(1.500)"), ["-20.5", "-1500"]),
        (("1,50", "2.75", "1,000"), ["1.5", "2.75", "amount_ambiguous"]),
        (("1,234,567",), ["1234567"]),
        (("0.125", "1,000"), ["0.125", "1000"]),
        (("1.50", "ten"), ["1.5", "amount_unreadable"]),
        (("1.50", "", "+2.25"), ["1.5", "amount_missing", "2.25"]),
    ],
)
def test_one_amount_settles_the_decimal_mark_of_a_file(
    printed: tuple[str, ...], read_as: list[str]
) -> None:
    assert amounts(*printed) == read_as


@pytest.mark.parametrize("printed", ["-$1,025.15", "$-1,025.15", "-$ 1025.15"])
def test_an_amount_may_have_a_dollar_sign(printed: str) -> None:
    result = good(BANK + record(amount=printed))
    amount = amount_of("amount_text", result.convention)
    assert result.records.select(amount).item() == Decimal("-1025.15")
    assert reading(BANK + record(amount="-$1,025")).findings["code"].to_list() == [
        "amount_ambiguous"
    ]


def test_each_file_has_marks_of_its_own() -> None:
    texts = [BANK + record(amount=one) + record(amount="1,000") for one in ("1,50", "1.50")]
    result = reading(*texts)
    assert result.records["amount_text"].to_list() == ["1.50", "1.000", "1.50", "1,000"]


def test_the_higher_total_stands_in_for_the_total() -> None:
    text = BANK + "D13/01/2026\nU-10.00\n^\nD13/01/2026\nU-10.00\nT-10.00\n^\n"
    assert good(text).records["amount_text"].to_list() == ["-10.00", "-10.00"]


# Fields


def test_fields_of_a_record() -> None:
    text = BANK + record(P="Padaria Sol", M="Bread", N="1201", L="Food:Bread", C="*", A="Street 1")
    row = good(text).records.row(0, named=True)
    assert (row["description"], row["counterparty"]) == ("Padaria Sol Bread", "Padaria Sol")
    assert (row["bank_ref"], row["kind_code"], row["place"]) == ("1201", "Food:Bread", "line 2")
    assert row["raw_text"] == text.removeprefix(BANK).removesuffix("\n^\n")


def test_a_missing_end_inside_a_file_is_seen() -> None:
    result = good(BANK + "D13/01/2026\nT1.00\nD14/01/2026\nT2.00\n^\n" + record())
    assert result.findings["code"].to_list() == ["unreadable_row"]
    assert result.records.height == 1


def test_splits_are_details_and_must_make_the_amount() -> None:
    splits = "SFood\nEbread\n$-9.00\nS[Savings]\n$-1.50\n"
    text = BANK + f"D13/01/2026\nT-10.50\n{splits}^\nD13/01/2026\nT-11.00\n{splits}^\n"
    result = good(text)
    statements = type_statements(result.statements, CONVENTION)
    typed = type_records(result.records, statements, CONVENTION)
    details = type_details(result.details, typed.records, CONVENTION)
    assert details.records.select("record_no", "detail_no", "kind_code", "description").rows() == [
        (1, 1, "Food", "bread"), (1, 2, "[Savings]", ""),
        (2, 1, "Food", "bread"), (2, 2, "[Savings]", ""),
    ]  # fmt: skip
    assert [str(amount.normalize()) for amount in details.records["amount"]] == ["-9", "-1.5"] * 2
    assert result.details["place"].to_list()[:2] == ["line 4", "line 7"]
    assert result.findings.select("record_no", "is_set_aside").rows() == [(2, False)]


@pytest.mark.parametrize(
    ("action", "amount"),
    [
        ("Buy", "-10.50"),
        ("Sell", "10.50"),
        ("Div", "10.50"),
        ("XIn", "10.50"),
        ("XOut", "-10.50"),
        ("MiscExp", "-10.50"),
        ("Cash", "10.50"),
        ("", "unreadable_row"),
        ("BuyX", "moves_no_cash"),
        ("ShrsIn", "moves_no_cash"),
        ("ReinvDiv", "moves_no_cash"),
        ("Juggle", "unreadable_row"),
    ],
)
def test_an_investment_counts_with_the_cash_that_its_action_moves(action: str, amount: str) -> None:
    result = good("!Type:Invst\n" + record(amount="10.50", N=action, Y="Sol SA", Q="1", M="x"))
    told = [*result.records["amount_text"], *result.findings["code"]]
    assert told == [amount]
    if result.records.height:
        assert result.records["description"].to_list() == ["Sol SA x"]
        assert result.statements["account_kind"].to_list() == ["investment"]


@pytest.mark.parametrize("printed", ["-10.50", "(10.50)", "10.50-", "$-10.50", "\u221210.50"])
def test_a_purchase_with_a_negative_amount_is_set_aside(printed: str) -> None:
    result = good("!Type:Invst\n" + record(amount=printed, N="Buy"))
    assert result.findings["code"].to_list() == ["amount_ambiguous"]


# Accounts


def test_each_account_is_a_statement() -> None:
    text = (
        "!Option:AutoSwitch\n!Account\nNGiro\nTBank\n^\nNVisa\nTCCard\n^\nNUnused\nTBank\n^\n"
        "!Clear:AutoSwitch\n!Type:Cat\nNFood\nE\n^\n"
        "!Account\nNGiro\nTBank\n^\n!Type:Bank\n" + record() + record()
        + "!Account\nNVisa\nTCCard\n^\n!Type:CCard\n" + record()
        + "!Account\nNGiro\nTBank\n^\n!Type:Bank\n" + record()
        + "!Type:Memorized\nKC\nT-5.00\nPRent\n^\n"
    )  # fmt: skip
    result = good(text)
    assert result.statements["account_text"].to_list() == ["Giro", "Visa"]
    assert result.statements["account_kind"].to_list() == ["bank", "card"]
    assert result.records["statement_no"].to_list() == [1, 1, 2, 1]
    assert result.records["record_no"].to_list() == [1, 2, 3, 4]


def test_an_opening_balance_is_a_marker_that_may_name_the_account() -> None:
    opening = record(amount="1,500", P="Opening Balance", L="[Giro]")
    result = good(BANK + opening + record())
    row = result.statements.row(0, named=True)
    assert (row["account_text"], row["opening_text"]) == ("Giro", "1,500")
    doubtful = good(BANK + opening + record(amount="10"))
    assert doubtful.statements["opening_text"].to_list() == [None]
    assert doubtful.findings["code"].to_list() == ["balance_unreadable"]
    assert (result.files[0].marker_count, result.records["place"].to_list()) == (1, ["line 7"])
    transfer = record(P="Opening Balance", L="[Other]")
    assert good("!Account\nNGiro\n^\n" + BANK + transfer).files[0].marker_count == 0


@pytest.mark.parametrize("payee", ["Solde initial", "SALDO INICIAL"])
def test_an_opening_balance_may_be_written_in_another_language(payee: str) -> None:
    opening = record(amount="2.29", P=payee, L="[Compte courant]")
    result = good(BANK + opening + record(P=payee, L="[Autre]"))
    assert result.statements["account_text"].to_list() == ["Compte courant"]
    assert result.statements["opening_text"].to_list() == ["2.29"]
    assert result.records["amount_text"].to_list() == ["-10.50"]


def test_accounts_without_transactions_are_statements_without_records() -> None:
    result = good("!Clear:AutoSwitch\n!Account\nNGiro\nD\nTBank\n^\n!Account\nNGiro\nTBank\n^\n")
    assert result.statements["account_text"].to_list() == ["Giro"]
    assert good(BANK).statements.height == 1


@pytest.mark.parametrize(
    ("text", "code", "problem"),
    [
        ("!Type:Security\nNSol\n^\n", "not_a_statement", "no account"),
        ("!Type:Banque\n" + record(), "malformed_file", '"!Type:Banque" is not known'),
        ("!Clear:AutoSwitch\n" + record(), "malformed_file", "under no heading"),
        ("!Account\n" + record(), "malformed_file", "names no account"),
        (BANK + record() + "D13/01/2026\nT-1", "malformed_file", "not ended by ^"),
        (BANK + record(P="a\0b"), "malformed_file", "NUL"),
        (BANK + record() + "^T5.00\n^\n", "malformed_file", "holds something else"),
        (BANK + record() + "^^T5.00\n^\n", "malformed_file", "holds something else"),
    ],
)
def test_what_is_no_statement_is_refused(text: str, code: str, problem: str) -> None:
    error = refusal(text)
    assert error.code == code
    assert problem in error.problem


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_blank_lines_and_indents(end: str) -> None:
    text = "\n" + BANK + "^\n\n  D13/01/2026\n \nT1.00\n\n ^ \n^\n" + record() + "\n\x1a"
    result = good(text.replace("\n", end))
    assert result.records["amount_text"].to_list() == ["1.00", "-10.50"]
    assert result.records["place"].to_list() == ["line 5", "line 11"]


def test_a_file_cut_in_a_record_is_refused() -> None:
    whole = BANK + record() + record(P="Last")
    for size in range(len(BANK) + 1, len(whole) - 1):
        if whole[:size].rstrip().endswith("^"):
            continue
        assert reading(whole[:size]).files[0].error is not None, whole[:size]


@pytest.mark.timeout(20)
def test_long_fields_cost_no_time() -> None:
    fields = {"M": " " * 300_000 + "x", "P": "^" * 300_000, "L": "[" * 300_000}
    assert good(BANK + record(**fields) + "^\n" * 100_000).records.height == 1
    assert reading("!Type:Cat\n" * 50_000 + "\n" * 300_000 + BANK).statements.height == 1
    many = "".join(f"S{n}\n$1\n" for n in range(100_000))
    assert good(BANK + f"D13/01/2026\nT1.00\n{many}^\n").details.height == 100_000


PARTS = [
    BANK, "!Account\n", "!Type:Invst\n", "!Type:Cat\n", "!Clear:AutoSwitch\n", "^", "^\n", "\n",
    " ", "D13/1/26\n", "D1/2'05\n", "T1,50\n", "T-1.000\n", "U2.00\n", "POpening Balance\n",
    "L[A]\n", "NA\n", "SFood\n", "$1\n", "!", "\r", "NBuy\n", "\x0b", "\u2028",
]  # fmt: skip


def consistent(data: bytes) -> None:
    result = reading(data)
    file = result.files[0]
    if file.error is not None:
        assert file.error.problem
        assert result.records.is_empty()
        return
    set_aside = result.findings.filter("is_set_aside").height
    assert file.raw_count == result.records.height + set_aside + file.marker_count
    assert set(result.records["statement_no"]) <= set(result.statements["statement_no"])


@settings(max_examples=100, deadline=None)
@example("^ ")
@example("^^ ")
@example("D13/1/26\n^\n\x0b")
@given(st.lists(st.sampled_from(PARTS), max_size=30).map("".join))
def test_any_order_of_lines_is_refused_or_accounted_for(text: str) -> None:
    consistent(text.encode())
    consistent((BANK + text).encode())
    consistent((BANK + text + "\n^").encode())


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_accounted_for(data: bytes) -> None:
    consistent(data)
    consistent(BANK.encode() + data + b"\n^")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_hides_no_record_from_the_count(encoding: str) -> None:
    assert good((BANK + "D1/25/20\nT-1.00\n^\n").encode(encoding)).records.height == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_byte_order_mark_inside_hides_no_heading(encoding: str) -> None:
    parts = [BANK + record(), "!Type:CCard\n" + record(amount="-2.00")]
    result = good("\ufeff".join(parts).encode(encoding))
    assert result.statements["account_kind"].to_list() == ["bank", "card"]
    assert result.records["statement_no"].to_list() == [1, 2]


def test_the_list_of_memorised_transactions_may_be_british() -> None:
    memorised = "!Type:Memorised\nKP\nT-1.00\nPRent\n^\n"
    assert good(memorised + BANK + record()).records["amount_text"].to_list() == ["-10.50"]


def test_a_record_may_end_with_two_signs() -> None:
    plain = BANK + record() + record()
    twice = good(plain.replace("\n^\n", "\n^^\n"))
    assert twice.records.drop("raw_text").equals(good(plain).records.drop("raw_text"))
