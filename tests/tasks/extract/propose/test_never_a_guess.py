"""Whatever the conventions of a bank are: what is proven is the truth, and the rest is unused."""

import csv
import io
import random
import re
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

FORMATS = (
    *("%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%d.%m.%Y", "%d/%m/%y", "%m-%d-%Y", "%Y%m%d"),
    *("%d-EN-%Y", "EN %d, %Y", "%d de PT de %Y", "%y PT %d", "%d/PT/%y"),
)
MONTHS = {
    "EN": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    "PT": [
        "janeiro",
        "fevereiro",
        "março",
        "abril",
        "maio",
        "junho",
        "julho",
        "agosto",
        "setembro",
        "outubro",
        "novembro",
        "dezembro",
    ],
}
CLOCKS = ("", "", "", " 14:35", "T09:05:01", ", 1:07 PM", " 23:59:59.999")
MARKS = ((",", "."), (".", ","), (",", ""), (".", ""), (".", "'"), (",", " "))
INDIAN = (".", ",,")  # 1,23,456.78
SIGNS = ("signed", "inverted", "columns", "marked", "debit_negative", "behind", "before")
NO_SIGN = "unsigned"
TRAPS = ("", "", "", "state", "opening", "tax", "second_day")
FEES = ("", "", "", "subtracted", "added")
EDGES = ("edges_above", "edges_below", "edges_rows", "edges_mixed")
LABELS = (
    ("Opening balance", "Closing balance"),
    ("Saldo anterior", "Saldo final"),
    ("Beginning balance:", "Ending balance:"),
)
DECOYS = (
    *("fee", "reference", "available", "counter", "constant", "value", "other", "iso", "zero"),
    "channel",
)
NAMES = {
    "booked": ("Booking date", "Data", "K1"),
    "amount": ("Amount", "Valor", "K2"),
    "credit": ("Credit", "Entrada", "K3"),
    "debit": ("Debit", "Saída", "K4"),
    "mark": ("D/C", "Tipo", "K5"),
    "balance": ("Balance", "Saldo", "K6"),
    "text": ("Description", "Descrição", "K7"),
    "charge": ("Charge", "Comissão", "K0"),
    "fee": ("Fee", "Tarifa", "K8"),
    "reference": ("Reference", "Documento", "K9"),
    "available": ("Available balance", "Saldo disponível", "Available balance "),
    "counter": ("No.", "Nr", "L1"),
    "constant": ("Branch", "Agência", "L2"),
    "value": ("Value date", "Data valor", "Value date"),
    "other": ("Seen on", "Outra", "L4"),
    "iso": ("Currency", "Moeda", "L5"),
    "zero": ("Tax", "Imposto", "L6"),
    "channel": ("Channel", "Canal", "L7"),
    "state": ("State", "Estado", "L8"),
    "tax": ("Levy", "IOF", "L9"),
    "entered": ("Entered", "Registo", "M1"),
}


@dataclass(frozen=True)
class Bank:
    """The conventions of a made-up bank."""

    delimiter: str
    encoding: str
    date_format: str
    clock: str
    marks: tuple[str, str]
    sign: str
    fee: str
    is_newest_first: bool
    balance: str
    stated_off: int
    decoys: tuple[str, ...]
    language: int
    has_footer: bool
    has_currency_sign: bool
    trap: str
    seed: int


@dataclass
class Movement:
    booked_on: date
    amount: Decimal
    balance: Decimal
    text: str
    fee: Decimal
    cells: dict[str, str] = field(default_factory=dict)


banks = st.builds(
    Bank,
    delimiter=st.sampled_from((";", ",", "\t", "|")),
    encoding=st.sampled_from(("utf-8", "utf-8-sig", "cp1252", "utf-16")),
    date_format=st.sampled_from(FORMATS),
    clock=st.sampled_from(CLOCKS),
    marks=st.sampled_from((*MARKS, INDIAN)),
    sign=st.sampled_from((*SIGNS, NO_SIGN)),
    fee=st.sampled_from(FEES),
    is_newest_first=st.booleans(),
    balance=st.sampled_from(("each", "each", "each", "day_end", "day_repeated", "none", *EDGES)),
    stated_off=st.sampled_from((0, 0, 0, 0, 1, 100)),
    decoys=st.lists(st.sampled_from(DECOYS), unique=True, max_size=4).map(tuple),
    language=st.integers(0, 2),
    has_footer=st.booleans(),
    has_currency_sign=st.booleans(),
    trap=st.sampled_from(TRAPS),
    seed=st.integers(0, 2**32),
)
cents = st.one_of(st.integers(-9_999_999, 9_999_999), st.sampled_from((0, 100, -100, 123400)))
movements = st.lists(st.tuples(st.integers(0, 4), cents), max_size=14)


