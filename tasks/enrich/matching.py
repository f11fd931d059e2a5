"""Which rule a movement meets first, asked once for all movements that look alike."""

from decimal import Decimal

import polars as pl

from tasks.enrich.rule_files import RuleEntry
from tasks.enrich.rules import Rules

_LOOKS = (
    *("owner", "text", "counterparty_kind", "counterparty_name", "institution"),
    *("kind_code", "currency", "direction"),
)
"""What rules look at, beside accounts and amounts."""

_Bounds = tuple[Decimal | None, Decimal | None]


def first_rules(movements: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """The movements with `rule_no`, the place of the first rule that each meets; null for none.

    Args:
        movements: MOVEMENT with text, counterparty_kind, counterparty_name, direction ("in" or
            "out") and size (the amount without its sign); with account_name where a rule asks it.
        rules: what to look for.
    """
    bounds = sorted({_bounds(rule) for rule in rules.rules} - {(None, None)}, key=str)
    columns = {one: f"_size_{place}" for place, one in enumerate(bounds)}
    marked = movements.with_columns(_within(one).alias(name) for one, name in columns.items())
    account = ["account_name"] if any(rule.account for rule in rules.rules) else []
    looks = [*_LOOKS, *account, *columns.values()]
    hits = [
        pl.when(_meets(rule, columns.get(_bounds(rule)))).then(pl.lit(place, pl.Int32))
        for place, rule in enumerate(rules.rules)
    ]
    alike = marked.select(looks).unique()
    met = alike.with_columns(pl.coalesce(*hits).alias("rule_no"))
    joined = marked.join(met, on=looks, how="left", nulls_equal=True, maintain_order="left")
    return joined.select(*movements.columns, "rule_no")


def _meets(rule: RuleEntry, size: str | None) -> pl.Expr:
    """Every condition that the rule names; what is null meets none."""
    is_vendor = pl.col("counterparty_kind") == "vendor"
    conditions = [
        *_is(rule.owner, "owner"),
        *_has(rule.text, "text"),
        *([is_vendor] if rule.vendor else []),
        *_has(rule.vendor, "counterparty_name"),
        *_has(rule.counterparty, "counterparty_name"),
        *_is(rule.account, "account_name"),
        *_is(rule.institution, "institution"),
        *_is(rule.kind_code, "kind_code"),
        *_is(rule.currency, "currency"),
        *_is(rule.direction, "direction"),
        *([pl.col(size)] if size else []),
    ]
    return pl.all_horizontal(conditions).fill_null(value=False)


def _is(said: str | None, column: str) -> list[pl.Expr]:
    """Equal in any case; nothing where the rule does not say it."""
    return [] if said is None else [pl.col(column).str.to_lowercase() == said.lower()]


def _has(pattern: str | None, column: str) -> list[pl.Expr]:
    return [] if pattern is None else [pl.col(column).str.contains(pattern)]


def _bounds(rule: RuleEntry) -> _Bounds:
    return rule.amount_from, rule.amount_to


def _within(bounds: _Bounds) -> pl.Expr:
    low, high = (pl.lit(None) if one is None else pl.lit(one) for one in bounds)
    size = pl.col("size")
    return (size >= low).fill_null(value=True) & (size <= high).fill_null(value=True)
