"""Charges that come again and again: at least three, of about one amount, in a steady rhythm.

One vendor may charge several amounts (three children at one school): amounts within a tenth of each
other are one charge, others are another. Where such charges have no rhythm together, they may be
two of about one amount, and each exact amount is looked at by itself. The rhythm is the median of
the days between two charges.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from statistics import median_high

import polars as pl

from schemas.enrichment import CHARGE, RECURRING
from schemas.identity import digest
from tasks.enrich.due_days import next_due

LEAST_CHARGES = 3
RHYTHMS = {"weekly": (6, 8), "monthly": (28, 33), "quarterly": (88, 94), "yearly": (360, 370)}
"""The days between two charges, from and to."""

_NEAR = Decimal("1.10")
_SEPARATOR = "\x1f"
_VENDOR = ["owner", "vendor_key", "account_id", "currency"]


@dataclass(frozen=True)
class _Charge:
    """One movement, its amount without sign."""

    transaction_id: str
    booked_on: date
    amount: Decimal
    category_key: str | None


def recurring(movements: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Find the charges that come again and again.

    Args:
        movements: booked movements with transaction_id, owner, account_id, booked_on, amount,
            currency, flow_class, vendor_key, vendor (its name), category_key, instalment_no.

    Returns:
        RECURRING, by owner, name, account and amount; and CHARGE, by transaction_id.
    """
    spent = movements.filter(
        pl.col("vendor_key").is_not_null()
        & pl.col("instalment_no").is_null()
        & pl.col("flow_class").is_in(["expense", "fee_interest"])
        & (pl.col("amount") < 0)
    )
    often = spent.filter(pl.len().over(_VENDOR) >= LEAST_CHARGES).sort(
        *_VENDOR, "booked_on", "transaction_id"
    )
    found: list[dict[str, object]] = []
    charges: list[tuple[str, str]] = []
    for key, group in often.group_by([*_VENDOR, "vendor"], maintain_order=True):
        columns = group.select(
            "transaction_id", "booked_on", pl.col("amount").abs(), "category_key"
        )
        rows = [_Charge(*row) for row in columns.iter_rows()]
        owner, vendor_key, account_id, currency, name = (str(part) for part in key)
        for cluster, cycle, gap in _rhythmic(rows):
            least = min(one.amount for one in cluster)
            of = (owner, vendor_key, account_id, currency, str(least))
            recurring_key = digest(_SEPARATOR.join(("recurring", *of)))
            last = cluster[-1]
            charges += [(one.transaction_id, recurring_key) for one in cluster]
            found.append(
                {
                    "recurring_key": recurring_key,
                    **dict(zip(_VENDOR, (owner, vendor_key, account_id, currency), strict=True)),
                    "name": name,
                    "amount": last.amount,
                    "least_amount": least,
                    "most_amount": max(one.amount for one in cluster),
                    "cycle": cycle,
                    "gap_days": gap,
                    "charge_count": len(cluster),
                    "first_on": cluster[0].booked_on,
                    "last_on": last.booked_on,
                    "next_on": next_due(last.booked_on, cycle, last.booked_on),
                    "category_key": last.category_key,
                }
            )
    table = pl.DataFrame(found, schema=RECURRING).sort(
        "owner", "name", "account_id", "currency", "least_amount"
    )
    told = pl.DataFrame(charges, schema=CHARGE, orient="row").sort("transaction_id")
    return table, told


def _rhythmic(rows: Sequence[_Charge]) -> Iterator[tuple[list[_Charge], str, int]]:
    """Charges that keep a rhythm, with their cycle and the median of the days between them."""
    for cluster in _clusters(rows):
        cycle, gap = _rhythm(cluster)
        if cycle is not None:
            yield cluster, cycle, gap
            continue
        for amount in sorted({one.amount for one in cluster}):
            for part in _in_days([one for one in cluster if one.amount == amount]):
                cycle, gap = _rhythm(part)
                if cycle is not None:
                    yield part, cycle, gap


def _clusters(rows: Sequence[_Charge]) -> Iterator[list[_Charge]]:
    """Charges of about one amount, each cluster in order of days; too small ones fall away."""
    by_amount = sorted(rows, key=lambda one: (one.amount, one.booked_on, one.transaction_id))
    cluster: list[_Charge] = []
    for one in by_amount:
        if cluster and one.amount > cluster[0].amount * _NEAR:
            yield from _in_days(cluster)
            cluster = []
        cluster.append(one)
    yield from _in_days(cluster)


def _in_days(cluster: Sequence[_Charge]) -> Iterator[list[_Charge]]:
    if len(cluster) >= LEAST_CHARGES:
        yield sorted(cluster, key=lambda one: (one.booked_on, one.transaction_id))


def _rhythm(cluster: Sequence[_Charge]) -> tuple[str | None, int]:
    """The cycle of charges, and the median of the days between them; null when there is none.

    Most of the gaps must keep to the cycle: a median alone would make a rhythm of chance.
    """
    days = [one.booked_on for one in cluster]
    gaps = [(after - before).days for before, after in pairwise(days)]
    gap = median_high(gaps)
    for cycle, (least, most) in RHYTHMS.items():
        if least <= gap <= most:
            steady = sum(least <= one <= most for one in gaps)
            return (cycle if steady * 4 >= len(gaps) * 3 else None), gap
    return None, gap
