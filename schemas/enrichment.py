"""What movements mean: the shapes between the ledger's export and the marts.

Everything here is derived: from the ledger, the rules, and what persons said. It is worked out anew
for each publication and nothing of it is stored in the ledger
(see docs/decisions/0021-meaning-is-derived.md).

MOVEMENT     a transaction of the ledger with its account and file: what enrichment looks at.
MEANT        what was found out about it; one row a transaction.
VENDOR       a merchant of an owner; VENDOR_VERSION, a name that it bore.
CATEGORY     a leaf of the tree, or a top of it.
TRANSFER     two legs of one transfer between own accounts, or one that found no other.
HOLDING      what an owner says of an account or card.
SUBSCRIPTION registered by an owner; RECURRING found in the movements, with each CHARGE.
PLAN         a registered purchase in instalments, each INSTALMENT of it planned.
PURCHASE     the instalments of one purchase, as the bank prints them.
BILL         the card bill that a movement is on; NAMED_BILL, what a file's name says of it.
"""

from enum import StrEnum

import polars as pl

from schemas.money import MONEY
from schemas.rates import EXCHANGE_RATE

SCORE = pl.Decimal(5, 4)
"""A confidence from 0 to 1, with four decimals."""


class FlowClass(StrEnum):
    """What a movement does to the owner's money."""

    INCOME = "income"
    EXPENSE = "expense"
    REFUND = "refund"
    TRANSFER_IN = "transfer_in"
    TRANSFER_OUT = "transfer_out"
    CARD_PAYMENT = "card_payment"
    INVESTMENT_IN = "investment_in"
    INVESTMENT_OUT = "investment_out"
    FEE_INTEREST = "fee_interest"
    OTHER = "other"


class MovementType(StrEnum):
    """The five types of the platform."""

    INCOME = "income"
    EXPENSE = "expense"
    INVESTMENT = "investment"
    TRANSFER = "transfer"
    OTHER = "other"


class CategorySource(StrEnum):
    """Who said the category, in the order of who is believed."""

    PERSON = "person"
    RULE = "rule"
    LEARNED = "learned"
    BANK = "bank"
    NOBODY = "nobody"


class MatchStatus(StrEnum):
    """How sure a transfer is of its other leg."""

    MATCHED = "matched"
    AMBIGUOUS = "ambiguous"
    UNMATCHED_OUT = "unmatched_out"
    UNMATCHED_IN = "unmatched_in"


MOVEMENT = pl.Schema(
    {
        "transaction_id": pl.String(),
        "owner": pl.String(),
        "account_id": pl.String(),
        "account_name": pl.String(),
        "account_kind": pl.String(),  # bank, card, investment
        "institution": pl.String(),
        "booked_on": pl.Date(),
        "amount": MONEY,  # signed, + is into the account
        "currency": pl.String(),
        "description": pl.String(),
        "counterparty": pl.String(),
        "kind_code": pl.String(),  # the bank's own code or category
        "status": pl.String(),
        "format": pl.String(),  # of the file that tells it best
        "file_sha256": pl.String(),
        "file_name": pl.String(),
    }
)
"""One row a movement, of the whole ledger."""

MOVEMENTS = "movement"
"""The name under which it comes with the tables of an export, as a Parquet file."""

MEANT = pl.Schema(
    {
        "transaction_id": pl.String(),
        "movement_type": pl.String(),  # MovementType
        "flow_class": pl.String(),  # FlowClass
        "flow_because": pl.String(),  # the rule that decided
        "transfer_id": pl.String(),  # of its TRANSFER; null for most
        "vendor_key": pl.String(),  # of its VENDOR; null for persons and own accounts
        "counterparty_kind": pl.String(),  # vendor, person, own, unknown
        "counterparty_name": pl.String(),  # normalised; null when the text names none
        "category_key": pl.String(),  # of its CATEGORY; never null
        "category_source": pl.String(),  # CategorySource
        "category_because": pl.String(),  # the rule, the decision, or how it was learned
        "category_score": SCORE,  # 1 for persons and rules; null when nobody said
        "category_runner_up": pl.String(),  # path of the second best; null when there is none
        "instalment_no": pl.Int32(),  # 3 of "3/10"; null when it is no instalment
        "instalment_count": pl.Int32(),
    }
)
"""One row a transaction, booked or pending."""

