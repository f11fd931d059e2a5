"""A bank layout: how one bank writes one kind of table, as data that people can correct."""

import codecs
import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
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

ISO_DATE = "%Y-%m-%d"
"""How dates are handed on where the file had to prove their order."""


@lru_cache(maxsize=4096)
def header_key(line: str, delimiter: str) -> tuple[str, ...]:
    """A header line as the names to compare: cells trimmed, without case, in one Unicode form."""
    return tuple(
        unicodedata.normalize("NFC", cell).casefold() for cell in header_cells(line, delimiter)
    )


def trimmed(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names without the empty ones at the end, which only a delimiter left there."""
    end = len(names)
    while end and not names[end - 1]:
        end -= 1
    return names[:end]


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


def _matching(pattern: str) -> str:
    """A pattern that Python looks for in one line."""
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


def _extracting(pattern: str) -> str:
    """A pattern whose first group is the part of a cell that counts."""
    if re.compile(_matching(_searching(pattern))).groups != 1:
        raise ValueError("needs exactly one group: the part of the cell that counts")
    return pattern


Stating = Annotated[str, AfterValidator(_stating)]
Searching = Annotated[str, AfterValidator(_searching)]
Matching = Annotated[str, AfterValidator(_matching)]
Row = Annotated[str, AfterValidator(_matching), AfterValidator(_searching)]
Extracting = Annotated[str, AfterValidator(_extracting)]


class _Part(BaseModel):
    """Tables of a layout cannot change and hold no key that we do not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Account(_Part):
    """What the file does not say about its account, and the column that may name it.

    Attributes:
        original_currency: of the original amounts, where only the name of their column says it.
    """

    kind: AccountKind
    currency: str = Field(pattern="^[A-Z]{3}$")
    original_currency: str | None = Field(default=None, pattern="^[A-Z]{3}$")
    column: str | None = None


class Headerless(_Part):
    """A table without a header line, known by its rows.

    Attributes:
        columns: the names of its columns, written like a header line.
        row: a regular expression that every line fits as printed, and no other table's lines do.
    """

    columns: str
    row: Row


class Table(_Part):
    """How the table is written, and the header lines by which it is recognised.

    Attributes:
        encodings: tried in order; a byte order mark in the file wins over them.
        delimiter: the character between two cells.
        quote: the character around a cell that holds a delimiter.
        headers: exact header lines, one an era or variant of the same export.
        headerless: the variants that lack a header line.
        needs_above: on a line above the header; tells apart layouts that share a header.
        needs_row: on one of the first lines below the header; for the same end.
        has_short_rows: the bank leaves out empty cells at the end of a row.
        needs_proof: a header that anybody may use: the file is refused unless its running balances
            follow from its amounts, which proves signs and order.
    """

    encodings: tuple[Annotated[str, AfterValidator(_codec)], ...] = Field(min_length=1)
    delimiter: str = Field(pattern='^[^"\\r\\n]$')
    quote: Literal['"', "'"] = '"'
    headers: tuple[str, ...] = ()
    headerless: tuple[Headerless, ...] = ()
    needs_above: Matching | None = None
    needs_row: Matching | None = None
    needs_proof: bool = False
    has_short_rows: bool = False

    @property
    def lines(self) -> tuple[str, ...]:
        """All header lines, also those that the file leaves out."""
        return (*self.headers, *(one.columns for one in self.headerless))


class Columns(_Part):
    """Which column of the bank holds what; the others stay in the raw text only.

    Attributes:
        booked_else: the day of a row whose `booked_on` is empty, as pending rows are.
        fee: a charge that the bank takes beside the amount: it is subtracted, or added where it is
            printed with the sign of a movement (`is_fee_signed`).
        balance: the balance after the row.
        balance_before: the balance before the row.
        day_balance: the balance at the end of the day, repeated in each row of the day.
        status: what the patterns `booked`, `pending` and `void` of the rows are looked for in.
    """

    booked_on: str
    booked_else: str | None = None
    valued_on: str | None = None
    amount: str | None = None
    credit: str | None = None
    debit: str | None = None
    mark: str | None = None
    fee: str | None = None
    balance: str | None = None
    balance_before: str | None = None
    day_balance: str | None = None
    status: str | None = None
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
    """How dates, numbers and signs are written; see `schemas.statement.Convention`.

    Attributes:
        date_part: its group is the part of a cell that is the date, for example without the time.
        month_names: twelve names, in small letters, where months are written as words.
        has_one_date_format: the formats contradict each other, as month first and day first do: the
            dates of each file must prove one of them, else it is refused.
        has_no_year: days are written as day and month alone: each is the last such day that is not
            after the day of the export, which the preamble states.
        sign: also "suffixed": the mark stands behind the amount or before it, in its cell.
        has_negative_credits: credits, in a column of their own, have a minus that says nothing.
        is_fee_signed: the fee is printed like the amount, so it is added; else it is subtracted.
        currency_names: what the bank writes instead of an ISO 4217 code.
    """

    date_formats: tuple[str, ...] = Field(min_length=1)
    date_part: Extracting | None = None
    month_names: tuple[str, ...] = ()
    has_one_date_format: bool = False
    has_no_year: bool = False
    decimal_mark: Literal[".", ",", "either"]
    group_mark: Literal["", ".", ",", " ", "'"] = ""
    sign: Literal["signed", "inverted", "columns", "marked", "suffixed"] = "signed"
    debit_marks: tuple[str, ...] = ("D",)
    credit_marks: tuple[str, ...] = ("C",)
    has_negative_credits: bool = False
    is_fee_signed: bool = False
    currency_signs: tuple[str, ...] = ()
    currency_names: dict[str, str] = Field(default_factory=dict)
    is_ref_stable: bool = False

    @model_validator(mode="after")
    def _marks_differ(self) -> Self:
        if self.group_mark == self.decimal_mark:
            raise ValueError("group_mark and decimal_mark must differ")
        if len(self.month_names) not in {0, 12}:
            raise ValueError("month_names needs the twelve names of the months")
        return self


class Marker(_Part):
    """A row that states a balance instead of a movement, known by its description or its line.

    Attributes:
        pattern: a regular expression on the description.
        line: one on the line as printed, where the description does not tell.
        states: what the balance of the row is. `opening` and `closing` belong to the statement;
            `running` is the balance after the rows above; `nothing` is not used.
    """

    pattern: Searching | None = None
    line: Searching | None = None
    states: Literal["opening", "running", "closing", "nothing"]

    @model_validator(mode="after")
    def _has_one_pattern(self) -> Self:
        if (self.pattern is None) == (self.line is None):
            raise ValueError("needs either pattern or line")
        return self


class Rows(_Part):
    """Rows that are not movements, each a regular expression.

    Attributes:
        stop: on the line as printed; from the first such line on nothing is a booked movement. A
            marker whose line states the closing balance counts there too.
        footers: on the line as printed; headings, totals and remarks among the movements.
        markers: rows that state a balance.
        booked: on the status; movements that the bank has booked. Of a row that is neither this nor
            pending nor void nobody knows whether it moved money: it is set aside.
        pending: on the status; movements that the bank announces but has not booked.
        void: on the status; rows that moved no money: refused, reverted, cancelled.
        has_continuations: a row without day and money continues the text of the row above.
    """

    stop: Searching | None = None
    footers: tuple[Searching, ...] = ()
    markers: tuple[Marker, ...] = ()
    booked: Searching | None = None
    pending: Searching | None = None
    void: Searching | None = None
    has_continuations: bool = False


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
            name
            for name in ("amount", "credit", "debit", "mark")
            if getattr(self.columns, name) is not None
        }
        needs = {"columns": {"credit", "debit"}, "marked": {"amount", "mark"}}
        states = (self.columns.status, self.rows.booked)
        if any((*states, self.rows.pending, self.rows.void)) and not all(states):
            raise ValueError(
                "columns.status and rows.booked need each other; pending and void both"
            )
        sign = self.conventions.sign
        if self.columns.fee is not None and sign in {"marked", "suffixed"}:
            raise ValueError(f"sign {sign!r} has no fee beside the amount")
        if has != needs.get(sign, {"amount"}):
            wanted = " and ".join(sorted(needs.get(sign, {"amount"})))
            raise ValueError(
                f"sign {sign!r} needs the columns {wanted}, and no other column of amounts"
            )

    def _check_headers(self) -> None:
        used = {*self.columns.named(), *([self.account.column] if self.account.column else [])}
        if not self.headers:
            raise ValueError("needs a header, or rows without one")
        for header in self.headers:
            if len(header) < 2:
                raise ValueError(f"header {header} has fewer than two columns")
            if missing := set(self.columns.required()) - set(header):
                raise ValueError(f"header {header} lacks the column {min(missing)!r}")
            if twice := [name for name in used if header.count(name) > 1]:
                raise ValueError(f"header {header} has the column {twice[0]!r} twice")
        if unknown := used - {name for header in self.headers for name in header}:
            raise ValueError(f"no header has the column {min(unknown)!r}")
        if len(self.header_index) < len(self.table.lines):
            raise ValueError("two headers are the same")

    @cached_property
    def headers(self) -> tuple[tuple[str, ...], ...]:
        """The header lines, cut into cells."""
        return tuple(header_cells(line, self.table.delimiter) for line in self.table.lines)

    @cached_property
    def header_keys(self) -> dict[tuple[str, ...], tuple[str, ...]]:
        """The header lines by the names to compare."""
        delimiter = self.table.delimiter
        return {
            header_key(line, delimiter): header_cells(line, delimiter) for line in self.table.lines
        }

    @cached_property
    def header_index(self) -> Mapping[tuple[str, ...], tuple[str, ...]]:
        """The header lines by the names to compare, without a delimiter at their end."""
        return {trimmed(key): cells for key, cells in self.header_keys.items()}

    @cached_property
    def convention(self) -> Convention:
        """How this layout writes dates, numbers and signs."""
        given = self.conventions.model_dump(include=set(Convention.__dataclass_fields__))
        if self.conventions.sign == "suffixed":
            given["sign"] = "marked"
        if self.conventions.has_one_date_format:
            given["date_formats"] = (ISO_DATE, *self.conventions.date_formats)
        return Convention(**given, source_rank=3)
