"""The one form in which texts and names are compared."""

from functools import lru_cache

import polars as pl


def normal_text(column: str) -> pl.Expr:
    """A text as it is compared: NFKC, upper case, no accents, one blank between words.

    Signs that cannot be seen fall. Null stays null.
    """
    return (
        pl.col(column)
        .str.normalize("NFKD")
        .str.to_uppercase()
        .str.normalize("NFKD")
        .str.replace_all(r"[\p{M}\p{Cf}]", "")
        .str.normalize("NFKC")
        .str.replace_all(r"[\s\p{Cc}]+", " ")
        .str.strip_chars(" ")
    )


@lru_cache(maxsize=4096)
def plain_words(text: str) -> str:
    """A single text in the form of `normal_text`."""
    return str(pl.DataFrame({"text": [text]}).select(normal_text("text")).item())
