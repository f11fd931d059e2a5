"""Text as a key: what stays of a description when a bank changes case, accents or spacing."""

import polars as pl


def text_key(column: str) -> pl.Expr:
    """Letters and digits only, upper case, without accents, words parted by one blank."""
    return (
        pl.col(column)
        .str.normalize("NFKD")
        .str.replace_all(r"\p{M}", "")
        .str.to_uppercase()
        .str.replace_all(r"[^\p{L}\p{N}]+", " ")
        .str.strip_chars()
    )
