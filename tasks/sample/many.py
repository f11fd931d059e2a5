"""Write very many statements quickly, to measure the house and to load it."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl

from schemas.errors import WrongUsage
from tasks.sample.render import RENDERERS
from tasks.sample.truth import Shown, Truth, file_table, transaction_table
from tasks.sample.world import Account, Chance, Movement, cents, month_end, next_month, state

KINDS = {
    "ofx1": ("ofx1_nubank", "nubank"),
    "ofx2": ("ofx2", "chase"),
    "qfx": ("qfx", "chase"),
    "csv": ("br_inter_conta", "inter"),
    "mt940": ("mt940", "commerzbank"),
    "camt053": ("camt053", "commerzbank"),
    "bai2": ("bai2", "chase"),
    "qif": ("qif", "chase"),
}
"""For each kind the style it is printed in, and the bank."""

MONTHS_AN_ACCOUNT = 12
STARTING = date(2020, 1, 1)
VENDORS = tuple(
    f"{trade} {place}"
    for trade in ("Padaria", "Farmácia", "Mercado", "Livraria", "Oficina", "Café", "Posto")
    for place in ("Aurora", "Boa Vista", "Girassol", "do Vale", "São Jorge", "Verde Mar", "Ipê")
)


def write_many(
    folder: Path,
    *,
    kind: str,
    files: int,
    rows: int,
    seed: int = 7,
    truth: Path | None = None,
) -> Truth:
    """Write so many files of so many movements each, below `folder/many-<n>/<account>/`.

    Each account has an owner of its own, and twelve files, a month each; the closing of one is the
    opening of the next.

    Args:
        folder: where the files go.
        kind: one of KINDS.
        files: how many files.
        rows: movements in each.
        seed: the seed of the chance.
        truth: where the truth is written as CSV files; None writes none.

    Raises:
        WrongUsage: a kind that is not known, or fewer than one file or row.
    """
    if kind not in KINDS or files < 1 or rows < 1:
        raise WrongUsage(
            "samples",
            f"cannot write {files} files of {rows} rows of kind {kind!r}",
            f"ask for at least one file and row, of one of the kinds {', '.join(KINDS)}",
        )
    shown: list[pl.DataFrame] = []
    tables: list[pl.DataFrame] = []
    for file, life in _files(kind, files, rows, seed):
        file.write(folder)
        shown.append(file_table([file]))
        tables.append(transaction_table(file.account, life, [file]))
    whole = Truth(pl.concat(tables), pl.concat(shown))
    if truth is not None:
        whole.write(truth)
    return whole


def _files(kind: str, files: int, rows: int, seed: int) -> Iterator[tuple[Shown, list[Movement]]]:
    style, bank = KINDS[kind]
    for number in range(files):
        position, month_number = divmod(number, MONTHS_AN_ACCOUNT)
        if month_number == 0:
            month, opening = STARTING, Decimal("1000.00")
        account = Account(
            owner=f"many-{position + 1:04d}",
            holder="Ana Beatriz Quintela",
            folder=f"{kind}-{position + 1:04d}",
            bank=bank,
            branch="",
            number=f"{position + 1:08d}-0",
            opening=opening,
        )
        life = _month(Chance(seed, kind, number), f"{seed % 2**32:08x}{number:08x}", month, rows)
        statement = state(account, month, month_end(month), life)
        yield Shown(account, RENDERERS[style](statement), statement), life
        month, opening = next_month(month), statement.closing


def _month(chance: Chance, ref: str, month: date, rows: int) -> list[Movement]:
    """So many movements, spread evenly over a month."""
    days = month_end(month).day
    between, pick = chance.between, chance.pick
    life = []
    for row in range(rows):
        out = between(0, 9) < 7  # seven small debits for three larger credits: about even
        count = between(100, 40_000)
        life.append(
            Movement(
                month.replace(day=1 + row * days // rows),
                cents(-count if out else count * 7 // 3),
                f"{'Compra no débito' if out else 'Pix recebido'}: {pick(VENDORS)}",
                "POS" if out else "CREDIT",
                f"{ref}{row:016x}",
            )
        )
    return life