def built(bank: Bank, steps: list[tuple[int, int]], opening: int, start: date) -> list[Movement]:
    """The movements; what their fees took is a part of their amounts."""
    day, balance, made = start, Decimal(opening) / 100, []
    for number, (step, cents_of) in enumerate(steps):
        day += timedelta(days=step)
        fee = Decimal(number % 3 * 25 if has_fee(bank) else 0) / 100
        fee += Decimal("0.75") if trap_of(bank) == "tax" and not number else 0
        amount = Decimal(cents_of) / 100 - fee
        balance += amount
        booked = day - timedelta(days=3 * (trap_of(bank) == "second_day" and number % 3 == 1))
        made.append(Movement(booked, amount, balance, f"Café {number % 3} padaria", fee))
    return made


def has_fee(bank: Bank) -> bool:
    """A fee stands beside amounts that a minus or their column signs, and balances check it."""
    has_balances = bank.balance == "each" and trap_of(bank) != "tax"
    return bank.fee != "" and bank.sign in {"signed", "columns"} and has_balances


def trap_of(bank: Bank) -> str:
    """What stands where no balance checks it."""
    return bank.trap if bank.balance == "each" else ""


def trapped(bank: Bank, first: Movement) -> list[Movement]:
    """A row before all movements that is none, though it has an amount."""
    if trap_of(bank) not in {"state", "opening"}:
        return []
    opening = first.balance - first.amount
    amount, text = Decimal("-12.34"), "Café 9 padaria"
    if bank.trap == "opening":
        amount, text = opening if bank.seed % 4 < 2 else Decimal(0), f"{LABELS[bank.language][0]} 1"
    row = Movement(first.booked_on, amount, opening, text, Decimal(0))
    fill(bank, [row])
    row.cells |= {"state": "Bounced" if bank.trap == "state" else "ok"}
    row.cells |= {"balance": "" if bank.seed % 2 else printed(bank, opening)}
    return [row]


def printed(bank: Bank, value: Decimal) -> str:
    decimal_mark, group_mark = bank.marks
    whole, cents = f"{abs(value):.2f}".split(".")
    groups = f"{int(whole):,}".replace(",", group_mark) if group_mark else whole
    if bank.marks == INDIAN:
        groups = re.sub(r"(?<=\d)(?=(\d\d)+\d{3}$)|(?<=\d)(?=\d{3}$)", ",", whole)
    sign = "-" if value < 0 else ""
    return f"{sign}{'R$ ' if bank.has_currency_sign else ''}{groups}{decimal_mark}{cents}"


def dated(bank: Bank, day: date) -> str:
    text = bank.date_format
    for language, names in MONTHS.items():
        text = text.replace(language, names[day.month - 1])
    return day.strftime(text)


def fill(bank: Bank, made: list[Movement]) -> None:
    chance = random.Random(bank.seed)  # noqa: S311 - a seeded choice of test data
    for number, one in enumerate(made):
        value, cell = one.amount + one.fee, one.cells
        cell["charge"] = printed(bank, -one.fee if bank.fee == "added" else one.fee)
        cell["booked"] = dated(bank, one.booked_on) + bank.clock
        cell["text"] = one.text
        match bank.sign:
            case "signed":
                cell["amount"] = printed(bank, value)
            case "inverted":
                cell["amount"] = printed(bank, -value)
            case "behind":
                cell["amount"] = f"{printed(bank, abs(value))} {'Cr' if value > 0 else 'Dr.'}"
            case "before":
                cell["amount"] = f"{'C' if value > 0 else 'D'} {printed(bank, abs(value))}"
            case "unsigned":
                cell["amount"] = printed(bank, abs(value))
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
        elif not is_bare(bank):
            cell["balance"] = printed(bank, end) if bank.balance == "day_repeated" else ""
        day = one.booked_on + timedelta(days=chance.randint(-3, 3))
        cell |= {
            "fee": printed(bank, Decimal(chance.randint(-500, 500)) / 100),
            "reference": str(chance.randint(10**7, 10**8)),
            "available": printed(bank, one.balance + 500),
            "counter": str(number + 1),
            "constant": "1",
            "value": dated(bank, day),
            "other": dated(bank, day) + bank.clock,
            "iso": "BRL",
            "zero": printed(bank, Decimal(0)),
            "channel": chance.choice(("Web", "App")),
            "state": "ok",
            "tax": printed(bank, Decimal(0) if number else Decimal("0.75")),
            "entered": dated(bank, one.booked_on + timedelta(days=3 * (number % 3 == 1))),
        }


