"""Which statements should have come: by their rhythm, or as their owner says."""

from datetime import date, timedelta

import pytest

from schemas.coverage import Arrivals, Expectation, Rhythm
from tasks.report.expected import late, rhythm_of


def account(*ends: date, name: str = "conta", owner: str = "ana") -> Arrivals:
    """An account whose statements end on these days."""
    return Arrivals(
        account="0a1b2c3d",
        owner=owner,
        account_name=name,
        institution="itau",
        account_tail="••••6789",
        currency="BRL",
        ends=tuple(sorted(set(ends))),
        received_on=max(ends, default=None),
    )


MONTH_ENDS = (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31))
FRIDAY = date(2026, 3, 6)
BANK_DAYS = tuple(date(2026, 3, day) for day in (2, 3, 4, 5, 6))
WEEKS = tuple(date(2026, 3, day) for day in (1, 8, 15))


@pytest.mark.parametrize(
    ("ends", "rhythm"),
    [
        (MONTH_ENDS, Rhythm.MONTHLY),
        ((date(2026, 1, 27), date(2026, 2, 27), date(2026, 3, 30)), Rhythm.MONTHLY),
        (WEEKS, Rhythm.WEEKLY),
        (BANK_DAYS, Rhythm.DAILY),
        (MONTH_ENDS[:2], Rhythm.NONE),
        ((date(2026, 1, 31), date(2026, 4, 30), date(2026, 7, 31)), Rhythm.NONE),
        ((date(2026, 1, 31),) * 5, Rhythm.NONE),
    ],
)
def test_the_rhythm_is_the_usual_distance_between_last_days(
    ends: tuple[date, ...], rhythm: Rhythm
) -> None:
    assert rhythm_of(ends) is rhythm
    assert rhythm_of(ends[::-1]) is rhythm


def test_a_monthly_statement_is_late_on_day_6() -> None:
    assert late([account(*MONTH_ENDS)], [], date(2026, 5, 5)) == ()
    (one,) = late([account(*MONTH_ENDS)], [], date(2026, 5, 6))
    assert (one.starts_on, one.ends_on) == (date(2026, 4, 1), date(2026, 4, 30))
    assert (one.due_on, one.days_late, one.statements) == (date(2026, 5, 5), 1, 1)
    assert (one.covered_to, one.rhythm) == (date(2026, 3, 31), "monthly")
    assert one.because == "so they came until now"


def test_several_statements_that_did_not_come_are_counted() -> None:
    (one,) = late([account(*MONTH_ENDS)], [], date(2026, 7, 10))
    assert (one.ends_on, one.statements) == (date(2026, 4, 30), 3)
    assert one.days_late == (date(2026, 7, 10) - date(2026, 5, 5)).days


def test_a_month_whose_last_days_are_quiet_has_come() -> None:
    quiet = account(date(2026, 1, 28), date(2026, 2, 26), date(2026, 3, 27))
    assert late([quiet], [], date(2026, 5, 5)) == ()
    (one,) = late([quiet], [], date(2026, 5, 6))
    assert one.ends_on == date(2026, 4, 30)


def test_half_a_month_has_not_come() -> None:
    half = account(*MONTH_ENDS, date(2026, 4, 15))
    (one,) = late([half], [Expectation("ana", "conta", Rhythm.MONTHLY)], date(2026, 5, 6))
    assert (one.starts_on, one.ends_on) == (date(2026, 4, 16), date(2026, 4, 30))


def test_a_card_bill_is_due_after_its_own_closing_day() -> None:
    card = account(date(2026, 1, 8), date(2026, 2, 8), date(2026, 3, 8))
    assert late([card], [], date(2026, 4, 13)) == ()
    (one,) = late([card], [], date(2026, 4, 14))
    assert one.ends_on == date(2026, 4, 8)


def test_no_statement_is_expected_of_a_weekend() -> None:
    daily = account(*BANK_DAYS)
    said = [Expectation("ana", "conta", by_day=0)]
    assert late([daily], said, FRIDAY + timedelta(3)) == ()
    (one,) = late([daily], said, FRIDAY + timedelta(4))
    assert (one.ends_on, one.statements) == (date(2026, 3, 9), 1)


