"""The details (records 16) of many BAI2 files, cut into cells at once: an expression a cell."""

import re

import polars as pl

from schemas.findings import FINDING, Code
from schemas.transactions import RECORD
from tasks.extract.formats.bai2.accounts import Account, Sums

_KEY = ["file_no", "statement_no"]
_F = r"[^,\n]*"
_S = r"[,\n]"
# type code, amount, funds type with its own fields, bank reference, customer reference, text
_DETAIL = (
    rf"(?s)^(?P<kind>{_F})(?:{_S}(?P<amount>{_F})(?:{_S}"
    rf"(?:\s*[Vv](?:{_S}(?P<value_day>{_F})(?:{_S}{_F})?)?"
    rf"|\s*[Ss](?:{_S}{_F}){{0,3}}|{_F})"
    rf"(?:{_S}(?P<bank>{_F})(?:{_S}(?P<customer>{_F})(?:{_S}(?P<text>.*))?)?)?)?)?$"
)
_DISTRIBUTION = re.compile(rf"({_F}{_S}{_F}{_S})\s*[Dd]{_S}\s*(\d{{1,4}})")
_WHOLE_NUMBER = r"^[+-]?\d{1,22}$"
_NO_REF = r"^[0\s]*$"
_MINOR = pl.Decimal(38, 0)
_INFORMATION = "890"
_REMEDY = "ask the bank what it means; the record stays in quarantine and can be retried"


def details(records: pl.DataFrame) -> pl.DataFrame:
    """The cells of the details of `lines.cut`, and the direction of each.

    `minor` is the amount as printed, null where it is no number; `direction` is 1 for credits, -1
    for debits, 0 where neither type code nor sign tells. A type code is a credit from 100 to 399
    and, if customised, from 920 to 959; a debit from 400 to 699 and from 960 to 999. A debit with a
    minus sign may be a reversal, or a debit whose bank signs it twice.
    """
    rows = records.filter(pl.col("code") == "16")
    cells = _cells(rows)
    number = pl.col("kind").cast(pl.Int32, strict=False)
    is_credit = number.is_between(100, 399) | number.is_between(920, 959)
    is_debit = number.is_between(400, 699) | number.is_between(960, 999)
    is_minus = pl.col("amount").str.starts_with("-")
    return cells.with_columns(
        pl.col("kind", "amount", "value_day").str.strip_chars()
    ).with_columns(
        minor=pl.when(pl.col("amount").str.contains(_WHOLE_NUMBER))
        .then(pl.col("amount").str.strip_prefix("+"))
        .cast(_MINOR, strict=False),
        direction=pl.when(is_credit).then(1).when(is_debit & ~is_minus).then(-1)
        .otherwise(0).fill_null(0),
        is_marker=(pl.col("kind") == _INFORMATION).fill_null(value=False)
        & pl.col("amount").str.contains("^0*$").fill_null(value=True),
    )  # fmt: skip


def sums(cells: pl.DataFrame) -> dict[int, dict[int, Sums]]:
    """What the details of each account come to, by file_no and statement_no."""
    minor, direction = pl.col("minor"), pl.col("direction")
    is_doubtful = (direction == 0) & minor.is_not_null() & ~pl.col("is_marker")
    is_unreadable = minor.is_null() & pl.col("amount").str.contains(r"\S").fill_null(value=False)
    found: dict[int, dict[int, Sums]] = {}
    for file_no, statement_no, *rest in (
        cells.group_by(_KEY)
        .agg(
            minor.sum().alias("printed"),
            minor.filter(direction == 1).sum().alias("credits"),
            minor.filter(direction == -1).sum().alias("debits"),
            minor.filter(is_doubtful).abs().sum().alias("doubtful"),
            is_doubtful.sum().alias("doubtful_count"),
            is_unreadable.sum().alias("unreadable_count"),
        )
        .iter_rows()
    ):
        printed, credit, debit, doubtful, *counts = (int(one or 0) for one in rest)
        found.setdefault(file_no, {})[statement_no] = Sums(
            printed, credit - debit, doubtful, *counts
        )
    return found


