"""household.toml: what owners say of cards, subscriptions and plans, read once when a run begins.

docs/household.md shows an example of each section.
"""

import tomllib
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from schemas.errors import SettingsError
from schemas.household import Holding, Household, InstalmentPlan, Subscription
from schemas.money import MONEY

_Word = Annotated[str, Field(min_length=1)]
_Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
_Day = Annotated[int, Field(ge=1, le=31)]
_Percent = Annotated[Decimal, Field(gt=0, le=100, decimal_places=2)]
_Money = Annotated[Decimal, Field(gt=0, max_digits=MONEY.precision, decimal_places=MONEY.scale)]


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    @field_validator(
        *("credit_limit", "minimum_percent", "amount", "total_amount"),
        mode="before",
        check_fields=False,
    )
    @classmethod
    def _is_text(cls, value: object) -> object:
        if isinstance(value, float):
            raise ValueError('write amounts in quotes, "55.90": a float is not exact')  # noqa: TRY004
        return value


class _Holding(_Said):
    owner: _Word
    account: _Word
    account_type: Literal["cash", "savings", "credit", "investment", "other"] | None = None
    brand: _Word | None = None
    credit_limit: _Money | None = None
    closing_day: _Day | None = None
    due_day: _Day | None = None
    paid_from: _Word | None = None
    minimum_percent: _Percent | None = None


class _Payable(_Said):
    owner: _Word
    name: _Word
    currency: _Currency
    vendor: _Word | None = None
    category: _Word | None = None
    account: _Word | None = None


class _Subscription(_Payable):
    amount: _Money
    cycle: Literal["weekly", "monthly", "quarterly", "yearly"]
    due_on: date
    is_active: bool = True


class _Plan(_Payable):
    total_amount: _Money
    instalment_count: Annotated[int, Field(ge=1, le=480)]
    starts_on: date
    status: Literal["active", "finished", "cancelled"] = "active"


class _Household(BaseModel):
    model_config = ConfigDict(extra="forbid")

    holding: list[_Holding] = []
    subscription: list[_Subscription] = []
    plan: list[_Plan] = []


def read_household(path: Path) -> Household:
    """Read household.toml; without the file, nobody has said anything.

    Raises:
        SettingsError: it is not TOML, has a key that nobody knows, or says one thing twice.
    """
    if not path.exists():
        return Household()
    try:
        said = _Household.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(path.name, f"not TOML: {error}", "correct the line it names") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(
            path.name, f"{where}: {first['msg']}", "docs/household.md shows an example of each"
        ) from None
    household = Household(
        tuple(Holding(**one.model_dump()) for one in said.holding),
        tuple(Subscription(**one.model_dump()) for one in said.subscription),
        tuple(InstalmentPlan(**one.model_dump()) for one in said.plan),
    )
    _insist_on_one(path, "holding", ((one.owner, one.account) for one in household.holdings))
    _insist_on_one(path, "subscription", ((s.owner, s.name) for s in household.subscriptions))
    _insist_on_one(path, "plan", ((one.owner, one.name) for one in household.plans))
    return household


def _insist_on_one(path: Path, section: str, names: Iterable[tuple[str, str]]) -> None:
    seen: set[tuple[str, str]] = set()
    for owner, name in names:
        if (owner, name) in seen:
            raise SettingsError(
                path.name, f"{section}: {name} of {owner} stands there twice", "leave it once"
            )
        seen.add((owner, name))
