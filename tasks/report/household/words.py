"""Values as people read them: exact, with marks between thousands, and never through a float."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from schemas.masking import masked_numbers
from schemas.money import DECIMAL_PLACES
from tasks.report.household.model import Cell, Tone

MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"
UNCLAIMED = "nobody claimed it"
ZERO = Decimal(0)

_TONES: dict[str, Tone] = {
    "proven": "good",
    "anchored": "good",
    "complete": "good",
    "loaded": "good",
    "unproven": "warn",
    "unanchored": "warn",
    "accepted": "warn",
    "missing": "warn",
    "failed": "bad",
    "contradicted": "bad",
    "quarantined": "bad",
    "overdue": "bad",
}


def money(amount: Decimal | None, currency: str) -> str:
    """An amount with the places of its currency, more only where the amount has more."""
    if amount is None:
        return NOTHING
    whole, _, cents = f"{abs(amount):f}".partition(".")
    places = DECIMAL_PLACES.get(currency, 2)
    cents = cents.rstrip("0").ljust(places, "0")
    sign = MINUS if amount < 0 else ""
    return f"{sign}{int(whole):,}" + (f".{cents}" if cents else "")


def change(amount: Decimal | None, currency: str) -> str:
    """A difference: with its sign, a plus too."""
    plus = "+" if amount is not None and amount > 0 else ""
    return plus + money(amount, currency)


def to_cents(mean: Decimal, currency: str) -> Decimal:
    """A mean in the places of its currency, rounded half up."""
    return mean.quantize(Decimal(1).scaleb(-DECIMAL_PLACES.get(currency, 2)), ROUND_HALF_UP)


def percent(share: Decimal | None, *, has_sign: bool = False) -> str:
    """A percentage with one or two decimals, as the mart rounded it."""
    if share is None:
        return NOTHING
    plus = "+" if has_sign and share > 0 else ""
    return f"{plus}{share:,.2f} %".replace("-", MINUS)


def day(value: date | None) -> str:
    """A day in ISO 8601."""
    return NOTHING if value is None else value.isoformat()


def month(value: date) -> str:
    """A month by its name."""
    return f"{value:%B %Y}"


def short_month(value: date) -> str:
    """A month for a narrow place, such as Mar 25."""
    return f"{value:%b %y}"


def owner(name: object) -> str:
    """An owner's name, or that nobody claimed the account."""
    return str(name) if name else UNCLAIMED


def verdict(word: str | None, hint: str = "") -> Cell:
    """A word on trust, in its tone."""
    return Cell(word or NOTHING, _TONES.get(word or "", "soft"), hint)


def tone(word: str | None) -> Tone:
    """How good news a word is."""
    return _TONES.get(word or "", "soft")


def heading(column: str) -> str:
    """The name of a column as a heading."""
    name = column.removeprefix("is_").removeprefix("has_").removesuffix("_on")
    return name.replace("_", " ").capitalize()


def cell(row: Mapping[str, object], column: str, unit: str) -> Cell:
    """Any value of a mart as a cell, by the unit that the mart states for its column."""
    value = row[column]
    if value is None:
        return Cell(NOTHING, "soft")
    if isinstance(value, str):
        return Cell(masked_numbers(value), _TONES.get(value, ""))
    return Cell(_text(value, unit, str(row.get("currency"))))


def _text(value: object, unit: str, currency: str) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case Decimal() if unit.startswith("money"):
            return money(value, currency)
        case Decimal() if unit == "percent":
            return percent(value)
        case datetime():
            return f"{value:%Y-%m-%d %H:%M} UTC"
        case date():
            return day(value)
        case _:
            return f"{value:,}".replace("-", MINUS)


def plural(count: int, thing: str, things: str = "") -> str:
    """A count with its noun."""
    return f"{count:,} {thing if count == 1 else things or thing + 's'}"
