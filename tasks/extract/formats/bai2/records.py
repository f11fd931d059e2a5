"""The details (records 16) of many BAI2 files, cut into cells at once: an expression a cell."""

import re
from collections.abc import Iterable
from decimal import Decimal

import polars as pl

from schemas.findings import FINDING, Code
from schemas.phrase import phrase
from schemas.transactions import RECORD
from tasks.extract.formats.bai2.accounts import Account, Sums
from tasks.extract.formats.bai2.lines import running

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
_WHOLE_NUMBER = r"^[+-]?[0-9]{1,22}$"
_SHORT_BYTES = 18  # so many digits go into an integer of 64 bits
_NO_REF = r"^[0\s]*$"
_MINOR = pl.Decimal(38, 0)
_INFORMATION = "890"
_SLICE_ROWS = 1 << 17  # details that are cut at once, so that memory follows what they say
_REMEDY = "ask the bank what it means; the record stays in quarantine and can be retried"


def details(records: pl.DataFrame) -> pl.DataFrame:
    """The cells of the details of `lines.cut`, and the direction of each.

    `minor` is the amount as printed, null where it is no number; `direction` is 1 for credits, -1
    for debits, 0 where neither type code nor sign tells. A type code is a credit from 100 to 399
    and, if customised, from 920 to 959; a debit from 400 to 699 and from 960 to 999. A debit with a
    minus sign may be a reversal, or a debit whose bank signs it twice.
    """
    rows = records.filter(pl.col("code") == "16")
    parts = [_directed(_cells(part)) for part in rows.iter_slices(_SLICE_ROWS)]
    return pl.concat(parts or [_directed(_cells(rows))])


def _directed(cells: pl.DataFrame) -> pl.DataFrame:
    """The cells that are needed further on, with `minor`, `direction` and `is_marker`."""
    kind, amount = pl.col("kind").str.strip_chars(), pl.col("amount").str.strip_chars()
    number = pl.col("kind").cast(pl.Int32, strict=False)
    is_credit = number.is_between(100, 399) | number.is_between(920, 959)
    is_debit = number.is_between(400, 699) | number.is_between(960, 999)
    return (
        cells.select(
            *_KEY, "line", "raw_text", kind, amount, pl.col("value_day").str.strip_chars(),
            "bank", "customer", "text",
        )
        .with_columns(
            minor=pl.col("amount").map_batches(_minor, return_dtype=_MINOR),
            direction=pl.when(is_credit).then(1)
            .when(is_debit & ~pl.col("amount").str.starts_with("-")).then(-1)
            .otherwise(0).fill_null(0),
            is_marker=(pl.col("kind") == _INFORMATION).fill_null(value=False)
            & pl.col("amount").str.contains("^0*$").fill_null(value=True),
        )
    )  # fmt: skip


def _minor(amount: pl.Series) -> pl.Series:
    """Whole numbers, null where there is none; nearly all amounts are short and need no search."""
    number = amount.cast(pl.Int64, strict=False)
    are_short = (amount.str.len_bytes() <= _SHORT_BYTES).all()
    if are_short and number.null_count() == amount.null_count():
        return number.cast(_MINOR)
    is_whole = amount.str.contains(_WHOLE_NUMBER)
    digits = amount.str.strip_prefix("+").to_frame("x").select(pl.when(is_whole).then("x"))
    return digits.to_series().cast(_MINOR, strict=False)


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
    places = held["exponent"].unique().to_list()
    rows = cells.filter(~pl.col("is_marker")).with_columns(
        running(pl.repeat(1, pl.len())).alias("record_no")
    )
    parts = [_booked(part, held, places) for part in rows.iter_slices(_SLICE_ROWS)]
    if not parts:
        return RECORD.to_frame(), FINDING.to_frame()
    return pl.concat([kept for kept, _ in parts]), pl.concat([aside for _, aside in parts])


