"""Transfers between own accounts: two legs of one amount find each other, one to one.

Two legs belong together when their owner, currency and amount are the same, the accounts are not,
the money arrives on the day it left or at most three days later (five over a weekend), and neither
is plainly something else: a purchase, a salary, a fee. Nor do the two name two persons: what came
from one friend did not go to another. The words of both sides, the name that both bear, the broker
that one names, and fewer days make one pairing better than another; the best pairing is taken
first. Where two are equally good, they are paired in order of days and said to be ambiguous: which
of two equal twins met which, no statement tells, and no sum depends on it.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import polars as pl

from schemas.enrichment import TRANSFER, MatchStatus
from schemas.identity import digest
from tasks.enrich.cutting import TEXT_KEY, join_back

MOST_DAYS = 3
MOST_DAYS_OVER_A_WEEKEND = 5

_SEPARATOR = "\x1f"
_PLAIN, _WORD, _CARD, _NAME, _BROKER, _DAY = 5_000, 2_000, 500, 500, 500, 300  # ten-thousandths
_MOST = 10_000


@dataclass(frozen=True)
class _Pair:
    """Two legs that may belong together, by their rows; the better pair sorts first."""

    score: int
    lag: int
    out_on: date
    out_id: str
    in_on: date
    in_id: str

    @property
    def rank(self) -> tuple[object, ...]:
        return (-self.score, self.lag, self.out_on, self.out_id, self.in_on, self.in_id)


def transfers(
    hinted: pl.DataFrame, named: pl.DataFrame, rejected: Collection[tuple[str, str]] = ()
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Pair the legs of transfers between the accounts of one owner.

    Args:
        hinted: booked and pending movements with the columns of `hints.hinted`.
        named: `vendors.named_texts` of these movements.
        rejected: pairs of transaction_ids (out, in) of which a person said that they are none.

    Returns:
        TRANSFER, by out_on or in_on; and transaction_id, transfer_id and kind of every paired leg.
    """
    booked = hinted.filter(pl.col("status") == "booked")
    pairs = _candidates(booked, named, frozenset(rejected))
    chosen, unsure = _one_to_one(pairs)
    paired = _described(booked, chosen, unsure)
    legs = pl.concat(
        paired.select(pl.col(leg).alias("transaction_id"), "transfer_id", "kind")
        for leg in ("out_transaction_id", "in_transaction_id")
    )
    alone = _alone(booked.join(legs, on="transaction_id", how="anti"))
    table = pl.concat([paired, alone]).sort(
        pl.coalesce("out_on", "in_on"), "transfer_id", maintain_order=True
    )
    return table, legs


def _candidates(
    booked: pl.DataFrame, named: pl.DataFrame, rejected: Collection[tuple[str, str]]
) -> list[_Pair]:
    """All pairs of legs that may belong together."""
    legs = booked.filter((pl.col("amount") != 0) & ~_is_plainly_else()).with_columns(
        pl.col("amount").abs().alias("size")
    )
    sides = ["transaction_id", "owner", "currency", "size", "account_id", "account_kind"]
    sides += ["booked_on", "says_transfer", "says_broker", "says_card_payment_out", "says_boleto"]
    sides += ["says_card_payment_in", "says_investment_out", "says_investment_in", *TEXT_KEY[1:]]
    out = legs.filter(pl.col("amount") < 0).select(sides)
    came = legs.filter(pl.col("amount") > 0).select(sides)
    lag = (pl.col("booked_on_in") - pl.col("booked_on")).dt.total_days()
    weekend = pl.col("booked_on").dt.weekday() + lag > 5
    most = pl.when(weekend).then(MOST_DAYS_OVER_A_WEEKEND).otherwise(MOST_DAYS)
    pairs = (
        out.join(came, on=["owner", "currency", "size"], suffix="_in")
        .filter(pl.col("account_id") != pl.col("account_id_in"))
        .filter((lag >= 0) & (lag <= most) & _kinds_agree())
        .pipe(_with_names, named)
        .filter(~_are_two_persons())
        .with_columns(lag.alias("lag"), _score(lag).alias("score"))
        .select("score", "lag", "booked_on", "transaction_id", "booked_on_in", "transaction_id_in")
    )
    every = (_Pair(*row) for row in pairs.iter_rows())
    return sorted((p for p in every if (p.out_id, p.in_id) not in rejected), key=lambda p: p.rank)


