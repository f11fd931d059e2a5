"""Whatever the conventions of a bank are: what is proven is the truth, and the rest is unused."""

import csv
import io
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.bank import BankLayout
from tasks.extract.formats.delimited.reader import read_as
from tasks.extract.propose.proposal import Verdict, propose, reading_of
from tasks.extract.source import Source
from tasks.extract.typed import type_records, type_statements

FORMATS = ("%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%d.%m.%Y", "%d/%m/%y", "%m-%d-%Y", "%Y%m%d")
MARKS = ((",", "."), (".", ","), (",", ""), (".", ""), (".", "'"), (",", " "))
SIGNS = ("signed", "inverted", "columns", "marked", "debit_negative")
DECOYS = ("fee", "reference", "available", "counter", "constant", "value", "other", "iso", "zero")
NAMES = {
    "booked": ("Booking date", "Data", "K1"),
    "amount": ("Amount", "Valor", "K2"),
    "credit": ("Credit", "Entrada", "K3"),
    "debit": ("Debit", "Saída", "K4"),
    "mark": ("D/C", "Tipo", "K5"),
    "balance": ("Balance", "Saldo", "K6"),
    "text": ("Description", "Descrição", "K7"),
    "fee": ("Fee", "Tarifa", "K8"),
    "reference": ("Reference", "Documento", "K9"),
    "available": ("Available balance", "Saldo disponível", "Available balance "),
    "counter": ("No.", "Nr", "L1"),
    "constant": ("Branch", "Agência", "L2"),
    "value": ("Value date", "Data valor", "Value date"),
    "other": ("Seen on", "Outra", "L4"),
    "iso": ("Currency", "Moeda", "L5"),
    "zero": ("Tax", "Imposto", "L6"),
}


@dataclass(frozen=True)
class Bank:
    """The conventions of a made-up bank."""

    delimiter: str
    encoding: str
    date_format: str
    marks: tuple[str, str]
    sign: str
    is_newest_first: bool
    balance: str
    decoys: tuple[str, ...]
    language: int
    has_footer: bool
    has_currency_sign: bool
    seed: int


@dataclass
class Movement:
    booked_on: date
    amount: Decimal
    balance: Decimal
    text: str
    cells: dict[str, str] = field(default_factory=dict)


banks = st.builds(
    Bank,
    delimiter=st.sampled_from((";", ",", "\t", "|")),
    encoding=st.sampled_from(("utf-8", "utf-8-sig", "cp1252", "utf-16")),
    date_format=st.sampled_from(FORMATS),
    marks=st.sampled_from(MARKS),
    sign=st.sampled_from(SIGNS),
    is_newest_first=st.booleans(),
    balance=st.sampled_from(("each", "each", "each", "day_end", "day_repeated", "none")),
    decoys=st.lists(st.sampled_from(DECOYS), unique=True, max_size=4).map(tuple),
    language=st.integers(0, 2),
    has_footer=st.booleans(),
    has_currency_sign=st.booleans(),
    seed=st.integers(0, 2**32),
)
cents = st.one_of(st.integers(-9_999_999, 9_999_999), st.sampled_from((0, 100, -100, 123400)))
movements = st.lists(st.tuples(st.integers(0, 4), cents), max_size=14)


def built(bank: Bank, steps: list[tuple[int, int]], opening: int, start: date) -> list[Movement]:
    day, balance, made = start, Decimal(opening) / 100, []
    for number, (step, amount) in enumerate(steps):
        day += timedelta(days=step)
        balance += Decimal(amount) / 100
        made.append(Movement(day, Decimal(amount) / 100, balance, f"Café {number % 3} padaria"))
    return made


def printed(bank: Bank, value: Decimal) -> str:
    decimal_mark, group_mark = bank.marks
    whole, cents = f"{abs(value):.2f}".split(".")
    groups = f"{int(whole):,}".replace(",", group_mark) if group_mark else whole
    sign = "-" if value < 0 else ""
    return f"{sign}{'R$ ' if bank.has_currency_sign else ''}{groups}{decimal_mark}{cents}"


