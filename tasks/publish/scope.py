"""Whose movements must be looked at again, and whose mean what they meant.

What a movement means follows from all movements of its owner, from the words that persons said of
them, and from a recipe that is the same for all owners; from nothing of another owner. So an owner
is settled whose accounts nothing touched and for whom all the rest is as it was.
"""

from collections.abc import Collection, Mapping
from hashlib import sha256
from pathlib import Path

import polars as pl

from schemas.ledger import EXPORTS
from schemas.words import WORDS


def recipes(tables: Mapping[str, Path], meant_by: str) -> dict[str, str]:
    """By owner a digest of all that meaning follows from, but the movements.

    Args:
        tables: an export of the ledger.
        meant_by: the recipe that is the same for all owners.
    """
    accounts = _read(tables["account"], EXPORTS["account"]).sort("account_id")
    words = _read(tables["category_word"], WORDS["category_word"])
    pairs = _read(tables["transfer_word"], WORDS["transfer_word"])
    said = words.partition_by("owner", as_dict=True)
    return {
        owner: _digest(meant_by, pairs, mine, said.get((owner,), words.clear()))
        for (owner,), mine in accounts.drop_nulls("owner")
        .partition_by("owner", as_dict=True)
        .items()
    }


def settled(
    tables: Mapping[str, Path],
    now: Mapping[str, str],
    before: Mapping[str, str],
    touched: Collection[str],
) -> tuple[str, ...]:
    """The owners whose movements mean what they meant, sorted.

    Args:
        tables: an export of the ledger.
        now: `recipes` of the export.
        before: `recipes` of the generation that is to be brought up to date.
        touched: ids of the accounts that changed since.
    """
    accounts = _read(tables["account"], EXPORTS["account"])
    stale = set(accounts.filter(pl.col("account_id").is_in(list(touched))).get_column("owner"))
    return tuple(sorted(o for o, one in now.items() if before.get(o) == one and o not in stale))


def _digest(meant_by: str, *tables: pl.DataFrame) -> str:
    """Of the recipe, and of what is known of one owner or of all."""
    return sha256(repr((meant_by, *(table.rows() for table in tables))).encode()).hexdigest()


def _read(path: Path, schema: pl.Schema) -> pl.DataFrame:
    return pl.read_csv(path, schema=dict.fromkeys(schema, pl.String()))
