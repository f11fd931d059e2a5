"""A card: bills that close and are due, what is bought on them, and what is owed for each."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from tasks.sample.instalments import Purchase
from tasks.sample.meant import Contract, Meaning, MeantDiary
from tasks.sample.world import Movement, month_end, next_month


@dataclass(frozen=True)
class Card:
    """A card of a diary; every bill is a page of its own, `folder@due day`.

    Attributes:
        diary: where it is written down.
        folder: of the account.
        closing_day: the last day of a bill's cycle; 31 is the last one of the month.
        due_day: the day of the month after it on which the bill is due.
        last_due_on: bills that are due later are not part of the world.
        printed: the text of an instalment, from store, number and count.
        is_dated_by_cycle: from the second on, an instalment bears the first day of its cycle;
            else all bear the day of the purchase.
    """

    diary: MeantDiary
    folder: str
    closing_day: int
    due_day: int
    last_due_on: date
    printed: Callable[[str, int, int], str] = "{} {}/{}".format
    is_dated_by_cycle: bool = True

    def due_on(self, on: date) -> date:
        """When the bill is due on which a day falls."""
        closes = on if on.day <= self.closing_day else next_month(on)
        return next_month(closes).replace(day=self.due_day)

    def closes_on(self, due_on: date) -> date:
        """Last day of the cycle of a bill."""
        before = due_on.replace(day=1) - timedelta(days=1)
        return before.replace(day=min(self.closing_day, before.day))

    def starts_on(self, due_on: date) -> date:
        """First day of the cycle of a bill."""
        return self.closes_on(self.closes_on(due_on)) + timedelta(days=1)

    def spend(
        self,
        on: date,
        kind: str,
        amount: Decimal,
        text: str,
        meaning: Meaning,
        due: date | None = None,
    ) -> None:
        """Write a movement onto its bill."""
        due = due or self.due_on(on)
        if due <= self.last_due_on:
            self.diary.live(f"{self.folder}@{due}", on, kind, amount, text, meaning)

    def buy(self, purchase: Purchase) -> None:
        """Write all instalments of a purchase, one a bill."""
        due, count = self.due_on(purchase.on), len(purchase.amounts)
        for number, amount in enumerate(purchase.amounts, 1):
            on = purchase.on
            if number > 1 and self.is_dated_by_cycle:
                on = self.starts_on(due)
            text = self.printed(purchase.store, number, count)
            self.spend(on, "POS", -amount, text, purchase.meaning(number), due)
            due = next_month(due).replace(day=self.due_day)

    def charge(self, contract: Contract, position: int, month: date) -> None:
        """Write the charge of a contract onto the bill of its day."""
        on = month.replace(day=min(contract.day, month_end(month).day))
        due = self.due_on(on)
        if due <= self.last_due_on:
            self.diary.charge(replace(contract, folder=f"{self.folder}@{due}"), position, month)

    def owed(self) -> list[tuple[date, Decimal]]:
        """What each bill comes to, payments aside, oldest first."""
        return [
            (due, -sum((m.amount for m in page if not self.is_payment(m)), Decimal()))
            for due, page in self.bills()
        ]

    def bills(self) -> list[tuple[date, tuple[Movement, ...]]]:
        """The due day of each bill and what is on it."""
        dues = sorted(self.diary.folders(f"{self.folder}@"))
        return [
            (date.fromisoformat(name.partition("@")[2]), self.diary.page(name)) for name in dues
        ]

    def page_of(self, on: date) -> str:
        """The page of the bill on which a day falls."""
        return f"{self.folder}@{self.due_on(on)}"

    def is_payment(self, movement: Movement) -> bool:
        """Whether it pays a bill."""
        return self.diary.meant(movement).flow_class == "card_payment"
