"""`buffet accounts` and `buffet rebuild`: whose the money is, and the ledger made anew."""

import typer

from flows.commands import talk
from flows.commands.registers import AsJson, put
from flows.exits import Exit


def accounts(*, as_json: AsJson = False) -> None:
    """List the accounts of the ledger, the days and files that tell of them.

    One account may come under several names: a number, an IBAN, a folder. What no file says, its
    owner says in accounts.toml, in the data home:

    [[account]] owner = "ana", name = "conta", bank = "itau", refs = ["1234/567890", "BR15…"]

    Example: buffet accounts

    Next: buffet rebuild, where accounts.toml has joined accounts that are in the ledger.
    """
    from flows.commands.house_keys import ledger, settings
    from flows.registry import read_registry
    from tasks.transform.accounts import misplaced
    from warehouse.ledger import accounts as known
    from warehouse.ledger.connection import atomically

    keys = settings()
    said = read_registry(keys.accounts)
    with ledger(keys) as engine, atomically(engine) as connection:
        rows, named = known.listed(connection), known.named(connection)
    wrong = {row["account_id"][:8] for row in misplaced(named, said)}
    put(
        [{**row, "fits": str(row["account"]) not in wrong} for row in rows],
        as_json=as_json,
        empty="the ledger has no accounts yet",
    )
    if wrong:
        talk.say(f"{len(wrong)} accounts are others by accounts.toml; buffet rebuild moves them")
        raise typer.Exit(Exit.SET_ASIDE)


def rebuild(*, as_json: AsJson = False) -> None:
    """Empty the ledger and read every file of the archive again, then audit and publish.

    The same files give the same tables, and what was known when stays known. It takes the time of
    all nights together. A backup of the database first is wise.

    Example: buffet rebuild

    Next: buffet accounts; buffet quarantine list.
    """
    from flows.commands.house_keys import settings as read_settings
    from flows.commands.progress import teller
    from flows.commands.running import tell_receipt
    from flows.house import plan_of, run_rebuild
    from flows.night import plain_doors

    settings = read_settings()
    plan = plan_of(settings)
    with teller(is_watched=talk.is_watched()) as tell:
        receipt, _ = run_rebuild(settings, plan, plain_doors(), tell=tell)
    tell_receipt(receipt, as_json=as_json)
