"""The small world the samples come from: people, their accounts, and what a statement shows.

Everything is a pure function of a seed. Chance is drawn through `Random.random`
alone, whose sequence Python promises to keep: a seed gives the same bytes on every version.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate
from random import Random
from typing import NamedTuple, TypeVar

Choice = TypeVar("Choice")


class Movement(NamedTuple):
    """One real movement of an account, as often as banks may print it."""

    booked_on: date
    amount: Decimal  # signed, + is into the account, two decimals
    description: str
    kind: str  # the TRNTYPE of OFX, for example "POS" or "FEE"
    ref: str  # 32 hex digits, the same in every export


@dataclass(frozen=True)
class Bank:
    """A bank as OFX names it.

    Attributes:
        code: the BANKID.
        title: the name it prints for itself.
        currency: the currency of its accounts.
    """

    code: str
    title: str
    currency: str


BANKS = {
    "itau": Bank("0341", "Banco Itaú S.A.", "BRL"),
    "nubank": Bank("0260", "NU PAGAMENTOS S.A.", "BRL"),
    "xp": Bank("0348", "Banco XP S.A.", "BRL"),
    "inter": Bank("077", "Banco Intermedium S/A", "BRL"),
    "commerzbank": Bank("20040000", "Commerzbank AG", "EUR"),
    "chase": Bank("322271627", "B1", "USD"),
}


@dataclass(frozen=True)
class Account:
    """One account of one owner.

    Attributes:
        owner: folder of the owner.
        holder: the owner's invented name, as banks print it.
        folder: folder of the account, below the owner's.
        bank: a key of BANKS.
        branch: branch number, "" where the bank has none.
        number: account number as the bank prints it.
        opening: balance before the first movement; minus is a debt.
    """

    owner: str
    holder: str
    folder: str
    bank: str
    branch: str
    number: str
    opening: Decimal

    @property
    def currency(self) -> str:
        """The currency of every movement of the account."""
        return BANKS[self.bank].currency

    @property
    def digits(self) -> str:
        """The account number without its marks."""
        return "".join(sign for sign in self.number if sign.isdigit())


@dataclass(frozen=True)
class Statement:
    """What a bank swears to for one account and one period, oldest movement first.

    Attributes:
        account: whose it is.
        starts_on: first day covered.
        ends_on: last day covered.
        opening: balance before the first movement.
        closing: balance after the last movement.
        movements: the movements that are printed.
        balances: the balance after each of them.
        announced: movements of later days that some banks print in a section of their own.
    """

    account: Account
    starts_on: date
    ends_on: date
    opening: Decimal
    closing: Decimal
    movements: tuple[Movement, ...]
    balances: tuple[Decimal, ...]
    announced: tuple[Movement, ...] = ()

    @property
    def stated_on(self) -> date:
        """The day on which the bank makes the file: the day after the period."""
        return self.ends_on + timedelta(days=1)

    def without(self, position: int) -> "Statement":
        """The same statement with one movement not printed; its balances then contradict it."""
        return replace(
            self,
            movements=self.movements[:position] + self.movements[position + 1 :],
            balances=self.balances[:position] + self.balances[position + 1 :],
        )


def state(
    account: Account,
    starts_on: date,
    ends_on: date,
    life: Iterable[Movement],
    *,
    announced_count: int = 0,
) -> Statement:
    """Cut the statement of a period out of an account's life, oldest movement first."""
    life = tuple(life)
    before = sum((m.amount for m in life if m.booked_on < starts_on), account.opening)
    shown = tuple(m for m in life if starts_on <= m.booked_on <= ends_on)
    balances = tuple(accumulate((m.amount for m in shown), initial=before))
    later = (m for m in life if m.booked_on > ends_on)
    announced = tuple(m for m, _ in zip(later, range(announced_count), strict=False))
    return Statement(
        account, starts_on, ends_on, before, balances[-1], shown, balances[1:], announced
    )


class Chance:
    """A repeatable source of chance for one corner of the world."""

    def __init__(self, *names: object) -> None:
        self._draw = Random("/".join(map(str, names))).random

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self._draw() * (high - low + 1))

    def pick(self, choices: Sequence[Choice]) -> Choice:
        """One of the choices."""
        return choices[self.between(0, len(choices) - 1)]

    def money(self, low: int, high: int) -> Decimal:
        """An amount from low to high whole units of the currency, to the cent."""
        return cents(self.between(low * 100, high * 100))

    def digits(self, count: int) -> str:
        """A number of so many digits that does not start with zero, as text."""
        return str(self.between(10 ** (count - 1), 10**count - 1))


def cents(count: int) -> Decimal:
    """An exact amount of so many cents."""
    return Decimal(count).scaleb(-2)


def month_end(day: date) -> date:
    """The last day of the day's month."""
    return next_month(day) - timedelta(days=1)


def next_month(day: date) -> date:
    """The first day of the month after the day's."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
