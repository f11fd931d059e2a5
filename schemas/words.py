"""What persons said about movements: facts of the ledger, kept for ever.

CATEGORY_WORD    this transaction, or all of this vendor, belongs to that category.
TRANSFER_WORD    these two transactions are no transfer; one that was taken back is not among them.
"""

from dataclasses import dataclass
from enum import StrEnum

import polars as pl


class Scope(StrEnum):
    """How far a word reaches; one about a transaction goes before one about its vendor."""

    TRANSACTION = "transaction"
    VENDOR = "vendor"


@dataclass(frozen=True)
class Word:
    """What a person says of a category.

    Attributes:
        owner: whose movements it is about.
        scope: a transaction, or all of a vendor.
        about: the transaction's id, or the vendor's name, normalised.
        category: a path of the tree.
    """

    owner: str
    scope: Scope
    about: str
    category: str


CATEGORY_WORD = pl.Schema(
    {
        "said_id": pl.Int64(),  # the later one counts
        "owner": pl.String(),
        "scope": pl.String(),  # Scope
        "transaction_id": pl.String(),  # null for a vendor
        "vendor": pl.String(),  # its name, normalised; null for a transaction
        "category": pl.String(),  # a path, such as "Food/Groceries"
        "said_at": pl.Datetime("us", "UTC"),
    }
)

TRANSFER_WORD = pl.Schema(
    {
        "said_id": pl.Int64(),
        "out_transaction_id": pl.String(),
        "in_transaction_id": pl.String(),
        "said_at": pl.Datetime("us", "UTC"),
    }
)

WORDS: dict[str, pl.Schema] = {"category_word": CATEGORY_WORD, "transfer_word": TRANSFER_WORD}
"""What persons said, exported with the facts of the same snapshot; no mart shows it as such."""
