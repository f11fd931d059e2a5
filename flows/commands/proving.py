"""`buffet verify` and `buffet prove`: is the ledger as certified; what proves a balance?"""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands import evidence, talk
from flows.commands.registers import AsJson
from flows.exits import Exit

if TYPE_CHECKING:
    import polars as pl

    from warehouse.ledger.balance import Anchor, Balance


def verify(
    *,
    account: Annotated[
        str | None,
        typer.Option(
            "--account",
            metavar="ACCOUNT",
            help="Only this account, by its name or the first digits of its id.",
            show_default=False,
        ),
    ] = None,
    head: Annotated[
        str | None,
        typer.Option(
            "--head",
            metavar="HASH",
            help="A hash that was noted earlier: a certificate must have it.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Work out every certificate, seal, sum and id anew, and name what does not fit.

    Each proven statement has a certificate, sealed on the one before. Exit status 1: something is
    not as it was certified. Note the hash it shows where the ledger's keepers cannot write.

    Example: buffet verify

    Next: buffet explain TRANSACTION; buffet prove ACCOUNT DATE.
    """
    from flows.commands.house_keys import ledger, settings
    from warehouse.ledger.balance import find_account
    from warehouse.ledger.connection import atomically
    from warehouse.ledger.verification import verify as examine

    with ledger(settings()) as engine, atomically(engine) as connection:
        account_id = find_account(connection, account)["account_id"] if account else None
        verdict = examine(
            connection,
            recomputed,
            account_id=None if account_id is None else str(account_id),
            head=head,
        )
    is_well = not verdict.troubles
    if as_json:
        talk.put_json([{**asdict(verdict), "is_well": is_well}])
    else:
        talk.put(
            f"{verdict.certificates} certificates, {verdict.statements} statements,"
            f" {verdict.transactions} transactions: "
            + ("all as certified" if is_well else f"{len(verdict.troubles)} do not fit")
        )
        talk.put(f"the last certificate's hash: {verdict.head or 'there is none yet'}")
        talk.put_rows(
            [
                {"kind": one.kind, "where": one.where, "problem": one.problem}
                for one in verdict.troubles
            ]
        )
    raise typer.Exit(Exit.WELL if is_well else Exit.SET_ASIDE)


def recomputed(parts: "pl.DataFrame") -> "pl.Series":
    """The ids that follow from the parts of transactions."""
    import polars as pl

    from tasks.transform.identity import identified, numbered

    row = pl.lit(0, pl.UInt32())
    known = identified(
        parts.drop("transaction_id").with_columns(file_no=row, statement_no=row)
    ).with_columns(parts.get_column("occurrence"))
    return numbered(known, pl.col("occurrence")).get_column("transaction_id")


def prove(
    account: Annotated[
        str,
        typer.Argument(metavar="ACCOUNT", help="Its name, or the first digits of its id."),
    ],
    day: Annotated[str, typer.Argument(metavar="DATE", help="The day, for example 2026-03-31.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Prove the balance of an account at the end of a day, or say why it is not proven.

    The balances that proven statements state around the day, the movements between them, the
    equation, and the certificates. Exit status 1: it is not proven, or a certificate does not hold.

    Example: buffet prove conta-corrente 2026-03-31

    Next: buffet explain TRANSACTION shows one of the movements; buffet verify examines everything.
    """
    from flows.commands.house_keys import ledger, settings
    from warehouse.ledger.balance import balance_at, find_account
    from warehouse.ledger.connection import atomically
    from warehouse.ledger.verification import verify as examine

    asked = evidence.day_of(day, "DATE")
    with ledger(settings()) as engine, atomically(engine) as connection:
        whose = find_account(connection, account)
        id_ = str(whose["account_id"])
        found = balance_at(connection, id_, asked)
        verdict = examine(connection, recomputed, account_id=id_)
    is_well = found.is_proven and not verdict.troubles
    if as_json:
        troubles = [asdict(one) for one in verdict.troubles]
        row = {"account": whose, "day": asked, **asdict(found), "is_proven": is_well}
        talk.put_json([{**row, "equation": _equation(found), "troubles": troubles}])
    else:
        head = f"{whose['account_name']} ({whose['account_tail']}), end of {asked}"
        worth = evidence.money(found.balance, unknown="not known")
        talk.put(f"{head}: {worth} {whose['currency']}, {'proven' if is_well else 'NOT PROVEN'}")
        talk.put(f"  because {found.because}")
        _put_evidence(found)
        for one in verdict.troubles:
            talk.put(f"  does not hold: {one.where}: {one.problem}")
    raise typer.Exit(Exit.WELL if is_well else Exit.SET_ASIDE)


def _put_evidence(found: "Balance") -> None:
    """The equation, the stated balances with their certificates, and the movements."""
    if found.before is None:
        return
    talk.put(f"  {_equation(found)}")
    for word, anchor in (("before", found.before), ("after", found.after)):
        if anchor:
            talk.put(f"  stated {word}  {_sworn(anchor)}")
    rows = [
        {
            "booked_on": one["booked_on"],
            "amount": evidence.money(one["amount"]),
            "currency": one["currency"],
            "transaction": str(one["transaction_id"])[:13],
        }
        for one in found.movements
    ]
    talk.put_rows(rows, title=f"movements after {found.before.day}, up to the day")


def _equation(found: "Balance") -> str:
    """Stated before + credits - debits = the balance, and on to the one stated after."""
    if found.before is None or found.moved is None:
        return ""
    said = (
        f"{evidence.money(found.before.balance)} + credits"
        f" {evidence.money(found.moved['credit_sum'])} - debits"
        f" {evidence.money(found.moved['debit_sum'])} = {evidence.money(found.balance)}"
    )
    if found.after is None or found.onwards is None:
        return said
    return (
        f"{said}; + credits {evidence.money(found.onwards['credit_sum'])} - debits"
        f" {evidence.money(found.onwards['debit_sum'])} up to {found.after.day}, where"
        f" {evidence.money(found.after.balance)} is stated"
    )


def _sworn(anchor: "Anchor") -> str:
    """A stated balance with the proof of its statement and its certificate."""
    one = anchor.statement
    return (
        f"{evidence.money(anchor.balance)} at the end of {anchor.day}: {one['which']} balance of"
        f" statement {one['statement_no']} of file {str(one['sha256'])[:12]}"
        f" ({evidence.equation(one)}), certificate {one['certificate_no'] or 'missing'}"
    )
