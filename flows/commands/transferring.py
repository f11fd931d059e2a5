"""`buffet transfers`: pairs that nobody is sure of, and the word of a person about them."""

from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands import talk
from flows.commands.registers import AsJson, put

if TYPE_CHECKING:
    import polars as pl

    from schemas.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Transfers between own accounts, and what is none.")

_LIST = """
SELECT match_status, owner, out_on, in_on, amount, currency, from_account_name, to_account_name,
       left(out_transaction_id, 12) AS "out", left(in_transaction_id, 12) AS "in"
FROM mart_transfers
WHERE (? OR match_status <> 'matched') AND (? IS NULL OR owner = ?)
ORDER BY match_status, amount DESC, coalesce(out_on, in_on), transfer_id
"""


@app.command("list")
def list_(
    *,
    owner: Annotated[
        str | None,
        typer.Option("--owner", metavar="OWNER", help="Only this owner.", show_default=False),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Those that are matched, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List transfers of which nobody is sure: ambiguous pairs, and legs that found no other.

    An ambiguous pair had an equally good one beside it. A leg alone says that it is a transfer,
    and its other account is not here, or its movement has another amount or came days later.

    Example: buffet transfers list --all

    Next: buffet transfers reject OUT IN says that a pair is none.
    """
    from flows.commands.house_keys import settings
    from schemas.masking import masked_numbers

    rows = _ask(settings(), [all_, owner, owner]).to_dicts()
    for row in rows:
        for name in ("from_account_name", "to_account_name"):
            row[name] = row[name] and masked_numbers(row[name])
    put(rows, as_json=as_json, empty="every transfer found its other leg, and no other")


@app.command()
def reject(
    one: Annotated[
        str, typer.Argument(metavar="OUT", help="The transaction that left, by its first digits.")
    ],
    other: Annotated[
        str, typer.Argument(metavar="IN", help="The transaction that arrived.", show_default=False)
    ],
) -> None:
    """Say that two transactions are no transfer; they are never paired with each other again.

    It is kept for ever, survives a rebuild, and changes no money: only what the two mean.

    Example: buffet transfers reject 4f1c09aa 83b2d7e0

    Next: buffet publish shows it in the marts.
    """
    from flows import house
    from flows.commands.house_keys import ledger, settings
    from warehouse.ledger.connection import atomically
    from warehouse.ledger.explain import find_transaction
    from warehouse.ledger.words import reject_pair

    with ledger(settings()) as engine, atomically(engine) as connection:
        pair = [find_transaction(connection, word) for word in (one, other)]
        reject_pair(connection, pair[0], pair[1], house.now())
    talk.put(f"{pair[0][:12]} and {pair[1][:12]} are no transfer")
    talk.say("it shows in the marts with the next buffet publish or night")


def _ask(keys: "Settings", asked: "list[object]") -> "pl.DataFrame":
    """Ask the published marts.

    Raises:
        MartsUnavailable: nothing is published.
    """
    from warehouse.marts import publisher, reader

    return reader.query(keys.marts / publisher.LINK, _LIST, asked)
