"""Flow class: what a movement does to its owner's money, and the platform's movement type."""

import polars as pl

from schemas.enrichment import FlowClass, MovementType

_TAKEN = ["income", "expense", "investment", "transfer", "other"]
_OTHER_NAMES = {"debit": "expense", "credit": "income"}


def flow_classes(hinted: pl.DataFrame, legs: pl.DataFrame) -> pl.DataFrame:
    """Class every movement: as the leg of a transfer, else by the bank's words, else by its sign.

    An investment is counted where money leaves for a broker; what happens inside the broker's
    account moves nothing in or out of it that the owner did not own before.

    Args:
        hinted: movements with the columns of `hints.hinted`.
        legs: transaction_id, transfer_id and kind, of all movements that are part of a transfer.

    Returns:
        transaction_id, flow_class, flow_because, movement_type, transfer_id; in the order given.
    """
    rows = hinted.join(legs, on="transaction_id", how="left", maintain_order="left")
    flow, because = _first([*_as_legs(), *_as_said(), *_by_place(), *_by_sign_alone()])
    return rows.with_columns(flow_class=flow, flow_because=because).select(
        "transaction_id", "flow_class", "flow_because", _movement_type(), "transfer_id"
    )


_Way = tuple[pl.Expr, pl.Expr, str]
"""A condition, the flow class that it means, and why, in words."""

_IS_IN = pl.col("amount") > 0
_IS_BROKER = pl.col("account_kind") == "investment"
_IS_CARD = pl.col("account_kind") == "card"


def _as_legs() -> list[_Way]:
    """What follows from both legs of a transfer."""
    return [
        (pl.col("amount") == 0, _value(FlowClass.OTHER), "its amount is zero"),
        (
            pl.col("kind") == "card_payment",
            _value(FlowClass.CARD_PAYMENT),
            "it is a leg of the payment of a card bill",
        ),
        (
            (pl.col("kind") == "investment") & ~_IS_BROKER,
            _by_sign(FlowClass.INVESTMENT_IN, FlowClass.INVESTMENT_OUT),
            "it is a leg of a transfer to or from a broker",
        ),
        (
            pl.col("kind").is_not_null(),
            _by_sign(FlowClass.TRANSFER_IN, FlowClass.TRANSFER_OUT),
            "it is a leg of a transfer between own accounts",
        ),
    ]


def _as_said() -> list[_Way]:
    """What the bank's words and codes say."""
    is_invested = pl.col("says_investment_out") & ~_IS_IN | pl.col("says_investment_in") & _IS_IN
    pays_bill = pl.col("says_card_payment_out") & ~_IS_IN & ~_IS_CARD
    is_paid = pl.col("says_card_payment_in") & _IS_IN & _IS_CARD
    return [
        (
            pl.col("says_refund") & _IS_IN,
            _value(FlowClass.REFUND),
            "the bank's words say refund",
        ),
        (
            pl.col("says_fee") | pl.col("says_interest"),
            _value(FlowClass.FEE_INTEREST),
            "the bank's words or code say fee or interest",
        ),
        (
            pays_bill | is_paid,
            _value(FlowClass.CARD_PAYMENT),
            "the bank's words say payment of a card bill",
        ),
        (
            is_invested & _IS_BROKER,
            _by_sign(FlowClass.TRANSFER_IN, FlowClass.TRANSFER_OUT),
            "the bank's words say investment, inside the broker's account",
        ),
        (
            is_invested,
            _by_sign(FlowClass.INVESTMENT_IN, FlowClass.INVESTMENT_OUT),
            "the bank's words say investment",
        ),
    ]


def _by_place() -> list[_Way]:
    """What follows from the account, and from a code for transfers whose other leg is not known."""
    code = pl.col("kind_code").fill_null("").str.to_uppercase()
    return [
        (_IS_CARD & _IS_IN, _value(FlowClass.REFUND), "it is a credit on a card, and no payment"),
        (
            pl.col("says_transfer") & pl.col("says_broker"),
            _by_sign(FlowClass.INVESTMENT_IN, FlowClass.INVESTMENT_OUT),
            "the bank's words say transfer to or from a broker; no other leg is known",
        ),
        (
            code.is_in(["XFER", "TRANSFER"]),
            _by_sign(FlowClass.TRANSFER_IN, FlowClass.TRANSFER_OUT),
            "the bank's code says transfer; no other leg is known",
        ),
    ]


def _by_sign_alone() -> list[_Way]:
    return [
        (_IS_IN, _value(FlowClass.INCOME), "money came in"),
        (~_IS_IN, _value(FlowClass.EXPENSE), "money went out"),
    ]


def _first(ways: list[_Way]) -> tuple[pl.Expr, pl.Expr]:
    """The value and the reason of the first way whose condition holds."""
    flow = pl.lit(None, pl.String)
    because = pl.lit(None, pl.String)
    for condition, value, reason in reversed(ways):
        flow = pl.when(condition).then(value).otherwise(flow)
        because = pl.when(condition).then(pl.lit(reason)).otherwise(because)
    return flow, because


def _value(flow: FlowClass) -> pl.Expr:
    return pl.lit(flow.value)


def _by_sign(came: FlowClass, went: FlowClass) -> pl.Expr:
    return pl.when(pl.col("amount") > 0).then(_value(came)).otherwise(_value(went))


def _movement_type() -> pl.Expr:
    """The platform's five types: as its own file says, else as it would have typed the movement.

    Spelling is mended (upper case, blanks; debit is expense, credit is income). To the platform the
    payment of a card bill is an expense of the account and an income of the card.
    """
    said = pl.col("kind_code").str.strip_chars().str.to_lowercase().replace(_OTHER_NAMES)
    is_platform = pl.col("format").fill_null("").str.starts_with("platform")
    flow = pl.col("flow_class")
    by_sign = (
        pl.when(pl.col("amount") > 0)
        .then(pl.lit(MovementType.INCOME.value))
        .when(pl.col("amount") < 0)
        .then(pl.lit(MovementType.EXPENSE.value))
        .otherwise(pl.lit(MovementType.OTHER.value))
    )
    return (
        pl.when(is_platform & said.is_in(_TAKEN))
        .then(said)
        .when(is_platform & said.is_not_null() & (said != ""))
        .then(pl.lit(MovementType.OTHER.value))
        .when(flow.is_in([FlowClass.INVESTMENT_IN.value, FlowClass.INVESTMENT_OUT.value]))
        .then(pl.lit(MovementType.INVESTMENT.value))
        .when(flow.is_in([FlowClass.TRANSFER_IN.value, FlowClass.TRANSFER_OUT.value]))
        .then(pl.lit(MovementType.TRANSFER.value))
        .otherwise(by_sign)
        .alias("movement_type")
    )
