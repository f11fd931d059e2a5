"""`buffet coverage`: which days are proven, what is missing, which statement is late."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands import evidence, talk
from flows.commands.registers import AsJson
from flows.exits import Exit

if TYPE_CHECKING:
    from schemas.coverage import Late

Row = Mapping[str, object]

_SHOWN = ("account", "account_name", "starts_on", "ends_on", "state", "difference", "because")


def coverage(
    account: Annotated[
        str | None,
        typer.Argument(
            metavar="[ACCOUNT]",
            help="Its name, or the first digits of its id; without it, all accounts.",
            show_default=False,
        ),
    ] = None,
    *,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="DATE",
            help="The day by which statements should have come; without it, today.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show which days are proven, unproven, missing or contradicted, and which statement is late.

    Days without a statement between balances that chain are proven; a gap says how much money is
    missing. A statement is late five days after its last day; accounts.toml may say else:

    [[account]] owner = "ana", name = "conta", expected = "monthly", by_day = 5

    Exit status 1: days are missing or contradicted, or a statement is late.

    Example: buffet coverage conta-corrente

    Next: buffet prove ACCOUNT DATE proves the balance of a day.
    """
    from flows.commands.house_keys import ledger, settings
    from flows.house import now, today
    from flows.registry import read_expectations
    from tasks.report.expected import late
    from warehouse.ledger import coverage as covered
    from warehouse.ledger.arrivals import arrivals
    from warehouse.ledger.balance import find_account
    from warehouse.ledger.connection import atomically

    known = settings()
    day = evidence.day_of(as_of, "--as-of") if as_of else today(known, now())
    with ledger(known) as engine, atomically(engine) as connection:
        ids = None if account is None else [str(find_account(connection, account)["account_id"])]
        spans = covered.spans(connection, ids)
        links = covered.links(connection, ids)
        arrived = arrivals(connection, ids)
    names = {(one.owner, one.account_name) for one in arrived}
    said = [
        one
        for one in read_expectations(known.accounts)
        if ids is None or (one.owner, one.account_name) in names
    ]
    overdue = late(arrived, said, day)
    broken = [one for one in links if one["kind"] in ("gap", "contradiction")]
    if as_json:
        talk.put_json([{"spans": spans, "links": links, "late": [asdict(one) for one in overdue]}])
    else:
        _put(spans, broken, overdue)
    is_well = not overdue and all(one["state"] in ("proven", "unproven") for one in spans)
    raise typer.Exit(Exit.WELL if is_well else Exit.SET_ASIDE)


def _put(spans: Sequence[Row], broken: Sequence[Row], overdue: "Sequence[Late]") -> None:
    """Three tables: the days, what does not chain, what is late."""
    from tasks.report.render import late_rows

    rows = [
        {
            name: evidence.money(one[name], unknown="") if name == "difference" else one[name]
            for name in _SHOWN
        }
        for one in spans
    ]
    talk.put_rows(rows, title="which days are known", empty="no statement tells of any day")
    talk.put_rows(
        [
            {
                "account": one["account"],
                "kind": one["kind"],
                "statement": one["statement_before"],
                "closes": f"{one['closed_on']} {evidence.money(one['closing_balance'])}",
                "next": one["statement_after"],
                "opens": f"{one['opened_on']} {evidence.money(one['opening_balance'])}",
                "moved": evidence.money(one["moved"]),
                "difference": evidence.money(one["difference"]),
            }
            for one in broken
        ],
        title="statements that do not chain: closing + moved should be the next opening",
    )
    talk.put_rows(late_rows(overdue), title="statements that should have come and did not")
