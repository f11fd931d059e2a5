"""Who stands on the other side of an entry or of a detail.

Of a payment it is the debtor if money came in, the creditor if it went out. In a reversal the
parties keep the parts that they had in the payment which is reversed.
"""

from dataclasses import dataclass

import polars as pl

from schemas.phrase import phrase

_ENTRY = ["file_no", "record_no"]
_STATEMENT = ["file_no", "statement_no"]
_ACCOUNT = r"(?s)<(?:[\w.-]+:)?{role}Acct(?:\s[^<>]*)?>(.*?)</(?:[\w.-]+:)?{role}Acct\s*>"
_BLANKS = r"\s+"


@dataclass(frozen=True)
class Reversals:
    """The entries that are reversals, which are few or none.

    Attributes:
        rows: file_no and record_no of each, its XML text as `entry_text`, and the `owner` and
            `account` of its statement, without blanks; empty where there are none.
    """

    rows: pl.DataFrame

    @classmethod
    def among(cls, entries: pl.DataFrame, raw: pl.Series, statements: pl.DataFrame) -> "Reversals":
        """The reversals among entries.

        Args:
            entries: file_no, statement_no, record_no and is_reversal.
            raw: the XML text of each.
            statements: file_no, statement_no, account_text and owner_text.
        """
        which = entries.get_column("is_reversal").arg_true()
        if which.is_empty():
            return cls(pl.DataFrame())
        owners = statements.select(
            *_STATEMENT,
            _folded(pl.col("owner_text")).alias("owner"),
            _unspaced(pl.col("account_text")).alias("account"),
        )
        told = entries[which].select(*_ENTRY, "statement_no")
        told = told.with_columns(raw.gather(which).alias("entry_text"))
        told = told.join(owners, on=_STATEMENT, how="left", maintain_order="left")
        return cls(told.drop("statement_no"))

    def completed(self, rows: pl.DataFrame, at: str = "") -> pl.DataFrame:
        """Give reversals that name one party only that one as the counterparty, in either role.

        Some banks name it in the role that it has on the money's way back. Whoever owns the
        account, by name or by number, is no counterparty.

        Args:
            rows: entries or details with their `counterparty`, see `party`. The `raw_text` of a
                detail is null where it is the only one of its entry.
            at: how the names of the columns of parties begin.
        """
        if self.rows.is_empty():
            return rows
        debtor, creditor = pl.col(f"{at}debtor"), pl.col(f"{at}creditor")
        other = pl.coalesce(debtor, creditor)  # of the rows that are lost, one of them is null
        is_lost = pl.col("is_reversal") & pl.col("counterparty").is_null() & other.is_not_null()
        which = rows.select(is_lost).to_series().arg_true()
        if which.is_empty():
            return rows
        lost = rows[which].join(self.rows, on=_ENTRY, how="left", maintain_order="left")
        text = pl.coalesce("raw_text" if "raw_text" in lost.columns else "entry_text", "entry_text")
        held = (
            pl.when(debtor.is_not_null()).then(_held(text, "Dbtr")).otherwise(_held(text, "Cdtr"))
        )
        is_named = _folded(other) == pl.col("owner")
        is_numbered = held.str.contains(phrase(">{}<", "account"), literal=True)
        is_owner = is_named.fill_null(value=False) | is_numbered.fill_null(value=False)
        found = lost.select(pl.when(~is_owner).then(other)).to_series()
        return rows.with_columns(rows.get_column("counterparty").scatter(which, found))


def party(direction: pl.Expr, at: str = "") -> pl.Expr:
    """Who stands on the other side, as the file names the roles.

    A reversal that is booked the other way round has the direction of the payment itself, and so
    the parties of that direction.

    Args:
        direction: CRDT or DBIT.
        at: how the names of the columns of parties begin.
    """
    is_turned = pl.col("is_reversal") & ~pl.col("is_flipped")
    is_credit = (direction == "CRDT") ^ is_turned
    return pl.when(is_credit).then(pl.col(f"{at}debtor")).otherwise(pl.col(f"{at}creditor"))


def _held(text: pl.Expr, role: str) -> pl.Expr:
    """The XML text of the account that a role holds."""
    return _unspaced(text.str.extract(_ACCOUNT.format(role=role), 1))


def _folded(name: pl.Expr) -> pl.Expr:
    """A name without regard to blanks and capitals."""
    return _unspaced(name.str.to_lowercase())


def _unspaced(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(_BLANKS, "")
