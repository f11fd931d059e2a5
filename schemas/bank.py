"""A bank layout: how one bank writes one kind of table, as data that people can correct."""

import codecs
import csv
import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from functools import cached_property, lru_cache
from typing import Annotated, Literal, Self

import polars as pl
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from schemas.statement import AccountKind, Convention

STATED_GROUPS = frozenset(
    {"account", "branch", "currency", "starts", "ends", "opening", "closing", "stated"}
)
"""What a pattern on the preamble or the file name may tell about a statement."""


@lru_cache(maxsize=4096)
def header_key(line: str, delimiter: str) -> tuple[str, ...]:
    """A header line as the names to compare: cells trimmed, without case, in one Unicode form."""
    return tuple(
        unicodedata.normalize("NFC", cell).casefold() for cell in header_cells(line, delimiter)
    )


def header_cells(line: str, delimiter: str) -> tuple[str, ...]:
    """The cells of a header line as printed, trimmed."""
    reader = csv.reader([line], delimiter=delimiter, skipinitialspace=True)
    return tuple(cell.strip() for cell in next(reader, []))


def _stating(pattern: str) -> str:
    """A pattern whose named groups say what it finds; searched by Python in one line."""
    try:
        groups = set(re.compile(pattern).groupindex)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    if not groups or groups - STATED_GROUPS:
        raise ValueError(f"needs named groups out of {', '.join(sorted(STATED_GROUPS))}")
    return pattern


def _searching(pattern: str) -> str:
    """A pattern that polars searches in a whole column."""
    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.ComputeError as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


