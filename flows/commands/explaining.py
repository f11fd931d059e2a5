"""`buffet explain`: one transaction, from the printed line to the marts."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, cast

import typer

from flows.commands import evidence, talk
from flows.commands.registers import AsJson

if TYPE_CHECKING:
    from datetime import date

    from schemas.settings import Settings

Row = dict[str, object]

_TYPED = (
    "booked_on",
    "valued_on",
    "amount",
    "currency",
    "description",
    "counterparty",
    "bank_ref",
    "kind_code",
    "balance_after",
    "original_amount",
    "original_currency",
)
_ENTRY_COLUMNS = ("status", "source_rank", "format", "layout", "statement_no", "record_no", "place")


def explain(
    transaction: Annotated[
        str, typer.Argument(metavar="TRANSACTION", help="Its id, or the first digits of it.")
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Show where a transaction comes from: the printed line, its proof, and the marts it feeds.

    Account numbers are masked, but what the bank printed is shown as it stands.

    Example: buffet explain 2ec1d6b3

    Next: buffet prove ACCOUNT DATE proves a balance; buffet diff shows what changed in the past;
    buffet quarantine withdraw FILE --record N takes out what should not count.
    """
    from flows.commands.house_keys import ledger, settings
    from warehouse.ledger.explain import explained, find_transaction
    from warehouse.ledger.reader import snapshot

    known = settings()
    with ledger(known) as engine, snapshot(engine) as connection:
        found = explained(connection, find_transaction(connection, transaction))
    found["identity"] = _identity(found)
    for entry in _rows(found, "entries"):
        path, is_there = evidence.archive_path(known.archive, str(entry["sha256"]))
        entry |= {
            "archive_path": path,
            "is_archived": is_there,
            "convention": evidence.convention(
                cast("str | None", entry["format"]), cast("str | None", entry["layout"])
            ),
        }
    for statement in _rows(found, "statements"):
        statement["equation"] = evidence.equation(statement)
    found["marts"] = _marts(known, found)
    if as_json:
        talk.put_json([found])
    else:
        _put(found)


def _identity(found: Row) -> Row:
    """The parts of the recipe, and whether the id follows from them."""
    import polars as pl

    from schemas.identity import RECIPE
    from schemas.money import MONEY
    from tasks.transform.identity import identified, numbered

    names = ("account_id", "booked_on", "amount", "currency", "text_key", "ref_key", "occurrence")
    parts = {name: found[name] for name in names}
    whose = str(parts["account_id"]).replace("-", "")
    typed = {"amount": MONEY, "ref_key": pl.String(), "occurrence": pl.UInt32()}
    row = pl.DataFrame(
        [parts | {"account_id": whose, "file_no": 0, "statement_no": 0}], schema_overrides=typed
    )
    known = numbered(identified(row.drop("occurrence")), pl.lit(found["occurrence"], pl.UInt32()))
    id_ = known.get_column("transaction_id").item()
    return {
        "recipe": RECIPE,
        **parts,
        "is_the_id": id_ == str(found["transaction_id"]).replace("-", ""),
    }


def _marts(settings: "Settings", found: Row) -> Row:
    """The published marts in which it stands; a house without marts says so."""
    from schemas.errors import MartsUnavailable
    from warehouse.marts import publisher, tracing

    link = settings.marts / publisher.LINK
    try:
        marts = tracing.marts_with(link, str(found["transaction_id"]))
        day = None
        if "fct_transactions" in marts and found["status"] == "booked":
            day = tracing.daily_balance(
                link,
                str(found["account_id"]),
                str(found["currency"]),
                cast("date", found["booked_on"]),
            )
    except MartsUnavailable as error:
        return {"generation": None, "in": [], "daily_balance": None, "problem": error.problem}
    return {"generation": publisher.current(settings.marts), "in": marts, "daily_balance": day}


def _put(found: Row) -> None:
    """Every part of it, for a person."""
    entries = _rows(found, "entries")
    amount = f"{evidence.money(found['amount'])} {found['currency']}"
    because = f", because {found['because']}" if found["because"] else ""
    talk.put(f"transaction {found['transaction_id']}")
    _put_lines(
        {
            "movement": f"{amount}, {found['status']} {talk.cell_text(found['booked_on'])}",
            "account": _account(found),
            "standing": f"{found['standing']}{because}",
            "told by": _tellers(found),
            "first known": talk.cell_text(found["first_known_at"]),
        }
    )
    for entry in entries[:1]:
        _put_printed(entry)
        talk.put("as typed")
        _put_lines({name: _cell(name, {**found, **entry}) for name in _TYPED})
    _put_identity(found)
    best = [
        {
            "best": "best" if one["is_best"] else "",
            "file": str(one["sha256"])[:12],
            **{k: one[k] for k in _ENTRY_COLUMNS},
        }
        for one in entries
    ]
    talk.put_rows(best, title=f"told by {len(entries)}; the best is first: {found['best_because']}")
    for entry in entries[1:]:
        _put_printed(entry)
    talk.put_rows(_rows(found, "versions"), title="what the ledger knew, and when")
    _put_statements(_rows(found, "statements"))
    talk.put_rows(
        [{**one, "sha256": str(one["sha256"])[:12]} for one in _rows(found, "findings")],
        title="findings on its statements",
    )
    _put_marts(cast("Row", found["marts"]))


