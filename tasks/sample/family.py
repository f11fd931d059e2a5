"""Write a family of three with four accounts each, and the truth of what every movement was."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import accumulate, groupby
from pathlib import Path

import polars as pl

from schemas.errors import WrongUsage
from tasks.sample import family_abroad, family_home, family_partner
from tasks.sample.cards import Card
from tasks.sample.family_abroad import live_afar
from tasks.sample.family_home import live_at_home
from tasks.sample.family_partner import live_beside
from tasks.sample.meant import MeantDiary
from tasks.sample.render import RENDERERS
from tasks.sample.truth import Shown
from tasks.sample.world import Account, Statement, month_end, next_month, state

MONTHS, STARTING = 36, date(2022, 1, 1)


@dataclass(frozen=True)
class Export:
    """How an account is exported.

    Attributes:
        account: the account.
        styles: in turn, one a file.
        months: that a file covers.
    """

    account: Account
    styles: tuple[str, ...]
    months: int = 1


_ACCOUNTS = (
    ("ana", "itau-conta", "45678-9", "3214.07", "0934", "ofx1_itau br_itau_conta", 3),
    ("ana", "nubank-conta", "12345678-9", "641.20", "1", "ofx1_nubank br_nubank_conta", 2),
    ("ana", "nubank-cartao", "4321", "0", "", "br_nubank_cartao", 1),
    ("ana", "xp-conta", "7654321-0", "25000.00", "0001", "br_xp_conta", 6),
    ("bruno", "inter-conta", "87654321-0", "5820.55", "0001", "br_inter_conta", 2),
    ("bruno", "itau-conta", "65432-1", "1200.00", "0712", "br_itau_conta", 3),
    ("bruno", "xp-cartao", "8765", "0", "", "br_xp_cartao", 1),
    ("bruno", "xp-conta", "1234567-0", "8000.00", "0001", "br_xp_conta", 6),
    ("clara", "commerzbank-giro", "123456789", "2750.10", "", "camt053", 3),
    ("clara", "commerzbank-geld", "987654321", "9000.00", "", "camt053", 3),
    ("clara", "chase-checking", "555123456", "4105.33", "", "us_chase_checking", 6),
    ("clara", "chase-card", "5551", "0", "", "ofx2_card", 1),
)
"""Owner, folder, number, opening balance, branch, styles in turn, and months in a file."""


def _exports() -> Iterator[Export]:
    holders = {"ana": family_home.HOLDER, "bruno": family_partner.HOLDER}
    for owner, folder, number, opening, branch, styles, months in _ACCOUNTS:
        holder = holders.get(owner, family_abroad.HOLDER)
        bank = folder.partition("-")[0]
        account = Account(owner, holder, folder, bank, branch, number, Decimal(opening))
        yield Export(account, tuple(styles.split()), months)


def write_family(
    folder: Path,
    *,
    seed: int = 7,
    months: int = MONTHS,
    starting: date = STARTING,
    truth: Path | None = None,
) -> pl.DataFrame:
    """Write the statements of the family, below `folder/<owner>/<account>/`.

    The same arguments give the same bytes.

    Args:
        folder: where the files go; nothing that lies there already is removed.
        seed: the seed of the world.
        months: how many months are lived.
        starting: first day of the first month.
        truth: where the truth is written as CSV; None writes none.

    Returns:
        TRUTH_MEANING of every movement that a file shows, by owner, account and file.

    Raises:
        WrongUsage: no month, or a start that is not the first day of a month.
    """
    if months < 1 or starting.day != 1:
        raise WrongUsage(
            "samples",
            f"cannot live {months} months from {starting}",
            "ask for at least one month, from the first day of a month",
        )
    calendar = [starting]
    while len(calendar) < months:
        calendar.append(next_month(calendar[-1]))
    last_due_on = month_end(calendar[-1])
    lives = {
        "ana": live_at_home(seed, calendar, last_due_on),
        "bruno": live_beside(seed, calendar, last_due_on),
        "clara": live_afar(seed, calendar, last_due_on),
    }
    tables = []
    for export in _exports():
        diary, card = lives[export.account.owner]
        shown = list(_files(export, diary, card, calendar))
        for file in shown:
            file.write(folder)
        life = [m for file in shown if file.statement for m in file.statement.movements]
        tables.append(diary.meanings(export.account, life))
    told = pl.concat(tables)
    if truth is not None:
        truth.mkdir(parents=True, exist_ok=True)
        told.write_csv(truth / "truth_meaning.csv")
    return told


def _files(
    export: Export, diary: MeantDiary, card: Card, calendar: Sequence[date]
) -> Iterator[Shown]:
    if export.account.folder == card.folder:
        yield from _bills(export, card)
        return
    life = diary.page(export.account.folder)
    spans = groupby(enumerate(calendar), key=lambda one: one[0] // export.months)
    for number, (_, group) in enumerate(spans):
        span = [month for _, month in group]
        statement = state(export.account, span[0], month_end(span[-1]), life)
        style = export.styles[number % len(export.styles)]
        yield Shown(export.account, RENDERERS[style](statement), statement)


def _bills(export: Export, card: Card) -> Iterator[Shown]:
    """One file a bill, named by the day on which it is due."""
    opening = export.account.opening
    for due, page in card.bills():
        balances = tuple(accumulate((m.amount for m in page), initial=opening))
        statement = Statement(
            export.account,
            card.starts_on(due),
            card.closes_on(due),
            opening,
            balances[-1],
            page,
            balances[1:],
        )
        rendered = RENDERERS[export.styles[0]](statement)
        name = f"{export.account.bank}_{due}.{rendered.name.rpartition('.')[2]}"
        yield Shown(export.account, replace(rendered, name=name), statement)
        opening = balances[-1]
