"""Printed texts on their way to a name: cut until nothing more falls off.

A bank prints one text a thousand times. Everything here works on distinct texts; `TEXT_KEY` joins
what was found back to the movements.
"""

from collections.abc import Sequence

import polars as pl

from tasks.enrich.rule_files import CutEntry
from tasks.enrich.rules import Rules
from tasks.enrich.words import normal_text

TEXT_KEY = ("owner", "description", "counterparty", "kind_code")
"""The columns of a movement on which its name depends."""

TEXTS = pl.Schema(
    {
        "owner": pl.String(),
        "description": pl.String(),
        "counterparty": pl.String(),
        "kind_code": pl.String(),
        "text": pl.String(),  # the description, normalised
        "met": pl.String(),  # who is named, with the gateway before it; "" when nobody is
        "name": pl.String(),  # who is named
        "channel": pl.String(),  # transfer, purchase; null when the text does not say
    }
)

_MOST_TURNS = 8


def distinct_texts(movements: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """The distinct texts of movements with the name that is in each: TEXTS, in no fixed order.

    What the bank prints as counterparty goes before what its description says.

    Args:
        movements: MOVEMENT.
        rules: how texts are cut.
    """
    keys = movements.select(TEXT_KEY).unique()
    texts = keys.with_columns(
        normal_text("description").fill_null("").alias("text"),
        normal_text("counterparty").fill_null("").alias("_other"),
        normal_text("kind_code").fill_null("").alias("_kind"),
    )
    met_in = {name: _without(texts.get_column(name), _step(rules, "noise")) for name in _SOURCES}
    name_in = {name: _without(met_in[name], rules.cuts) for name in _SOURCES}
    has_other = name_in["_other"] != ""
    return (
        texts.with_columns(_once(pl.col("text"), _openings(rules)).alias("_said"))
        .with_columns(
            met_in["_other"].zip_with(has_other, met_in["text"]).alias("met"),
            name_in["_other"].zip_with(has_other, name_in["text"]).alias("name"),
            _channel(rules).alias("channel"),
        )
        .select(TEXTS.names())
    )


def join_back(movements: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Movements with what was found out about their texts, in the order of the movements."""
    return movements.join(
        found, on=list(TEXT_KEY), how="left", nulls_equal=True, maintain_order="left"
    )


_SOURCES = ("text", "_other")


def _step(rules: Rules, step: str) -> tuple[CutEntry, ...]:
    return tuple(cut for cut in rules.cuts if cut.step == step)


def _openings(rules: Rules) -> tuple[CutEntry, ...]:
    """The cuts before the first that names a channel: a payment that came back is one as well."""
    first = next(place for place, cut in enumerate(rules.cuts) if cut.channel is not None)
    return rules.cuts[:first]


def _without(texts: pl.Series, cuts: Sequence[CutEntry]) -> pl.Series:
    """Texts after all cuts, made again until none changes anything; each turn shortens a text."""
    distinct = texts.unique().alias("before").to_frame().with_columns(pl.col("before").alias("now"))
    done = []
    for _ in range(_MOST_TURNS):
        cut = distinct.with_columns(_once(pl.col("now"), cuts).alias("next")).with_columns(
            _said_twice("next").alias("next")
        )
        done.append(cut.filter(pl.col("next") == pl.col("now")).select("before", "now"))
        distinct = cut.filter(pl.col("next") != pl.col("now")).select(
            "before", pl.col("next").alias("now")
        )
        if distinct.is_empty():
            break
    done.append(distinct)
    found = texts.to_frame("before").join(
        pl.concat(done), on="before", how="left", maintain_order="left"
    )
    return found.get_column("now")


def _once(text: pl.Expr, cuts: Sequence[CutEntry]) -> pl.Expr:
    for cut in cuts:
        text = text.str.replace_all(cut.pattern, cut.keep).str.strip_chars(" ")
    return text.str.replace_all(" {2,}", " ")


def _said_twice(column: str) -> pl.Expr:
    """X of "X*X": the merchant is its own gateway."""
    text = pl.col(column)
    left = text.str.extract(r"^(.+?) ?\*", 1)
    right = text.str.extract(r"^.+?\* ?(.+)$", 1)
    return pl.when(left == right).then(left).otherwise(text)


def _channel(rules: Rules) -> pl.Expr:
    """What the first phrase that fits says, else what the bank's own code says."""
    said = [
        pl.when(pl.col("_said").str.contains(cut.pattern)).then(pl.lit(cut.channel))
        for cut in rules.cuts
        if cut.channel is not None
    ]
    kinds = pl.when(pl.col("_kind").is_in(rules.signs.transfer_kinds)).then(pl.lit("transfer"))
    return pl.coalesce(*said, kinds)
