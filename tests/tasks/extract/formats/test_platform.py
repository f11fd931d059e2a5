"""The platform's own files: exact numbers, directions only where something proves them."""

import json
import random
import time
from collections.abc import Iterable
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.extract import identify
from tasks.extract.formats.platform_files.directions import Doubtful, decide, word_in
from tasks.extract.formats.platform_files.reader import (
    PLATFORM_CSV,
    PLATFORM_INVOICE,
    PLATFORM_STATEMENT,
)
from tasks.extract.read import BatchReading, read_batch
from tasks.extract.source import Source

HEADER = (
    "transaction_date,transaction_amount,transaction_description,transaction_movement_type,"
    "account_name,account_currency\r\n"
)


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = (PLATFORM_STATEMENT, PLATFORM_INVOICE, PLATFORM_CSV)
    names = {one.name for one in mine}
    others = tuple(one for one in identify.FORMATS if one.name not in names)
    monkeypatch.setattr(identify, "FORMATS", (*others, *mine))


def read(*files: str | bytes) -> BatchReading:
    return read_batch(
        [
            Source(number, f"{number}.x", file.encode() if isinstance(file, str) else file)
            for number, file in enumerate(files)
        ]
    )


def statement(*entries: object, opening: object = "", closing: object = "") -> str:
    return json.dumps(
        {
            "period": "01/03/2025 - 31/03/2025",
            "opening_balance": opening,
            "closing_balance": closing,
            "transactions": list(entries),
        },
        ensure_ascii=False,
    )


def entry(amount: object, kind: object = "income", **more: object) -> dict[str, object]:
    return {
        "date": "2025-03-05",
        "description": "X",
        "amount": amount,
        "movement_type": kind,
        "category": "",
    } | more


def amounts(reading: BatchReading) -> list[str]:
    assert [one.error for one in reading.files] == [None] * len(reading.files)
    return [f"{amount.normalize():f}" for amount in reading.transactions["amount"]]


def problems(reading: BatchReading) -> list[str]:
    return [one.error.problem if one.error else "" for one in reading.files]


# Directions


def test_income_came_and_expenses_went_however_they_are_spelt() -> None:
    spelt = ["income", "INCOME", " Credit ", "expense", "Debit", "debit "]
    reading = read(statement(*(entry("1.00", kind) for kind in spelt)))
    assert amounts(reading) == ["1", "1", "1", "-1", "-1", "-1"]


def test_a_currency_that_a_document_names_is_not_taken_for_reais() -> None:
    plain = statement(entry("1.00"), entry("2.00", currency="EUR"))
    named = plain.replace('{"period"', '{"currency": "USD", "period"')
    odd = plain.replace('{"period"', '{"currency": "reais", "period"')
    reading = read(plain, named, odd)
    assert reading.transactions["currency"].to_list() == ["BRL", "EUR", "USD", "EUR", "EUR"]
    assert reading.findings["code"].to_list() == ["currency_unreadable"]


def test_balances_prove_the_direction_of_a_transfer() -> None:
    entries = [entry("8500.00"), entry("1000.00", "transfer"), entry("1500.00", "investment")]
    out = read(statement(*entries, opening="100.00", closing="6100.00"))
    assert amounts(out) == ["8500", "-1000", "-1500"]
    mixed = read(statement(*entries, opening="100.00", closing="9100.00"))
    assert amounts(mixed) == ["8500", "-1000", "1500"]


def test_what_may_have_gone_either_way_is_set_aside() -> None:
    twins = [entry("5.00", "transfer"), entry("5.00", "transfer"), entry("3.00", "other")]
    reading = read(statement(*twins, opening="0.00", closing="-3.00"))
    assert amounts(reading) == ["-3"]
    assert reading.findings["code"].to_list() == ["amount_ambiguous"] * 2
    nothing_fits = read(statement(entry("5.00", "transfer"), opening="0.00", closing="1.00"))
    assert nothing_fits.transactions.is_empty()


def test_balances_are_believed_before_words() -> None:
    sent = entry("5.00", "transfer", description="Pix enviado")
    assert amounts(read(statement(sent, opening="0.00", closing="5.00"))) == ["5"]
    assert amounts(read(statement(sent, opening="0.00", closing="-5.00"))) == ["-5"]
    assert amounts(read(statement(sent))) == ["-5"]


def test_a_statement_with_an_unreadable_amount_proves_nothing() -> None:
    entries = [entry("x"), entry("5.00", "transfer")]
    reading = read(statement(*entries, opening="0.00", closing="5.00"))
    assert reading.transactions.is_empty()
    assert set(reading.findings["code"]) == {"amount_unreadable", "amount_ambiguous"}


