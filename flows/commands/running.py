"""`buffet run`: the night, by hand."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands import talk
from flows.exits import Exit
from schemas.errors import AuditRefused, WrongUsage

_MOST_LATE = 10
"""Late statements that a run shows; `buffet coverage` shows all."""

if TYPE_CHECKING:
    from schemas.night import NightReceipt, Plan
    from schemas.settings import Settings


def run(
    path: Annotated[
        str | None,
        typer.Argument(
            metavar="[PATH]",
            help="A folder or file, left as it is; without it the inbox, which is emptied.",
            show_default=False,
        ),
    ] = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and check everything, keep nothing.")
    ] = False,
    prefect: Annotated[
        bool | None,
        typer.Option(
            "--prefect/--no-prefect",
            help="With or without Prefect; by default with it where an API is configured.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The receipt as one JSON object.")
    ] = False,
) -> None:
    """Run the night now: claim, read, prove, load, audit, publish.

    A file counts once, however often it comes; what cannot be believed is quarantined.

    If the audit says no, the old marts stay.

    Example: buffet run data/samples

    Next: buffet query "SELECT * FROM mart_monthly_cashflow"; buffet quarantine list.
    """
    from flows.commands.house_keys import settings as read_settings

    root = None if path is None else Path(path)
    if root is not None and not root.exists():
        raise WrongUsage(_shown(root), "there is no such file or folder", "name one that exists")
    settings = read_settings()
    if _is_with_prefect(settings, wanted=prefect):
        receipt = _in_the_window(settings, root, is_dry_run=dry_run)
    else:
        from flows.house import plan_of

        plan = plan_of(settings, root=root, is_dry_run=dry_run)
        receipt = by_hand(settings, plan)
    tell_receipt(receipt, as_json=as_json)


def by_hand(settings: "Settings", plan: "Plan") -> "NightReceipt":
    """The night with plain doors: no orchestrator, no server but the ledger."""
    from flows.commands.progress import teller
    from flows.house import run_night
    from flows.night import plain_doors

    with teller(is_watched=talk.is_watched()) as tell:
        receipt, _ = run_night(settings, plan, plain_doors(), tell=tell)
    return receipt


def tell_receipt(receipt: "NightReceipt", *, as_json: bool, is_whole: bool = True) -> None:
    """Show what became of a run, say what to look at next, and end with its exit status.

    Raises:
        AuditRefused: the audit said no.
        typer.Exit: always else.
    """
    if as_json:
        outcomes = {"receipt": receipt.receipt.counts(), "outcomes": receipt.outcomes()}
        talk.put_json([{**asdict(receipt), **outcomes}])
    else:
        _put_tables(receipt)
    _say_next(receipt)
    if receipt.audit is not None and not receipt.audit.is_passed:
        raise refusal(receipt.audit.failed, receipt.audit.docs)
    is_well = receipt.is_clean and is_whole
    raise typer.Exit(Exit.WELL if is_well else Exit.SET_ASIDE)


def refusal(failed: tuple[str, ...], docs: str) -> AuditRefused:
    """The audit's no, as an error."""
    return AuditRefused(
        "audit", f"failed: {'; '.join(failed)}", f"the old marts stay; the audit's pages: {docs}"
    )


def _is_with_prefect(settings: "Settings", *, wanted: bool | None) -> bool:
    """Does the run go through Prefect? Where an API is configured, it must answer.

    Raises:
        SettingsError: it does not; the run never quietly goes without it.
    """
    if wanted is False:
        return False
    from flows import window

    url = window.api_url(settings)
    if url is not None:
        window.insist(url)
        talk.say(f"the run shows in Prefect at {url.removesuffix('/api')}")
    elif not wanted:
        talk.say("running without Prefect; make up opens its window, then runs show there")
    return bool(url or wanted)


def _in_the_window(settings: "Settings", root: Path | None, *, is_dry_run: bool) -> "NightReceipt":
    """The night as the Prefect flow, in this process."""
    from flows.local import prefect_environment

    # Prefect reads its environment when it is imported, which the next line does
    os.environ.update(prefect_environment(settings))
    from flows.nightly import in_this_process

    return in_this_process(root, is_dry_run=is_dry_run)


def _put_tables(receipt: "NightReceipt") -> None:
    from tasks.report.render import late_rows, receipt_rows, trouble_rows

    talk.put_rows(receipt_rows(receipt), title=_title(receipt))
    talk.put_rows(trouble_rows(receipt), title="not, or not wholly, in the ledger")
    copies = [
        {"file": one.shown_name, "sha256": one.sha256[:12], "held as": one.home, "also": one.where}
        for one in receipt.copies
    ]
    talk.put_rows(copies, title="equal bytes, loaded once")
    if receipt.changes is not None:
        rows = [asdict(one) for one in receipt.changes.by_month]
        talk.put_rows(
            rows, title="what changes in the ledger", empty="nothing changes in the ledger"
        )
        talk.put(f"digest of the changes: {receipt.changes.digest}")
    if receipt.late:
        talk.put_rows(
            late_rows(receipt.late[:_MOST_LATE]),
            title=f"statements that should have come and did not: {len(receipt.late)}",
        )
    if receipt.audit is not None:
        word = "passed" if receipt.audit.is_passed else "failed"
        talk.put(f"audit: {word}, {receipt.audit.checks} checks")
        for title in receipt.audit.failed:
            talk.put(f"  failed   {title}")
        for title in receipt.audit.warned:
            talk.put(f"  warning  {title}")
    if receipt.generation is not None:
        talk.put(f"generation: {receipt.generation.generation}, {receipt.generation.how}")
        if receipt.generation.shared is not None:
            talk.put(f"shared: {receipt.generation.shared}")
        if receipt.generation.unshared is not None:
            talk.put(f"  warning  no copy for others was made: {receipt.generation.unshared}")
        for title in receipt.generation.warned:
            talk.put(f"  warning  {title}")


def _title(receipt: "NightReceipt") -> str:
    return {
        "dry_run": "what would happen; nothing was kept",
        "published": "published",
        "refused_by_audit": "loaded, not published: the audit said no",
    }[receipt.status]


def _say_next(receipt: "NightReceipt") -> None:
    """Reasons that no table has room for, and what to look at next."""
    for error in receipt.not_files:
        talk.say(f"{error['where']}: {error['problem']}\n  remedy  {error['remedy']}")
    for where, problem, remedy in dict.fromkeys(
        (one.where, one.problem, one.remedy) for one in receipt.copies
    ):
        talk.say(f"{where}: {problem}\n  remedy  {remedy}")
    if receipt.left_alone:
        names = ", ".join(receipt.left_alone)
        talk.say(f"still being written, so left for the next run: {names}")
    if receipt.status == "dry_run":
        talk.say("nothing was kept; the same command without --dry-run loads it")
        return
    from tasks.report.render import older_readings

    if older := older_readings(receipt):
        talk.say(older)
    held = [one for one in receipt.files if one.is_open]
    word = f"show {held[0].sha256[:12]}" if held else "list"
    talk.say('next    buffet query "SELECT * FROM mart_monthly_cashflow"')
    talk.say(f"        buffet quarantine {word}")
    if receipt.late:
        talk.say("        buffet coverage  shows which days are missing, and what is late")
    if receipt.audit is not None:
        talk.say(f"        {receipt.audit.docs}  the audit's pages")


def _shown(path: Path) -> str:
    from tasks.extract.inbox import shown

    return shown(path.name or str(path))
