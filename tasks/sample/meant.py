"""A diary that also keeps the truth of meaning: what each movement was, not only how it looks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import polars as pl

from schemas.money import MONEY
from tasks.sample.diary import Diary
from tasks.sample.world import Account, Movement

TRUTH_MEANING = pl.Schema(
    {
        "owner": pl.String(),
        "account": pl.String(),  # folder of the account
        "booked_on": pl.Date(),
        "amount": MONEY,  # signed, + is into the account
        "currency": pl.String(),
        "description": pl.String(),
        "flow_class": pl.String(),
        "category": pl.String(),  # path; "" where a stranger could not tell
        "party": pl.String(),  # vendor, person, own, unknown
        "transfer": pl.String(),  # the same for both legs; "" for all else
        "transfer_kind": pl.String(),  # own_transfer, card_payment, investment; "" for all else
        "subscription": pl.String(),  # what comes again and again; "" for all else
        "cycle": pl.String(),  # monthly, quarterly, yearly; "" for all else
        "purchase": pl.String(),  # the same for all instalments of it; "" for all else
        "instalment_no": pl.Int32(),
        "instalment_count": pl.Int32(),
    }
)
"""One row a real movement: what a person who lived it would say of it."""


@dataclass(frozen=True)
class Meaning:
    """What a movement was; the fields are those of TRUTH_MEANING."""

    flow_class: str
    category: str = ""
    party: str = "vendor"
    transfer: str = ""
    transfer_kind: str = ""
    subscription: str = ""
    cycle: str = ""
    purchase: str = ""
    instalment_no: int | None = None
    instalment_count: int | None = None


@dataclass(frozen=True)
class Leg:
    """One side of a transfer: where and when it is booked, and what is printed."""

    folder: str
    on: date
    text: str
    kind: str = "XFER"


@dataclass(frozen=True)
class Contract:
    """A charge that comes again and again, from its start to its end.

    Attributes:
        name: of the subscription.
        folder: the account that pays.
        text: what the bank prints.
        category: path of its category.
        prices: since the so-many-eth month of the world, and the price from then on.
        day: day of the month.
        every: months between two charges.
        until: first month without it; None for as long as the world lasts.
        kind: the TRNTYPE of OFX.
        waits: on a weekend it is booked on the Monday after.
    """

    name: str
    folder: str
    text: str
    category: str
    prices: tuple[tuple[int, str], ...]
    day: int
    every: int = 1
    until: int | None = None
    kind: str = "POS"
    waits: bool = False


CYCLES = {1: "monthly", 3: "quarterly", 12: "yearly"}
_KINDS = {"own_transfer": "Own Accounts", "card_payment": "Card Payments"}


class MeantDiary(Diary):
    """A diary in which every movement says what it was."""

    def __init__(self, seed: int, owner: str) -> None:
        super().__init__(seed, owner)
        self._owner = owner
        self._meanings: dict[str, Meaning] = {}
        self._transfers = 0

    def live(
        self, folder: str, on: date, kind: str, amount: Decimal, text: str, meaning: Meaning
    ) -> None:
        """Write one movement down, and what it was."""
        self.book(folder, on, kind, amount, text)
        self._meanings[self._pages[folder][-1].ref] = meaning

    def move(self, out: Leg, came: Leg, amount: Decimal, kind: str) -> None:
        """Write both legs of a transfer between own accounts down."""
        self._transfers += 1
        name = f"{self._owner}/{self._transfers:04d}"
        for leg, sign in ((out, -1), (came, 1)):
            flow = kind
            if kind != "card_payment":
                is_investment = kind == "investment" and not _is_broker(leg.folder)
                flow = "investment" if is_investment else "transfer"
                flow += "_out" if sign < 0 else "_in"
            leaf = "Investments" if flow.startswith("investment") else "Own Accounts"
            category = f"Transfers/{_KINDS.get(kind, leaf)}"
            meaning = Meaning(flow, category, "own", transfer=name, transfer_kind=kind)
            self.live(leg.folder, leg.on, leg.kind, sign * amount, leg.text, meaning)

    def charge(self, contract: Contract, position: int, month: date) -> None:
        """Write the charge of a contract down, if there is one in the so-many-eth month."""
        start = contract.prices[0][0]
        is_over = contract.until is not None and position >= contract.until
        if position < start or is_over or (position - start) % contract.every:
            return
        price = [Decimal(price) for since, price in contract.prices if since <= position][-1]
        on = month.replace(day=contract.day)
        if contract.waits:
            on = workday(on)
        meaning = Meaning(
            "expense",
            contract.category,
            subscription=contract.name,
            cycle=CYCLES[contract.every],
        )
        self.live(contract.folder, on, contract.kind, -price, contract.text, meaning)

    def folders(self, prefix: str) -> list[str]:
        """The pages whose names begin so."""
        return [name for name in self._pages if name.startswith(prefix)]

    def meant(self, movement: Movement) -> Meaning:
        """What a movement was."""
        return self._meanings[movement.ref]

    def meanings(self, account: Account, life: Sequence[Movement]) -> pl.DataFrame:
        """TRUTH_MEANING of some movements of an account, in their order."""
        rows = [
            (
                account.owner,
                account.folder,
                *(m.booked_on, m.amount, account.currency, m.description),
                *vars(self._meanings[m.ref]).values(),
            )
            for m in life
        ]
        return pl.DataFrame(rows, schema=TRUTH_MEANING, orient="row")


def workday(on: date, days: int = 0) -> date:
    """So many days later, or the Monday after where that is a weekend."""
    on += timedelta(days=days)
    return on + timedelta(days=max(0, 7 - on.weekday()) if on.weekday() > 4 else 0)


def given_back(bought: Meaning) -> Meaning:
    """What the refund of a purchase is."""
    return replace(bought, flow_class="refund", subscription="", cycle="")


def _is_broker(folder: str) -> bool:
    return folder.startswith("xp-conta")