def _tellers(found: Row) -> str:
    """The statements that tell the day in its place, by the export in which the bank wrote them."""
    return "; ".join(
        f"{one['layout'] or one['format']}: {one['file_name']},"
        f" sha256 {str(one['sha256'])[:12]}, statement {one['statement_no']}"
        for one in _rows(found, "tellers")
    )


def _put_printed(entry: Row) -> None:
    """One entry as the bank printed it, with its place and its file."""
    is_there = "" if entry["is_archived"] else "not there: "
    talk.put("as printed")
    _put_lines(
        {
            "file": f"{talk.printable(str(entry['file_name']))}, sha256 {entry['sha256']}",
            "archive": f"{is_there}{entry['archive_path']}",
            "place": f"{entry['place']}; record {entry['record_no']}"
            f" of the file, statement {entry['statement_no']}",
            "read as": " ".join(
                str(entry[name]) for name in ("format", "layout", "encoding") if entry[name]
            ),
            "reader": entry["reader"] or "not noted; it read the file before readers were",
            "writes": entry["convention"] or "the layout is not known any more",
        }
    )
    for line in str(entry["raw_text"]).splitlines() or [""]:
        talk.put(f"  | {talk.printable(line)}")


def _put_identity(found: Row) -> None:
    parts = cast("Row", found["identity"])
    reference = parts["ref_key"] or "none: this source's references are not trusted"
    talk.put(f"identity, recipe {parts['recipe']}")
    twins = [
        f"{one['transaction_id']} (occurrence {one['occurrence']}, {one['standing']})"
        for one in _rows(found, "twins")
    ]
    _put_lines(
        {
            "account": parts["account_id"],
            "booked": talk.cell_text(parts["booked_on"]),
            "amount": f"{evidence.money(parts['amount'])} {parts['currency']}",
            "text": talk.printable(str(parts["text_key"])),
            "reference": talk.printable(str(reference)),
            "occurrence": parts["occurrence"],
            "the id": "follows from these parts"
            if parts["is_the_id"]
            else "DOES NOT follow from these parts: buffet verify",
            "twins": "; ".join(twins) or "none",
        }
    )


def _put_statements(statements: Sequence[Row]) -> None:
    talk.put("proof of its statements")
    for one in statements:
        period = f"{talk.cell_text(one['starts_on'])} to {talk.cell_text(one['ends_on'])}"
        talk.put(f"  {str(one['sha256'])[:12]} statement {one['statement_no']}, {period}")
        sealed = f", certificate {one['certificate_no']}" if one["certificate_no"] else ""
        talk.put(
            f"    {one['equation']} {one['currency']}: {one['proof']}, {one['status']}{sealed}"
        )


def _put_marts(marts: Row) -> None:
    if marts.get("problem"):
        talk.put(f"marts: {marts['problem']}")
        return
    talk.put(f"marts, generation {marts['generation']}")
    day = cast("Row | None", marts["daily_balance"])
    balance = "none: only booked movements that count have one"
    if day:
        sums = {
            "opening_balance": day["opening"],
            "credit_sum": day["credits"],
            "debit_sum": day["debits"],
            "closing_balance": day["closing"],
        }
        balance = (
            f"{talk.cell_text(day['day'])}: {evidence.equation(sums)} {day['currency']},"
            f" {day['timeline_status']}"
        )
    _put_lines(
        {
            "in": ", ".join(cast("list[str]", marts["in"])) or "none: it does not count",
            "daily balance": balance,
        }
    )


def _account(found: Row) -> str:
    names = (found["account_name"], found["institution"], found["account_kind"])
    return f"{', '.join(map(str, names))}, {found['account_tail']}, of {found['owner']}"


def _cell(name: str, row: Row) -> str:
    is_money = name in ("amount", "balance_after", "original_amount")
    return evidence.money(row[name], unknown="") if is_money else talk.cell_text(row[name])


def _put_lines(cells: Mapping[str, object]) -> None:
    width = max(map(len, cells))
    for name, cell in cells.items():
        if cell not in (None, ""):
            talk.put(f"  {name:<{width}}  {talk.printable(str(cell))}")


def _rows(found: Row, name: str) -> list[Row]:
    return cast("list[Row]", found[name])
