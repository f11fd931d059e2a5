"""Coverage: which statements are expected of an account, and what became of an expectation."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Rhythm(StrEnum):
    """How often the statements of an account come."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    NONE = "none"


BY_DAY = 5
"""Days after its last day within which a statement must have come, unless its owner says else."""


@dataclass(frozen=True)
class Expectation:
    """What the owner of an account says of its statements, in accounts.toml.

    Attributes:
        owner: whose the account is.
        account_name: its name, as `buffet accounts` shows it.
        rhythm: how often a statement comes; null: as often as they came so far.
        by_day: how many days after its last day a statement must have come; of a statement that
            ends with a month, that is the day of the next month.
        entry_no: which [[account]] of accounts.toml says so, from 1.
    """

    owner: str
    account_name: str
    rhythm: Rhythm | None = None
    by_day: int = BY_DAY
    entry_no: int = 0


@dataclass(frozen=True)
class Arrivals:
    """The statements of one account that have come.

    Attributes:
        account: the first digits of its id.
        owner, account_name: what its owner calls it.
        institution, account_tail, currency: what may be shown of it.
        ends: the last days of its latest statements, each once, in order; never none.
        received_on: the UTC day on which the last one came.
    """

    account: str
    owner: str
    account_name: str
    institution: str
    account_tail: str
    currency: str
    ends: tuple[date, ...]
    received_on: date | None


@dataclass(frozen=True)
class Late:
    """A statement that should have come and did not; of several, the first.

    Attributes:
        account: the first digits of the account's id.
        institution, account_tail, currency: the account, as anyone may see it.
        rhythm: how often its statements come.
        because: who says so: accounts.toml, or the statements so far.
        starts_on, ends_on: the days that the statement should cover; null where none ever came.
        due_on: the last day on which it would have been in time; null where none ever came.
        covered_to: the last day that a statement covers.
        received_on: when the last statement came.
        days_late: days since due_on; null where none ever came.
        statements: how many statements are due and did not come.
    """

    account: str
    institution: str
    account_tail: str
    currency: str
    rhythm: str
    because: str
    starts_on: date | None
    ends_on: date | None
    due_on: date | None
    covered_to: date | None
    received_on: date | None
    days_late: int | None
    statements: int
