"""A receipt says what became of every record; it cannot be built when it does not add up."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Receipt:
    """Conservation of records, by file, by batch and by night.

    read = inserted + already_known + superseded + set_aside + markers

    Attributes:
        read: raw records that the file holds, by an independent count of its bytes.
        inserted: transactions that the ledger did not know.
        already_known: records of transactions that the ledger knew, from this or another file.
        superseded: records that lost to a better source of the same account and day.
        set_aside: records in quarantine, each with its reason.
        markers: lines that state a balance, not a movement.
    """

    read: int = 0
    inserted: int = 0
    already_known: int = 0
    superseded: int = 0
    set_aside: int = 0
    markers: int = 0

    def __post_init__(self) -> None:
        parts = self.inserted + self.already_known + self.superseded + self.set_aside + self.markers
        negative = [name for name, count in self.counts().items() if count < 0]
        if negative:
            raise ValueError(
                f"a receipt counts from zero up: {', '.join(negative)} below zero in {self}"
            )
        if parts != self.read:
            raise ValueError(
                f"a receipt must add up: read {self.read}, accounted for {parts}: {self}"
            )

    @classmethod
    def total(cls, receipts: Iterable["Receipt"]) -> "Receipt":
        """Add receipts up; no receipts make an empty one."""
        counted = tuple(receipts)
        return cls(**{name: sum(getattr(one, name) for one in counted) for name in cls().counts()})

    def counts(self) -> dict[str, int]:
        """The six counts by name, in the order in which they are read aloud."""
        return dict(vars(self))


@dataclass(frozen=True)
class FileReceipt:
    """What became of one file and its records.

    Attributes:
        sha256: the file's identity.
        shown_name: its name, long numbers masked.
        outcome: loaded, partly (some records set aside), quarantined (nothing of it is loaded,
            because it does not add up), refused (it could not be read), known (seen before).
        receipt: its records.
        problem: why it was refused or quarantined, else null.
        is_dropped: something of it is held, and persons dropped all of that.
    """

    sha256: str
    shown_name: str
    outcome: str
    receipt: Receipt
    problem: str | None = None
    is_dropped: bool = False

    @property
    def fate(self) -> str:
        """The outcome, once persons have spoken: loaded but for what they dropped, or dropped."""
        if not self.is_dropped:
            return self.outcome
        return "loaded" if self.outcome == "partly" else "dropped"

    @property
    def is_open(self) -> bool:
        """Is something of it held of which nobody has said that it is not wanted?"""
        return self.fate in ("partly", "quarantined", "refused")