VENDOR = pl.Schema(
    {
        "vendor_key": pl.String(),  # 32 hex digits, of owner and name
        "owner": pl.String(),
        "name": pl.String(),
        "aliases": pl.String(),  # the texts that were met, sorted, parted by " | "
        "website": pl.String(),  # where a rule states it
    }
)
"""One row a merchant of an owner."""

VENDOR_VERSION = pl.Schema(
    {
        "vendor_key": pl.String(),
        "version_no": pl.Int32(),  # 1 is the oldest
        "name": pl.String(),  # that it bore in these days
        "website": pl.String(),
        "valid_from": pl.Date(),  # null: since ever
        "valid_to": pl.Date(),  # the last day; null: it bears it now
    }
)
"""One row a name that a VENDOR bore, as the owner dates it in rules.toml; most bore but one."""

CATEGORY = pl.Schema(
    {
        "category_key": pl.String(),  # 32 hex digits, of the path
        "top_name": pl.String(),
        "sub_name": pl.String(),  # "(direct)" for what is booked on the top itself
        "path": pl.String(),  # "Food/Groceries", "Food/(direct)", "Uncategorized"
        "level": pl.Int32(),  # 1 for a top, 2 for a leaf
        "is_active": pl.Boolean(),
        "display_order": pl.Int32(),
    }
)
"""One row a category; two levels, no more."""

TRANSFER = pl.Schema(
    {
        "transfer_id": pl.String(),  # 32 hex digits, of its legs
        "owner": pl.String(),
        "kind": pl.String(),  # own_transfer, card_payment, investment
        "out_transaction_id": pl.String(),  # null: that leg was not found
        "in_transaction_id": pl.String(),
        "from_account_id": pl.String(),
        "to_account_id": pl.String(),
        "amount": MONEY,  # never negative
        "currency": pl.String(),
        "out_on": pl.Date(),
        "in_on": pl.Date(),
        "lag_days": pl.Int32(),
        "match_status": pl.String(),  # MatchStatus
        "score": SCORE,  # null for a leg alone
    }
)
"""One row a pair of legs, or a leg that found no other."""

HOLDING = pl.Schema(
    {
        "account_id": pl.String(),
        "account_type": pl.String(),  # cash, savings, credit, investment, other
        "brand": pl.String(),  # of a card; what follows is null for all others
        "credit_limit": MONEY,
        "closing_day": pl.Int32(),  # day of the month; 31 is the last one
        "due_day": pl.Int32(),
        "paying_account_id": pl.String(),
        "minimum_percent": pl.Decimal(5, 2),  # of a bill, that must be paid at least
    }
)
"""One row an account: what its owner says of it in accounts.toml, else what its kind implies."""

SUBSCRIPTION = pl.Schema(
    {
        "subscription_key": pl.String(),  # 32 hex digits, of owner and name
        "owner": pl.String(),
        "name": pl.String(),
        "amount": MONEY,  # of one payment, never negative
        "currency": pl.String(),
        "cycle": pl.String(),  # weekly, monthly, quarterly, yearly
        "anchor_on": pl.Date(),  # a due date; the others follow from it, without drift
        "vendor": pl.String(),  # as the owner names it; null if movements need not meet it
        "vendor_key": pl.String(),  # null too when no movement shows the vendor
        "category_key": pl.String(),
        "account_id": pl.String(),
        "is_active": pl.Boolean(),
    }
)
"""One row a subscription that an owner registered in plans.toml."""

