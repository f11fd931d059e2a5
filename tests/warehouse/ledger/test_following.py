"""Equal records of statements between which others chain are as many movements, in any order."""

import pytest
from orders import counting, in_every_order
from papers import MT940, Paper

COFFEE = (5, "-3", "coffee")


def day_of(*parts: tuple[str, str, tuple[int, str, str]]) -> list[Paper]:
    """Statements of the fifth, each with one record."""
    return [
        Paper(name, MT940, [record], opening=opening, period=(5, 5))
        for name, opening, record in parts
    ]


def test_a_statement_between_two_with_an_equal_record_tells_them_apart(nights, engine) -> None:
    papers = day_of(("a", "100", COFFEE), ("b", "97", (5, "-10", "rent")), ("c", "87", COFFEE))
    assert in_every_order(nights, engine, papers) == [(5, "-10", "rent"), COFFEE, COFFEE]


def test_so_do_several_between_them(nights, engine) -> None:
    papers = day_of(
        ("a", "100", COFFEE),
        ("b", "97", (5, "-10", "rent")),
        ("c", "87", (5, "-5", "tea")),
        ("d", "82", COFFEE),
    )
    for paper in (papers[3], papers[0], papers[2], papers[1]):
        nights(paper)
    assert counting(engine).count(COFFEE) == 2


def test_a_late_posting_in_a_statement_that_others_lead_to_is_one_more(nights, engine) -> None:
    papers = [
        Paper("a", MT940, [COFFEE], opening="100", period=(5, 5)),
        Paper("b", MT940, [(6, "-10", "rent"), (7, "-1", "bus")], opening="97", period=(6, 7)),
        # the bank states a period that begins with the day of the late posting
        Paper("c", MT940, [COFFEE, (9, "-40", "shoes")], opening="86", period=(5, 9)),
    ]
    assert in_every_order(nights, engine, papers).count(COFFEE) == 2


def test_without_the_statement_between_nothing_tells_them_apart(nights, engine) -> None:
    papers = day_of(("a", "100", COFFEE), ("c", "87", COFFEE))
    assert in_every_order(nights, engine, papers) == [COFFEE]


@pytest.mark.parametrize("refund", ["3", "4"])
def test_a_balance_that_goes_and_comes_back_leads_in_a_circle(nights, engine, refund: str) -> None:
    """The third may be the first once more: only where no way leads back is it another one."""
    opening = str(97 + int(refund))
    papers = day_of(
        ("a", "100", COFFEE), ("b", "97", (5, refund, "refund")), ("c", opening, COFFEE)
    )
    count = 1 if opening == "100" else 2
    assert in_every_order(nights, engine, papers).count(COFFEE) == count
    nights(*papers)
    assert len(counting(engine)) == count + 1


def test_where_a_way_leads_back_too_nothing_is_doubled(nights, engine) -> None:
    papers = day_of(
        ("a", "100", COFFEE),
        ("b", "97", (5, "-7", "rent")),
        ("c", "90", COFFEE),
        ("d", "87", (5, "13", "refund")),
    )
    nights(*papers)
    assert counting(engine).count(COFFEE) == 1


def test_a_statement_that_ends_later_leads_to_none_that_ended_before(nights, engine) -> None:
    rent = (7, "-10", "rent")
    papers = [
        Paper("a", MT940, [COFFEE], opening="100", period=(5, 5)),
        Paper("b", MT940, [rent], opening="97", period=(7, 7)),
        Paper("c", MT940, [COFFEE], opening="87", period=(5, 6)),
        Paper("d", MT940, [rent], opening="50", period=(7, 7)),
    ]
    nights(*papers)
    assert counting(engine) == [COFFEE, rent]
