"""`buffet report`: one page for people, from the published marts."""

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


def _month(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise WrongUsage("--month", f"{text} is not a month", "write it as 2026-03") from None
