"""Files of the archive, read again: `buffet quarantine retry` and `accept`, `buffet reread`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands import talk
from flows.commands.registers import AsJson
from flows.exits import Exit

if TYPE_CHECKING:
    from schemas.settings import Settings


def reread(
    *,
    format_name: Annotated[
        str | None,
        typer.Option("--format", help="All files of this format, whoever read them."),
    ] = None,
    layout: Annotated[
        str | None,
        typer.Option("--layout", help="All files of this bank layout, whoever read them."),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Show which files, and what would change; keep nothing."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read the files again that older readers read, and those that they refused.

    Only these files are read. What they tell as before stays as it is, what they tell otherwise is
    a restatement, what they tell no more is withdrawn; what was known before stays known.

    Example: buffet reread --dry-run

    Next: buffet diff --since DATE shows which figures of the past changed.
    """
    from flows import rereading
    from flows.commands.house_keys import ledger
    from flows.commands.house_keys import settings as read_settings
    from warehouse.ledger.connection import atomically
    from warehouse.ledger.readers import files_of

    settings = read_settings()
    with ledger(settings) as engine, atomically(engine) as connection:
        groups = rereading.chosen(connection, format_name, layout)
        sha256s = files_of(connection, groups)
    if not as_json:
        talk.put_rows(
            rereading.rows_of(groups),
            title="files to read again",
            empty="every file was read by the reader of today",
        )
    if not sha256s:
        raise typer.Exit(Exit.WELL)
    replay(settings, sha256s, as_json=as_json, is_dry_run=dry_run)


def replay(
    settings: "Settings", sha256s: Sequence[str], *, as_json: bool, is_dry_run: bool = False
) -> None:
    """Run the night over files of the archive."""
    from flows.commands.running import by_hand, tell_receipt
    from flows.house import plan_of
    from tasks.extract.waiting import archived_ticket

    there = [one for one in dict.fromkeys(sha256s) if archived_ticket(settings.archive, one)]
    for lost in sorted(set(sha256s) - set(there)):
        talk.say(f"{lost[:12]}: its bytes are not in the archive\n  remedy  drop the file again")
    if not there:
        talk.say("nothing to retry")
        raise typer.Exit(Exit.SET_ASIDE if sha256s else Exit.WELL)
    receipt = by_hand(settings, plan_of(settings, replay=tuple(there), is_dry_run=is_dry_run))
    tell_receipt(receipt, as_json=as_json, is_whole=len(there) == len(set(sha256s)))