def records(
    cells: pl.DataFrame, accounts: dict[tuple[int, int], Account]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """RECORD in the order of the files, and FINDING for those that cannot be booked."""
    held = pl.DataFrame(
        [
            (*key, one.exponent, one.turn, one.void, one.is_pending, one.row["ends_text"])
            for key, one in accounts.items()
        ],
        schema={
            **dict.fromkeys(_KEY, pl.UInt32()),
            "exponent": pl.Int32(),
            "turn": pl.Int32(),
            "void": pl.String(),
            "is_pending": pl.Boolean(),
            "booked_text": pl.String(),
        },
        orient="row",
    )
    rows = (
        cells.filter(~pl.col("is_marker"))
        .join(held, on=_KEY, how="inner", maintain_order="left")
        .with_columns(_way().alias("way"))
        .with_columns(
            pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).over("file_no").alias("record_no"),
            pl.format("line {}", "line").alias("place"),
            (pl.when(pl.col("way") < 0).then(pl.lit("-")).otherwise(pl.lit("")) + _in_units())
            .fill_null(pl.col("amount"))
            .alias("amount_text"),
            _day("value_day").alias("valued_text"),
            pl.coalesce(_ref("bank"), _ref("customer")).alias("bank_ref"),
            pl.coalesce(_in_line("text"), _in_line("customer")).alias("description"),
            pl.col("kind").alias("kind_code"),
            pl.lit(None, pl.String).alias("currency_text"),
            _code().alias("code"),
        )
    )
    is_aside = pl.col("code").is_not_null()
    kept = rows.filter(~is_aside)
    unused = [
        pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in RECORD.items()
        if name not in kept.columns
    ]
    return kept.with_columns(unused).select(RECORD.names()), _findings(rows.filter(is_aside))


def _cells(rows: pl.DataFrame) -> pl.DataFrame:
    """The cells of each detail: kind, amount, value_day, bank, customer and text.

    Most details are cut at their first commas; those whose fields go on in a continuation, or that
    distribute funds, need a closer look.
    """
    head = pl.col("content").str.splitn(",", 4)
    names = ["kind", "amount", "funds", "rest"]
    cut = rows.with_columns(head.struct.rename_fields(names).alias("head")).unnest("head")
    is_valued = pl.col("funds").str.contains("^[ ]*[Vv][ ]*$").fill_null(value=False)
    plain = pl.when(~is_valued).then("rest").str.splitn(",", 3)
    valued = pl.when(is_valued).then("rest").str.splitn(",", 5)
    cut = cut.with_columns(
        plain.struct.rename_fields(["bank", "customer", "text"]).alias("plain"),
        valued.struct.rename_fields(
            ["value_day", "value_time", "valued_bank", "valued_customer", "valued_text"]
        ).alias("valued"),
    ).unnest("plain", "valued")
    cut = cut.with_columns(
        pl.coalesce(name, f"valued_{name}").alias(name) for name in ("bank", "customer", "text")
    ).with_columns(
        is_odd=pl.col("funds").str.contains(r"[SsDd\n]").fill_null(value=False)
        | pl.col("value_time").str.contains("\n", literal=True).fill_null(value=False)
    )
    fields = ("kind", "amount", "value_day", "bank", "customer")
    is_odd = pl.col("is_odd") | pl.any_horizontal(
        pl.col(name).str.contains("\n", literal=True).fill_null(value=False) for name in fields
    )
    cut = cut.with_columns(is_odd=is_odd)
    if not cut["is_odd"].any():
        return cut
    odd = cut.filter("is_odd").drop(*fields, "text")
    plain_text = odd["content"].map_elements(_without_distribution, return_dtype=pl.String)
    found = odd.with_columns(plain_text.str.extract_groups(_DETAIL).alias("cells")).unnest("cells")
    together = pl.concat([cut.filter(~pl.col("is_odd")), found.select(cut.columns)])
    return together.sort("file_no", "first_no")