def _booked(
    cells: pl.DataFrame, held: pl.DataFrame, places: Iterable[int]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """RECORD and FINDING of some details; those of files that were refused fall away."""
    rows = cells.join(held, on=_KEY, how="inner", maintain_order="left")
    rows = rows.with_columns(_way().alias("way"))
    rows = rows.with_columns(
        pl.concat_str(pl.lit("line "), pl.col("line").cast(pl.String)).alias("place"),
        _in_units(places).alias("amount_text"),
        _day("value_day").alias("valued_text"),
        pl.coalesce(_ref("bank"), _ref("customer")).alias("bank_ref"),
        _description(rows),
        pl.col("kind").alias("kind_code"),
        pl.lit(None, pl.String).alias("currency_text"),
        _code().alias("code"),
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
    cut = rows.with_row_index("row").with_columns(
        _fields("content", ["kind", "amount", "funds", "rest"])
    )
    is_valued = pl.col("funds").str.strip_chars(" ").is_in(["V", "v"]).fill_null(value=False)
    valued, plain = cut.filter(is_valued), cut.filter(~is_valued)
    days, names = ["value_day", "value_time"], ["bank", "customer", "text"]
    valued = valued.with_columns(_fields("rest", [*days, *names]))
    plain = plain.with_columns(
        *(pl.lit(None, pl.String).alias(name) for name in days), _fields("rest", names)
    )
    cut = valued if plain.is_empty() else plain
    if not (valued.is_empty() or plain.is_empty()):
        cut = pl.concat([valued, plain]).sort("row")
    fields = ("kind", "amount", "funds", *days, "bank", "customer")
    is_odd = pl.col("funds").str.contains("[SsDd]")
    if cut["content"].str.contains("\n", literal=True).any():
        breaks = (pl.col(name).str.contains("\n", literal=True) for name in fields)
        is_odd = pl.any_horizontal(is_odd, *breaks)
    odd = cut.filter(is_odd).drop("kind", "amount", "value_day", *names)
    if odd.is_empty():
        return cut
    content = odd["content"].map_elements(_without_distribution, return_dtype=pl.String)
    found = odd.with_columns(content.str.extract_groups(_DETAIL).struct.unnest())
    clear = cut.filter(~is_odd.fill_null(value=False))
    return pl.concat([clear, found.select(cut.columns)]).sort("row")


def _fields(name: str, names: list[str]) -> pl.Expr:
    """The fields of a text under these names, the last with all that follows."""
    cut = pl.col(name).str.splitn(",", len(names))
    return cut.struct.rename_fields(names).struct.unnest()


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


def _in_units(exponents: Iterable[int]) -> pl.Expr:
    """The signed amount in the unit of its currency; what is no number stays as printed.

    Args:
        exponents: the decimal places of all currencies that occur.
    """
    size = pl.col("minor").abs()
    signed = pl.when(pl.col("way") < 0).then(-size).otherwise(size)
    text = pl.col("amount")
    for places in exponents:
        number = (signed * pl.lit(Decimal(1).scaleb(-places))).cast(pl.String)
        text = pl.when(pl.col("exponent") == places).then(number).otherwise(text)
    return pl.coalesce(text, "amount")


def _day(name: str) -> pl.Expr:
    """A day YYMMDD as YYYYMMDD; any other text stays."""
    text = pl.col(name)
    century = pl.when(text >= "70").then(pl.lit("19")).otherwise(pl.lit("20"))
    return pl.when(text.str.contains(r"^\d{6}$")).then(century + text).otherwise(text)


def _ref(name: str) -> pl.Expr:
    """A reference; blanks and zeros only are none."""
    return pl.when(~pl.col(name).str.contains(_NO_REF)).then(pl.col(name).str.strip_chars())


def _description(rows: pl.DataFrame) -> pl.Series:
    """The text of each detail, or else the reference of the customer, in one line."""
    text = _in_line(rows["text"])
    silent = text.is_null().arg_true()
    if silent.is_empty():
        return text.alias("description")
    return text.scatter(silent, _in_line(rows["customer"].gather(silent))).alias("description")


def _in_line(text: pl.Series) -> pl.Series:
    """Text with its blanks drawn together; null if nothing is left."""
    ragged = text.str.contains(r"\s\s|[^\S ]").arg_true()
    if not ragged.is_empty():
        drawn = text.gather(ragged).str.replace_all(r"\s+", " ")
        text = text.clone().scatter(ragged, drawn)
    text = text.str.strip_chars()
    empty = (text == "").arg_true()
    return text if empty.is_empty() else text.scatter(empty, None)


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
        Code.UNREADABLE_ROW: phrase("the bank says that this group is {}", "void"),
        Code.AMOUNT_UNREADABLE: phrase('amount "{}" is not a whole number of cents', amount),
        Code.AMOUNT_AMBIGUOUS: phrase(
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