@pytest.mark.parametrize(
    ("said", "direction"),
    [
        ("Transferência recebida pelo Pix", "in"),
        ("TED ENVIADA", "out"),
        ("Aplicação RDB", "out"),
        ("RESGATE CDB", "in"),
        ("Pix enviado devolvido", None),
        ("Estorno de transferência recebida", None),
        ("Recebido e enviado", None),
        ("Transferência", None),
        (None, None),
    ],
)
def test_words_that_state_a_direction(said: str | None, direction: str | None) -> None:
    assert word_in(said) == direction


cents = st.lists(st.integers(1, 9).map(lambda n: Decimal(n) / 4), min_size=1, max_size=7)


@given(cents, st.data())
def test_a_direction_is_told_only_if_every_solution_agrees(
    values: list[Decimal], data: st.DataObject
) -> None:
    signs = data.draw(st.tuples(*(st.sampled_from([1, -1]) for _ in values)))
    missing = sum((v * s for v, s in zip(values, signs, strict=True)), Decimal(0))
    every = [
        tried
        for tried in product([1, -1], repeat=len(values))
        if sum((v * s for v, s in zip(values, tried, strict=True)), Decimal(0)) == missing
    ]
    expected = [
        {1: "in", -1: "out"}[column[0]] if len(set(column)) == 1 else None
        for column in zip(*every, strict=True)
    ]
    assert decide([Doubtful(value, None) for value in values], missing) == expected


def test_many_doubtful_records_do_not_take_for_ever() -> None:
    chance = random.Random(7)  # noqa: S311 - repeatable
    many = [Doubtful(Decimal(chance.randrange(10**9)) / 100, None) for _ in range(5000)]
    begin = time.perf_counter()
    assert decide(many, Decimal(1)) == [None] * len(many)
    assert time.perf_counter() - begin < 5


# JSON


def test_numbers_are_exact_to_the_last_digit() -> None:
    text = statement(entry("§"), entry("§"), entry("§"), opening="0.1").replace('"§"', "%s") % (
        "0.1",
        "12345678901234567.89",
        "1.5E+2",
    )
    reading = read(text)
    assert amounts(reading) == ["0.1", "12345678901234567.89", "150"]
    assert reading.statements["opening_balance"].to_list() == [Decimal("0.1")]


@pytest.mark.parametrize("number", ["1e999999999", "9" * 5000, "-1e-400", "1" * 30 + ".5"])
def test_a_number_of_absurd_size_is_set_aside(number: str) -> None:
    reading = read(statement(entry("§"), entry("1.00")).replace('"§"', number))
    assert amounts(reading) == ["1"]
    assert reading.findings["code"].to_list() == ["amount_unreadable"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (statement(entry("1.00"))[:-1], "not JSON"),
        (statement(entry("§")).replace('"§"', "NaN"), "NaN is not a number"),
        (statement(entry("§")).replace('"§"', "-Infinity"), "-Infinity is not a number"),
        (statement(entry([[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]])), "nests too deeply"),
        (statement(entry("§")).replace('"§"', "[" * 100_000 + "]" * 100_000), "too deeply"),
        (statement(entry("1.00")).replace('"date"', '"amount"'), '"amount" stands twice'),
        (statement().replace("[]", "null"), "no reader recognises"),
        (statement(entry("1.00", transactions=[1])), "not exactly one list"),
        (statement(entry("1.00")) + "\0", "NUL"),
    ],
)
def test_what_no_exporter_writes_is_refused_and_its_neighbour_goes_on(text: str, says: str) -> None:
    reading = read(text, statement(entry("1.00")))
    assert reading.transactions["file_no"].to_list() == [1]
    first, second = problems(reading)
    assert says in first
    assert second == ""


def test_text_is_kept_whatever_is_in_it() -> None:
    odd = 'a "transactions": [{},{}] \\ } ] \u2028 \U0001f600'
    reading = read(statement(entry("1.00", description=odd)).encode())
    assert reading.transactions["description"].to_list() == [odd]
    (raw,) = reading.transactions["raw_text"]
    assert json.loads(raw)["description"] == odd
    half = statement(entry("1.00", description="§")).replace("§", "\\ud83d")
    assert read(half).transactions["description"].to_list() == ["\N{REPLACEMENT CHARACTER}"]