def _codec(name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError as error:
        raise ValueError("not an encoding that Python knows") from error
    return name


Stating = Annotated[str, AfterValidator(_stating)]
Searching = Annotated[str, AfterValidator(_searching)]
Mark = Literal[".", ","]


class _Part(BaseModel):
    """Tables of a layout cannot change and hold no key that we do not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Account(_Part):
    """What the file does not say about its account, and the column that may name it."""

    kind: AccountKind
    currency: str = Field(pattern="^[A-Z]{3}$")
    column: str | None = None


class Table(_Part):
    """How the table is written, and the header lines by which it is recognised.

    Attributes:
        encodings: tried in order; a byte order mark in the file wins over them.
        delimiter: the character between two cells.
        headers: exact header lines, one an era or variant of the same export.
    """

    encodings: tuple[Annotated[str, AfterValidator(_codec)], ...] = Field(min_length=1)
    delimiter: str = Field(pattern='^[^"\\r\\n]$')
    headers: tuple[str, ...] = Field(min_length=1)


class Columns(_Part):
    """Which column of the bank holds what; the others stay in the raw text only."""

    booked_on: str
    valued_on: str | None = None
    amount: str | None = None
    credit: str | None = None
    debit: str | None = None
    mark: str | None = None
    balance: str | None = None
    currency: str | None = None
    description: tuple[str, ...] = Field(min_length=1)
    counterparty: str | None = None
    bank_ref: str | None = None
    kind_code: str | None = None
    original_amount: str | None = None
    original_currency: str | None = None
    exchange_rate: str | None = None

    def required(self) -> Iterable[str]:
        """Columns without which a row is no movement: they must stand in every header."""
        money = (self.amount, self.credit, self.debit, self.mark)
        return (self.booked_on, *(name for name in money if name is not None))

    def named(self) -> Iterable[str]:
        """All columns of the bank that the layout uses."""
        single = (value for value in self.model_dump().values() if isinstance(value, str))
        return (*single, *self.description)


class Conventions(_Part):
    """How dates, numbers and signs are written; see `schemas.statement.Convention`."""

    date_formats: tuple[str, ...] = Field(min_length=1)
    decimal_mark: Literal[".", ",", "either"]
    group_mark: Literal["", ".", ",", " ", "'"] = ""
    sign: Literal["signed", "inverted", "columns", "marked"] = "signed"
    debit_marks: tuple[str, ...] = ("D",)
    credit_marks: tuple[str, ...] = ("C",)
    currency_signs: tuple[str, ...] = ()
    is_ref_stable: bool = False

    @model_validator(mode="after")
    def _marks_differ(self) -> Self:
        if self.group_mark == self.decimal_mark:
            raise ValueError("group_mark and decimal_mark must differ")
        return self


class Marker(_Part):
    """A row that states a balance instead of a movement, known by its description.

    Attributes:
        pattern: a regular expression on the description.
        states: what the balance of the row is. `opening` and `closing` belong to the statement;
            `running` is the balance after the rows above; `nothing` is not used.
    """

    pattern: Searching
    states: Literal["opening", "running", "closing", "nothing"]


class Rows(_Part):
    """Rows that are not movements, each a regular expression.

    Attributes:
        stop: on the line as printed; from the first such line on nothing is a booked movement.
        footers: on the line as printed; headings, totals and remarks among the movements.
        markers: rows that state a balance.
    """

    stop: Searching | None = None
    footers: tuple[Searching, ...] = ()
    markers: tuple[Marker, ...] = ()


class BankLayout(_Part):
    """How one bank writes one kind of table.

    Attributes:
        name: the name of the TOML file, without its ending.
        bank: the institution, as it shall stand in the ledger.
        title: the name that a person uses for this export.
        country: two letters, ISO 3166.
        valid_from: first day on which the layout is known to be in use.
        valid_to: last such day; null while it is in use.
        preamble: patterns on the lines above the header, whose named groups state account, branch,
            currency, starts, ends, opening, closing or stated (the day of the export).
        file_name: the same on the name of the file.
    """

    name: str = Field(pattern="^[a-z]{2}_[a-z0-9_]+$")
    bank: str = Field(min_length=1)
    title: str = Field(min_length=1)
    country: str = Field(pattern="^[A-Z]{2}$")
    valid_from: date
    valid_to: date | None = None
    preamble: tuple[Stating, ...] = ()
    file_name: Stating | None = None
    account: Account
    table: Table
    columns: Columns
    conventions: Conventions
    rows: Rows = Rows()

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to lies before valid_from")
        self._check_money()
        self._check_headers()
        return self

    def _check_money(self) -> None:
        has = {
            name for name in ("amount", "credit", "debit", "mark") if getattr(self.columns, name)
        }
        needs = {"columns": {"credit", "debit"}, "marked": {"amount", "mark"}}
        sign = self.conventions.sign
        if has != needs.get(sign, {"amount"}):
            wanted = " and ".join(sorted(needs.get(sign, {"amount"})))
            raise ValueError(
                f"sign {sign!r} needs the columns {wanted}, and no other column of amounts"
            )

    def _check_headers(self) -> None:
        used = {*self.columns.named(), *([self.account.column] if self.account.column else [])}
        for header in self.headers:
            if len(header) < 2:
                raise ValueError(f"header {header} has fewer than two columns")
            if missing := set(self.columns.required()) - set(header):
                raise ValueError(f"header {header} lacks the column {min(missing)!r}")
            if twice := [name for name in used if header.count(name) > 1]:
                raise ValueError(f"header {header} has the column {twice[0]!r} twice")
        if unknown := used - {name for header in self.headers for name in header}:
            raise ValueError(f"no header has the column {min(unknown)!r}")
        if len(self.header_keys) < len(self.headers):
            raise ValueError("two headers are the same")

    @cached_property
    def headers(self) -> tuple[tuple[str, ...], ...]:
        """The header lines, cut into cells."""
        return tuple(header_cells(line, self.table.delimiter) for line in self.table.headers)

    @cached_property
    def header_keys(self) -> dict[tuple[str, ...], tuple[str, ...]]:
        """The header lines by the names to compare."""
        delimiter = self.table.delimiter
        return {
            header_key(line, delimiter): header_cells(line, delimiter)
            for line in self.table.headers
        }

    @cached_property
    def convention(self) -> Convention:
        """How this layout writes dates, numbers and signs."""
        return Convention(**self.conventions.model_dump(), source_rank=3)
