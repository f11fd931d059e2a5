"""What an owner says of the household: accounts and cards, subscriptions, instalments."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Holding:
    """An account or card, as far as statements do not tell it.

    Attributes:
        owner: whose it is.
        account: its name, as `buffet accounts` shows it.
        account_type: cash, savings, credit, investment or other; null leaves it to the kind.
        brand: of a card.
        credit_limit: of a card, in its currency.
        closing_day: day of the month on which a bill closes; 31 is the last one.
        due_day: day of the month on which a bill is due.
        paid_from: name of the account that pays the bills.
        minimum_percent: of a card, the share of a bill that must be paid at least.
    """

    owner: str
    account: str
    account_type: str | None = None
    brand: str | None = None
    credit_limit: Decimal | None = None
    closing_day: int | None = None
    due_day: int | None = None
    paid_from: str | None = None
    minimum_percent: Decimal | None = None


@dataclass(frozen=True)
class Subscription:
    """Something that is paid again and again.

    Attributes:
        owner: who pays.
        name: unique to the owner.
        amount: of one payment, without sign.
        currency: of the amount.
        cycle: weekly, monthly, quarterly or yearly.
        due_on: a day on which it is due; all others follow from it.
        vendor: the merchant as `fct_transactions` names it; null if movements need not meet it.
        category: path of its category.
        account: name of the account or card that pays.
        is_active: false when it was cancelled.
    """

    owner: str
    name: str
    amount: Decimal
    currency: str
    cycle: str
    due_on: date
    vendor: str | None = None
    category: str | None = None
    account: str | None = None
    is_active: bool = True


@dataclass(frozen=True)
class InstalmentPlan:
    """A purchase that is paid in instalments.

    Attributes:
        owner: who pays.
        name: unique to the owner.
        total_amount: of the purchase, without sign.
        currency: of the amount.
        instalment_count: at least one.
        starts_on: the day of the purchase, and of the first instalment.
        vendor, category, account: as of a subscription.
        status: active, finished or cancelled.
    """

    owner: str
    name: str
    total_amount: Decimal
    currency: str
    instalment_count: int
    starts_on: date
    vendor: str | None = None
    category: str | None = None
    account: str | None = None
    status: str = "active"


@dataclass(frozen=True)
class Household:
    """All that owners said; by default nothing."""

    holdings: tuple[Holding, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    plans: tuple[InstalmentPlan, ...] = ()

    @property
    def owners(self) -> frozenset[str]:
        """Who said something."""
        said = (self.holdings, self.subscriptions, self.plans)
        return frozenset(one.owner for many in said for one in many)

    def of(self, owners: Collection[str | None]) -> "Household":
        """What some owners said."""
        return Household(
            tuple(one for one in self.holdings if one.owner in owners),
            tuple(one for one in self.subscriptions if one.owner in owners),
            tuple(one for one in self.plans if one.owner in owners),
        )


NOTHING_SAID = Household()
