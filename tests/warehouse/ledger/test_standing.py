"""Which transactions count: one source a day, twins by the balances, re-issues, in any order."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from orders import counting, in_every_order, total
from papers import CAMT, CSV, MT940, NIGHT_AT, OFX, Paper

JANUARY = [(2, "-5", "Café Central"), (9, "100", "Lohn"), (20, "-30", "Miete")]
AS_OFX = [(2, "-5", "CAFE CENTRAL LTDA"), (9, "100", "SALARY"), (20, "-30", "RENT")]
AS_CSV = [(2, "-5", "cafe"), (9, "100", "lohn jan"), (20, "-30", "miete"), (25, "-1", "gebuehr")]


def test_three_formats_of_a_month_are_one_month(nights, engine) -> None:
    papers = [
        Paper("camt", CAMT, JANUARY, opening="0", period=(1, 31)),
        Paper("ofx", OFX, AS_OFX, period=(1, 31)),
        Paper("csv", CSV, AS_CSV[:3], period=(1, 31)),
    ]
    assert in_every_order(nights, engine, papers) == [
        (2, "-5", "Café Central"),
        (9, "100", "Lohn"),
        (20, "-30", "Miete"),
    ]


def test_a_day_that_the_better_source_lacks_falls_to_the_other(nights, engine) -> None:
    papers = [Paper("ofx", OFX, AS_OFX, period=(1, 31)), Paper("csv", CSV, AS_CSV, period=(1, 31))]
    assert in_every_order(nights, engine, papers)[-1] == (25, "-1", "gebuehr")


def test_a_source_that_ends_within_a_day_gives_way_to_one_that_tells_all_of_it(
    nights, engine
) -> None:
    papers = [
        Paper("ofx", OFX, [(2, "-5", "A"), (9, "100", "B")]),
        Paper("csv", CSV, [(2, "-5", "a"), (9, "100", "b"), (9, "-7", "c"), (12, "-1", "d")]),
    ]
    found = in_every_order(nights, engine, papers)
    assert [one for one in found if one[0] == 9] == [(9, "-7", "c"), (9, "100", "B")]


def test_what_loses_is_superseded_in_the_receipt_and_stays_visible(nights, engine) -> None:
    (first,) = nights(Paper("camt", CAMT, JANUARY, opening="0"))
    (second,) = nights(Paper("ofx", OFX, AS_OFX))
    assert (first.receipt.inserted, second.receipt.superseded) == (3, 3)
    with engine.connect() as connection:
        told = connection.exec_driver_sql(
            "SELECT because FROM transaction WHERE standing = 'superseded'"
        )
        assert set(told.scalars()) == {"camt053 tells this day of the account"}


TWO_HALVES = [
    Paper("am", MT940, [(5, "-5", "coffee"), (5, "-2", "bus")], opening="100", period=(5, 5)),
    Paper("pm", MT940, [(5, "-5", "coffee"), (5, "-9", "lunch")], opening="93", period=(5, 5)),
]


def test_equal_records_of_statements_that_chain_are_two(nights, engine) -> None:
    found = in_every_order(nights, engine, TWO_HALVES)
    assert found == [(5, "-2", "bus"), (5, "-5", "coffee"), (5, "-5", "coffee"), (5, "-9", "lunch")]


def test_equal_records_of_statements_that_open_alike_are_one(nights, engine) -> None:
    whole = [(5, "-5", "coffee"), (5, "-2", "bus"), (5, "-9", "lunch")]
    papers = [TWO_HALVES[0], Paper("all", MT940, whole, opening="100", period=(5, 5))]
    assert in_every_order(nights, engine, papers) == sorted((5, a, t) for _, a, t in whole)


def test_a_statement_that_repeats_the_end_of_another_adds_only_the_rest(nights, engine) -> None:
    papers = [
        Paper("a", MT940, [(4, "-1", "x"), (5, "-5", "coffee"), (5, "-5", "coffee")], opening="20"),
        Paper("b", MT940, [(5, "-5", "coffee"), (5, "-5", "coffee"), (6, "-2", "y")], opening="14"),
    ]
    # b opens after the first coffee of a: of its two, one is a's second, one is new
    found = in_every_order(nights, engine, papers)
    assert [one for one in found if one[0] == 5] == [(5, "-5", "coffee")] * 3


def test_three_statements_of_one_day_chain_through(nights, engine) -> None:
    papers = [
        Paper(name, MT940, [(5, "-5", "coffee")], opening=opening, period=(5, 5))
        for name, opening in (("a", "100"), ("b", "95"), ("c", "90"))
    ]
    assert in_every_order(nights, engine, papers) == [(5, "-5", "coffee")] * 3


def test_what_the_balances_do_not_decide_is_remarked_and_not_doubled(nights, engine) -> None:
    zero = [(5, "-5", "coffee"), (5, "5", "refund")]
    papers = [
        Paper("a", MT940, zero, opening="100", period=(5, 5)),
        Paper("b", MT940, [*zero, (6, "-1", "x")], opening="100", period=(5, 6)),
    ]
    assert len(in_every_order(nights, engine, papers)) == 3
    nights(*papers)
    with engine.connect() as connection:
        codes = connection.exec_driver_sql("SELECT code, message FROM finding").all()
    assert [code for code, _ in codes] == ["twins_undecided"]
    assert "fits several places" in codes[0][1]


def test_balances_that_contradict_are_remarked(nights, engine) -> None:
    nights(
        Paper("a", MT940, [(4, "-1", "x"), (5, "-5", "coffee")], opening="100", period=(4, 5)),
        Paper("b", MT940, [(5, "-5", "coffee"), (6, "-1", "y")], opening="70", period=(5, 6)),
    )
    with engine.connect() as connection:
        codes = connection.exec_driver_sql("SELECT code FROM finding").scalars().all()
    assert codes == ["statements_contradict"]
    assert total(engine) == Decimal(-7)


def test_a_statement_that_was_issued_again_replaces_the_first(nights, engine) -> None:
    first = Paper("first", CAMT, JANUARY, opening="0", period=(1, 31), stated=1)
    again = [(2, "-5.5", "Café Central"), (9, "100", "Lohn")]
    papers = [first, Paper("again", CAMT, again, opening="0", period=(1, 31), stated=3)]
    assert in_every_order(nights, engine, papers) == [
        (2, "-5.5", "Café Central"),
        (9, "100", "Lohn"),
    ]


def test_the_ledger_knows_what_it_knew(nights, engine) -> None:
    nights(Paper("first", CAMT, JANUARY, opening="0", period=(1, 31), stated=1))
    again = [(2, "-5.50", "Café Central"), (9, "100", "Lohn")]
    nights(Paper("again", CAMT, again, opening="0", period=(1, 31), stated=3))
    with engine.connect() as connection:
        sums = [
            connection.scalar(
                sa.text(
                    """SELECT trim_scale(sum(amount))::text FROM transaction_as_of(:at)
                       WHERE standing = 'counts'"""
                ),
                {"at": NIGHT_AT + timedelta(days=day)},
            )
            for day in (0, 1, 2)
        ]
    assert sums == [None, "65", "94.5"]


def test_the_same_days_with_other_texts_are_told_once(nights, engine) -> None:
    old = [(2, "-5", "COMPRA CARTAO CAFE CENTRAL"), (9, "100", "LOHN"), (20, "-30", "MIETE")]
    new = [(2, "-5", "Compra: Café C."), (9, "100", "Lohn"), (12, "-3", "late"), (20, "-30", "?")]
    papers = [Paper("old", CSV, old, period=(1, 31)), Paper("new", CSV, new, period=(1, 31))]
    found = in_every_order(nights, engine, papers)
    assert [(day, amount) for day, amount, _ in found] == [
        (2, "-5"),
        (9, "100"),
        (12, "-3"),
        (20, "-30"),
    ]


def test_a_late_record_of_an_old_day_is_taken_in(nights, engine) -> None:
    papers = [
        Paper("a", CSV, JANUARY, period=(1, 31)),
        Paper("b", CSV, [(2, "-4", "late"), *JANUARY], period=(1, 31)),
    ]
    assert len(in_every_order(nights, engine, papers)) == 4


def test_twins_merge_to_the_most_that_one_statement_shows(nights, engine) -> None:
    papers = [
        Paper("a", CSV, [(2, "-5", "café"), (2, "-5", "CAFE"), (3, "-1", "x")]),
        Paper("b", CSV, [(1, "-9", "y"), (2, "-5", "cafe"), (2, "-5", "cafe"), (3, "-1", "x")]),
        Paper("c", CSV, [(2, "-5", "Cafe")]),
    ]
    assert len(in_every_order(nights, engine, papers)) == 4


def test_a_file_that_is_read_again_says_what_it_says_now(nights, engine) -> None:
    nights(Paper("a", CSV, [(2, "-5", "one"), (3, "-7", "two")]))
    nights(Paper("a", CSV, [(2, "-5", "one"), (3, "-70", "two")]))
    assert counting(engine) == [(2, "-5", "one"), (3, "-70", "two")]
    with engine.connect() as connection:
        gone = connection.exec_driver_sql(
            """SELECT trim_scale(t.amount)::text, t.standing, v.standing
               FROM transaction t JOIN transaction_version v USING (transaction_id)"""
        )
        assert gone.all() == [("-7", "withdrawn", "counts")]
    nights(Paper("a", CSV, [(2, "-5", "one"), (3, "-7", "two")]))
    assert counting(engine) == [(2, "-5", "one"), (3, "-7", "two")]


def test_what_another_file_tells_too_stays_when_one_is_read_again(nights, engine) -> None:
    nights(Paper("a", CSV, [(2, "-5", "One")]), Paper("b", CSV, [(2, "-5", "ONE")]))
    nights(Paper("a", CSV, [(4, "-1", "x")]))
    assert counting(engine) == [(2, "-5", "ONE"), (4, "-1", "x")]


def test_instalments_dated_by_their_purchase_are_all_kept(nights, engine) -> None:
    bills = {
        "jan": [(2, "-9", "x"), (5, "-120", "Loja 1/3"), (5, "-7", "y"), (25, "-1", "z")],
        "feb": [(5, "-120", "Loja 2/3"), (26, "-8", "w")],
        "mar": [(1, "-4", "u"), (5, "-120", "Loja 3/3"), (28, "-8", "v")],
    }
    papers = [Paper(name, CSV, movements, kind="card") for name, movements in bills.items()]
    found = in_every_order(nights, engine, papers)
    assert len(found) == sum(map(len, bills.values()))


def test_instalments_told_in_two_formats_are_told_apart_by_their_number(nights, engine) -> None:
    ofx = [(5, "-120", "LOJA PARC 04/10"), (8, "-3", "BUS")]
    csv = [(5, "-120", "Loja 1/10"), (5, "-120", "Loja parcela 4 de 10"), (8, "-3", "onibus")]
    papers = [
        Paper("ofx", OFX, ofx, period=(1, 31), kind="card"),
        Paper("csv", CSV, csv, kind="card"),
    ]
    assert in_every_order(nights, engine, papers) == [
        (5, "-120", "LOJA PARC 04/10"),
        (5, "-120", "Loja 1/10"),
        (8, "-3", "BUS"),
    ]


def test_what_an_unproven_better_source_does_not_tell_is_not_lost(nights, engine) -> None:
    papers = [
        Paper("ofx", OFX, [(5, "-120", "LOJA 05/03"), (8, "-3", "BUS")], period=(1, 31)),
        Paper("csv", CSV, [(5, "-120", "loja"), (5, "-30", "other"), (8, "-3", "onibus")]),
        Paper("qif", (4, "qif"), [(5, "-30", "Other Ltd"), (8, "-3", "Bus ticket")]),
    ]
    assert in_every_order(nights, engine, papers) == [
        (5, "-120", "LOJA 05/03"),
        (5, "-30", "other"),
        (8, "-3", "BUS"),
    ]


def test_what_a_proven_source_does_not_tell_of_a_day_did_not_happen(nights, engine) -> None:
    papers = [
        Paper("camt", CAMT, JANUARY, opening="0", period=(1, 31)),
        Paper("csv", CSV, [(9, "100", "lohn"), (9, "-1", "fee")], period=(1, 31)),
    ]
    assert in_every_order(nights, engine, papers) == JANUARY


def test_where_two_exports_meet_within_a_day_all_that_they_print_counts(nights, engine) -> None:
    """Neither tells the whole of its first or last day, so neither speaks for the other."""
    papers = [
        Paper("a", CSV, [(2, "-5", "A"), (9, "-7", "bus")]),
        Paper("b", CSV, [(9, "-7", "train"), (12, "-1", "d")]),
    ]
    found = in_every_order(nights, engine, papers)
    assert [one for one in found if one[0] == 9] == [(9, "-7", "bus"), (9, "-7", "train")]


def test_the_source_that_tells_all_of_a_day_tells_it_in_its_own_words(nights, engine) -> None:
    papers = [
        Paper("ofx", OFX, [(2, "-5", "A"), (9, "100", "SALARY")]),
        Paper("csv", CSV, [(2, "-5", "a"), (9, "100", "b"), (9, "-7", "c"), (12, "-1", "d")]),
    ]
    found = in_every_order(nights, engine, papers)
    assert [one for one in found if one[0] == 9] == [(9, "-7", "c"), (9, "100", "b")]


@pytest.mark.parametrize("number", [1, 4])
def test_of_two_instalments_the_one_that_the_better_source_lacks_is_added(
    nights, engine, number
) -> None:
    other = 5 - number
    papers = [
        Paper(
            "ofx", OFX, [(5, "-120", f"LOJA PARC {number:02}/10"), (8, "-3", "BUS")], kind="card"
        ),
        Paper(
            "csv",
            CSV,
            [(5, "-120", "Loja 1/10"), (5, "-120", "Loja 4/10"), (8, "-3", "onibus")],
            kind="card",
        ),
    ]
    papers = [replace(paper, period=(1, 31)) for paper in papers]
    assert in_every_order(nights, engine, papers) == [
        (5, "-120", f"LOJA PARC {number:02}/10"),
        (5, "-120", f"Loja {other}/10"),
        (8, "-3", "BUS"),
    ]


def test_a_later_statement_of_the_day_that_opens_otherwise_replaces_none(nights, engine) -> None:
    papers = [replace(paper, stated=day) for day, paper in enumerate(TWO_HALVES, 6)]
    assert len(in_every_order(nights, engine, papers)) == 4


NEWEST_FIRST = [
    Paper("a", CSV, [(10, "-5", "grocer"), (10, "-5", "kiosk"), (9, "-1", "baker")], opening="100"),
    Paper("b", CSV, [(11, "-1", "fee"), (10, "-5", "grocer")], opening="94"),
]


def test_a_file_that_runs_backwards_is_walked_backwards(nights, engine) -> None:
    # b opens after the kiosk and before the grocer, which both of them print
    found = in_every_order(nights, engine, NEWEST_FIRST)
    assert [one for one in found if one[0] == 10] == [(10, "-5", "grocer"), (10, "-5", "kiosk")]


def test_where_days_do_not_tell_which_way_a_file_runs_what_both_print_does(nights, engine) -> None:
    papers = [
        Paper("a", CSV, [(10, "-5", "grocer"), (10, "-5", "kiosk")], opening="99"),
        NEWEST_FIRST[1],
    ]
    assert len(in_every_order(nights, engine, papers)) == 3
    nights(*papers)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT code FROM finding").all() == []


def test_a_late_posting_is_no_record_of_a_statement_that_had_ended(nights, engine) -> None:
    late = [(10, "-5", "coffee"), (11, "-5", "coffee")]
    papers = [
        Paper("a", CAMT, [(10, "-5", "coffee")], opening="100", period=(10, 10)),
        Paper("b", CAMT, late, opening="95", period=(11, 11)),
        Paper("c", CAMT, [(10, "-5", "coffee"), (12, "-1", "x")], opening="85", period=(12, 12)),
    ]
    found = in_every_order(nights, engine, papers)
    assert found == [(10, "-5", "coffee")] * 3 + [(11, "-5", "coffee"), (12, "-1", "x")]


def test_a_late_posting_of_a_day_that_a_statement_tells_whole_counts(nights, engine) -> None:
    papers = [
        Paper("a", CAMT, [(9, "-1", "x"), (10, "-5", "coffee")], opening="100", period=(9, 11)),
        Paper("b", CAMT, [(10, "-5", "coffee"), (12, "-2", "y")], opening="94", period=(12, 12)),
    ]
    found = in_every_order(nights, engine, papers)
    assert [one for one in found if one[0] == 10] == [(10, "-5", "coffee")] * 2


def test_a_late_posting_that_both_of_two_exports_tell_is_one(nights, engine) -> None:
    late = [(10, "-5", "coffee"), (11, "-2", "bus")]
    papers = [
        Paper("a", CAMT, [(9, "-1", "x")], opening="96", period=(9, 9)),
        Paper("b", CAMT, late, opening="95", period=(11, 11)),
        Paper("c", CAMT, [*late, (12, "-1", "y")], opening="95", period=(11, 12)),
    ]
    found = in_every_order(nights, engine, papers)
    assert [one for one in found if one[0] == 10] == [(10, "-5", "coffee")]


def test_two_statements_of_a_day_that_end_where_they_began_both_count(nights, engine) -> None:
    swept = [
        Paper("11", MT940, [(10, "500", "in 1"), (10, "-500", "sweep 1")], "0", (10, 10), 10),
        Paper("12", MT940, [(10, "300", "in 2"), (10, "-300", "sweep 2")], "0", (10, 10), 10),
    ]
    assert len(in_every_order(nights, engine, swept)) == 4
    later = [swept[0], replace(swept[1], stated=11)]
    assert len(in_every_order(nights, engine, later)) == 4


def test_a_statement_that_ends_where_it_began_and_came_twice_counts_once(nights, engine) -> None:
    one = Paper("11", MT940, [(10, "500", "in"), (10, "-500", "sweep")], "0", (10, 10), 10)
    assert len(in_every_order(nights, engine, [one, replace(one, name="12", stated=11)])) == 2


NOON = Paper("noon", CAMT, [(10, "-20", "A")], opening="1000", period=(10, 10))
MONTH = [(2, "1000", "wage"), (10, "-20", "grocer"), (10, "-7.5", "kiosk"), (12, "-1", "fee")]


def test_a_proven_statement_that_ends_within_a_day_does_not_tell_all_of_it(nights, engine) -> None:
    papers = [NOON, Paper("month", CSV, MONTH, opening="0", period=(1, 31))]
    found = in_every_order(nights, engine, papers)
    assert [one for one in found if one[0] == 10] == [(10, "-20", "grocer"), (10, "-7.5", "kiosk")]


def test_a_proven_statement_that_its_next_one_follows_tells_all_of_its_day(nights, engine) -> None:
    # the other bank prints the movement of the 11th on the 10th
    papers = [
        NOON,
        Paper("next", CAMT, [(11, "-7.5", "Kiosk")], opening="980", period=(11, 11)),
        Paper("month", CSV, MONTH, opening="0", period=(1, 31)),
    ]
    found = in_every_order(nights, engine, papers)
    assert [one for one in found if one[0] in (10, 11)] == [(10, "-20", "A"), (11, "-7.5", "Kiosk")]
