"""The category of each movement, and who says so.

a person, of the transaction      the latest word counts
its purchase                      a refund goes where the purchase of its vendor went
a person, of the vendor
the flow                          what moves between own accounts is no spending
a rule                            the owner's, then the shipped ones, in their order
what persons said of the like     learned, above a threshold
the bank                          its own category, where its layout has one
nobody                            Uncategorized
"""

from decimal import Decimal

import polars as pl

from schemas.enrichment import CATEGORY, SCORE, CategorySource, FlowClass
from schemas.identity import digest
from schemas.phrase import phrase
from schemas.words import Scope
from tasks.enrich import learning
from tasks.enrich.matching import first_rules
from tasks.enrich.refunds import as_its_purchase
from tasks.enrich.rules import DIRECT, UNCATEGORIZED, Rules
from tasks.enrich.words import normal_text, plain_words

CATEGORIZED = pl.Schema(
    {
        "transaction_id": pl.String(),
        "category_key": pl.String(),
        "category_source": pl.String(),
        "category_because": pl.String(),
        "category_score": SCORE,
        "category_runner_up": pl.String(),
    }
)

SURE = Decimal("1.0000")

_NEUTRAL = {
    FlowClass.TRANSFER_IN: "Transfers/Own Accounts",
    FlowClass.TRANSFER_OUT: "Transfers/Own Accounts",
    FlowClass.CARD_PAYMENT: "Transfers/Card Payments",
    FlowClass.INVESTMENT_IN: "Transfers/Investments",
    FlowClass.INVESTMENT_OUT: "Transfers/Investments",
}
"""Before any rule: a broad one must not make spending of a transfer."""


def categories(movements: pl.DataFrame, rules: Rules, said: pl.DataFrame) -> pl.DataFrame:
    """Find the category of each movement.

    Args:
        movements: MOVEMENT with counterparty_kind, counterparty_name, vendor_key and flow_class;
            with account_name where a rule of the owner asks it.
        rules: the tree and the rules.
        said: CATEGORY_WORD.

    Returns:
        CATEGORIZED, in the order of the movements; every movement has a category.
    """
    rows = _looked_at(movements)
    found = (
        _with_words(first_rules(rows, rules), rules, said)
        .with_columns(_decided(rules))
        .pipe(_with_learned)
        .pipe(_with_bank, rules)
        .pipe(as_its_purchase)
    )
    nobody = rules.path_of(UNCATEGORIZED) or UNCATEGORIZED
    found = found.with_columns(
        pl.col("path").fill_null(nobody), pl.col("source").fill_null(CategorySource.NOBODY.value)
    )
    keys = {path: digest(path) for path in found.get_column("path").unique()}
    sure = pl.col("source") != CategorySource.NOBODY.value
    return found.select(
        "transaction_id",
        pl.col("path").replace_strict(keys, return_dtype=pl.String).alias("category_key"),
        pl.col("source").alias("category_source"),
        pl.col("because").fill_null("nobody said").alias("category_because"),
        pl.when(sure).then(pl.col("score").fill_null(SURE)).alias("category_score"),
        pl.col("runner_up").alias("category_runner_up"),
    ).cast(CATEGORIZED)


def tree(rules: Rules, said: pl.DataFrame) -> pl.DataFrame:
    """CATEGORY: the tree, and what persons said before it was taken out of the tree.

    Args:
        rules: the tree.
        said: CATEGORY_WORD.
    """
    known = [(one.path, one.top_name, one.sub_name, one.is_active) for one in rules.categories]
    gone = sorted({one for one in said.get_column("category") if rules.path_of(one) is None})
    parts = [(path, *path.partition("/")[::2]) for path in gone]
    rows = known + [(path, top, sub or DIRECT, False) for path, top, sub in parts]
    return pl.DataFrame(
        [
            {
                "category_key": digest(path),
                "top_name": top,
                "sub_name": sub,
                "path": path,
                "level": 1 if sub == DIRECT else 2,
                "is_active": is_active,
                "display_order": place,
            }
            for place, (path, top, sub, is_active) in enumerate(rows, start=1)
        ],
        schema=CATEGORY,
    )


def _looked_at(movements: pl.DataFrame) -> pl.DataFrame:
    """Movements with text, direction, size; a refund is looked at as the purchase it gives back."""
    texts = (
        movements.select("description")
        .unique()
        .with_columns(normal_text("description").fill_null("").alias("text"))
    )
    is_refund = pl.col("flow_class") == FlowClass.REFUND.value
    way = pl.when(is_refund).then(-pl.col("amount")).otherwise(pl.col("amount"))
    looked = movements.join(
        texts, on="description", how="left", nulls_equal=True, maintain_order="left"
    )
    return looked.with_columns(
        pl.when(way > 0).then(pl.lit("in")).otherwise(pl.lit("out")).alias("direction"),
        pl.col("amount").abs().alias("size"),
    )


def _with_words(rows: pl.DataFrame, rules: Rules, said: pl.DataFrame) -> pl.DataFrame:
    """With `of_this` and `of_vendor`: the paths that persons said last."""
    last = said.sort("said_id").with_columns(
        pl.col("category").map_elements(
            lambda one: rules.path_of(one) or one, return_dtype=pl.String
        )
        if said.height
        else pl.col("category")
    )
    of_this = (
        last.filter(pl.col("scope") == Scope.TRANSACTION.value)
        .unique(["owner", "transaction_id"], keep="last", maintain_order=True)
        .select("owner", "transaction_id", pl.col("category").alias("of_this"))
    )
    of_vendor = (
        last.filter(pl.col("scope") == Scope.VENDOR.value)
        .unique(["owner", "vendor"], keep="last", maintain_order=True)
        .select("owner", pl.col("vendor").alias("_named"), pl.col("category").alias("of_vendor"))
    )
    return (
        rows.with_columns(pl.coalesce("counterparty_name", "text").alias("_named"))
        .join(of_this, on=["owner", "transaction_id"], how="left", maintain_order="left")
        .join(of_vendor, on=["owner", "_named"], how="left", maintain_order="left")
    )


