"""Money is Decimal from the first byte to the last table.

A file's text is typed to PRINTED, wide enough for every digit a bank prints. The ledger keeps
MONEY; an amount that does not fit it exactly is set aside, never rounded. What amounts add up to is
a TOTAL.
"""

from decimal import Decimal

import polars as pl

PRINTED = pl.Decimal(38, 16)
"""Amounts as typed from a file: 22 digits before the mark, 16 after it."""

MONEY = pl.Decimal(18, 4)
"""Amounts in the ledger and the marts: 14 digits before the mark, 4 after it, as 64 bits hold.

DuckDB reads a column of one digit more a hundred times slower (decision 30).
"""

TOTAL = pl.Decimal(38, 4)
"""Sums of amounts, and balances: 34 digits before the mark, 4 after it."""

RATE = pl.Decimal(38, 12)
"""Exchange rates, as printed: 26 digits before the mark, 12 after it."""

NO_CURRENCY = "XXX"
"""ISO 4217 for "no currency": the bank did not say."""

_PLACES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
DECIMAL_PLACES = {name: places for places, names in _PLACES.items() for name in names.split()}
"""ISO 4217: decimal places of the currencies that do not have two."""

PLACELESS = frozenset(
    {
        "XAG",
        "XAU",
        "XBA",
        "XBB",
        "XBC",
        "XBD",
        "XDR",
        "XPD",
        "XPT",
        "XSU",
        "XTS",
        "XUA",
        NO_CURRENCY,
    }
)
"""ISO 4217: metals, units of account and the like, which have no number of decimal places."""

MONEY_LIMIT = Decimal(10) ** 14
"""Amounts in the ledger are smaller than this, in the unit of their currency."""

BALANCE_LIMIT = Decimal(10) ** 15
"""So are balances that a bank states; a sum of amounts may be larger."""


def plain(amount: Decimal | None) -> str | None:
    """Write an amount without exponent or superfluous zeros, with at least two decimals.

    Null stays null.
    """
    if amount is None:
        return None
    text = f"{amount:f}"
    whole, _, cents = text.partition(".")
    cents = cents.rstrip("0").ljust(2, "0")
    return f"{whole}.{cents}"
