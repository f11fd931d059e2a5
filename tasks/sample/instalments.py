"""Purchases in instalments on a card: they overlap, and some are equal in all but the day."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal

from tasks.sample.meant import Meaning
from tasks.sample.world import Chance

COUNTS = (2, 3, 4, 6, 10, 12)
STORES = (
    ("Magalu", "Shopping/Electronics"),
    ("Fast Shop", "Shopping/Electronics"),
    ("Casas Bahia", "Shopping/Electronics"),
    ("Leroy Merlin", "Shopping/Home"),
    ("Tok Stok", "Shopping/Home"),
    ("Lojas Renner", "Personal/Clothing"),
    ("Decolar", "Transportation/Travel"),
    ("Ótica Vista Clara", "Personal/Health"),
)


@dataclass(frozen=True)
class Purchase:
    """One purchase; its instalments come on consecutive bills.

    Attributes:
        name: unique in the household.
        on: the day on which it was made.
        store: what the card prints.
        category: path of its category.
        amounts: of the instalments, the first one first.
    """

    name: str
    on: date
    store: str
    category: str
    amounts: tuple[Decimal, ...]

    def meaning(self, number: int) -> Meaning:
        """What the so-many-eth instalment is."""
        return Meaning(
            "expense",
            self.category,
            purchase=self.name,
            instalment_no=number,
            instalment_count=len(self.amounts),
        )


def parts(total: Decimal, count: int, *, rest_first: bool) -> tuple[Decimal, ...]:
    """A total in so many instalments; what does not divide is on the first or on the last."""
    each = (total / count).quantize(Decimal("0.01"), ROUND_DOWN)
    odd, even = total - each * (count - 1), (each,) * (count - 1)
    return (odd, *even) if rest_first else (*even, odd)


def purchases_of(
    owner: str, chance: Chance, position: int, month: date, *, rest_first: bool
) -> list[Purchase]:
    """What an owner buys in instalments in the so-many-eth month.

    Every third month brings two purchases that only their amount, their month or nothing at all
    tells apart: another amount of one store and day, the same amount a month later, twins.
    """
    made: list[Purchase] = []

    def buy(store: tuple[str, str], day: int, total: Decimal, count: int) -> None:
        name = f"{owner}/{month:%Y-%m}/{len(made) + 1}"
        amounts = parts(total, count, rest_first=rest_first)
        made.append(Purchase(name, month.replace(day=day), *store, amounts))

    for _ in range(chance.between(0, 2)):
        store, day = chance.pick(STORES), chance.between(1, 28)
        buy(store, day, chance.money(90, 2400), chance.pick(COUNTS))
    if position % 6 in {1, 2}:  # the same once more a month later, while the first is being paid
        buy(STORES[0], 9, Decimal("1199.90"), 10)
    if position % 6 == 3:
        buy(STORES[5], 17, Decimal("300.00"), 3)
        buy(STORES[5], 17, Decimal("450.00"), 3)
    if position % 9 == 5:
        buy(STORES[6], 12, Decimal("820.00"), 4)
        buy(STORES[6], 12, Decimal("820.00"), 4)
    return made
