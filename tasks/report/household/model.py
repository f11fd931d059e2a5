"""What the page is made of: sections of groups of tiles, charts and tables, all of ready text."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Tone = Literal["", "good", "warn", "bad", "soft"]


@dataclass(frozen=True)
class Scope:
    """What the report looks at.

    Attributes:
        owner: whose money; null for everybody's.
        month: first day of the month that it is about.
        until: last day of that month, or the day that the marts look from if that is earlier.
        as_of: the day that the marts look from.
    """

    owner: str | None
    month: date
    until: date
    as_of: date


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    Attributes:
        text: what it says.
        tone: how good news it is.
        hint: what a pointer that rests on it is told.
        is_whole: may its line not be broken?
    """

    text: str
    tone: Tone = ""
    hint: str = ""
    is_whole: bool = False


@dataclass(frozen=True)
class Head:
    """The heading of a column; numbers stand on the right."""

    text: str
    is_number: bool = False


@dataclass(frozen=True)
class Table:
    """A table with a caption.

    Attributes:
        caption: what it shows.
        heads: one a column.
        rows: cells in the order of the heads.
        is_folded: is it shown only when a person asks for it?
        is_calendar: are its cells the months of a calendar?
    """

    caption: str
    heads: tuple[Head, ...]
    rows: tuple[tuple[Cell, ...], ...]
    is_folded: bool = False
    is_calendar: bool = False


@dataclass(frozen=True)
class Chart:
    """A drawing.

    Attributes:
        caption: what it shows.
        svg: the drawing, safe to stand in the page; it says its values itself.
    """

    caption: str
    svg: str


@dataclass(frozen=True)
class Tile:
    """One figure that is read first, with a word on how far it can be trusted."""

    label: str
    value: str
    note: str = ""
    tone: Tone = ""


@dataclass(frozen=True)
class Note:
    """A sentence on trust."""

    text: str
    tone: Tone = "soft"


@dataclass(frozen=True)
class Group:
    """What belongs to one owner and one currency; currencies are never added."""

    title: str
    notes: tuple[Note, ...] = ()
    tiles: tuple[Tile, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Section:
    """One question that the page answers.

    Attributes:
        key: the anchor.
        title: the heading.
        lead: what is counted, in a sentence.
        groups: the answer, by owner and currency.
        missing: marts that this generation lacks, so that the section is left out.
    """

    key: str
    title: str
    lead: str
    groups: tuple[Group, ...] = ()
    missing: tuple[str, ...] = ()