def _without_distribution(content: str) -> str:
    """Take the count and the pairs of days and amounts of a funds type D out of a detail."""
    match = _DISTRIBUTION.match(content)
    if match is None:
        return content
    rest = content[match.end() :]
    pairs = re.match(rf"(?:{_S}{_F}){{0,{2 * int(match[2])}}}", rest)
    return match[1] + "D" + rest[pairs.end() if pairs else 0 :]


def _way() -> pl.Expr:
    """1 into the account, -1 out of it, 0 unknown: the type code tells, else the balances."""
    minus = pl.col("minor") < 0
    told = pl.when(minus).then(-pl.col("direction")).otherwise(pl.col("direction"))
    return pl.when(pl.col("direction") == 0).then(pl.col("turn")).otherwise(told)


def _in_units() -> pl.Expr:
    """The amount without sign in the unit of its currency; null where it is no number."""
    digits = (
        pl.when(pl.col("minor").is_not_null()).then(pl.col("amount")).otherwise(None)
    ).str.strip_chars_start("+-")
    text = digits
    for places in (2, 3, 4):
        padded = digits.str.zfill(places + 1)
        cents = padded.str.head(-places) + "." + padded.str.tail(places)
        text = pl.when(pl.col("exponent") == places).then(cents).otherwise(text)
    return text


def _day(name: str) -> pl.Expr:
    """A day YYMMDD as YYYYMMDD; any other text stays."""
    text = pl.col(name)
    century = pl.when(text >= "70").then(pl.lit("19")).otherwise(pl.lit("20"))
    return pl.when(text.str.contains(r"^\d{6}$")).then(century + text).otherwise(text)


def _ref(name: str) -> pl.Expr:
    """A reference; blanks and zeros only are none."""
    return pl.when(~pl.col(name).str.contains(_NO_REF)).then(pl.col(name).str.strip_chars())


def _in_line(name: str) -> pl.Expr:
    """Text on one line with its blanks drawn together; null if nothing is left."""
    drawn = pl.col(name).str.replace_all(r"\s+", " ").str.strip_chars()
    return pl.when(drawn != "").then(drawn)


def _code() -> pl.Expr:
    """Why a detail cannot be booked, null if it can; a blank amount is left to the typing."""
    has_amount = (pl.col("amount") != "").fill_null(value=False)
    return (
        pl.when(pl.col("void") != "")
        .then(pl.lit(Code.UNREADABLE_ROW.value))
        .when(has_amount & pl.col("minor").is_null())
        .then(pl.lit(Code.AMOUNT_UNREADABLE.value))
        .when(has_amount & (pl.col("way") == 0))
        .then(pl.lit(Code.AMOUNT_AMBIGUOUS.value))
    )


def _findings(rows: pl.DataFrame) -> pl.DataFrame:
    amount, kind = (
        pl.col("amount").fill_null("").str.head(80),
        pl.col("kind").fill_null("").str.head(80),
    )
    said = {
        Code.UNREADABLE_ROW: pl.format("the bank says that this group is {}", "void"),
        Code.AMOUNT_UNREADABLE: pl.format('amount "{}" is not a whole number of cents', amount),
        Code.AMOUNT_AMBIGUOUS: pl.format(
            'type code "{}" and amount {} do not tell whether money came or went, '
            "and no balances decide",
            kind,
            amount,
        ),
    }  # fmt: skip
    message = pl.lit(None, dtype=pl.String)
    for code, text in said.items():
        message = pl.when(pl.col("code") == code.value).then(text).otherwise(message)
    return rows.with_columns(
        message.alias("message"),
        pl.lit(_REMEDY).alias("remedy"),
        pl.lit(value=True).alias("is_set_aside"),
    ).select(pl.col(name).cast(dtype) for name, dtype in FINDING.items())
