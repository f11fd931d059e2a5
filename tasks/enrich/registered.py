"""What owners registered, as frames: holdings, subscriptions, plans with their instalments."""

from collections.abc import Iterable
from decimal import ROUND_DOWN, Decimal

import polars as pl

from schemas.enrichment import HOLDING, INSTALMENT, PLAN, SUBSCRIPTION
from schemas.household import Household, InstalmentPlan
from schemas.identity import digest
from tasks.enrich.due_days import due
from tasks.enrich.hints import brokers

_SEPARATOR = "\x1f"
_CENT = Decimal("0.01")
_TYPES = {"bank": "cash", "card": "credit", "investment": "investment"}
_KINDS = {"credit": "card", "investment": "investment"}


def holdings(household: Household, accounts: pl.DataFrame) -> pl.DataFrame:
    """HOLDING of every account: as its owner says, else as its kind or a broker's name implies.

    Args:
        household: what owners said.
        accounts: account_id, owner, account_name, account_kind, institution.
    """
    ids = _ids(accounts)
    said = {(one.owner, one.account): one for one in household.holdings}
    rows = []
    for account_id, owner, name, kind, institution in accounts.select(
        "account_id", "owner", "account_name", "account_kind", "institution"
    ).iter_rows():
        is_broker = kind == "bank" and institution in brokers()
        implied = "investment" if is_broker else _TYPES.get(kind, "other")
        one = said.get((owner, name))
        rows.append(
            {
                "account_id": account_id,
                "account_type": (one and one.account_type) or implied,
                "brand": one and one.brand,
                "credit_limit": one and one.credit_limit,
                "closing_day": one and one.closing_day,
                "due_day": one and one.due_day,
                "paying_account_id": ids.get((owner, (one and one.paid_from) or "")),
                "minimum_percent": one and one.minimum_percent,
            }
        )
    return pl.DataFrame(rows, schema=HOLDING).sort("account_id")


def as_held(movements: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """MOVEMENT whose account_kind is that of the holding: card, investment, or bank for all others.

    Args:
        movements: MOVEMENT.
        held: HOLDING.
    """
    kinds = held.select(
        "account_id",
        pl.col("account_type")
        .replace_strict(_KINDS, default="bank", return_dtype=pl.String)
        .alias("held_as"),
    )
    return (
        movements.join(kinds, on="account_id", how="left", maintain_order="left")
        .with_columns(pl.coalesce("held_as", "account_kind").alias("account_kind"))
        .drop("held_as")
    )


def subscriptions(
    household: Household, accounts: pl.DataFrame, vendors: pl.DataFrame, categories: pl.DataFrame
) -> pl.DataFrame:
    """SUBSCRIPTION, by owner and name; a vendor or account that no movement shows is null.

    Args:
        household: what owners said.
        accounts: account_id, owner, account_name.
        vendors: VENDOR.
        categories: CATEGORY.
    """
    find = _Finder(accounts, vendors, categories)
    rows = [
        {
            "subscription_key": digest(_SEPARATOR.join(("subscription", one.owner, one.name))),
            "owner": one.owner,
            "name": one.name,
            "amount": one.amount,
            "currency": one.currency,
            "cycle": one.cycle,
            "anchor_on": one.due_on,
            "vendor": one.vendor,
            "vendor_key": find.vendor(one.owner, one.vendor),
            "category_key": find.category(one.category),
            "account_id": find.account(one.owner, one.account),
            "is_active": one.is_active,
        }
        for one in household.subscriptions
    ]
    return pl.DataFrame(rows, schema=SUBSCRIPTION).sort("owner", "name")


def plans(
    household: Household, accounts: pl.DataFrame, vendors: pl.DataFrame, categories: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """PLAN, by owner and name, and INSTALMENT, by plan and number."""
    find = _Finder(accounts, vendors, categories)
    rows, planned = [], []
    for one in household.plans:
        key = digest(_SEPARATOR.join(("plan", one.owner, one.name)))
        rows.append(
            {
                "plan_key": key,
                "owner": one.owner,
                "name": one.name,
                "total_amount": one.total_amount,
                "currency": one.currency,
                "instalment_count": one.instalment_count,
                "starts_on": one.starts_on,
                "vendor_key": find.vendor(one.owner, one.vendor),
                "category_key": find.category(one.category),
                "account_id": find.account(one.owner, one.account),
                "status": one.status,
            }
        )
        planned += [{"plan_key": key, **part} for part in schedule(one)]
    return (
        pl.DataFrame(rows, schema=PLAN).sort("owner", "name"),
        pl.DataFrame(planned, schema=INSTALMENT).sort("plan_key", "instalment_no"),
    )


def schedule(plan: InstalmentPlan) -> Iterable[dict[str, object]]:
    """The instalments of a plan: the total divided, cut to cents; the last one takes the rest."""
    count = plan.instalment_count
    base = (plan.total_amount / count).quantize(_CENT, ROUND_DOWN)
    for number in range(1, count + 1):
        is_last = number == count
        yield {
            "instalment_no": number,
            "due_on": due(plan.starts_on, "monthly", number - 1),
            "amount": plan.total_amount - base * (count - 1) if is_last else base,
        }


class _Finder:
    """Keys by the names that owners use."""

    def __init__(
        self, accounts: pl.DataFrame, vendors: pl.DataFrame, categories: pl.DataFrame
    ) -> None:
        self._accounts = _ids(accounts)
        self._vendors = {
            (owner, name.casefold()): key
            for key, owner, name in vendors.select("vendor_key", "owner", "name").iter_rows()
        }
        self._categories = {
            path.casefold(): key
            for key, path in categories.select("category_key", "path").iter_rows()
        }

    def account(self, owner: str, name: str | None) -> str | None:
        return self._accounts.get((owner, name or ""))

    def vendor(self, owner: str, name: str | None) -> str | None:
        return self._vendors.get((owner, (name or "").casefold()))

    def category(self, path: str | None) -> str | None:
        return self._categories.get((path or "").casefold())


def _ids(accounts: pl.DataFrame) -> dict[tuple[str, str], str]:
    rows = accounts.select("owner", "account_name", "account_id").iter_rows()
    return {(owner, name): account_id for owner, name, account_id in rows}
