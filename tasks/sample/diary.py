"""A diary of one household: every movement that really happens, by account."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256

from tasks.sample.world import Movement, month_end


@dataclass(frozen=True)
class Habit:
    """Something that happens every month on the same day, for the same amount.

    Attributes:
        folder: the account it happens to.
        day: day of the month; a short month moves it to its last day.
        kind: the TRNTYPE of OFX.
        amount: signed, as text.
        text: what the bank prints.
    """

    folder: str
    day: int
    kind: str
    amount: str
    text: str


class Diary:
    """Collects what happens; pages may be written in any order."""

    def __init__(self, seed: int, owner: str) -> None:
        self._name = f"{seed}/{owner}"
        self._pages: dict[str, list[Movement]] = {}

    def book(self, folder: str, on: date, kind: str, amount: Decimal, text: str) -> None:
        """Write one movement down."""
        page = self._pages.setdefault(folder, [])
        ref = sha256(f"{self._name}/{folder}/{len(page)}".encode()).hexdigest()[:32]
        page.append(Movement(on, amount, text, kind, ref))

    def keep(self, habits: Iterable[Habit], month: date) -> None:
        """Write down what happens every month."""
        for habit in habits:
            on = month.replace(day=min(habit.day, month_end(month).day))
            self.book(habit.folder, on, habit.kind, Decimal(habit.amount), habit.text)

    def page(self, folder: str) -> tuple[Movement, ...]:
        """All that happened to an account, oldest first; one day keeps the order of writing."""
        return tuple(sorted(self._pages.get(folder, ()), key=lambda m: m.booked_on))
