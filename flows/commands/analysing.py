"""`buffet marts`, `query`, `publish`, `rollback`, `generations`: the tables that analysts read."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands import talk
from flows.commands.registers import AsJson, put
from schemas.errors import WrongUsage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemas.night import AuditSummary, Generation, Plan
    from schemas.settings import Settings


def marts(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[MART]", help="Show the columns of this mart.", show_default=False),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List the marts, or the columns of one, with their units and meaning.

    Example: buffet marts fct_transactions

    Next: buffet query "SELECT * FROM fct_transactions LIMIT 5"
    """
    from warehouse.marts.catalog import load_catalog

    catalog = {mart.name: mart.card for mart in load_catalog()}
    if name is None:
        rows: list[dict[str, object]] = [
            {"mart": card.name, "title": card.title, "one_row_is": card.grain}
            for card in catalog.values()
        ]
        put(rows, as_json=as_json)
        return
    if name not in catalog:
        raise WrongUsage(name, "is not a mart", f"choose from {', '.join(sorted(catalog))}")
    card = catalog[name]
    put([column.model_dump() for column in card.columns], as_json=as_json)
    talk.say(f"{card.title}: {card.description}")
    for limit in card.known_limits:
        talk.say(f"limit: {limit}")


def query(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One SELECT, in DuckDB's SQL.")],
    *,
    as_csv: Annotated[bool, typer.Option("--csv", help="As CSV, safe for a spreadsheet.")] = False,
    as_json: AsJson = False,
) -> None:
    """Ask the published marts one question; nothing can be changed.

    Example: buffet query "SELECT booked_on, amount, currency FROM fct_transactions LIMIT 5"

    Next: any DuckDB client may open data/marts/buffet.duckdb read-only.
    """
    if as_csv and as_json:
        raise WrongUsage("buffet query", "--csv and --json exclude each other", "take one of them")
    from flows.commands.house_keys import settings
    from warehouse.marts import publisher, reader

    frame = reader.query(settings().marts / publisher.LINK, sql)
    if as_csv:
        sys.stdout.write(talk.csv_text(frame))
    else:
        put(frame.to_dicts(), as_json=as_json, empty="no row answers to it")


def publish() -> None:
    """Audit the whole ledger, then build the marts anew and publish them.

    A night audits only what it changed; this takes longer and misses nothing.

    Example: buffet publish

    Next: buffet generations; buffet rollback shows the marts of before again.
    """
    from flows.commands.house_keys import settings as read_settings
    from flows.commands.running import refusal
    from flows.house import plan_of

    settings = read_settings()
    summary, generation = _audit_and_publish(settings, plan_of(settings))
    for title in summary.warned:
        talk.say(f"warning  {title}")
    if generation is None:
        raise refusal(summary.failed, summary.docs)
    talk.put(generation.generation)
    if generation.unshared is not None:
        talk.say(f"warning  no copy for others was made: {generation.unshared}")
    talk.say(f"published after {summary.checks} checks; the audit's pages: {summary.docs}")


def rollback(
    generation: Annotated[
        str | None,
        typer.Argument(
            metavar="[GENERATION]",
            help="Which one; without it, the one before the current one.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Show analysts an earlier generation again; the ledger stays as it is.

    Example: buffet rollback

    Next: the next night publishes a new generation; buffet generations lists those kept.
    """
    from flows import house
    from flows.commands.house_keys import ledger
    from flows.commands.house_keys import settings as read_settings
    from warehouse.ledger import runs
    from warehouse.ledger.connection import atomically, only_run
    from warehouse.marts import publisher, sharing

    settings = read_settings()
    if generation is not None:
        _insist_on_kept(generation, publisher.generations(settings.marts))
    with ledger(settings) as engine, only_run(engine):
        shown = publisher.rollback(settings.marts, generation)
        sharing.show(settings.marts, shown.generation)
        with atomically(engine) as connection:
            runs.record_publication(
                connection,
                generation=shown.generation,
                action="rollback",
                run_id=None,
                at=house.now(),
            )
    talk.put(shown.generation)
    talk.say(f"analysts see it now, before they saw {shown.previous or 'nothing'}")


def generations(*, as_json: AsJson = False) -> None:
    """List the generations of the marts that are kept, oldest first.

    Example: buffet generations

    Next: buffet rollback GENERATION shows one of them again.
    """
    from flows.commands.house_keys import settings as read_settings
    from warehouse.marts import publisher

    folder = read_settings().marts
    now = publisher.current(folder)
    put(
        [{"generation": one, "is_published": one == now} for one in publisher.generations(folder)],
        as_json=as_json,
        empty="nothing is published yet; buffet run does",
    )


def _insist_on_kept(generation: str, kept: "Sequence[str]") -> None:
    """Refuse a name that no kept generation has.

    Raises:
        WrongUsage: it is not among them.
    """
    if generation not in kept:
        remedy = f"choose from {', '.join(kept)}" if kept else "nothing is published: buffet run"
        raise WrongUsage(generation, "is not among the generations", remedy)


def _audit_and_publish(
    settings: "Settings", plan: "Plan"
) -> "tuple[AuditSummary, Generation | None]":
    """What the audit of the whole ledger said, and the new generation if it said yes."""
    from flows import house
    from flows.commands.progress import teller
    from flows.night import Stopwatch, plain_doors, publication
    from tasks.publish.stage import audit
    from warehouse.ledger import runs
    from warehouse.ledger.connection import atomically

    with house.one_run(settings, plan, "publish") as engine:
        summary = audit(plan, whole=True)
        generation = None
        if summary.is_passed:
            with teller(is_watched=talk.is_watched()) as tell:
                generation = publication(
                    plan, plain_doors(), house.now, Stopwatch(), tell, why_whole="it was asked for"
                )
        with atomically(engine) as connection:
            runs.close_run(
                connection,
                run_id=plan.run_id,
                status="published" if generation else "refused_by_audit",
                finished_at=house.now(),
            )
    return summary, generation
