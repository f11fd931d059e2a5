"""May the next generation be made from the last one? Any doubt is an answer, and then it may not.

the link shows what the ledger wrote down as its last publication, and that was no rollback
its manifest says that the same recipe made it: queries, words, checks, versions
the ledger noted changes of accounts, not of everything
it is not many steps away from a generation that was built whole
less than half of its movements are to be made anew
"""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import sqlalchemy as sa

from schemas.errors import BuffetError
from warehouse.ledger import affected
from warehouse.marts import manifest, publisher

MOST_STEPS = 30
"""After so many generations all marts are built anew: what nobody noticed ends there."""

Totals = Mapping[str, tuple[int, Decimal]]


def base_of(
    marts: Path, recipe: str, connection: sa.Connection, notes: affected.Notes
) -> manifest.Base | str:
    """The published generation to bring up to date, or why there is none.

    Args:
        marts: the folder of the marts.
        recipe: by which the marts are made now.
        connection: the snapshot that the next generation is made from.
        notes: what it sees noted.
    """
    shown = publisher.current(marts)
    if shown is None:
        return "nothing is published yet"
    if affected.last_published(connection) != shown:
        return "what is published is not what the ledger published last"
    try:
        base = manifest.read_base((marts / publisher.LINK).resolve())
    except BuffetError as error:
        return f"the last generation {error.problem}"
    doubts = {
        f"the last generation holds generation {base.generation}": base.generation != shown,
        "the last generation was made by another recipe": base.recipe != recipe,
        "the ledger was made anew, or lost an account or a file": notes.is_everything,
        f"{base.steps} generations were brought up to date since": base.steps >= MOST_STEPS,
    }
    return next((why for why, is_so in doubts.items() if is_so), base)


def too_much(base: manifest.Base, totals: Totals) -> str | None:
    """Why it is quicker to build all marts, where it is.

    Args:
        base: the generation to bring up to date.
        totals: of the movements that would be made anew.
    """
    anew = sum(count for count, _ in totals.values())
    held = base.sums["fct_transactions"].rows
    told = f"{anew} movements are new or touched, and {held} were published"
    return told if 2 * anew > held else None