def _is_plainly_else() -> pl.Expr:
    """A purchase, a salary, a refund, a fee, interest: no leg of a transfer."""
    return (
        (pl.col("says_purchase") & ~pl.col("says_card_payment_out"))
        | pl.col("says_refund")
        | pl.col("says_fee")
        | pl.col("says_interest")
        | ((pl.col("account_kind") == "card") & (pl.col("amount") < 0))
        | (
            (pl.col("account_kind") == "card")
            & (pl.col("amount") > 0)
            & ~pl.col("says_card_payment_in")
            & ~pl.col("says_transfer")
        )
    )


def _kinds_agree() -> pl.Expr:
    """What is plainly the payment of a bill goes to a card, and a card is paid by nothing else."""
    says_bill = pl.col("says_card_payment_out")
    is_card = pl.col("account_kind_in") == "card"
    may_be = ~pl.col("says_boleto") | (is_card & pl.col("says_card_payment_in_in"))
    return (says_bill & is_card) | (~says_bill & may_be)


def _with_names(pairs: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """With the person whom each leg names, as a list of words: `named` and `named_in`."""
    words = pl.col("counterparty_name").str.extract_all(r"\p{L}{3,}")
    is_person = pl.col("counterparty_kind").eq_missing(pl.lit("person"))
    persons = named.select(*TEXT_KEY, pl.when(is_person).then(words).alias("named"))
    for end in ("", "_in"):
        texts = pairs.select("owner", *(pl.col(name + end).alias(name) for name in TEXT_KEY[1:]))
        met = join_back(texts, persons).get_column("named")
        pairs = pairs.with_columns(met.alias(f"named{end}"))
    return pairs


def _shared_words() -> pl.Expr:
    """How many words of a name both legs have in common; null where one names no person."""
    return pl.col("named").list.set_intersection("named_in").list.len()


def _are_two_persons() -> pl.Expr:
    return (_shared_words() == 0).fill_null(value=False)


def _score(lag: pl.Expr) -> pl.Expr:
    """From 0 to 10,000: words of both sides, a card or broker that is paid, a name, the days."""
    words_out = pl.col("says_transfer") | pl.col("says_card_payment_out")
    words_out |= pl.col("says_investment_out") | pl.col("says_broker")
    words_in = pl.col("says_transfer_in") | pl.col("says_card_payment_in_in")
    words_in |= pl.col("says_investment_in_in")
    is_bill = pl.col("says_card_payment_out") & (pl.col("account_kind_in") == "card")
    points = _PLAIN + words_out.cast(pl.Int32) * _WORD + words_in.cast(pl.Int32) * _WORD
    is_broker = pl.col("says_broker") & (pl.col("account_kind_in") == "investment")
    is_named = (_shared_words() > 0).fill_null(value=False)
    points += is_named.cast(pl.Int32) * _NAME + is_broker.cast(pl.Int32) * _BROKER
    points += is_bill.cast(pl.Int32) * _CARD - lag.cast(pl.Int32) * _DAY
    return points.clip(0, _MOST)


def _one_to_one(pairs: list[_Pair]) -> tuple[list[_Pair], set[tuple[str, str]]]:
    """Take the best pair, then the next whose legs are both free; name those with an equal rival.

    A rival is a pair of the same score and lag that shares a leg, and whose other leg was not taken
    by a better pair.
    """
    taken: set[str] = set()
    chosen: list[_Pair] = []
    by_leg: dict[str, list[_Pair]] = defaultdict(list)
    for pair in pairs:
        by_leg[pair.out_id].append(pair)
        by_leg[pair.in_id].append(pair)
        if pair.out_id not in taken and pair.in_id not in taken:
            taken |= {pair.out_id, pair.in_id}
            chosen.append(pair)
    merit = {leg: (one.score, -one.lag) for one in chosen for leg in (one.out_id, one.in_id)}
    unsure = {(one.out_id, one.in_id) for one in chosen if any(_rivals(one, by_leg, merit))}
    return chosen, unsure


def _rivals(
    one: _Pair, by_leg: dict[str, list[_Pair]], merit: dict[str, tuple[int, int]]
) -> "list[_Pair]":
    mine = (one.score, -one.lag)
    return [
        other
        for leg, end in ((one.out_id, "in_id"), (one.in_id, "out_id"))
        for other in by_leg[leg]
        if other != one
        and (other.score, -other.lag) == mine
        and merit.get(getattr(other, end), mine) <= mine
    ]


def _described(
    booked: pl.DataFrame, chosen: list[_Pair], unsure: set[tuple[str, str]]
) -> pl.DataFrame:
    """TRANSFER rows of paired legs."""
    pairs = pl.DataFrame(
        [
            (
                digest(_SEPARATOR.join(("transfer", one.out_id, one.in_id))),
                one.out_id,
                one.in_id,
                one.lag,
                one.score,
                (one.out_id, one.in_id) in unsure,
            )
            for one in chosen
        ],
        schema={
            "transfer_id": pl.String,
            "out_transaction_id": pl.String,
            "in_transaction_id": pl.String,
            "lag_days": pl.Int32,
            "points": pl.Int64,
            "is_unsure": pl.Boolean,
        },
        orient="row",
    )
    facts = ["owner", "account_id", "account_kind", "booked_on", "amount", "currency"]
    out = booked.select(pl.col("transaction_id").alias("out_transaction_id"), *facts)
    came = booked.select(
        pl.col("transaction_id").alias("in_transaction_id"),
        pl.col("account_id").alias("to_account_id"),
        pl.col("account_kind").alias("to_kind"),
        pl.col("booked_on").alias("in_on"),
    )
    kinds = pl.concat_list("account_kind", "to_kind")
    return (
        pairs.join(out, on="out_transaction_id")
        .join(came, on="in_transaction_id")
        .with_columns(
            pl.when(pl.col("to_kind") == "card")
            .then(pl.lit("card_payment"))
            .when(kinds.list.contains("investment"))
            .then(pl.lit("investment"))
            .otherwise(pl.lit("own_transfer"))
            .alias("kind"),
            pl.col("account_id").alias("from_account_id"),
            pl.col("amount").abs(),
            pl.col("booked_on").alias("out_on"),
            pl.when("is_unsure")
            .then(pl.lit(MatchStatus.AMBIGUOUS.value))
            .otherwise(pl.lit(MatchStatus.MATCHED.value))
            .alias("match_status"),
            (pl.col("points").cast(pl.Decimal(9, 4)) / _MOST).alias("score"),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in TRANSFER.items())
    )


def _alone(rest: pl.DataFrame) -> pl.DataFrame:
    """TRANSFER rows of legs that say they are one, and have no other."""
    is_out = pl.col("amount") < 0
    is_card = pl.col("account_kind") == "card"
    says_bill = (pl.col("says_card_payment_out") & is_out & ~is_card) | (
        pl.col("says_card_payment_in") & ~is_out & is_card
    )
    code = pl.col("kind_code").fill_null("").str.to_uppercase()
    says_transfer = code.is_in(["XFER", "TRANSFER"]) & ~pl.col("says_refund")
    is_broker = pl.col("account_kind") == "investment"
    kind = (
        pl.when(says_bill)
        .then(pl.lit("card_payment"))
        .when(pl.col("says_broker") | is_broker)
        .then(pl.lit("investment"))
        .otherwise(pl.lit("own_transfer"))
    )

    def leg(column: str, *, of: pl.Expr) -> pl.Expr:
        return pl.when(of).then(column)

    legs = rest.filter((pl.col("amount") != 0) & (says_bill | says_transfer))
    ids = [digest(_SEPARATOR.join(("transfer", one))) for one in legs.get_column("transaction_id")]
    return (
        legs.with_columns(
            pl.Series("transfer_id", ids, pl.String),
            kind.alias("kind"),
            leg("transaction_id", of=is_out).alias("out_transaction_id"),
            leg("transaction_id", of=~is_out).alias("in_transaction_id"),
            leg("account_id", of=is_out).alias("from_account_id"),
            leg("account_id", of=~is_out).alias("to_account_id"),
            leg("booked_on", of=is_out).alias("out_on"),
            leg("booked_on", of=~is_out).alias("in_on"),
            pl.lit(None, pl.Int32).alias("lag_days"),
            pl.when(is_out)
            .then(pl.lit(MatchStatus.UNMATCHED_OUT.value))
            .otherwise(pl.lit(MatchStatus.UNMATCHED_IN.value))
            .alias("match_status"),
            pl.lit(None, pl.Decimal(5, 4)).alias("score"),
        )
        .with_columns(pl.col("amount").abs())
        .select(pl.col(name).cast(dtype) for name, dtype in TRANSFER.items())
    )
