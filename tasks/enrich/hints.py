"""Hints: what the bank's words and codes say a movement may be, before anything is matched."""

import tomllib
from functools import cache
from pathlib import Path

import polars as pl

from tasks.enrich.words import normal_text

WORDS = (
    "card_payment_out",
    "card_payment_in",
    "investment_out",
    "investment_in",
    "broker",
    "interest",
    "fee",
    "refund",
    "transfer",
    "purchase",
    "boleto",
)
"""The sections of hints.toml; each becomes a boolean column `says_<name>`."""


@cache
def _words() -> dict[str, dict[str, list[str]]]:
    path = Path(__file__).with_name("hints.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def brokers() -> list[str]:
    """Institutions whose accounts hold investments, as the ledger names them."""
    return _words()["institutions"]["brokers"]


def plain_text(column: str) -> pl.Expr:
    """Upper case without accents, letters and digits parted by one blank; null becomes ""."""
    return (
        normal_text(column).fill_null("").str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars()
    )


def hinted(movements: pl.DataFrame) -> pl.DataFrame:
    """Add one boolean column a section of hints.toml, `says_<name>`; never null.

    Each text is looked at once, however many movements print it.

    Args:
        movements: MOVEMENT.
    """
    words = _words()
    texts = movements.select("description").unique().with_columns(plain=plain_text("description"))
    said = texts.select(
        "description",
        *(
            pl.any_horizontal(
                pl.col("plain").str.contains(pattern) for pattern in words[name]["patterns"]
            ).alias(f"says_{name}")
            for name in WORDS
        ),
    )
    code = pl.col("kind_code").fill_null("").str.to_uppercase()
    return movements.join(
        said, on="description", how="left", nulls_equal=True, maintain_order="left"
    ).with_columns(
        (pl.col(f"says_{name}") | code.is_in(codes)).alias(f"says_{name}")
        for name, codes in words["codes"].items()
    )
