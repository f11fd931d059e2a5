"""Files that a worse reader read, read again: the ledger of the right readings, and its history."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
import sqlalchemy as sa
from papers import CAMT, CSV, MT940, OFX, PENDING, Paper, batch_of, empty

from flows.commands.proving import recomputed
from warehouse.ledger import reader, runs
from warehouse.ledger.connection import atomically
from warehouse.ledger.verification import verify
from warehouse.ledger.writer import write_batch

AT = datetime(2026, 2, 10, 6, tzinfo=UTC)
TEXTS = ("Kaffee", "Miete", "Bäcker", PENDING + "Kaffee", PENDING + "Miete")
Known = dict[str, tuple[str, str]]
Night = Callable[..., None]


@pytest.fixture
def night(engine: sa.Engine) -> Night:
    """Load papers in so many batches of one run; nights are a day apart."""
    numbers = iter(range(1, 100_000))

    def load(papers: Sequence[Paper], batches: int = 1) -> datetime:
        number = next(numbers)
        run_id, at = f"00000000-0000-0000-0000-{number:012}", AT + timedelta(days=number)
        with atomically(engine) as connection:
            runs.open_run(
                connection, run_id=run_id, kind="night", started_at=at, code_version="test"
            )
        for batch in range(batches):
            with atomically(engine) as connection:
                write_batch(connection, batch_of(run_id, at, papers[batch::batches]))
        return at

    return load


def facts(engine: sa.Engine) -> dict[str, str]:
    """What the ledger holds, without what is over: replayed findings, accounts without paper."""
    with atomically(engine) as connection:
        connection.exec_driver_sql("DELETE FROM finding WHERE state = 'replayed'")
        found = reader.digests(connection)
        connection.rollback()
    return found


def known(engine: sa.Engine, at: datetime | None = None) -> Known:
    """Status and standing of each transaction: of today, or as they were known at an instant."""
    source = "transaction" if at is None else "transaction_as_of(:at)"
    query = sa.text(f"SELECT transaction_id::text, status, standing FROM {source}")
    with atomically(engine) as connection:
        rows = connection.execute(query, {} if at is None else {"at": at}).all()
    found = {one: (status, standing) for one, status, standing in rows}
    assert len(found) == len(rows)
    return found


def some_papers(random: Random) -> list[Paper]:
    """Papers of one or two accounts that overlap, meet, are issued again and contradict."""
    papers = []
    for number in range(random.randint(2, 5)):
        first = random.randint(1, 6)
        last = first + random.randint(0, 5)
        days = sorted(random.randint(first, last) for _ in range(random.randint(0, 5)))
        papers.append(
            Paper(
                f"{number}",
                random.choice((MT940, CAMT, OFX, CSV)),
                [(day, random.choice(("-5", "-7", "5")), random.choice(TEXTS)) for day in days],
                opening=random.choice((None, "0", "0", "-5", "5")),
                period=random.choice((None, (first, last), (first, last))),
                stated=random.choice((None, 1, 2)),
                number=random.choice(("12345", "12345", "777")),
                folder=random.choice((None, "conta")),
            )
        )
    if random.random() < 0.5:
        papers.append(replace(papers[0], name="again", stated=random.choice((None, 1, 3))))
    return papers


def misread(random: Random, paper: Paper) -> Paper:
    """The paper as a worse reader takes it."""
    days = [(day + random.choice((0, 0, 1)), *rest) for day, *rest in paper.movements]
    return random.choice(
        (
            replace(paper, number="888"),
            replace(paper, movements=days, period=None),
            replace(paper, movements=paper.movements[1:], opening=None),
            replace(paper, movements=[(d, "9" + a.lstrip("-"), t) for d, a, t in paper.movements]),
            replace(
                paper,
                movements=[
                    (d, a, t.removeprefix(PENDING) if t.startswith(PENDING) else PENDING + t)
                    for d, a, t in paper.movements
                ],
            ),
            replace(paper, source=random.choice((MT940, OFX, CSV)), stated=None),
            replace(paper, opening=None, period=None),
        )
    )


@pytest.mark.parametrize("seed", [0, 1, 3, 4, 12, 26, 27, 29])
def test_what_a_worse_reader_said_leaves_nothing_but_history(
    seed: int, night: Night, engine: sa.Engine
) -> None:
    random = Random(seed)  # noqa: S311 - a test's own
    papers = some_papers(random)
    night(papers)
    right = facts(engine)
    empty(engine)

    wrong = random.sample(papers, random.randint(1, len(papers)))
    taken = [misread(random, one) if one in wrong else one for one in papers]
    half = random.randint(0, len(papers))
    was = {
        night(part, random.randint(1, 2)): known(engine) for part in (taken[:half], taken[half:])
    }
    again = night(wrong, random.randint(1, len(wrong)))
    assert facts(engine) == right

    for at, then in was.items():
        assert known(engine, at) == then
    assert known(engine, again) == known(engine)
    night(wrong)
    assert (facts(engine), known(engine, again)) == (right, known(engine))
    with atomically(engine) as connection:
        assert verify(connection, recomputed).troubles == ()
