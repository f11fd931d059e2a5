"""Write a seeded set of statements: months of life as the banks export it, flaws included."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import cycle, islice
from pathlib import Path

import polars as pl

from schemas.errors import WrongUsage
from tasks.sample.life import live_at_home
from tasks.sample.life_abroad import live_abroad
from tasks.sample.people import Household, households
from tasks.sample.render import RENDERERS
from tasks.sample.render_delimited import DELIMITED
from tasks.sample.rendered import Rendered
from tasks.sample.truth import Shown, Truth, file_table, transaction_table
from tasks.sample.world import Account, Movement, Statement, month_end, next_month, state

Period = tuple[date, date]


@dataclass(frozen=True)
class Spoilt:
    """A row of which one cell makes no sense.

    Attributes:
        delimiter: of the file.
        position: of the cell, from 0.
        text: what stands in it.
        note: what is wrong with that.
    """

    delimiter: str
    position: int
    text: str
    note: str


MONTHLY = {
    "itau-conta": ("ofx1_itau", "br_itau_conta", "ofx1_comma"),
    "nubank-conta": ("br_nubank_conta", "ofx1_nubank", "br_nubank_conta"),
    "nubank-cartao": ("br_nubank_cartao_category", "br_nubank_cartao", "br_nubank_cartao"),
    "inter-conta": ("br_inter_conta", "ofx1_inter", "br_inter_conta"),
    "chase-checking": ("us_chase_checking", "qfx", "ofx2"),
}
"""How each account is exported, month after month, over and over."""

AT_ONCE = {"xp-conta": "br_xp_conta", "commerzbank-giro": "de_commerzbank_giro"}
"""Accounts exported once for the whole time."""

OVERLAPPING = "nubank-conta"
"""The first month of this account is exported twice, 1 to 20 and 15 to the end."""

SPOILT_ROWS = {
    ("ana", "nubank-conta"): Spoilt(",", 0, "31/02/2026", "a date that does not exist"),
    ("bruno", "commerzbank-giro"): Spoilt(";", 4, "-1.2x,40", "an amount that cannot be read"),
}
"""The last CSV file of these accounts ends with a row more than happened, and it cannot be read."""

MISSING_ROW = ("bruno", "inter-conta")
"""The last CSV file of this account lacks a row from its middle, so its balances contradict it."""

_PDF = b"%PDF-1.4\n% fatura aberta\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
NOT_STATEMENTS = {
    ("ana", "nubank-cartao"): (Rendered("fatura-aberta.csv", _PDF, "pdf", "", "none"), "a PDF"),
    ("bruno", "inter-conta"): (Rendered("extrato.csv", b"", "", "", "none"), "an empty file"),
}
"""Files that must be refused: a PDF that calls itself CSV, and an empty one."""


def write_samples(
    folder: Path,
    *,
    seed: int = 7,
    months: int = 3,
    starting: date = date(2026, 1, 1),
    accounts: int | None = None,
    truth: Path | None = None,
) -> Truth:
    """Write the statements of a small world, below `folder/<owner>/<account>/`.

    The same arguments give the same bytes. With three months every format and layout occurs.

    Args:
        folder: where the files go; nothing that lies there already is removed.
        seed: the seed of the world.
        months: how many months are lived.
        starting: first day of the first month.
        accounts: so many accounts in all; None means two owners with seven accounts.
        truth: where the truth is written as CSV files; None writes none.

    Raises:
        WrongUsage: no month, no account, or a start that is not the first day of a month.
    """
    if months < 1 or starting.day != 1 or (accounts is not None and accounts < 1):
        raise WrongUsage(
            "samples",
            f"cannot live {months} months from {starting} with {accounts} accounts",
            "ask for at least one month, from the first day of a month, and one account",
        )
    calendar = _calendar(starting, months)
    shown: list[Shown] = []
    tables = []
    for household in households(seed, accounts):
        for account, life in _live(seed, household, calendar):
            files = list(_files(account, life, calendar))
            tables.append(transaction_table(account, life, files))
            shown += files
    for file in shown:
        file.write(folder)
    whole = Truth(pl.concat(tables), file_table(shown))
    if truth is not None:
        whole.write(truth)
    return whole


def _calendar(starting: date, months: int) -> list[date]:
    calendar = [starting]
    while len(calendar) < months:
        calendar.append(next_month(calendar[-1]))
    return calendar


def _live(
    seed: int, household: Household, calendar: list[date]
) -> Iterator[tuple[Account, Sequence[Movement]]]:
    first = household[0]
    if first.folder == "itau-conta":
        diary = live_at_home(seed, first.owner, first.holder, calendar)
    else:
        diary = live_abroad(seed, first.owner, calendar)
    for account in household:
        yield account, diary.page(account.folder)


def _files(account: Account, life: Sequence[Movement], calendar: list[date]) -> Iterator[Shown]:
    """The files of one account; the last CSV file has the account's flaw."""
    key = account.owner, account.folder
    exports = _exports(account.folder, calendar)
    flawed = max((n for n, (style, _) in enumerate(exports) if style in DELIMITED), default=None)
    for position, (style, period) in enumerate(exports):
        statement = state(account, *period, life, announced_count=2)
        shown = Shown(account, RENDERERS[style](statement), statement)
        if position == flawed and key in SPOILT_ROWS:
            shown = _spoilt(shown, SPOILT_ROWS[key])
        if position == flawed and key == MISSING_ROW:
            shown = _with_missing_row(shown, statement, style)
        yield shown
    if key in NOT_STATEMENTS:
        rendered, note = NOT_STATEMENTS[key]
        yield Shown(account, rendered, None, status="refused", note=note)


def _exports(folder: str, calendar: list[date]) -> list[tuple[str, Period]]:
    """How and for which periods an account is exported."""
    if folder in AT_ONCE:
        return [(AT_ONCE[folder], (calendar[0], month_end(calendar[-1])))]
    styles = islice(cycle(MONTHLY[folder]), len(calendar))
    exports = [
        (style, (month, month_end(month))) for style, month in zip(styles, calendar, strict=True)
    ]
    if folder == OVERLAPPING:
        style, (first, last) = exports[0]
        parts = (first, first.replace(day=20)), (first.replace(day=15), last)
        exports[:1] = [(style, part) for part in parts]
    return exports


def _spoilt(shown: Shown, spoilt: Spoilt) -> Shown:
    """The file with its last row once more, one cell of it spoilt."""
    rendered = shown.rendered
    row = rendered.data.splitlines(keepends=True)[-1]
    delimiter = spoilt.delimiter.encode()
    cells = row.split(delimiter)
    cells[spoilt.position] = spoilt.text.encode()
    return replace(
        shown,
        rendered=replace(rendered, data=rendered.data + delimiter.join(cells)),
        set_aside_count=1,
        status="partly",
        note=spoilt.note,
    )


def _with_missing_row(shown: Shown, statement: Statement, style: str) -> Shown:
    """The file without one of its movements; the balances tell."""
    printed = statement.without(len(statement.movements) // 2)
    return replace(
        shown,
        rendered=RENDERERS[style](printed),
        statement=printed,
        status="quarantined",
        note="a row is missing from the middle; the balances do not add up",
    )
