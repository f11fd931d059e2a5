"""`buffet report`, `export` and `share`: the published marts for people, programs and others."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from flows.commands import talk
from schemas.errors import WrongUsage


def report(
    *,
    month: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM", help="Which month; by default the last one with bookings."),
    ] = None,
    owner: Annotated[
        str | None, typer.Option(help="Whose money; by default everybody's, each apart.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to write it; by default report-YYYY-MM.html."),
    ] = None,
) -> None:
    """Write the household's report: one HTML page that needs no network.

    Net worth, cash flow, spending, balances, what is to come, and how far each can be trusted.

    Example: buffet report --month 2026-03 --out /tmp/march.html

    Next: open the file in a browser; print it from there.
    """
    from flows.commands.house_keys import settings
    from tasks.report.household.compose import page
    from tasks.report.private import written
    from warehouse.marts import publisher

    made = page(settings().marts / publisher.LINK, month=_month(month), owner=owner)
    target = out or Path(f"report-{made.month:%Y-%m}.html")
    with written(target) as beside:
        beside.write_text(made.html, encoding="utf-8")
    talk.put(str(target))


def export(
    mart: Annotated[
        list[str] | None, typer.Argument(metavar="[MART]...", help="Marts.", show_default=False)
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Every mart, each in a file.")] = False,
    kind: Annotated[str, typer.Option("--format", help="parquet, csv or xlsx.")] = "csv",
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="The folder; by default the one you are in.")
    ] = Path(),
) -> None:
    """Write marts into files: Parquet, CSV that a spreadsheet may open, or XLSX.

    Amounts stay exact; a text never becomes a formula. Only you may read the files.
    In XLSX, numbers of more than 15 digits are text, and instants are in UTC.

    Example: buffet export mart_cashflow mart_net_worth --format xlsx --out /tmp/files

    Next: buffet marts MART says what each column means.
    """
    if every == bool(mart):
        raise WrongUsage(
            "buffet export", "needs either marts or --all", "buffet marts lists what there is"
        )
    from flows.commands.house_keys import settings
    from tasks.report.export import export as write
    from warehouse.marts import publisher

    for one in write(settings().marts / publisher.LINK, mart or (), kind, out):
        talk.put(str(one.path))
        talk.say(f"{one.path.name}: {one.row_count:,} rows")


def share(
    *,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="By default shared.duckdb beside the published marts."),
    ] = None,
) -> None:
    """Make a copy of the marts that may be shown to others: without names, texts and numbers.

    Descriptions, counterparties, references and file names are removed; owners, accounts and ids
    are renamed, alike within the file and otherwise in the next. Vendors and amounts stay.
    Everybody may read the copy; the marts themselves are for their owner alone.

    Example: buffet share --out /tmp/shared.duckdb

    Next: any DuckDB client opens the copy; buffet marts MART says what its columns mean.
    """
    from flows import house
    from flows.commands.house_keys import settings
    from warehouse.marts import publisher, sharing

    marts = settings().marts
    made = sharing.share(marts / publisher.LINK, out or marts / "shared.duckdb", house.now())
    talk.put(str(made.path))
    talk.say(f"from generation {made.generation}: {len(made.row_counts)} marts")


def _month(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise WrongUsage("--month", f"{text} is not a month", "write it as 2026-03") from None
