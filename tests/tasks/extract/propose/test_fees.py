"""A fee beside the amount: only balances say what moved, and they say it of every row."""

from decimal import Decimal

import pytest

from tasks.extract.propose.proposal import Proposal, Verdict, propose, reading_of
from tasks.extract.read import read_batch
from tasks.extract.source import Source

HEADER = "Day,Text,Amount,Fee,Balance\n"
ROWS = [  # what is printed as the amount, what the fee costs, the balance after both
    ("2026-03-02,Shop", "-20.00", "0.50", "979.50"),
    ("2026-03-05,Client", "100.00", "3.20", "1076.30"),
    ("2026-03-13,Shop", "-7.00", "0", "1069.30"),
    ("2026-03-16,Client", "50.00", "1.75", "1117.55"),
    ("2026-03-18,Shop", "-1.10", "0", "1116.45"),
]
MOVED = ["-20.50", "96.80", "-7.00", "48.25", "-1.10"]


def table(sign: str = "", header: str = HEADER) -> str:
    return header + "".join(
        f"{text},{amount},{sign if float(fee) else ''}{fee},{balance}\n"
        for text, amount, fee, balance in ROWS
    )


def proposed(text: str) -> Proposal:
    return propose([Source(0, "0.csv", text.encode())])


def moved(text: str) -> list[Decimal]:
    batch = read_batch([Source(0, "0.csv", text.encode())], use_proposals=True)
    assert [file.error for file in batch.files] == [None]
    return batch.transactions["amount"].to_list()


@pytest.mark.parametrize("sign", ["", "-"])
def test_a_fee_is_taken_beside_the_amount_however_it_is_signed(sign: str) -> None:
    proposal = proposed(table(sign))
    layout = reading_of(proposal)
    assert (layout.columns.amount, layout.columns.fee) == ("Amount", "Fee")
    assert layout.conventions.is_fee_signed == bool(sign)
    assert "'Fee', which 3 rows have" in " ".join(proposal.readings[0].evidence)
    assert moved(table(sign)) == [Decimal(one) for one in MOVED]


def test_a_fee_may_stand_beside_two_columns_or_alone() -> None:
    text = (
        "Day,Text,Money in,Money out,Fee,Balance\n"
        "2026-03-02,Shop,,-20.00,-0.50,979.50\n"
        "2026-03-05,Client,100.00,,-3.20,1076.30\n"
        "2026-03-13,Monthly,,,-7.50,1068.80\n"
        "2026-03-16,Firm,50.00,,,1118.80\n"
        "2026-03-18,Back,,,7.50,1126.30\n"
        "2026-03-19,Shop,,-5.00,,1121.30\n"
    )
    layout = reading_of(proposed(text))
    assert (layout.columns.credit, layout.columns.debit) == ("Money in", "Money out")
    assert moved(text) == [Decimal(one) for one in ("-20.50", "96.80", "-7.50", "50", "7.50", "-5")]
    lines = text.splitlines()
    newest_first = "\n".join([lines[0], *lines[:0:-1]])
    assert moved(newest_first) == moved(text)[::-1]


def test_a_column_of_what_moved_is_taken_before_amount_and_fee() -> None:
    rows = "".join(
        f"{text},{amount},-{fee},{net},{balance}\n"
        for (text, amount, fee, balance), net in zip(ROWS, MOVED, strict=True)
    )
    layout = reading_of(proposed("Day,Text,Gross,Fee,Net,Balance\n" + rows))
    assert (layout.columns.amount, layout.columns.fee) == ("Net", None)


@pytest.mark.parametrize("sign", ["", "-"])
def test_net_without_balances_is_a_draft_for_arithmetic_gives_it_no_sign(sign: str) -> None:
    rows = "".join(
        f"{text},{amount},{sign}{fee},{net}\n"
        for (text, amount, fee, _), net in zip(ROWS, MOVED, strict=True)
    )
    proposal = proposed("Day,Text,Gross,Fee,Net\n" + rows)
    assert proposal.verdict == Verdict.UNPROVEN
    assert 'amount = "Net"' in proposal.readings[0].toml
    assert "'Net' is 'Gross' less 'Fee' in every row" in proposal.readings[0].evidence


def test_a_cent_that_no_fee_explains_proves_nothing() -> None:
    assert proposed(table().replace("1.75", "1.76")).verdict == Verdict.UNPROVEN
    assert proposed(table().replace("-7.00,0,", "-7.00,0.01,")).verdict == Verdict.UNPROVEN


def test_a_fee_that_no_balance_checks_is_open() -> None:
    rows = (
        "2026-03-02,Shop,-20.00,0.50,980.00\n2026-03-05,Client,100.00,0,1080.00\n"
        "2026-03-13,Shop,-7.00,0,1073.00\n2026-03-16,Client,50.00,0,1123.00\n"
    )
    assert "whether 'Fee' is in it" in proposed(HEADER + rows).problem
    assert proposed(HEADER + rows.replace("0.50", "0")).verdict == Verdict.PROVEN


@pytest.mark.parametrize(
    ("name", "problem"), [("Debit", "its name denies"), ("Points", "something else than money")]
)
def test_the_name_of_a_fee_may_object(name: str, problem: str) -> None:
    assert problem in proposed(table(header=HEADER.replace("Fee", name))).problem


def test_most_of_the_money_is_no_fee() -> None:
    swapped = "".join(f"{text},-{fee},{amount},{balance}\n" for text, amount, fee, balance in ROWS)
    layout = reading_of(proposed("Day,Text,Part,Rest,Balance\n" + swapped))
    assert (layout.columns.amount, layout.columns.fee) == ("Rest", "Part")


def test_a_large_file_with_fees_is_proven_whole() -> None:
    balance, lines = 0, []
    for number in range(3_000):
        amount, fee = (-1) ** number * (number % 977 + 1), number % 3 * 5
        balance += amount - fee
        day = f"{2020 + number // 400}-{number % 400 // 40 + 1:02}-15"
        cells = (amount, fee, balance + 5000)
        lines.append(",".join([day, f"Shop {number % 7}", *(f"{one / 100:.2f}" for one in cells)]))
    text = HEADER + "\n".join(lines)
    assert reading_of(proposed(text)).columns.fee == "Fee"
    assert proposed(f"{text}\n2028-01-01,X,5.00,0.00,1.00\n").verdict == Verdict.UNPROVEN
