"""Categories learned from what persons confirmed, and from nothing else.

For each owner a linear model over the pieces of two to four letters of a name: a new branch of a
known shop is known by its spelling. It has no intercept, so a text without a known piece is as
likely of any category as of another, and none is suggested because it is common.
"""

from decimal import ROUND_FLOOR, Decimal

import polars as pl

from schemas.enrichment import SCORE

THRESHOLD = Decimal("0.8000")
"""A suggestion below it is only shown to persons, as the runner-up of Uncategorized."""

FEWEST_EXAMPLES = 10
"""Distinct texts that an owner's persons have confirmed before anything is learned from them."""

FEWEST_CATEGORIES = 2

EXAMPLE = pl.Schema({"owner": pl.String(), "text": pl.String(), "category": pl.String()})

SUGGESTION = pl.Schema(
    {
        "owner": pl.String(),
        "text": pl.String(),
        "suggested": pl.String(),
        "likely": SCORE,  # below 1: never as sure as a person
        "next_likely": pl.String(),
        "example_count": pl.Int64(),  # how many texts it was learned from
    }
)

_STRENGTH = 10.0
"""How closely the model follows its examples; they are few, and said by persons."""


def suggestions(examples: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """The likeliest category of each text, by the examples of its owner.

    The same examples in any order give the same suggestions. An owner with too few examples gets
    none.

    Args:
        examples: EXAMPLE.
        asked: texts by `owner` and `text`.

    Returns:
        SUGGESTION, by owner and text.
    """
    distinct = examples.select(EXAMPLE.names()).unique().sort(EXAMPLE.names())
    wanted = asked.select("owner", "text").unique().sort("owner", "text")
    parts = [
        _of_owner(known, wanted.filter(pl.col("owner") == owner))
        for (owner,), known in distinct.group_by(["owner"], maintain_order=True)
        if known.height >= FEWEST_EXAMPLES
        and known.get_column("category").n_unique() >= FEWEST_CATEGORIES
    ]
    return pl.concat([SUGGESTION.to_frame(), *parts])


def _of_owner(known: pl.DataFrame, wanted: pl.DataFrame) -> pl.DataFrame:
    """Suggestions for texts of one owner."""
    if wanted.is_empty():
        return SUGGESTION.to_frame()
    # loaded where there is something to learn from: it takes longer than a small night
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), lowercase=False)
    model = LogisticRegression(
        C=_STRENGTH, fit_intercept=False, class_weight="balanced", max_iter=1000
    )
    model.fit(
        pieces.fit_transform(known.get_column("text").to_list()),
        known.get_column("category").to_list(),
    )
    likely = model.predict_proba(pieces.transform(wanted.get_column("text").to_list()))
    order = (-likely).argsort(axis=1, kind="stable")
    first, second = order[:, 0], order[:, 1]
    scores = [_score(float(row[best])) for row, best in zip(likely, first, strict=True)]
    return wanted.with_columns(
        pl.Series("suggested", [str(model.classes_[one]) for one in first], pl.String),
        pl.Series("likely", scores, SCORE),
        pl.Series("next_likely", [str(model.classes_[one]) for one in second], pl.String),
        pl.lit(known.height, pl.Int64).alias("example_count"),
    )


def _score(probability: float) -> Decimal:
    """Four decimals, rounded down."""
    return min(
        Decimal(probability).quantize(Decimal("0.0001"), rounding=ROUND_FLOOR), Decimal("0.9999")
    )
