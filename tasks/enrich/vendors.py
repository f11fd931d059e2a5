"""Who is at the other end of a movement: a merchant, a person, or nobody that the text names.

A person is never a vendor. A company is known by its alias, its legal form, its tax number or a
word of its trade; whoever else stands in a transfer and is named like a person is taken for one.
Own accounts are told apart later, where transfers find their other leg.
"""

from collections.abc import Sequence

import polars as pl

from schemas.enrichment import VENDOR
from schemas.identity import digest
from tasks.enrich.cutting import TEXT_KEY, distinct_texts, join_back
from tasks.enrich.rules import Rules

COUNTERPARTY = pl.Schema(
    {
        "transaction_id": pl.String(),
        "counterparty_kind": pl.String(),  # vendor, person, unknown
        "counterparty_name": pl.String(),  # normalised; null when the text names none
        "vendor_key": pl.String(),  # of its VENDOR; null for all but vendors
    }
)

_PERSON = r"^\p{L}[\p{L}'\x{2019}.-]*(?: \p{L}[\p{L}'\x{2019}.-]*){0,7}$"
_HAS_A_NAME = r"\p{L}.*\p{L}|^99$"


def vendors(movements: pl.DataFrame, named: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Name the other end of each movement.

    Args:
        movements: MOVEMENT.
        named: `named_texts` of these movements, and maybe of others.

    Returns:
        COUNTERPARTY in the order of the movements, and VENDOR by owner and name.
    """
    texts = movements.select("transaction_id", *TEXT_KEY)
    keyed, merchants = _merchants(
        named.join(texts, on=list(TEXT_KEY), how="semi", nulls_equal=True)
    )
    rows = join_back(texts, keyed.select(*TEXT_KEY, *COUNTERPARTY.names()[1:]))
    return rows.select(COUNTERPARTY.names()).cast(COUNTERPARTY), merchants


def vendor_key(owner: str, name: str) -> str:
    """The key of a merchant of an owner."""
    return digest(f"vendor/{owner}/{name}")


def named_texts(movements: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """TEXTS with counterparty_kind, counterparty_name and the website that an alias states."""
    texts = distinct_texts(movements, rules)
    name, text = pl.col("name"), pl.col("text")
    found = texts.with_columns(
        _alias(rules, range(rules.own_vendors)).alias("_own"),
        _alias(rules, range(rules.own_vendors, len(rules.vendors))).alias("_shipped"),
        _any(text, rules.signs.nobody).alias("_is_nobody"),
        _is_business(rules).alias("_is_business"),
        (name.str.contains(_PERSON) | _any(text, rules.signs.person_numbers)).alias("_is_person"),
        name.str.contains(_HAS_A_NAME).alias("_has_name"),
    ).with_columns(_kind().alias("counterparty_kind"))
    alias = pl.coalesce("_own", "_shipped")
    is_vendor = pl.col("counterparty_kind") == "vendor"
    return found.with_columns(
        pl.when(pl.col("counterparty_kind") == "unknown")
        .then(None)
        .when(is_vendor)
        .then(pl.coalesce(_stated(alias, [one.name for one in rules.vendors]), name))
        .otherwise(name)
        .alias("counterparty_name"),
        pl.when(is_vendor)
        .then(_stated(alias, [one.website for one in rules.vendors]))
        .alias("website"),
    ).select(*texts.columns, "counterparty_kind", "counterparty_name", "website")


def _kind() -> pl.Expr:
    """The first line that holds decides."""
    is_transfer = pl.col("channel").eq_missing(pl.lit("transfer"))
    return (
        pl.when(pl.col("_own").is_not_null())
        .then(pl.lit("vendor"))
        .when(pl.col("_is_nobody") | ~pl.col("_has_name"))
        .then(pl.lit("unknown"))
        .when(pl.col("_shipped").is_not_null() | pl.col("_is_business"))
        .then(pl.lit("vendor"))
        .when(is_transfer & pl.col("_is_person"))
        .then(pl.lit("person"))
        .otherwise(pl.lit("vendor"))
    )


def _is_business(rules: Rules) -> pl.Expr:
    signs, name = rules.signs, pl.col("name")
    return (
        name.str.contains(rf"\b(?:{'|'.join(signs.business)})\b")
        | name.str.contains(rf"(?:{'|'.join(signs.business_endings)})$")
        | _any(pl.col("text"), signs.business_numbers)
    )


def _alias(rules: Rules, numbers: range) -> pl.Expr:
    """The first vendor, by its number in the rules, one of whose texts is in the name.

    The name is looked at without and with its gateway.
    """
    name, met = pl.col("name"), pl.col("met")
    hits = [
        pl.when(
            (_any(name, one.texts) | _any(met, one.texts))
            & (pl.lit(one.owner is None) | (pl.col("owner") == pl.lit(one.owner)))
        ).then(pl.lit(number, pl.UInt32))
        for number in numbers
        for one in [rules.vendors[number]]
    ]
    return pl.coalesce(*hits) if hits else pl.lit(None, pl.UInt32)


def _stated(number: pl.Expr, said: Sequence[str | None]) -> pl.Expr:
    """What the vendor of that number says; null where there is none."""
    return number.replace_strict(
        range(len(said)), pl.Series(said, dtype=pl.String), default=None, return_dtype=pl.String
    )


def _merchants(named: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Named texts with their vendor_key, and VENDOR."""
    grouped = (
        named.filter(pl.col("counterparty_kind") == "vendor")
        .group_by("owner", pl.col("counterparty_name").alias("name"))
        .agg(
            pl.col("met").unique().sort().str.join(" | ").alias("aliases"),
            pl.col("website").min(),
        )
        .sort("owner", "name")
    )
    keys = [vendor_key(owner, name) for owner, name in grouped.select("owner", "name").rows()]
    merchants = grouped.with_columns(pl.Series("vendor_key", keys, pl.String))
    keyed = named.join(
        merchants.select(
            "owner",
            "vendor_key",
            pl.lit("vendor").alias("counterparty_kind"),
            pl.col("name").alias("counterparty_name"),
        ),
        on=["owner", "counterparty_kind", "counterparty_name"],
        how="left",
    )
    return keyed, merchants.select(VENDOR.names()).cast(VENDOR)


def _any(text: pl.Expr, patterns: list[str]) -> pl.Expr:
    """Whether one of the patterns is in the text."""
    return text.str.contains("|".join(f"(?:{pattern})" for pattern in patterns))