def _decided(rules: Rules) -> list[pl.Expr]:
    """path, source and because, as far as persons, flow and rules decide; null where they do not.

    The first line that holds decides.
    """
    flow, amount = pl.col("flow_class"), pl.col("amount")
    is_charge = flow == FlowClass.FEE_INTEREST.value
    numbers = list(range(len(rules.rules)))
    lines: list[tuple[pl.Expr, pl.Expr | str, str, pl.Expr | str]] = [
        (_there("of_this"), pl.col("of_this"), "person", "said of the transaction"),
        (_there("of_vendor"), pl.col("of_vendor"), "person", "said of the vendor"),
        *((flow == one.value, path, "rule", f"flow {one.value}") for one, path in _NEUTRAL.items()),
        (
            _there("rule_no"),
            _of_rule(numbers, [rule.category for rule in rules.rules]),
            "rule",
            phrase("rule {}", _of_rule(numbers, [rule.id for rule in rules.rules])),
        ),
        (is_charge & (amount > 0), "Income/Interest", "rule", "flow fee_interest"),
        (is_charge, "Fees & Interest/(direct)", "rule", "flow fee_interest"),
    ]
    return [
        _first([(holds, path) for holds, path, _, _ in lines]).alias("path"),
        _first([(holds, source) for holds, _, source, _ in lines]).alias("source"),
        _first([(holds, because) for holds, _, _, because in lines]).alias("because"),
        pl.lit(None, SCORE).alias("score"),
        pl.lit(None, pl.String).alias("runner_up"),
    ]


def _with_learned(rows: pl.DataFrame) -> pl.DataFrame:
    """What nobody decided goes where persons put the like; names of persons are not compared."""
    named = rows.filter(pl.col("counterparty_kind").ne_missing(pl.lit("person"))).select(
        "owner", pl.col("_named").alias("text"), "path", "source"
    )
    examples = named.filter(pl.col("source") == "person").rename({"path": "category"})
    found = learning.suggestions(examples, named.filter(pl.col("path").is_null()))
    undecided = pl.col("path").is_null() & pl.col("suggested").is_not_null()
    is_person = pl.col("counterparty_kind").eq_missing(pl.lit("person"))
    may_be = undecided & ~is_person
    is_learned = may_be & (pl.col("likely") >= learning.THRESHOLD)
    because = phrase("learned from {} texts", pl.col("example_count"))
    return (
        rows.join(
            found.rename({"text": "_named"}),
            on=["owner", "_named"],
            how="left",
            maintain_order="left",
        )
        .with_columns(
            pl.when(is_learned).then(pl.col("suggested")).otherwise(pl.col("path")).alias("path"),
            pl.when(is_learned).then(pl.lit("learned")).otherwise(pl.col("source")).alias("source"),
            pl.when(is_learned).then(because).otherwise(pl.col("because")).alias("because"),
            pl.when(is_learned).then(pl.col("likely")).alias("score"),
            pl.when(is_learned)
            .then(pl.col("next_likely"))
            .when(may_be)
            .then(pl.col("suggested"))
            .alias("runner_up"),
        )
        .drop(found.columns[2:])
    )


def _with_bank(rows: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """What nobody decided goes where the bank puts it."""
    key = ["format", "kind_code"]
    codes = rows.filter(pl.col("path").is_null()).select(key).unique().drop_nulls("kind_code")
    paths = [_bank_path(code, kind or "", rules) for kind, code in codes.rows()]
    known = codes.with_columns(pl.Series("_bank", paths, pl.String)).drop_nulls("_bank")
    undecided = pl.col("path").is_null() & pl.col("_bank").is_not_null()
    return (
        rows.join(known, on=key, how="left", nulls_equal=True, maintain_order="left")
        .with_columns(
            pl.when(undecided).then(pl.col("_bank")).otherwise(pl.col("path")).alias("path"),
            pl.when(undecided).then(pl.lit("bank")).otherwise(pl.col("source")).alias("source"),
            pl.when(undecided)
            .then(phrase("the bank says {}", pl.col("kind_code")))
            .otherwise(pl.col("because"))
            .alias("because"),
        )
        .drop("_bank")
    )


def _bank_path(code: str, kind: str, rules: Rules) -> str | None:
    """Where a word of a bank points; null for nowhere. QIF writes "Food:Groceries/Class"."""
    said = plain_words(code)
    for one in rules.bank_categories:
        if (not one.formats or kind in one.formats) and said in map(plain_words, one.codes):
            return None if one.category == rules.path_of(UNCATEGORIZED) else one.category
    found = rules.path_of(said) or rules.path_of(said.partition("/")[0].replace(":", "/"))
    return None if found == rules.path_of(UNCATEGORIZED) else found


def _there(column: str) -> pl.Expr:
    return pl.col(column).is_not_null()


def _of_rule(numbers: list[int], said: list[str]) -> pl.Expr:
    return pl.col("rule_no").replace_strict(numbers, said, default=None, return_dtype=pl.String)


def _first(lines: list[tuple[pl.Expr, pl.Expr | str]]) -> pl.Expr:
    """The value of the first condition that holds; null where none does."""
    return pl.coalesce(
        pl.when(holds).then(pl.lit(value) if isinstance(value, str) else value)
        for holds, value in lines
    )
