"""Statements that a bank cuts out of its true book, in any way: the ledger is the book again."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import pytest
from orders import counting
from papers import CAMT, CSV, MT940, Paper, empty


@dataclass(frozen=True)
class Posting:
    """A movement as the bank posts it: on a day, and dated by that or by an earlier one."""

    posted: int
    booked: int
    amount: int
    text: str


def a_book(random: Random) -> list[Posting]:
    """Postings in the order of time; few amounts and texts, so that many are equal."""
    days = sorted(random.randint(5, 9) for _ in range(random.randint(4, 10)))
    book = []
    for day in days:
        booked = day - random.choice((0, 0, 0, 1, 2)) if day > 7 else day
        amount = random.choice((-5, -5, -7, 5))
        book.append(Posting(day, booked, amount, random.choice(("coffee", "bus"))))
    return book


def movement(one: Posting) -> tuple[int, str, str]:
    return one.booked, str(one.amount), one.text


def before(book: list[Posting], start: int) -> str:
    return str(100 + sum(one.amount for one in book[:start]))


def daily(random: Random, book: list[Posting]) -> Iterator[Paper]:
    """Statements of whole days of posting, none missing, that may overlap."""
    first = 5
    while first <= 9:
        last = min(9, first + random.randint(0, 2))
        start = sum(one.posted < first for one in book)
        part = [one for one in book if first <= one.posted <= last]
        yield Paper(
            f"d{first}{last}",
            CAMT,
            [movement(one) for one in part],
            opening=before(book, start),
            period=(first, last),
        )
        first = random.choice((last, last + 1)) if last > first else last + 1


def exported(random: Random, book: list[Posting]) -> Iterator[Paper]:
    """Exports from one movement to another, also within a day; newest first, as the bank likes."""
    is_newest_first, start = random.random() < 0.5, 0
    while start < len(book):
        stop = min(len(book), start + random.randint(2, 5))
        part = [(one.posted, str(one.amount), one.text) for one in book[start:stop]]
        order = part[::-1] if is_newest_first else part
        yield Paper(f"e{start}-{stop}", CSV, order, opening=before(book, start))
        start = stop if stop == len(book) else stop - random.randint(0, 1)


def pieces(random: Random, book: list[Posting]) -> Iterator[Paper]:
    """Statements of a few records, each of which opens where the one before closed."""
    start = 0
    while start < len(book):
        stop = min(len(book), start + random.randint(1, 3))
        part = book[start:stop]
        period = part[0].posted, part[-1].posted
        rows = [movement(one) for one in part]
        yield Paper(f"p{start}", MT940, rows, opening=before(book, start), period=period)
        start = stop


def load_in_parts(random: Random, nights, papers: list[Paper]) -> None:
    random.shuffle(papers)
    while papers:
        size = random.randint(1, len(papers))
        nights(*papers[:size])
        papers = papers[size:]


@pytest.mark.parametrize("seed", [*range(12), 291])
def test_daily_statements_with_late_postings_are_the_book(seed, nights, engine) -> None:
    random = Random(seed)  # noqa: S311 - a test's own
    book = a_book(random)
    load_in_parts(random, nights, list(daily(random, book)))
    assert Counter(counting(engine)) == Counter(map(movement, book))


@pytest.mark.parametrize("seed", [*range(24), 118, 210])
def test_exports_that_end_within_a_day_are_the_book(seed, nights, engine) -> None:
    random = Random(seed)  # noqa: S311 - a test's own
    book = a_book(random)
    papers = list(exported(random, book))
    truth = Counter((one.posted, str(one.amount), one.text) for one in book)
    load_in_parts(random, nights, list(papers))
    assert Counter(counting(engine)) == truth
    empty(engine)
    nights(*papers)
    assert Counter(counting(engine)) == truth


@pytest.mark.parametrize("seed", range(12))
def test_statements_that_chain_are_the_book(seed, nights, engine) -> None:
    random = Random(seed)  # noqa: S311 - a test's own
    # no balance comes back: where it does, a statement may be another one once more
    book = [one for one in a_book(random) if one.amount < 0]
    load_in_parts(random, nights, list(pieces(random, book)))
    assert Counter(counting(engine)) == Counter(map(movement, book))


def test_a_file_of_two_days_tells_which_way_its_neighbours_run(nights, engine) -> None:
    nights(
        Paper("a", CSV, [(5, "5", "bus"), (5, "-5", "coffee")], opening="100"),
        Paper("b", CSV, [(5, "-5", "coffee"), (5, "-5", "coffee")], opening="105"),
        Paper("c", CSV, [(5, "-5", "coffee"), (6, "5", "bus")], opening="100"),
    )
    assert Counter(counting(engine))[5, "-5", "coffee"] == 2
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT code FROM finding").all() == []