@pytest.mark.parametrize(
    ("period", "days"),
    [
        ("01/03/2025 - 31/03/2025", ("2025-03-01", "2025-03-31")),
        ("2025-03-01 - 2025-03-31", ("2025-03-01", "2025-03-31")),
        ("01/03/2025 a 31/03/2025", ("2025-03-01", "2025-03-31")),
        ("março", ("None", "None")),
    ],
)
def test_a_period_is_two_days(period: str, days: tuple[str, str]) -> None:
    reading = read(statement().replace("01/03/2025 - 31/03/2025", period))
    ((starts, ends),) = reading.statements.select("starts_on", "ends_on").iter_rows()
    assert (str(starts), str(ends)) == days


# CSV


def test_a_guarding_apostrophe_falls_and_only_that() -> None:
    rows = "2025-03-01,1.00,'=1+1,income,A,BRL\r\n2025-03-01,1.00,''=x,income,A,BRL\r\n"
    rows += "2025-03-01,1.00,'quoted',income,A,BRL\r\n"
    told = read(HEADER + rows).transactions["description"].to_list()
    assert told == ["=1+1", "''=x", "'quoted'"]


def test_each_account_and_currency_is_a_statement() -> None:
    rows = [("A", "BRL"), ("B", "BRL"), ("A", "USD"), ("A", "BRL")]
    reading = read(
        HEADER + "".join(f"2025-03-01,1.00,x,income,{name},{money}\r\n" for name, money in rows)
    )
    assert reading.transactions["statement_no"].to_list() == [1, 2, 3, 1]
    assert reading.statements["currency"].to_list() == ["BRL", "BRL", "USD"]


def test_a_header_alone_is_an_export_of_nothing() -> None:
    reading = read(HEADER)
    assert (problems(reading), reading.transactions.height) == ([""], 0)


def test_a_column_that_comes_twice_is_refused() -> None:
    reading = read(HEADER.replace("account_name", "transaction_amount"))
    assert problems(reading) == ["a column comes twice"]


# Any bytes

WHOLE = {
    "statement": statement(entry("8.00"), entry("1.00", "transfer"), closing="7.00", opening="0"),
    "invoice": json.dumps({"total_due": "5.00", "transactions": [entry("5.00", "expense")]}),
    "csv": HEADER + '2025-03-01,1.00,"x\n""y""",income,A,BRL\r\n2025-03-02,2,z,expense,B,BRL\r\n',
}


def damaged(data: bytes) -> Iterable[bytes]:
    yield from (data[:end] for end in range(len(data)))
    chance = random.Random(7)  # noqa: S311 - repeatable damage
    for _ in range(400):
        changed = bytearray(data)
        for _ in range(chance.randint(1, 4)):
            changed[chance.randrange(len(data))] = chance.randrange(256)
        yield bytes(changed)


@pytest.mark.parametrize("kind", WHOLE)
def test_damage_is_refused_or_found_and_never_an_accident(kind: str) -> None:
    files = [one for one in damaged(WHOLE[kind].encode()) if one]
    reading = read(*files)
    for one in reading.files:
        if one.error is not None:
            assert "reader stopped" not in one.error.problem, files[one.file_no]


@pytest.mark.parametrize("kind", WHOLE)
def test_a_very_long_text_is_no_matter(kind: str) -> None:
    text = (
        WHOLE[kind].replace('"X"', '"' + "x" * 1_000_000 + '"').replace(",z,", f",{'z' * 10**6},")
    )
    begin = time.perf_counter()
    reading = read(text)
    assert time.perf_counter() - begin < 3
    if kind != "csv":
        assert problems(reading) == [""]


@pytest.mark.parametrize("text", ["1.000", "R$ 12,500", "-1.000"])
def test_a_balance_that_may_be_thousands_or_thousandths_is_none(text: str) -> None:
    reading = read(
        statement(entry("50.00"), opening=text, closing="1050.00"),
        json.dumps({"total_due": text, "transactions": [entry("50.00", "expense")]}),
    )
    assert reading.statements["opening_balance"].null_count() == 2
    assert reading.statements["closing_balance"].to_list() == [Decimal(1050), None]
    assert reading.findings["code"].to_list() == ["statement_unreadable"] * 2


def test_a_balance_that_is_a_number_has_a_point() -> None:
    reading = read(statement(entry("0.5"), opening=1.125, closing="1.625,00"))
    assert reading.statements["opening_balance"].to_list() == [Decimal("1.125")]
    assert reading.statements["closing_balance"].to_list() == [Decimal(1625)]