def fill(bank: Bank, made: list[Movement]) -> None:
    chance = random.Random(bank.seed)  # noqa: S311 - a seeded choice of test data
    for number, one in enumerate(made):
        value, cell = one.amount, one.cells
        cell["booked"] = one.booked_on.strftime(bank.date_format)
        cell["text"] = one.text
        match bank.sign:
            case "signed":
                cell["amount"] = printed(bank, value)
            case "inverted":
                cell["amount"] = printed(bank, -value)
            case "marked":
                cell["amount"], cell["mark"] = printed(bank, abs(value)), "C" if value > 0 else "D"
            case _:
                sign = -1 if bank.sign == "debit_negative" else 1
                cell["credit"] = printed(bank, value) if value > 0 else ""
                cell["debit"] = printed(bank, sign * abs(value)) if value <= 0 else ""
        is_last = number + 1 == len(made) or made[number + 1].booked_on != one.booked_on
        end = [each for each in made if each.booked_on == one.booked_on][-1].balance
        if bank.balance == "each" or (bank.balance == "day_end" and is_last):
            cell["balance"] = printed(bank, one.balance)
        elif bank.balance != "none":
            cell["balance"] = printed(bank, end) if bank.balance == "day_repeated" else ""
        day = one.booked_on + timedelta(days=chance.randint(-3, 3))
        cell |= {
            "fee": printed(bank, Decimal(chance.randint(-500, 500)) / 100),
            "reference": str(chance.randint(10**7, 10**8)),
            "available": printed(bank, one.balance + 500),
            "counter": str(number + 1),
            "constant": "1",
            "value": day.strftime(bank.date_format),
            "other": day.strftime(bank.date_format),
            "iso": "BRL",
            "zero": printed(bank, Decimal(0)),
        }


def written(bank: Bank, made: list[Movement]) -> bytes:
    fill(bank, made)
    money = {"marked": ["amount", "mark"], "signed": ["amount"], "inverted": ["amount"]}
    columns = ["booked", "text", *money.get(bank.sign, ["credit", "debit"]), *bank.decoys]
    columns += ["balance"] if bank.balance != "none" else []
    random.Random(bank.seed).shuffle(columns)  # noqa: S311 - a seeded choice of test data
    target = io.StringIO()
    writer = csv.writer(target, delimiter=bank.delimiter, lineterminator="\r\n")
    writer.writerow([NAMES[column][bank.language] for column in columns])
    for one in made[::-1] if bank.is_newest_first else made:
        writer.writerow([one.cells[column] for column in columns])
    if bank.has_footer:
        target.write(f"Fim do extrato{bank.delimiter * (len(columns) - 1)}\r\n")
    return target.getvalue().encode(bank.encoding)


def assert_is_truth(data: bytes, layout: BankLayout, bank: Bank, made: list[Movement]) -> None:
    reading = read_as([Source(0, "x.csv", data)], layout)
    statements = type_statements(reading.statements, reading.convention)
    typed = type_records(reading.records, statements, reading.convention).records
    order = made[::-1] if bank.is_newest_first else made
    assert typed["booked_on"].to_list() == [one.booked_on for one in order]
    assert typed["amount"].to_list() == [one.amount for one in order]
    assert all(one.text in text for one, text in zip(order, typed["description"], strict=True))
    if bank.balance == "each":
        assert typed["balance_after"].to_list() == [one.balance for one in order]
    assert typed["valued_on"].null_count() in {0, typed.height}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(banks, movements, st.integers(-(10**6), 10**7), st.dates(date(2015, 1, 1), date(2030, 1, 1)))
def test_a_proven_proposal_reads_the_truth(
    bank: Bank, steps: list[tuple[int, int]], opening: int, start: date
) -> None:
    made = built(bank, steps, opening, start)
    data = written(bank, made)
    proposal = propose([Source(0, "x.csv", data)])
    if proposal.verdict != Verdict.PROVEN:
        with pytest.raises(ValueError, match=r"."):
            reading_of(proposal)
        return
    assert bank.balance != "none" or "available" in bank.decoys
    assert_is_truth(data, reading_of(proposal), bank, made)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(banks.filter(lambda bank: bank.balance == "each"))
def test_a_rich_statement_is_proven(bank: Bank) -> None:
    """Enough rows, days beyond the twelfth, both signs: nothing is left open."""
    plain = {"delimiter": bank.delimiter, "language": 0, "decoys": ("fee", "reference", "value")}
    bank = Bank(**{**bank.__dict__, **plain, "encoding": "utf-8"})
    amounts = (-1250, 100000, -99990, -320, 5001, -1234567, 2000000, -77, -4200, 999)
    made = built(bank, [(3, amount) for amount in amounts], 500_000, date(2026, 3, 4))
    data = written(bank, made)
    proposal = propose([Source(0, "x.csv", data)])
    assert proposal.verdict == Verdict.PROVEN, proposal.problem
    assert_is_truth(data, reading_of(proposal), bank, made)
