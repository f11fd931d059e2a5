"""All bank layouts that there are, whatever kind of file they describe."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tasks.extract import profiles
from tasks.extract.formats.pdf import layout as paper
from tasks.extract.formats.workbook import tables


@dataclass(frozen=True)
class Known:
    """One layout, in words for a person.

    Attributes:
        name: of the layout and of its file.
        path: the TOML file.
        reads: what it describes: a table of text, a sheet of a workbook, or paper.
        dates: the patterns of its days.
        sign: how it tells money out of the account from money into it.
        headers: how many header lines it knows; 0 for paper.
    """

    name: str
    path: Path
    reads: str
    bank: str
    title: str
    country: str
    kind: str
    currency: str
    dates: tuple[str, ...]
    decimal_mark: str
    sign: str
    headers: int
    valid_from: date
    valid_to: date | None


def known_layouts() -> Iterator[Known]:
    """Tables first, then sheets, then paper, each by name."""
    for one in tables.layouts().values():
        is_table = one.name in profiles.layouts()
        home = profiles.BANKS if is_table else tables.LAYOUTS
        yield Known(
            name=one.name,
            path=home / f"{one.name}.toml",
            reads="table" if is_table else "sheet",
            bank=one.bank,
            title=one.title,
            country=one.country,
            kind=one.account.kind.value,
            currency=one.account.currency,
            dates=one.conventions.date_formats,
            decimal_mark=one.conventions.decimal_mark,
            sign=one.conventions.sign,
            headers=len(one.table.lines),
            valid_from=one.valid_from,
            valid_to=one.valid_to,
        )
    for page in paper.layouts().values():
        yield Known(
            name=page.name,
            path=paper.LAYOUTS / f"{page.name}.toml",
            reads="paper",
            bank=page.bank,
            title=page.title,
            country=page.country,
            kind=page.kind.value,
            currency=page.currency,
            dates=("month by name",) if page.conventions.months else ("numbers",),
            decimal_mark=page.conventions.decimal_mark,
            sign=page.conventions.sign,
            headers=0,
            valid_from=page.valid_from,
            valid_to=None,
        )
