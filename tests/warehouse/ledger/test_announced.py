"""Announced movements: booked, as they were or otherwise, or never; in any order."""

import pytest
import sqlalchemy as sa
from orders import in_every_order
from papers import CAMT, PENDING, Paper

INTERIM = (2, "camt052")


def standings(engine: sa.Engine) -> list[tuple[int, str, str]]:
    """Day, text and standing of what is announced and not booked."""
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            """SELECT extract(day FROM t.booked_on)::int, e.description, t.standing
               FROM transaction t JOIN entry e USING (file_id, record_no)
               WHERE t.status = 'pending' ORDER BY 1, 2"""
        )
        return [tuple(row) for row in rows]


@pytest.mark.parametrize(
    ("announced", "booked", "standing"),
    [
        ((5, "-10", "pending Shop"), (7, "-10", "SHOP 0704 BERLIN"), "became"),
        ((5, "-10", "pending Fuel"), (8, "-12.34", "fuel"), "became"),
        ((5, "-10", "pending Shop"), (25, "-10", "Shop"), "became"),
        ((5, "-10", "pending Shop"), (20, "-10", "Another"), "expired"),
        ((5, "-10", "pending Shop"), (7, "10", "Shop"), "expired"),
        ((25, "-10", "pending Shop"), (20, "-9", "Another"), "counts"),
    ],
)
def test_what_was_announced_is_booked_or_not(nights, engine, announced, booked, standing) -> None:
    papers = [
        Paper("interim", INTERIM, [announced]),
        Paper("camt", CAMT, [(2, "-1", "x"), booked, (28, "-2", "y")], opening="50"),
    ]
    found = in_every_order(nights, engine, papers)
    nights(*papers)
    assert [one for _, _, one in standings(engine)] == [standing]
    day, amount, text = announced
    still = [(day, amount, text.removeprefix(PENDING))] if standing == "counts" else []
    assert found == sorted([(2, "-1", "x"), booked, (28, "-2", "y"), *still])


def test_an_announcement_booked_as_it_was_is_one_movement(nights, engine) -> None:
    papers = [
        Paper("interim", INTERIM, [(5, "-10", "pending Shop")]),
        Paper("camt", CAMT, [(5, "-10", "Shop")], opening="50"),
    ]
    assert in_every_order(nights, engine, papers) == [(5, "-10", "Shop")]


def test_nobody_guesses_which_of_two_equal_amounts_was_meant(nights, engine) -> None:
    papers = [
        Paper("interim", INTERIM, [(5, "-10", "pending Shop"), (5, "-10", "pending Cinema")]),
        Paper("camt", CAMT, [(6, "-10", "A"), (6, "-10", "B")], opening="50"),
    ]
    in_every_order(nights, engine, papers)
    nights(*papers)
    assert {one for _, _, one in standings(engine)} == {"counts"}


def test_an_announcement_that_was_booked_is_known_to_have_been_announced(nights, engine) -> None:
    nights(Paper("interim", INTERIM, [(5, "-10", "pending Shop")]))
    nights(Paper("camt", CAMT, [(5, "-10", "Shop")], opening="50"))
    with engine.connect() as connection:
        known = connection.exec_driver_sql(
            """SELECT v.status, t.status, v.known_to = t.known_from
               FROM transaction t JOIN transaction_version v USING (transaction_id)"""
        )
        assert known.all() == [("pending", "booked", True)]
