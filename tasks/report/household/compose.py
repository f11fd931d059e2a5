"""Compose the page: one HTML file that needs no network, from one generation of the marts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

import jinja2
from markupsafe import Markup

from schemas.errors import WrongUsage
from tasks.report.household import ahead, balances, proof, spending, words, worth
from tasks.report.household.asking import Facts, Marts, opened
from tasks.report.household.model import Scope, Section

_SECTIONS: tuple[Callable[[Marts, Scope], Section], ...] = (
    worth.net_worth,
    worth.cash_flow,
    spending.by_category,
    spending.by_vendor,
    balances.balances,
    ahead.subscriptions,
    ahead.instalments,
    ahead.card_bills,
    ahead.upcoming,
    proof.coverage,
    proof.unproven,
)


@dataclass(frozen=True)
class Page:
    """One HTML page, and the month that it is about."""

    html: str
    month: date


def page(marts: Path, *, month: date | None = None, owner: str | None = None) -> Page:
    """The report of a month as one HTML page.

    Args:
        marts: the published link, or one generation.
        month: any day of the month; null takes the last one in which something was booked.
        owner: whose money; null takes everybody's, each apart.

    Raises:
        MartsUnavailable: nothing is published, or a generation of another version.
        WrongUsage: there is no such owner, or nothing is known of the month.
    """
    with opened(marts) as open_marts:
        scope = _scope(open_marts, month, owner)
        sections = [section(open_marts, scope) for section in _SECTIONS]
        return Page(_rendered(open_marts.facts(), scope, sections), scope.month)


def _scope(marts: Marts, month: date | None, owner: str | None) -> Scope:
    owners = [row["owner"] for row in marts.rows("SELECT DISTINCT owner FROM dim_account")]
    if owner is not None and owner not in owners:
        known = ", ".join(sorted(str(one) for one in owners if one))
        raise WrongUsage("--owner", f"{owner} has no account", f"choose from {known}")
    as_of = marts.as_of()
    ((first, last),) = (row.values() for row in marts.rows(_MONTHS, owner=owner, as_of=as_of))
    if not isinstance(first, date) or not isinstance(last, date):
        raise WrongUsage("buffet report", "nothing is booked", "run the night on statements first")
    chosen = last if month is None else month.replace(day=1)
    newest = max(last, as_of.replace(day=1))
    if not first <= chosen <= newest:
        raise WrongUsage(
            "--month",
            f"{chosen:%Y-%m} is outside of what the statements tell",
            f"choose from {first:%Y-%m} to {newest:%Y-%m}",
        )
    end = (chosen + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return Scope(owner, chosen, min(end, as_of), as_of)


def _rendered(facts: Facts, scope: Scope, sections: list[Section]) -> str:
    loader = jinja2.PackageLoader("tasks.report.household", ".")
    environment = jinja2.Environment(
        loader=loader,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = files("tasks.report.household").joinpath("page.css").read_text(encoding="utf-8")
    return environment.get_template("page.html.jinja").render(
        title=f"{words.month(scope.month)}",
        whose=scope.owner or "everybody, each apart",
        style=Markup(style),  # noqa: S704  our own file
        facts=facts,
        scope=scope,
        sections=sections,
        drawing=Markup,
        is_empty=lambda section: not section.groups,
    )


_MONTHS = """
SELECT min(month) AS first, max(month) AS last FROM fct_transactions
WHERE status = 'booked' AND booked_on <= $as_of AND ($owner IS NULL OR owner = $owner)
"""