def test_a_weekly_statement_is_expected_seven_days_later() -> None:
    (one,) = late([account(*WEEKS)], [], date(2026, 3, 28))
    assert (one.ends_on, one.due_on, one.days_late) == (date(2026, 3, 22), date(2026, 3, 27), 1)


def test_what_the_owner_says_goes_before_what_statements_show() -> None:
    accounts = [account(*MONTH_ENDS)]
    as_of = date(2026, 5, 20)
    assert late(accounts, [Expectation("ana", "conta", Rhythm.NONE)], as_of) == ()
    assert late(accounts, [Expectation("ana", "conta", by_day=20)], as_of) == ()
    (one,) = late(accounts, [Expectation("ana", "conta", Rhythm.WEEKLY)], as_of)
    assert (one.rhythm, one.because) == ("weekly", "accounts.toml says so")
    (other,) = late(accounts, [Expectation("bruno", "conta", Rhythm.NONE)], as_of)
    assert other.rhythm == "monthly"


def test_an_account_that_never_came_is_named_by_its_place_in_accounts_toml() -> None:
    said = [Expectation("ana", "secret name", Rhythm.MONTHLY, entry_no=3)]
    (one,) = late([], said, date(2026, 5, 6))
    assert one.because == "[[account]] 3 of accounts.toml says so, and none has ever come"
    assert "secret" not in repr(one)
    assert late([], [Expectation("ana", "x", Rhythm.NONE)], date(2026, 5, 6)) == ()


def test_days_beyond_today_are_never_late() -> None:
    assert late([account(*MONTH_ENDS, date(9999, 12, 31))], [], date(2026, 5, 6)) == ()


def test_the_order_of_accounts_and_statements_changes_nothing() -> None:
    accounts = [account(*MONTH_ENDS), account(*WEEKS, name="b"), account(*BANK_DAYS, name="c")]
    turned = [account(*MONTH_ENDS[::-1]), *accounts[1:]][::-1]
    found = late(accounts, [], date(2026, 6, 1))
    assert found == late(turned, [], date(2026, 6, 1))
    assert [one.days_late for one in found] == sorted(one.days_late or 0 for one in found)


def test_the_last_days_of_the_calendar_are_asked_about_like_others() -> None:
    accounts = [account(*MONTH_ENDS), account(*WEEKS, name="b"), account(*BANK_DAYS, name="c")]
    assert late(accounts, [], date.min) == ()
    found = {one.rhythm: one for one in late(accounts, [], date.max)}
    due = {"monthly": date(2026, 5, 5), "weekly": date(2026, 3, 27), "daily": date(2026, 3, 14)}
    for rhythm, one in found.items():
        assert one.due_on == due[rhythm]
        assert one.days_late == (date.max - due[rhythm]).days
    months = (date.max.year - 2026) * 12 + 12 - 3
    assert found["monthly"].statements == months - 1  # the last is due in the year 10000


@pytest.mark.parametrize("last", [date(9999, 12, 31), date(9999, 12, 5)])
@pytest.mark.parametrize("rhythm", [Rhythm.DAILY, Rhythm.WEEKLY, Rhythm.MONTHLY])
def test_a_statement_may_end_with_the_calendar(last: date, rhythm: Rhythm) -> None:
    said = [Expectation("ana", "conta", rhythm, by_day=366)]
    assert late([account(last)], said, date.max) == ()


@pytest.mark.parametrize("rhythm", [Rhythm.DAILY, Rhythm.WEEKLY, Rhythm.MONTHLY])
def test_a_statement_may_end_where_the_calendar_begins(rhythm: Rhythm) -> None:
    said = [Expectation("ana", "conta", rhythm, by_day=0)]
    (one,) = late([account(date.min)], said, date(1, 3, 1))
    assert one.starts_on == date(1, 1, 2)
