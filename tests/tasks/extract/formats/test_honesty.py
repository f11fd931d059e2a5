"""A single wrong digit never makes another movement that passes for proven, or for sure.

Digits of every example are damaged in turn: once to another digit, which balances must find out,
and once to what is no digit, which the reader itself must see. It may refuse the file, set the
record aside, remark on it, or leave the statement without a proof; it hands nothing else on as if
all were well.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import polars as pl
import pytest
from seeds import BINARY, SEEDS

from schemas.bank import Columns
from schemas.statement import Proof
from tasks.extract import profiles
from tasks.extract.read import read_batch
from tasks.extract.source import Source
from tasks.extract.summary import holdable
from tasks.validate.balances import prove

AT_ONCE = 250
MOST = 40
"""So many digits of a file, evenly spread."""
NAME = "statement.x"
TEXTS = [(one.name, layout, data) for one, layout, data in SEEDS if one.name not in BINARY]
BY_NUMBER = "lt_swedbank_account"
"""It tells rows of balances from movements by a number, in a column without a name."""


@dataclass
class Said:
    """What is made of one file.

    Attributes:
        movements: day, amount, currency and status.
        amounts: by statement, booked ones with their days, in the order of the file.
        proofs: by statement.
        codes: what was found.
        unanchored: statements of which no opening balance is printed.
    """

    movements: Counter[tuple[object, ...]] = field(default_factory=Counter)
    amounts: dict[int, list[tuple[date, object]]] = field(default_factory=dict)
    proofs: dict[int, str] = field(default_factory=dict)
    codes: Counter[str] = field(default_factory=Counter)
    unanchored: set[int] = field(default_factory=set)

    def tells_more_than(self, whole: "Said") -> bool:
        """Something was found, or does not add up, that was not so before."""
        is_failed = Proof.FAILED in {*self.proofs.values()} - {*whole.proofs.values()}
        return is_failed or bool(self.codes - whole.codes)


@dataclass(frozen=True)
class Example:
    """A file that is whole, and what is made of it."""

    layout: str
    data: bytes
    whole: Said

    @cached_property
    def columns(self) -> Columns | None:
        """Of its bank layout, where it has one."""
        known = profiles.layouts().get(self.layout)
        return known.columns if known else None


def said(files: Sequence[bytes]) -> list[Said | None]:
    """Read and prove files; null is a refusal."""
    reading = read_batch([Source(no, NAME, data, NAME) for no, data in enumerate(files)])
    fit = holdable(reading.transactions)
    findings = reading.findings.vstack(fit.findings)
    proven = prove(reading.statements, fit.transactions, findings)
    told = [Said() if one.error is None else None for one in reading.files]
    key = ("file_no", "statement_no")
    rows = fit.transactions.select(*key, "booked_on", "amount", "currency", "status")
    for number, statement, day, amount, currency, status in rows.iter_rows():
        if one := told[number]:
            one.movements[day, amount, currency, status] += 1
            if status == "booked":
                one.amounts.setdefault(statement, []).append((day, amount))
    for number, statement, proof in proven.statements.select(*key, "proof").iter_rows():
        if one := told[number]:
            one.proofs[statement] = proof
    for number, statement in (
        reading.statements.filter(pl.col("opening_balance").is_null()).select(key).iter_rows()
    ):
        if one := told[number]:
            one.unanchored.add(statement)
    for number, code in findings.vstack(proven.findings).select("file_no", "code").iter_rows():
        if one := told[number]:
            one.codes[code] += 1
    return told


def damaged(data: bytes, *, is_digit: bool) -> list[tuple[int, bytes]]:
    """Where a digit is another one, or none, and the file with it."""
    places = [at for at in range(len(data)) if data[at : at + 1].isdigit()]
    step = -(-len(places) // MOST)
    wrong = {
        at: str((int(data[at : at + 1]) + 3) % 10).encode() if is_digit else b"?" for at in places
    }
    return [(at, data[:at] + wrong[at] + data[at + 1 :]) for at in places[::step]]


def quiet(example: Example, *, is_digit: bool) -> Iterator[tuple[int, Said]]:
    """Where damage is neither refused nor told, and what is made of the file."""
    files = damaged(example.data, is_digit=is_digit)
    for start in range(0, len(files), AT_ONCE):
        part = files[start : start + AT_ONCE]
        for (at, _), other in zip(part, said([file for _, file in part]), strict=True):
            if other is not None and not other.tells_more_than(example.whole):
                yield at, other


def is_tied(example: Example, other: Said, statement: int) -> bool:
    """Whether a balance that is printed depends on an amount of a statement that changed.

    Where balances stand beside the rows or days and none above, nothing is known of before the
    first of them, which may stand at the end of its day; nor of after the last, where they stand
    before their rows.
    """
    whole, columns = example.whole, example.columns
    before, after = whole.amounts.get(statement, []), other.amounts.get(statement, [])
    if len(before) != len(after):
        return True
    days = [day for day, _ in before]
    untied = set()
    if days and (statement in whole.unanchored or (columns and columns.day_balance)):
        untied = {max(days) if columns and columns.balance_before else min(days)}
    pairs = zip(before, after, strict=True)
    return any(old != new and day not in untied for (day, old), (_, new) in pairs)


@pytest.fixture(scope="module", params=TEXTS, ids=["-".join(one[:2]) for one in TEXTS])
def example(request: pytest.FixtureRequest) -> Example:
    _, layout, data = request.param
    (whole,) = said([data])
    assert whole is not None
    return Example(layout, data, whole)


def test_another_digit_is_not_proven(example: Example) -> None:
    for at, other in quiet(example, is_digit=True):
        if other.movements == example.whole.movements:  # at most the number of an account changed
            continue
        for statement, proof in other.proofs.items():
            if proof == Proof.PROVEN:
                assert not is_tied(example, other, statement), around(example.data, at)


def test_what_is_no_digit_is_seen(example: Example) -> None:
    for at, other in quiet(example, is_digit=False):
        assert not example.whole.movements - other.movements, around(example.data, at)
        if example.layout != BY_NUMBER:
            assert not other.movements - example.whole.movements, around(example.data, at)


def around(data: bytes, at: int) -> str:
    """The line of a byte, which stands between two marks."""
    start, end = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at)
    line = data[start:at], data[at : at + 1], data[at + 1 : end if end >= 0 else len(data)]
    return ">{}<".join(part.decode("latin-1") for part in (line[0], line[2])).format(chr(data[at]))
