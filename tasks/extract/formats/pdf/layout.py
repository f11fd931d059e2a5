"""A page layout: how one bank prints its statements, as data that people can correct."""

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.errors import SettingsError
from schemas.statement import AccountKind, Convention

LAYOUTS = Path(__file__).parent / "layouts"
STATED = frozenset(
    {"account", "branch", "currency", "starts", "ends", "opening", "opening_mark", "closing"}
    | {"closing_mark", "credits", "debits", "page", "page_count", "stated"}
)
MOVED = frozenset(
    {"booked", "valued", "amount", "mark", "balance", "description", "counterparty", "bank_ref"}
    | {"kind_code", "original_amount", "original_currency", "exchange_rate"}
)
COLUMNS = frozenset({"debit", "credit"})


def _groups(pattern: str, allowed: frozenset[str]) -> str:
    try:
        found = set(re.compile(pattern).groupindex)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    if found - allowed:
        raise ValueError(f"knows only the groups {', '.join(sorted(allowed))}")
    return pattern


Stating = Annotated[str, AfterValidator(lambda pattern: _groups(pattern, STATED))]
Moving = Annotated[str, AfterValidator(lambda pattern: _groups(pattern, MOVED))]
Heading = Annotated[str, AfterValidator(lambda pattern: _groups(pattern, COLUMNS))]
Plain = Annotated[str, AfterValidator(lambda pattern: _groups(pattern, frozenset()))]


class _Part(BaseModel):
    """Tables of a layout cannot change and hold no key that we do not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Lines(_Part):
    """What the lines of a page are, each a regular expression on one line.

    Attributes:
        counted: a line that looks like a movement; counted apart from the reading, and a line
            that looks like one but is none that we can cut is set aside.
        movements: what a movement looks like; tried in order. One without `booked` or without
            `description` completes the movement that `begins` opened.
        begins: lines that open a movement whose amount stands on a later line.
        continuation: a line that goes on with the movement above it.
        noise: a line in the margin, which neither ends nor continues a movement.
        heading: the heading of the columns for money, whose places tell debit from credit.
        stop: from the first such line on nothing is a movement.
    """

    counted: Plain
    movements: tuple[Moving, ...] = Field(min_length=1)
    begins: tuple[Moving, ...] = ()
    continuation: Moving | None = None
    noise: Plain | None = None
    heading: Heading | None = None
    stop: Plain | None = None


class Conventions(_Part):
    """How days, numbers and signs are printed.

    Attributes:
        months: how the names of the twelve months begin, `|` between variants; none: numbers.
        sign: "signed", "inverted" (plus is out of the account, as on card bills), "marked" (a mark
            beside the amount) or "columns" (the place of the amount below the heading).
        debit_marks: marks of amounts and balances out of the account; "" for none at all.
        credit_marks: marks of those into the account.
    """

    months: tuple[str, ...] = ()
    decimal_mark: Literal[".", ","]
    group_mark: Literal["", ".", ",", " ", "'"] = ""
    sign: Literal["signed", "inverted", "marked", "columns"]
    debit_marks: tuple[str, ...] = ()
    credit_marks: tuple[str, ...] = ()


class PageLayout(_Part):
    """How one bank prints one kind of statement.

    Attributes:
        name: the name of the TOML file, without its ending.
        words: patterns that are found in every such statement, and together in no other; a blank
            stands for any number of them.
        encodings: of a text file made of the statement; tried in order.
        stated: patterns on any line, whose groups tell what the statement says of itself. The
            first line that says a thing counts.
    """

    name: str = Field(pattern="^[a-z]{2}_[a-z0-9_]+$")
    bank: str = Field(min_length=1)
    title: str = Field(min_length=1)
    country: str = Field(pattern="^[A-Z]{2}$")
    valid_from: date
    kind: AccountKind
    currency: str = Field(pattern="^[A-Z]{3}$")
    words: tuple[Plain, ...] = Field(min_length=2)
    encodings: tuple[str, ...] = ("utf-8",)
    stated: tuple[Stating, ...] = Field(min_length=1)
    lines: Lines
    conventions: Conventions

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        groups = [set(re.compile(pattern).groupindex) for pattern in self.lines.movements]
        if not all("amount" in found for found in groups):
            raise ValueError("every pattern of a movement needs the group amount")
        if not self.lines.begins and not all("booked" in found for found in groups):
            raise ValueError("a movement without the group booked needs the pattern begins")
        if (self.conventions.sign == "columns") != (self.lines.heading is not None):
            raise ValueError('sign "columns" needs the pattern heading, and no other sign has it')
        if self.conventions.sign == "marked" and not all("mark" in found for found in groups):
            raise ValueError('sign "marked" needs the group mark in every movement')
        if len(self.conventions.months) not in {0, 12}:
            raise ValueError("a year has twelve months")
        return self

    @property
    def convention(self) -> Convention:
        """How the reader hands over what it cut out: days in full, amounts with their sign."""
        return Convention(
            date_formats=("%Y-%m-%d",),
            decimal_mark=self.conventions.decimal_mark,
            group_mark=self.conventions.group_mark,
            source_rank=5,
        )

    @cached_property
    def evidence(self) -> tuple[re.Pattern[str], ...]:
        """The words as patterns that find them whatever blanks stand between."""
        return tuple(re.compile(words.replace(" ", r"\s+")) for words in self.words)


@cache
def layouts() -> Mapping[str, PageLayout]:
    """All page layouts by name.

    Raises:
        SettingsError: a layout is not valid; the message names the file and the key.
    """
    return {path.stem: parse(path) for path in sorted(LAYOUTS.glob("*.toml"))}


def layout(name: str) -> PageLayout:
    """The layout of that name.

    Raises:
        SettingsError: no layout has the name.
    """
    try:
        return layouts()[name]
    except KeyError:
        raise SettingsError(
            f"{name}.toml", "there is no such page layout", f"use one of {', '.join(layouts())}"
        ) from None


def parse(path: Path) -> PageLayout:
    """Read one layout.

    Raises:
        SettingsError: it is not TOML, or not a layout, or has another name than its file.
    """
    try:
        known = PageLayout.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(path.name, f"not TOML: {error}", "correct the line it names") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "layout"
        raise SettingsError(
            path.name, f"{key}: {first['msg']}", "see tasks/extract/formats/pdf/layout.py"
        ) from error
    if known.name != path.stem:
        raise SettingsError(path.name, f"it names itself {known.name}", "give both one name")
    return known
