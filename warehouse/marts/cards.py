"""What `mart.toml` says of a mart: its columns, and how it follows the ledger night by night."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

Personal = Literal["plain", "renamed", "removed"]
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Words = Annotated[str, StringConstraints(min_length=1)]
# There is no floating point type here: money and percentages are exact.
_TYPES = r"VARCHAR|DATE|BOOLEAN|INTEGER|BIGINT|TIMESTAMP WITH TIME ZONE|DECIMAL\(\d+,\d+\)"
SqlType = Annotated[str, StringConstraints(pattern=rf"^({_TYPES})$")]

WIDE = ("whole", "owner")
"""Refreshes whose rows may depend on several accounts, and on what movements mean."""


class Column(BaseModel):
    """One column of a mart.

    Attributes:
        name: the name analysts use.
        type: its DuckDB type, written as DuckDB writes it.
        unit: what one unit of it is ("count", "days", "percent", "money of `currency`"), or "".
        description: one sentence for analysts.
        source: where the value comes from.
        personal: what becomes of it in the file for sharing: renamed alike everywhere, or removed;
            plain where a column of that name is personal elsewhere. See warehouse/marts/sharing.py.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Identifier
    type: SqlType
    unit: str = ""
    description: Words
    source: Words
    personal: Personal | None = None


class Refresh(BaseModel):
    """How a mart follows the ledger from night to night.

        whole     its query is run anew over everything; the rule where nothing is said
        owner     a row belongs to an owner: rows of owners are made anew of whom an account was
                  touched, or whose movements mean something else than they did
        account   a row belongs to an account: rows of touched accounts are made anew
        days      and to a day or month: only those from the first touched day on

    Attributes:
        by: one of these.
        day: for days, the column with the day, or with the first day of the month.
        also: a query for accounts (account_id) and days (since_on), or for owners (owner), that are
            to be made anew besides the touched ones, which stand in ledger.slice.
        meaning: columns whose source is `enriched` follow enriched.meaning, by the key, in all rows
            of owners whose movements were looked at again; only for days.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: Literal["whole", "owner", "account", "days"] = "whole"
    day: Identifier | None = None
    also: Words | None = None
    meaning: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.by == "days") != (self.day is not None):
            raise ValueError("refresh by days, and no other, names the column of the day")
        if self.by == "whole" and self.also is not None:
            raise ValueError("what is made anew as a whole needs no `also`")
        if self.by != "days" and self.meaning:
            raise ValueError("only what is made anew by days may follow its meaning from there on")
        return self

    def __str__(self) -> str:
        """In words, for the pages."""
        return {
            "whole": "made anew as a whole",
            "owner": "by owner",
            "account": "by account",
            "days": f"by account, from a day on (`{self.day}`)",
        }[self.by]


class Card(BaseModel):
    """What `mart.toml` says of a mart.

    Attributes:
        name: the table, and the name of the folder.
        title: its name in a sentence.
        grain: what one row is.
        keys: the columns that name a row: never null, never twice.
        depends_on: marts that must be built before this one.
        refresh: how it follows the ledger from night to night.
        is_after_checks: made when the checks of all others have run; it may read how they went, in
            ledger.mart_check.
        description: what analysts use it for.
        columns: every column, in the order of the table.
        known_limits: what it does not show, or shows in a way that may surprise.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Identifier
    title: Words
    grain: Words
    keys: tuple[Identifier, ...]
    depends_on: tuple[Identifier, ...] = ()
    refresh: Refresh = Refresh()
    is_after_checks: bool = False
    description: Words
    columns: tuple[Column, ...]
    known_limits: tuple[Words, ...] = ()

    def has(self, name: str) -> bool:
        """Whether a column bears the name."""
        return any(column.name == name for column in self.columns)

    @property
    def meant(self) -> tuple[str, ...]:
        """The columns that follow from what is found out about movements."""
        return tuple(c.name for c in self.columns if c.source.startswith("enriched."))

    @model_validator(mode="after")
    def _keys_are_columns(self) -> Self:
        names = [column.name for column in self.columns]
        if len(set(names)) != len(names):
            raise ValueError("a column is listed twice")
        if not self.keys or not set(self.keys) <= set(names):
            raise ValueError("keys must name columns of the mart")
        return self

    @model_validator(mode="after")
    def _rows_can_be_found(self) -> Self:
        types = {column.name: column.type for column in self.columns}
        if self.refresh.by not in WIDE and not self.has("account_id"):
            raise ValueError(
                "without a column account_id it can only be refreshed whole or by owner"
            )
        if self.refresh.by in ("owner", "days") and not self.has("owner"):
            raise ValueError("what follows owners needs a column owner")
        if self.refresh.day is not None and types.get(self.refresh.day) != "DATE":
            raise ValueError("refresh by days must name a column of type DATE")
        return self
