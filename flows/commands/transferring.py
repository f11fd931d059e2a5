"""`buffet transfers`: pairs that nobody is sure of, and the word of a person about them."""

from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands import talk
from flows.commands.registers import AsJson, put
from schemas.errors import WrongUsage

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import polars as pl
    import sqlalchemy as sa

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
    rejected: Annotated[
        bool, typer.Option("--rejected", help="Instead, the pairs that somebody rejected.")
    ] = False,
    all_: Annotated[bool, typer.Option("--all", help="Those that are matched, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List transfers of which nobody is sure: ambiguous pairs, and legs that found no other.

    An ambiguous pair had an equally good one beside it. A leg alone says that it is a transfer,
    and its other account is not here, or its movement has another amount or came days later.

    Example: buffet transfers list --all
    Example: buffet transfers list --rejected

    Next: buffet transfers reject OUT IN says that a pair is none; reopen OUT IN takes it back.
    """
    from flows.commands.house_keys import settings
    from schemas.masking import masked_numbers

    if rejected:
        if owner is not None or all_:
            raise WrongUsage(
                "transfers list",
                "--rejected shows the rejected pairs of all owners, and nothing else",
                "leave out --owner and --all",
            )
        put(_rejected(settings()), as_json=as_json, empty="nobody rejected a transfer")
        return
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
    """Say that two transactions are no transfer; they are not paired with each other any more.

    It is kept for ever, survives a rebuild, and changes no money: only what the two mean.
    `buffet transfers reopen` takes it back.

    Example: buffet transfers reject 4f1c09aa 83b2d7e0

    Next: buffet publish shows it in the marts.
    """
    from warehouse.ledger.words import reject_pair

    pair = _say(reject_pair, one, other)
    talk.put(f"{pair[0][:12]} and {pair[1][:12]} are no transfer")
    talk.say("it shows in the marts with the next buffet publish or night")


@app.command()
def reopen(
    one: Annotated[
        str, typer.Argument(metavar="OUT", help="The transaction that left, by its first digits.")
    ],
    other: Annotated[
        str, typer.Argument(metavar="IN", help="The transaction that arrived.", show_default=False)
    ],
) -> None:
    """Take back that two transactions are no transfer; whether they are one is judged anew.

    Both words are kept for ever, and survive a rebuild.

    Example: buffet transfers reopen 4f1c09aa 83b2d7e0

    Next: buffet publish shows it in the marts.
    """
    from warehouse.ledger.words import reopen_pair

    pair = _say(reopen_pair, one, other)
    talk.put(f"{pair[0][:12]} and {pair[1][:12]} may be a transfer again")
    talk.say("it shows in the marts with the next buffet publish or night")


def _say(
    word: "Callable[[sa.Connection, str, str, datetime], None]", one: str, other: str
) -> list[str]:
    """Say something of two transactions, named by their first digits; answer with their ids."""
    from flows import house
    from flows.commands.house_keys import ledger, settings
    from warehouse.ledger.connection import atomically
    from warehouse.ledger.explain import find_transaction

    with ledger(settings()) as engine, atomically(engine) as connection:
        pair = [find_transaction(connection, name) for name in (one, other)]
        word(connection, pair[0], pair[1], house.now())
    return pair


def _rejected(keys: "Settings") -> "list[dict[str, object]]":
    """The pairs that somebody rejected and did not take back."""
    from flows.commands.house_keys import ledger
    from warehouse.ledger.connection import atomically
    from warehouse.ledger.words import rejected_pairs

    with ledger(keys) as engine, atomically(engine) as connection:
        pairs = rejected_pairs(connection).iter_rows(named=True)
        return [
            {
                "out": pair["out_transaction_id"][:12],
                "in": pair["in_transaction_id"][:12],
                "said_at": pair["said_at"],
            }
            for pair in pairs
        ]


def _ask(keys: "Settings", asked: "list[object]") -> "pl.DataFrame":
    """Ask the published marts.

    Raises:
        MartsUnavailable: nothing is published.
    """
    from warehouse.marts import publisher, reader

    return reader.query(keys.marts / publisher.LINK, _LIST, asked)
