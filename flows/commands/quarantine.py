"""`buffet quarantine`: what was not believed, why, and how it comes back."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from flows.commands import talk
from flows.commands.registers import AsJson, put
from flows.exits import Exit
from schemas.errors import WrongUsage

if TYPE_CHECKING:
    import sqlalchemy as sa

    from schemas.settings import Settings

_Answer = TypeVar("_Answer")

app = typer.Typer(no_args_is_help=True, help="What was not believed, why, and how it comes back.")

OneFile = Annotated[
    str, typer.Argument(metavar="FILE", help="The first digits of its sha256, or its name.")
]


@app.command("list")
def list_held(*, as_json: AsJson = False) -> None:
    """List files that are refused, quarantined or only partly loaded, newest first.

    Example: buffet quarantine list

    Next: buffet quarantine show FILE names each place and reason.
    """
    from warehouse.ledger.quarantine import held_files

    rows = _ask(_settings(), held_files)
    if not as_json:
        rows = [_short(row) for row in rows]
    put(rows, as_json=as_json, empty="the quarantine is empty")


@app.command()
def show(file: OneFile, *, as_json: AsJson = False) -> None:
    """Show why a file is held: each place, the reason, the remedy and what the bank printed.

    Example: buffet quarantine show 3fa9c1d2

    Next: buffet quarantine retry FILE after a repair; accept FILE takes it as it is.
    """
    from warehouse.ledger.quarantine import findings_of, held_files

    settings = _settings()
    sha256 = _sha256_of(settings, file)
    held = [row for row in _ask(settings, held_files) if row["sha256"] == sha256]
    findings = _ask(settings, lambda connection: findings_of(connection, sha256))
    if as_json:
        talk.put_json([{**row, "findings": findings} for row in held])
        return
    for row in held:
        talk.put(f"{sha256[:12]} {row['name']}: {row['status']}, {row['set_aside']} set aside")
        if row["problem"]:
            talk.put(f"  {row['problem']}\n  remedy  {row['remedy']}")
    talk.put_rows(findings, empty="" if held else "the file is not held: all of it is loaded")


@app.command()
def retry(
    files: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE]", help="Files, as list shows them.")
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Every file that is held.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read held files again from the archive, after the code or a layout was corrected.

    Example: buffet quarantine retry --all

    Next: buffet quarantine list shows what is still held.
    """
    if every == bool(files):
        raise WrongUsage("buffet quarantine retry", "name files, or say --all", "one of the two")
    from warehouse.ledger.quarantine import held_files

    settings = _settings()
    if every:
        chosen = [str(row["sha256"]) for row in _ask(settings, held_files)]
    else:
        chosen = [_sha256_of(settings, word) for word in files or ()]
    _replay(settings, chosen, as_json=as_json)


@app.command()
def accept(
    file: OneFile,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept with the file.")],
    as_json: AsJson = False,
) -> None:
    """Take a file although its balances do not add up, and load it.

    The decision and its reason stay in the ledger; the statement is shown as accepted, not proven.

    Example: buffet quarantine accept 3fa9c1d2 --reason "the bank confirms that a page is missing"

    Next: buffet query "SELECT * FROM mart_reconciliation"
    """
    if not reason.strip():
        raise WrongUsage("--reason", "is empty", "say why; somebody will ask in a year")
    from warehouse.ledger.quarantine import accept as note

    settings = _settings()
    sha256 = _sha256_of(settings, file)
    _ask(settings, lambda connection: note(connection, sha256, reason.strip()))
    _replay(settings, [sha256], as_json=as_json)


def _short(row: dict[str, object]) -> dict[str, object]:
    """What fits a line; `show` has the rest."""
    return {
        "file": str(row["sha256"])[:12],
        **{name: row[name] for name in ("name", "status", "set_aside")},
        "received": talk.cell_text(row["received_at"])[:10],
        "problem": row["problem"] or "show tells",
    }


def _replay(settings: "Settings", sha256s: Sequence[str], *, as_json: bool) -> None:
    """Run the night over files of the archive."""
    from flows.commands.running import by_hand, tell_receipt
    from flows.house import plan_of
    from tasks.extract.inbox import archived_ticket

    there = [one for one in dict.fromkeys(sha256s) if archived_ticket(settings.archive, one)]
    for lost in sorted(set(sha256s) - set(there)):
        talk.say(f"{lost[:12]}: its bytes are not in the archive\n  remedy  drop the file again")
    if not there:
        talk.say("nothing to retry")
        raise typer.Exit(Exit.SET_ASIDE if sha256s else Exit.WELL)
    receipt = by_hand(settings, plan_of(settings, replay=tuple(there)))
    tell_receipt(receipt, as_json=as_json, is_whole=len(there) == len(set(sha256s)))


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