def is_bare(bank: Bank) -> bool:
    """No balance stands beside the movements."""
    return bank.balance == "none" or bank.balance in EDGES


def edge_lines(bank: Bank, made: list[Movement], columns: list[str]) -> tuple[str, str]:
    """What stands above the header and below the movements; a bank that is off states a lie."""
    opening = made[0].balance - made[0].amount if made else Decimal(0)
    closing = (made[-1].balance if made else opening) + Decimal(bank.stated_off) / 100
    lines = []
    for label, value in zip(LABELS[bank.language], (opening, closing), strict=True):
        cells = [label, printed(bank, value)]
        if bank.balance == "edges_rows":
            money = "amount" if "amount" in columns else "credit"
            text = {"text": label, money: printed(bank, value)}
            cells = [text.get(column, "") for column in columns]
        target = io.StringIO()
        csv.writer(target, delimiter=bank.delimiter, lineterminator="\r\n").writerow(cells)
        lines.append(target.getvalue())
    match bank.balance:
        case "edges_above":
            return lines[0] + lines[1], ""
        case "edges_below" | "edges_rows":
            return "", lines[0] + lines[1]
        case "edges_mixed":
            return lines[0], lines[1]
    return "", ""


def written(bank: Bank, made: list[Movement]) -> bytes:
    fill(bank, made)
    money = {"marked": ["amount", "mark"], "columns": ["credit", "debit"]}
    money["debit_negative"] = money["columns"]
    columns = ["booked", "text", *money.get(bank.sign, ["amount"]), *bank.decoys]
    columns += ["charge"] if has_fee(bank) else []
    extra = {"state": ["state"], "tax": ["tax"], "second_day": ["entered"]}
    columns += extra.get(trap_of(bank), [])
    columns += [] if is_bare(bank) else ["balance"]
    random.Random(bank.seed).shuffle(columns)  # noqa: S311 - a seeded choice of test data
    target = io.StringIO()
    above, below = edge_lines(bank, made, columns)
    target.write(above)
    writer = csv.writer(target, delimiter=bank.delimiter, lineterminator="\r\n")
    writer.writerow([NAMES[column][bank.language] for column in columns])
    rows = [*trapped(bank, made[0]), *made] if made else []
    for one in rows[::-1] if bank.is_newest_first else rows:
        writer.writerow([one.cells[column] for column in columns])
    target.write(below)
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
    if bank.balance in EDGES and made:
        (opening,), (closing,) = statements["opening_balance"], statements["closing_balance"]
        assert opening in {None, made[0].balance - made[0].amount}
        assert closing in {None, made[-1].balance}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
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


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(banks.filter(lambda bank: bank.balance in EDGES and bank.sign != NO_SIGN))
def test_stated_balances_prove_a_rich_statement_and_a_lie_proves_nothing(bank: Bank) -> None:
    plain = {"language": 1, "decoys": ("fee", "reference", "value"), "encoding": "utf-8"}
    bank = Bank(**{**bank.__dict__, **plain})
    amounts = (-1250, 100000, -99990, -320, 5001, -1234567, 2000000, -77, -4200, 999)
    made = built(bank, [(3, amount) for amount in amounts], 500_000, date(2026, 3, 4))
    data = written(bank, made)
    proposal = propose([Source(0, "x.csv", data)])
    is_open = bank.stated_off or bank.sign == "inverted"  # by one sum, both signs may be right
    assert (proposal.verdict == Verdict.PROVEN) == (not is_open), proposal.problem
    if not is_open:
        assert_is_truth(data, reading_of(proposal), bank, made)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(banks.filter(lambda bank: bank.balance == "each" and bank.sign != NO_SIGN))
def test_a_rich_statement_is_proven(bank: Bank) -> None:
    """Enough rows, days beyond the twelfth, both signs: nothing is left open."""
    plain = {"delimiter": bank.delimiter, "language": 0, "decoys": ("fee", "reference", "value")}
    bank = Bank(**{**bank.__dict__, **plain, "encoding": "utf-8", "trap": ""})
    amounts = (-1250, 100000, -99990, -320, 5001, -1234567, 2000000, -77, -4200, 999)
    made = built(bank, [(3, amount) for amount in amounts], 500_000, date(2026, 3, 4))
    data = written(bank, made)
    proposal = propose([Source(0, "x.csv", data)])
    assert proposal.verdict == Verdict.PROVEN, proposal.problem
    assert_is_truth(data, reading_of(proposal), bank, made)
