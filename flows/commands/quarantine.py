"""`buffet quarantine`: what was not believed, why, and how it comes back or is let go."""

import getpass
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from flows.commands import talk
from flows.commands.held import Row, put_decision, put_file, put_item, put_items, put_remark
from flows.commands.registers import AsJson
from flows.commands.replaying import replay
from schemas.errors import BuffetError, WrongUsage

if TYPE_CHECKING:
    import sqlalchemy as sa

    from schemas.settings import Settings
    from warehouse.ledger.decisions import Part, Said

_Answer = TypeVar("_Answer")

app = typer.Typer(
    no_args_is_help=True, help="What was not believed, why, and how it comes back or is let go."
)

OneFile = Annotated[
    str, typer.Argument(metavar="FILE", help="The first digits of its sha256, or its name.")
]
Statement = Annotated[
    int | None,
    typer.Option("--statement", metavar="N", help="Only this statement.", show_default=False),
]
Record = Annotated[
    int | None,
    typer.Option("--record", metavar="N", help="Only this record.", show_default=False),
]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept with the decision.")]


@app.command("list")
def list_held(
    *,
    every: Annotated[
        bool, typer.Option("--all", help="Also what was dropped, and what came back since.")
    ] = False,
    state: Annotated[
        str | None,
        typer.Option(
            "--state",
            metavar="STATE",
            help="Only what is open, dropped, loaded, accepted or closed.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the files, statements and records that are held, those of the newest files first.

    Attempts counts how often a thing was read and held. Loaded and accepted came back; closed is
    what is not found any more, because something else of its file is held instead.

    Example: buffet quarantine list

    Next: buffet quarantine show FILE names each reason, and what the bank printed.
    """
    from warehouse.ledger.quarantine import STATES, items

    if (every and state) or state not in (None, *STATES):
        raise WrongUsage("--state", f"it is one of {', '.join(STATES)}", "or say --all")
    wanted = None if every else state or "open"
    rows = _ask(_settings(), lambda connection: items(connection, state=wanted))
    nothing = "the quarantine is empty" if wanted == "open" else "there is nothing of that state"
    put_items(rows, as_json=as_json, empty=nothing)


@app.command()
def show(file: OneFile, *, as_json: AsJson = False) -> None:
    """Show what of a file is or was held: the reason, the remedy, what the bank printed there.

    Remarks, which hold nothing, and all that persons decided stand below. It prints what the bank
    printed: not for a ticket or a chat.

    Example: buffet quarantine show 3fa9c1d2

    Next: buffet quarantine retry FILE after a repair; accept takes it as it is, drop lets it go.
    """
    from warehouse.ledger import decisions, quarantine

    settings = _settings()
    sha256 = _sha256_of(settings, file)
    held = _ask(settings, lambda one: quarantine.items(one, sha256=sha256, state=None))
    remarks = _ask(settings, lambda one: quarantine.remarks(one, sha256))
    said = _ask(settings, lambda one: decisions.history(one, sha256))
    path = _bytes_of(settings, sha256)
    of_file = ("sha256", "name", "file_status")
    if as_json:
        head: Row = {name: held[0][name] for name in of_file} if held else {"sha256": sha256}
        whole: Row = {
            "items": [{name: row[name] for name in row if name not in of_file} for row in held]
        }
        whole |= {"path": path and str(path), "remarks": remarks, "decisions": said}
        talk.put_json([head | whole])
        return
    put_file(sha256, path, held)
    for row in held:
        put_item(row, path)
    for row in remarks:
        put_remark(row)
    for row in said:
        put_decision(row)


@app.command()
def retry(
    files: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE]", help="Files, as list shows them.")
    ] = None,
    *,
    every: Annotated[
        bool,
        typer.Option(
            "--all", help="Every file of which something is open, or a decision not applied."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read held files again from the archive, after the code or a layout was corrected.

    A file is read whole: a statement or a record is retried with its file, and what is in the
    ledger already is not loaded a second time. What was dropped stays dropped.

    Example: buffet quarantine retry --all

    Next: buffet quarantine list shows what is still held.
    """
    if every == bool(files):
        raise WrongUsage("buffet quarantine retry", "name files, or say --all", "one of the two")
    from warehouse.ledger.decisions import unapplied
    from warehouse.ledger.quarantine import items

    settings = _settings()
    if every:
        chosen = [str(row["sha256"]) for row in _ask(settings, items)]
        chosen += _ask(settings, unapplied)
    else:
        chosen = [_sha256_of(settings, word) for word in files or ()]
    replay(settings, chosen, as_json=as_json)


@app.command()
def accept(
    file: OneFile, *, reason: Reason, statement: Statement = None, as_json: AsJson = False
) -> None:
    """Take statements although their balances do not add up, and load them.

    Without --statement all of the file that are held for it. The decision and its reason stay in
    the ledger; a statement is shown as accepted, not proven.

    Example: buffet quarantine accept 3fa9c1d2 --reason "the bank confirms that a page is missing"

    Next: buffet query "SELECT * FROM mart_reconciliation"
    """
    from warehouse.ledger import decisions

    _decide(decisions.accept, file, statement, reason=reason, as_json=as_json)


@app.command()
def drop(
    file: OneFile,
    *,
    reason: Reason,
    statement: Statement = None,
    record: Record = None,
    as_json: AsJson = False,
) -> None:
    """Say that what is held of a file, a statement or a record is not wanted.

    Nothing is deleted: the bytes stay in the archive, the records stay set aside, the reason is
    kept. It is not open any more, and no retry or rebuild loads it. What is loaded of the file
    stays; a statement that lacks a record stays unproven, unless the rest adds up without it.

    Example: buffet quarantine drop 3fa9c1d2 --record 14 --reason "a line of the bank's advertising"

    Next: buffet quarantine reopen FILE takes it back.
    """
    from warehouse.ledger import decisions

    settings = _settings()
    said = _said(reason)
    part = _part(settings, file, statement, record)
    rows = _ask(settings, lambda connection: decisions.drop(connection, part, said))
    put_items([row | {"state": "dropped"} for row in rows], as_json=as_json)
    talk.say(f"{len(rows)} dropped; buffet quarantine reopen {part.sha256[:12]} takes it back")


@app.command()
def withdraw(
    file: OneFile,
    *,
    reason: Reason,
    statement: Statement = None,
    record: Record = None,
    as_json: AsJson = False,
) -> None:
    """Say that what is loaded of a file, a statement or a record should not count.

    The file is read again without it: a statement that the bank corrected on the same day, a
    record that a second export prints with another text. What other files tell too goes on
    counting. Nothing is deleted: the bytes, the reason and the version before are kept.

    Of a proven statement no single record can be withdrawn: its balances need all of them.

    Example: buffet quarantine withdraw 3fa9c1d2 --statement 1 --reason "sent again at noon"

    Next: buffet diff --since DATE shows what changed; buffet quarantine reopen FILE takes it back.
    """
    from warehouse.ledger import decisions

    _decide(decisions.withdraw, file, statement, record, reason=reason, as_json=as_json)


@app.command()
def reopen(
    file: OneFile,
    *,
    reason: Reason,
    statement: Statement = None,
    record: Record = None,
    as_json: AsJson = False,
) -> None:
    """Take decisions back, accepted or dropped, and read the file again without them.

    What was loaded because a person accepted it is withdrawn; the version before stays.

    Example: buffet quarantine reopen 3fa9c1d2 --reason "it was the wrong file"

    Next: buffet quarantine show FILE.
    """
    from warehouse.ledger import decisions

    _decide(decisions.reopen, file, statement, record, reason=reason, as_json=as_json)


def _decide(
    say: "Callable[[sa.Connection, Part, Said], object]",
    file: str,
    statement: int | None,
    record: int | None = None,
    *,
    reason: str,
    as_json: bool,
) -> None:
    """Note a decision and read its file again; settings that cannot be read are found before."""
    from flows.house import plan_of

    settings, said = _settings(), _said(reason)
    part = _part(settings, file, statement, record)
    plan_of(settings, replay=(part.sha256,))
    _ask(settings, lambda connection: say(connection, part, said))
    try:
        replay(settings, [part.sha256], as_json=as_json)
    except (BuffetError, KeyboardInterrupt):
        talk.say(
            "the decision is noted; the run that applies it did not end well\n"
            f"  remedy  buffet quarantine retry {part.sha256[:12]} applies it, if it has to"
        )
        raise


def _bytes_of(settings: "Settings", sha256: str) -> Path | None:
    """Where the archive keeps the bytes of a file, or null."""
    from tasks.extract.waiting import archived_ticket

    ticket = archived_ticket(settings.archive, sha256)
    return Path(ticket.path) if ticket is not None and Path(ticket.path).exists() else None


def _said(reason: str) -> "Said":
    """Who speaks, now, and why."""
    from flows.house import now
    from warehouse.ledger.decisions import Said

    if not reason.strip():
        raise WrongUsage("--reason", "is empty", "say why; somebody will ask in a year")
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        user = f"uid {os.getuid()}"
    return Said(user, now(), reason.strip())


def _part(
    settings: "Settings", file: str, statement: int | None, record: int | None = None
) -> "Part":
    """What of which file a person speaks of."""
    from warehouse.ledger.decisions import Part

    if statement is not None and record is not None:
        raise WrongUsage("--record", "is numbered within the file", "leave --statement away")
    return Part(_sha256_of(settings, file), statement, record)


def _settings() -> "Settings":
    from flows.commands.house_keys import settings

    return settings()


def _sha256_of(settings: "Settings", word: str) -> str:
    """The one file that a person means."""
    from warehouse.ledger.quarantine import find_file

    return _ask(settings, lambda connection: find_file(connection, word))


def _ask(settings: "Settings", question: "Callable[[sa.Connection], _Answer]") -> _Answer:
    """Put one question to the ledger, in a database transaction of its own."""
    from flows.commands.house_keys import ledger
    from warehouse.ledger.connection import atomically

    with ledger(settings) as engine, atomically(engine) as connection:
        return question(connection)
