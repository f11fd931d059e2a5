"""What a file of rules may say: the shape of each entry, extra keys forbidden.

The owner's `rules.toml` says [[rule]], [[vendor]], [[category]] and [[bank_category]]; the shipped
files say how texts are cut as well. All patterns are regular expressions in the syntax of Rust,
which takes linear time on any text, and are searched for in normalised text: upper case, no
accents, one blank between words.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

_Word = Annotated[str, Field(min_length=1)]
_Words = Annotated[list[_Word], Field(min_length=1)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RuleEntry(_Entry):
    """A category for the movements that meet every condition it names."""

    id: _Word
    category: _Word
    owner: _Word | None = None
    text: _Word | None = None  # in the whole text
    vendor: _Word | None = None  # in the vendor's name; never met by a person
    counterparty: _Word | None = None  # in the name of whoever is at the other end
    account: _Word | None = None  # its name, exactly
    institution: _Word | None = None
    kind_code: _Word | None = None  # the bank's own code, exactly
    currency: _Word | None = None
    direction: Literal["in", "out"] | None = None
    amount_from: Annotated[Decimal, Field(ge=0)] | None = None  # without its sign
    amount_to: Annotated[Decimal, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _has_a_condition(self) -> "RuleEntry":
        if self.model_fields_set <= {"id", "category", "owner"}:
            raise ValueError(f'rule "{self.id}" has no condition')
        if (
            self.amount_from is not None
            and self.amount_to is not None
            and self.amount_from > self.amount_to
        ):
            raise ValueError(f'rule "{self.id}": amount_from is above amount_to')
        return self


class FormerEntry(_Entry):
    """A name that a merchant bore, up to and with a day."""

    name: _Word
    until: date
    website: _Word | None = None


class VendorEntry(_Entry):
    """Texts that all mean one merchant, whatever it was called when."""

    name: _Word
    texts: _Words
    owner: _Word | None = None
    website: _Word | None = None
    formerly: tuple[FormerEntry, ...] = ()

    @model_validator(mode="after")
    def _ends_once_a_day(self) -> "VendorEntry":
        ends = [one.until for one in self.formerly]
        if sorted(set(ends)) != ends:
            raise ValueError(f'vendor "{self.name}": former names stand in the order of their days')
        return self


class CategoryEntry(_Entry):
    """A category of the tree: a top, or top and leaf parted by a slash."""

    path: _Word
    is_active: bool = True


class BankCategoryEntry(_Entry):
    """Words by which banks name a category of ours."""

    codes: _Words
    category: _Word
    formats: list[_Word] = []  # of these formats alone; empty: of all


class CutEntry(_Entry):
    """What is cut from a text on the way to the name of a merchant or a person."""

    id: _Word
    pattern: _Word
    keep: str = ""  # what stays in its place, such as "${1}"
    step: Literal["noise", "gateway"] = "noise"
    channel: Literal["transfer", "purchase"] | None = None  # what such a text speaks of


class SignsEntry(_Entry):
    """By what a company, a person, or nobody at all is known."""

    business: list[_Word] = []
    business_endings: list[_Word] = []
    business_numbers: list[_Word] = []
    person_numbers: list[_Word] = []
    nobody: list[_Word] = []
    transfer_kinds: list[_Word] = []


class OwnFile(_Entry):
    """`rules.toml` of the data home."""

    rule: list[RuleEntry] = []
    vendor: list[VendorEntry] = []
    category: list[CategoryEntry] = []
    bank_category: list[BankCategoryEntry] = []


class ShippedFile(OwnFile):
    """A file of `tasks/enrich/rules`."""

    cut: list[CutEntry] = []
    signs: SignsEntry = SignsEntry()
