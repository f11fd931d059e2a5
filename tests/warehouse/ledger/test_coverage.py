"""Which days are proven, unproven, missing, contradicted; in any order of arrival and batching."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import permutations

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from papers import CAMT, CSV, MT940, OFX, Paper, batch_of, empty

from warehouse.ledger import coverage, runs
from warehouse.ledger.connection import atomically
from warehouse.ledger.writer import write_batch

AT = datetime(2026, 2, 10, 6, tzinfo=UTC)
Span = tuple[int, int, str, Decimal | None]
Load = Callable[..., None]


@pytest.fixture
def nights(engine: sa.Engine) -> Load:
    """Load papers, a night a call."""
    numbers = iter(range(1, 100_000))

    def load(*papers: Paper) -> None:
        number = next(numbers)
        run_id, at = f"00000000-0000-0000-0000-{number:012}", AT + timedelta(days=number)
        with atomically(engine) as connection:
            runs.open_run(
                connection, run_id=run_id, kind="night", started_at=at, code_version="test"
            )
            write_batch(connection, batch_of(run_id, at, papers))

    return load


def spans(engine: sa.Engine) -> list[coverage.Row]:
    with engine.connect() as connection:
        return coverage.spans(connection)


def shown(engine: sa.Engine) -> list[Span]:
    """First and last day of January, state, and what is missing."""
    return [
        (row["starts_on"].day, row["ends_on"].day, row["state"], row["difference"])
        for row in spans(engine)
    ]


def kinds(engine: sa.Engine) -> list[str]:
    with engine.connect() as connection:
        return [str(row["kind"]) for row in coverage.links(connection)]


def in_every_order(nights: Load, engine: sa.Engine, papers: Sequence[Paper]) -> list[Span]:
    """What comes out, the same for one night of all and for some orders of one night each."""
    found = []
    orders = list(permutations(papers))
    for order in (papers, *orders[1 :: max(1, len(orders) // 3)]):
        empty(engine)
        if not found:
            nights(*order)
        else:
            for paper in order:
                nights(paper)
        found.append((shown(engine), kinds(engine)))
    assert all(one == found[0] for one in found)
    return found[0][0]


def sworn(name: str, first: int, last: int, opening: str, *amounts: str, **more) -> Paper:
    """A proven statement of these days; all its movements are of the first."""
    movements = [(first, amount, f"{name} {i}") for i, amount in enumerate(amounts)]
    return Paper(name, more.pop("source", CAMT), movements, opening, (first, last), **more)


def test_a_weekend_between_balances_that_chain_is_proven(nights: Load, engine: sa.Engine) -> None:
    friday, monday = sworn("f", 9, 9, "100", "-10"), sworn("m", 12, 12, "90", "5")
    assert in_every_order(nights, engine, [friday, monday]) == [(9, 12, "proven", None)]
    (row,) = spans(engine)
    assert (row["day_count"], row["bridged_day_count"], row["statement_count"]) == (4, 2, 2)
    assert kinds(engine) == ["chained"]


@pytest.mark.parametrize("dated", [5, 6, 9])
def test_an_opening_balance_may_be_dated_by_the_day_before_the_first_or_the_last(
    nights: Load, engine: sa.Engine, dated: int
) -> None:
    nights(sworn("b", 6, 9, "90", "1", source=MT940, dated=dated))
    nights(sworn("a", 1, 5, "100", "-10", source=MT940))
    assert shown(engine) == [(1, 9, "proven", None)]
    assert kinds(engine) == ["chained"]


def test_a_late_entry_of_days_before_its_opening_balance_is_no_contradiction(
    nights: Load, engine: sa.Engine
) -> None:
    late = [(4, "-1", "late"), (8, "-2", "in time")]
    nights(Paper("b", MT940, late, "90", (4, 9), dated=5))
    nights(sworn("a", 1, 5, "100", "-10", source=MT940))
    assert shown(engine) == [(1, 9, "proven", None)]
    assert kinds(engine) == ["chained"]


def test_a_gap_says_how_much_money_is_missing(nights: Load, engine: sa.Engine) -> None:
    papers = [
        sworn("a", 1, 5, "100", "-10"),
        sworn("b", 8, 10, "75.5", "1"),
        sworn("c", 11, 12, "76.5"),
    ]
    assert in_every_order(nights, engine, papers) == [
        (1, 5, "proven", None),
        (6, 7, "missing", Decimal("-14.5")),
        (8, 12, "proven", None),
    ]
    gap = spans(engine)[1]
    assert gap["because"] == "no statement, and the balances around it do not chain"
    assert (str(gap["statement_before"])[0], str(gap["statement_after"])[0]) == ("a", "b")
    assert kinds(engine) == ["gap", "chained"]


def test_days_before_the_first_and_after_the_last_statement_are_no_gap(
    nights: Load, engine: sa.Engine
) -> None:
    nights(sworn("a", 10, 12, "100", "-10"))
    assert shown(engine) == [(10, 12, "proven", None)]
    assert kinds(engine) == []


def test_an_unproven_statement_is_proven_by_the_chain_when_its_movements_fit(
    nights: Load, engine: sa.Engine
) -> None:
    loose = Paper("l", CSV, [(6, "-4", "rent"), (7, "-6", "food")], None, (6, 7))
    papers = [sworn("a", 1, 5, "100", "-10"), loose, sworn("c", 8, 12, "80")]
    assert in_every_order(nights, engine, papers) == [(1, 12, "proven", None)]


def test_an_unproven_statement_whose_movements_do_not_fit_stays_unproven(
    nights: Load, engine: sa.Engine
) -> None:
    loose = Paper("l", CSV, [(6, "-4", "rent")], None, (6, 6))
    papers = [sworn("a", 1, 5, "100", "-10"), loose, sworn("c", 8, 12, "80")]
    assert in_every_order(nights, engine, papers) == [
        (1, 5, "proven", None),
        (6, 6, "unproven", Decimal(-6)),
        (7, 7, "missing", Decimal(-6)),
        (8, 12, "proven", None),
    ]


def test_without_any_balance_nothing_bridges_a_gap(nights: Load, engine: sa.Engine) -> None:
    papers = [
        Paper("a", CSV, [(1, "-4", "rent"), (3, "-4", "food")]),
        Paper("b", CSV, [(6, "-4", "rent")]),
    ]
    assert in_every_order(nights, engine, papers) == [
        (1, 3, "unproven", None),
        (4, 5, "missing", None),
        (6, 6, "unproven", None),
    ]
    assert spans(engine)[1]["because"] == "no statement, and no balances around it that could chain"


def test_two_balances_for_one_day_end_contradict_each_other(
    nights: Load, engine: sa.Engine
) -> None:
    papers = [sworn("a", 1, 5, "100", "-10"), sworn("b", 6, 9, "87", "1")]
    assert in_every_order(nights, engine, papers) == [
        (1, 4, "proven", None),
        (5, 5, "contradicted", Decimal(-3)),
        (6, 9, "proven", None),
    ]
    assert kinds(engine) == ["contradiction"]


def test_statements_that_overlap_and_agree_are_one_chain(nights: Load, engine: sa.Engine) -> None:
    papers = [
        Paper("a", CSV, [(1, "-1", "a"), (4, "-2", "b"), (5, "-3", "c")], "100", (1, 5)),
        Paper("b", CSV, [(4, "-2", "b"), (5, "-3", "c"), (8, "-4", "d")], "99", (3, 8)),
        Paper("o", OFX, [(5, "-3", "C *"), (8, "-4", "D *")], "97", (5, 8)),
    ]
    assert in_every_order(nights, engine, papers) == [(1, 8, "proven", None)]
    assert kinds(engine) == ["overlap", "overlap"]


def test_statements_that_overlap_and_disagree_contradict_each_other(
    nights: Load, engine: sa.Engine
) -> None:
    papers = [
        Paper("a", CSV, [(1, "-1", "a"), (4, "-2", "b")], "100", (1, 5)),
        Paper("b", CSV, [(4, "-2", "b"), (8, "-4", "d")], "89", (3, 8)),
    ]
    assert in_every_order(nights, engine, papers) == [
        (1, 2, "proven", None),
        (3, 5, "contradicted", Decimal(-10)),
        (6, 8, "proven", None),
    ]


def test_a_late_movement_in_days_told_before_contradicts(nights: Load, engine: sa.Engine) -> None:
    papers = [
        Paper("a", CSV, [(1, "-1", "a"), (5, "-2", "b")], "100", (1, 5)),
        Paper("b", CSV, [(1, "-1", "a"), (3, "-7", "new"), (5, "-2", "b")], "100", (1, 8)),
    ]
    states = [span[:3] for span in in_every_order(nights, engine, papers)]
    assert states == [(1, 5, "contradicted"), (6, 8, "proven")]


def test_a_statement_made_before_its_last_day_ended_goes_on_in_the_next(
    nights: Load, engine: sa.Engine
) -> None:
    papers = [
        Paper("a", CSV, [(1, "-1", "a"), (5, "-2", "noon")], "100", (1, 5)),
        Paper("b", CSV, [(5, "-2", "noon"), (5, "-3", "evening"), (8, "-4", "d")], "99", (5, 8)),
        Paper("c", CSV, [(8, "-5", "night")], "90", (8, 8)),
    ]
    assert in_every_order(nights, engine, papers) == [(1, 8, "proven", None)]


def test_several_statements_of_one_day_follow_each_other(nights: Load, engine: sa.Engine) -> None:
    papers = [
        sworn("z", 2, 2, "100", "10", source=MT940),
        sworn("a", 2, 2, "110", "10", source=MT940),
        sworn("m", 2, 2, "120", "10", source=MT940),
        sworn("n", 3, 3, "130", "1", source=MT940),
    ]
    assert in_every_order(nights, engine, papers) == [(2, 3, "proven", None)]


def test_a_day_that_comes_back_to_its_opening_hides_no_gap(nights: Load, engine: sa.Engine) -> None:
    papers = [
        sworn("a", 1, 2, "50", "-1", source=MT940),
        sworn("b", 6, 6, "100", "10", source=MT940),
        sworn("c", 6, 6, "110", "-10", source=MT940),
    ]
    found = in_every_order(nights, engine, papers)
    assert (3, 5, "missing") in [span[:3] for span in found]


def test_a_statement_in_quarantine_covers_nothing(nights: Load, engine: sa.Engine) -> None:
    papers = [
        sworn("a", 1, 5, "100", "-10"),
        sworn("q", 6, 7, "90", "-1", closes="50"),
        sworn("c", 8, 12, "80"),
    ]
    assert in_every_order(nights, engine, papers) == [
        (1, 5, "proven", None),
        (6, 7, "missing", Decimal(-10)),
        (8, 12, "proven", None),
    ]
    assert spans(engine)[1]["because"] == "its statement is in quarantine"


def test_a_statement_issued_anew_speaks_alone(nights: Load, engine: sa.Engine) -> None:
    papers = [
        sworn("a", 1, 5, "100", "-10", stated=1),
        sworn("b", 1, 5, "100", "-20", stated=2),
        sworn("c", 6, 9, "80"),
    ]
    assert in_every_order(nights, engine, papers) == [(1, 9, "proven", None)]


def test_two_owners_do_not_mix(nights: Load, engine: sa.Engine) -> None:
    papers = [
        sworn("a", 1, 5, "100", "-10"),
        sworn("b", 6, 9, "7", "1", owner="bruno"),
        sworn("c", 6, 9, "90", "2"),
    ]
    assert sorted(in_every_order(nights, engine, papers)) == [
        (1, 9, "proven", None),
        (6, 9, "proven", None),
    ]


def test_one_account_can_be_asked_for(nights: Load, engine: sa.Engine) -> None:
    nights(sworn("a", 1, 5, "100", "-10"), sworn("b", 6, 9, "7", "1", owner="bruno"))
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT account_id::text, owner FROM account").all()
        for account_id, owner in rows:
            (row,) = coverage.spans(connection, [account_id])
            assert (row["account"], row["owner"]) == (account_id[:8], owner)
        assert coverage.spans(connection, []) == []


LAST = 20
WINDOWS = st.lists(
    st.tuples(st.integers(1, LAST), st.integers(0, 6)).map(
        lambda one: (one[0], min(LAST, one[0] + one[1]))
    ),
    min_size=1,
    max_size=5,
    unique=True,
)


def true_spans(moved: Sequence[int], windows: Sequence[tuple[int, int]]) -> list[Span]:
    """By hand, day by day: covered days are proven, the others if no money moved in their run."""
    told = {day for first, last in windows for day in range(first, last + 1)}
    days: list[tuple[int, str, Decimal | None]] = []
    for day in range(min(told), max(told) + 1):
        state, amount = "proven", None
        if day not in told:
            first = max(one for one in told if one < day)
            last = min(one for one in told if one > day)
            amount = Decimal(sum(moved[one] for one in range(first + 1, last)))
            state, amount = ("missing", amount) if amount else ("proven", None)
        days.append((day, state, amount))
    found: list[Span] = []
    for day, state, amount in days:
        if found and found[-1][2:] == (state, amount):
            found[-1] = (found[-1][0], day, state, amount)
        else:
            found.append((day, day, state, amount))
    return found


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    moved=st.lists(st.sampled_from([0, 0, 1, -1, 5]), min_size=LAST + 1, max_size=LAST + 1),
    windows=WINDOWS,
    order=st.randoms(use_true_random=False),
)
def test_true_gaps_and_no_others_in_any_order_and_batching(
    nights: Load, engine: sa.Engine, moved: list[int], windows: list[tuple[int, int]], order
) -> None:
    papers = [
        Paper(
            f"w{first}-{last}",
            CSV,
            [
                (day, str(moved[day]), f"movement {day}")
                for day in range(first, last + 1)
                if moved[day]
            ],
            str(100 + sum(moved[1:first])),
            (first, last),
        )
        for first, last in windows
    ]
    empty(engine)
    order.shuffle(papers)
    while papers:
        size = order.randint(1, len(papers))
        nights(*papers[:size])
        papers = papers[size:]
    assert shown(engine) == true_spans(moved, windows)
    assert all(isinstance(row["starts_on"], date) for row in spans(engine))