RECURRING = pl.Schema(
    {
        "recurring_key": pl.String(),  # 32 hex digits, of owner, vendor, account, currency, amount
        "owner": pl.String(),
        "vendor_key": pl.String(),
        "name": pl.String(),  # the merchant's
        "account_id": pl.String(),
        "currency": pl.String(),
        "amount": MONEY,  # of the last charge, never negative
        "least_amount": MONEY,
        "most_amount": MONEY,
        "cycle": pl.String(),
        "gap_days": pl.Int32(),  # the median
        "charge_count": pl.Int32(),
        "first_on": pl.Date(),
        "last_on": pl.Date(),
        "next_on": pl.Date(),  # when the next one is to be expected
        "category_key": pl.String(),
    }
)
"""One row a charge that comes again and again, as the movements show it."""

CHARGE = pl.Schema({"transaction_id": pl.String(), "recurring_key": pl.String()})
"""One row a movement that belongs to a RECURRING."""

PLAN = pl.Schema(
    {
        "plan_key": pl.String(),  # 32 hex digits, of owner and name
        "owner": pl.String(),
        "name": pl.String(),
        "total_amount": MONEY,
        "currency": pl.String(),
        "instalment_count": pl.Int32(),
        "starts_on": pl.Date(),  # the day of the purchase
        "vendor_key": pl.String(),
        "category_key": pl.String(),
        "account_id": pl.String(),
        "status": pl.String(),  # active, finished, cancelled
    }
)
"""One row a purchase in instalments that an owner registered in plans.toml."""

INSTALMENT = pl.Schema(
    {
        "plan_key": pl.String(),
        "instalment_no": pl.Int32(),
        "due_on": pl.Date(),  # counted from the start, so that short months cause no drift
        "amount": MONEY,  # the rest of a division goes to the last
    }
)
"""One row a planned instalment of a PLAN."""

PURCHASE = pl.Schema(
    {
        "transaction_id": pl.String(),
        "purchase_id": pl.String(),  # 32 hex digits; the same for all instalments of one purchase
    }
)
"""One row a movement that is an instalment, as its text says."""

BILL = pl.Schema(
    {
        "transaction_id": pl.String(),  # of a card
        "bill_key": pl.String(),  # 32 hex digits, of card and due day
        "starts_on": pl.Date(),  # null where neither the owner nor the bank said when a cycle ends
        "closes_on": pl.Date(),
        "due_on": pl.Date(),
    }
)
"""One row a movement of a card, with the bill that it is on."""

NAMED_BILL = pl.Schema(
    {
        "file_sha256": pl.String(),
        "account_id": pl.String(),
        "named_due_on": pl.Date(),  # as the issuer names its file
        "registered_due_on": pl.Date(),  # of that month, as the owner says
        "last_due_on": pl.Date(),  # of the last bill that a movement of the file is on
    }
)
"""One row a file of a card with registered days, whose name tells when its bill is due."""

NIGHT = pl.Schema(
    {
        "as_of_on": pl.Date(),  # the civil day that the marts look from
        "rules_version": pl.String(),  # a digest of all rules
        "base_currency": pl.String(),  # into which worth is converted
        "rate_days": pl.Int32(),  # a rate may be so much older than what it converts
    }
)
"""One row: what holds for the whole publication."""

ENRICHED: dict[str, pl.Schema] = {
    "transaction": MEANT,
    "vendor": VENDOR,
    "vendor_version": VENDOR_VERSION,
    "category": CATEGORY,
    "transfer": TRANSFER,
    "holding": HOLDING,
    "subscription": SUBSCRIPTION,
    "recurring": RECURRING,
    "charge": CHARGE,
    "plan": PLAN,
    "instalment": INSTALMENT,
    "purchase": PURCHASE,
    "bill": BILL,
    "named_bill": NAMED_BILL,
    "exchange_rate": EXCHANGE_RATE,
    "night": NIGHT,
}
"""What enrichment hands to the marts, beside the ledger's export."""

OF_NOBODY = ("category", "exchange_rate", "night")
"""Those whose rows belong to no owner."""
