"""The records of many QIF files, cut into cells at once: an expression a field, none a record."""

from collections.abc import Sequence

import polars as pl

from schemas.findings import FINDING, Code
from schemas.phrase import phrase
from schemas.statement import Convention
from schemas.transactions import DETAIL_TEXT, RECORD
from tasks.extract.formats.qif.document import Document
from tasks.extract.formats.qif.fields import values
from tasks.extract.formats.qif.marks import is_ambiguous, with_point
from tasks.extract.printed import amount_of

_FIELDS = {
    "date_text": "D",
    "total": "T",
    "higher_total": "U",
    "payee": "P",
    "memo": "M",
    "number": "N",
    "category": "L",
    "security": "Y",
    "transferred": "$",  # of an investment; else of its first split
}
_ACTIONS = {
    "in": "sell div intinc cgshort cgmid cglong miscinc rtrncap xin contribx shtsell",
    "out": "buy margint miscexp xout withdrwx cvrshrt",
    "none": "buyx sellx divx intincx cgshortx cgmidx cglongx miscincx miscexpx margintx rtrncapx "
    "shtsellx cvrshrtx reinvdiv reinvint reinvsh reinvmd reinvlg shrsin shrsout stksplit grant "
    "vest expire reminder",
}
_CASH_IN, _CASH_OUT, _NO_CASH = (names.split() for names in _ACTIONS.values())
_AS_PRINTED = ["cash"]
_SECTION = pl.Schema(
    {
        "file_no": pl.UInt32(),
        "statement_no": pl.UInt32(),
        "is_investment": pl.Boolean(),
        "first_line": pl.Int64(),
        "text": pl.Binary(),
    }
)


def cut(documents: Sequence[Document]) -> pl.DataFrame:
    """Cut many files into records.

    Returns:
        one row a record: file_no, statement_no, is_investment, line, raw_text and the texts of its
        fields, null where the record has none; and is_doubled, has it two dates or amounts.
    """
    sections = [
        (document.source.file_no, one) for document in documents for one in document.sections
    ]
    chunks = (
        pl.DataFrame(
            {
                "file_no": [file_no for file_no, _ in sections],
                "statement_no": [one.statement_no for _, one in sections],
                "is_investment": [one.is_investment for _, one in sections],
                "first_line": [one.line for _, one in sections],
                "text": [one.text for _, one in sections],
            },
            schema=_SECTION,
        )
        .with_row_index("section")
        .with_columns(pl.col("text").cast(pl.String).str.split("\n^"))
        .explode("text")
    )
    breaks = pl.col("text").str.count_matches("\n", literal=True)
    before = (pl.col("breaks") + 1).cum_sum().over("section") - pl.col("breaks") - 1
    bare = pl.col("text").str.strip_chars_start("\n")
    lead = pl.col("text").str.len_bytes() - bare.str.len_bytes()
    rows = (
        chunks.with_columns(breaks=breaks)
        .with_columns(
            line=pl.col("first_line") + before + lead, raw_text=bare.str.strip_chars_end(" \t\n")
        )
        .filter(pl.col("raw_text") != "")
        .with_columns(
            pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).over("file_no").alias("record_no")
        )
    )
    return rows.hstack(values(rows["text"], _FIELDS)).with_columns(
        amount_text=pl.coalesce(
            pl.when(pl.col("total").str.contains(r"\S")).then("total"), "higher_total", "total"
        )
    )


def splits(records: pl.DataFrame) -> pl.DataFrame:
    """The splits of records: category (S), memo (E) and amount ($), one row a split."""
    held = records.filter(
        ~pl.col("is_investment") & pl.col("text").str.contains("\nS", literal=True)
    )
    key = ["file_no", "statement_no", "record_no"]
    lines = held.select(
        *key, "line", text=pl.col("raw_text").str.split("\n"),
        offset=pl.int_ranges(0, pl.col("raw_text").str.count_matches("\n", literal=True) + 1),
    ).explode("text", "offset")  # fmt: skip
    code, cell = pl.col("text").str.slice(0, 1), pl.col("text").str.slice(1)
    return (
        lines.filter(code.is_in(["S", "E", "$", "%"]))
        .with_columns((code == "S").cum_sum().over(key).clip(lower_bound=1).alias("detail_no"))
        .group_by(*key, "detail_no", maintain_order=True)
        .agg(
            (pl.col("line") + pl.col("offset")).first().alias("line"),
            cell.filter(code == "S").first().alias("kind_code"),
            cell.filter(code == "E").first().alias("description"),
            cell.filter(code == "$").first().alias("amount_text"),
            pl.col("text").str.join("\n").alias("raw_text"),
        )
    )


def booked(records: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """RECORD, and FINDING for those that cannot be booked.

    Args:
        records: `cut`, with `day` and `mark` of `tasks.extract.formats.qif.marks`.
    """
    rows = records.with_columns(
        action=pl.when("is_investment").then(
            pl.col("number").fill_null("").str.strip_chars().str.to_lowercase()
        )
    ).with_columns(code=_code(), place=phrase("line {}", "line"))
    is_aside = pl.col("code").is_not_null()
    amount = with_point("amount_text")
    is_out = pl.col("action").is_in(_CASH_OUT).fill_null(value=False)
    kept = rows.filter(~is_aside).with_columns(
        booked_text=pl.col("day").dt.strftime("%Y%m%d"),
        amount_text=pl.when(is_out)
        .then("-" + amount.str.strip_chars().str.strip_prefix("+"))
        .otherwise(amount),
        description=_description(),
        counterparty=pl.when(~pl.col("is_investment")).then(pl.col("payee")),
        bank_ref=pl.when(~pl.col("is_investment")).then(pl.col("number")),
        kind_code=pl.when("is_investment").then(pl.col("number")).otherwise(pl.col("category")),
    )
    unused = [
        pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in RECORD.items()
        if name not in kept.columns
    ]
    return kept.with_columns(unused).select(RECORD.names()), _as_findings(
        rows.filter(is_aside).with_columns(message=_message()), is_set_aside=True
    )


def details(
    parts: pl.DataFrame, records: pl.DataFrame, rule: Convention
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """DETAIL_TEXT, and a remark for each record whose splits do not make its amount.

    Args:
        parts: `splits` with `mark`.
        records: RECORD.
        rule: how amounts are written.
    """
    if parts.is_empty():
        return DETAIL_TEXT.to_frame(), FINDING.to_frame()
    told = parts.with_columns(
        amount_text=pl.when(~is_ambiguous("amount_text")).then(with_point("amount_text")),
        place=phrase("line {}", "line"),
        detail_no=pl.col("detail_no").cast(pl.UInt32),
    )
    unused = [
        pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in DETAIL_TEXT.items()
        if name not in told.columns
    ]
    frame = told.with_columns(unused).select(DETAIL_TEXT.names())
    key = ["file_no", "statement_no", "record_no"]
    sums = frame.group_by(key, maintain_order=True).agg(
        amount_of("amount_text", rule).sum().alias("split_sum"),
        amount_of("amount_text", rule).is_null().any().alias("is_partial"),
    )
    off = (
        records.join(sums, on=key, how="inner", maintain_order="left")
        .with_columns(amount=amount_of("amount_text", rule))
        .filter(~pl.col("is_partial") & (pl.col("amount") != pl.col("split_sum")))
        .with_columns(
            code=pl.lit(Code.STATED_SUM_DIFFERS.value),
            message=phrase("its splits do not make its amount {}", "amount_text"),
            remedy=pl.lit("the amount that was booked stands; see the raw text for the splits"),
        )
    )
    return frame, _as_findings(off, is_set_aside=False)


def unread_openings(statements: pl.DataFrame) -> pl.DataFrame:
    """FINDING, a remark for each opening balance that can be read in two ways.

    Args:
        statements: STATEMENT_TEXT as printed, with `mark`.
    """
    rows = statements.filter(is_ambiguous("opening_text")).with_columns(
        record_no=pl.lit(None, dtype=pl.UInt32),
        place=phrase("statement {}", "statement_no"),
        code=pl.lit(Code.BALANCE_UNREADABLE.value),
        message=phrase(
            'opening balance "{}" may be thousands or thousandths; nothing here decides',
            "opening_text",
        ),
        remedy=pl.lit("export a longer period, or as OFX; the transactions stand without it"),
        raw_text=pl.col("opening_text"),
    )
    return _as_findings(rows, is_set_aside=False)


def _code() -> pl.Expr:
    """Why a record cannot be booked, null if it can; what is missing is left to the typing."""
    has_date = pl.col("date_text").str.contains(r"\S").fill_null(value=False)
    is_minus = pl.col("amount_text").str.contains("[-(\u2212]").fill_null(value=False)
    return (
        pl.when("is_doubled")
        .then(pl.lit(Code.UNREADABLE_ROW.value))
        .when(has_date & pl.col("day").is_null())
        .then(pl.lit(Code.DATE_UNREADABLE.value))
        .when(pl.col("action").is_in(_NO_CASH) & _is_partial())
        .then(pl.lit(Code.UNREADABLE_ROW.value))
        .when(pl.col("action").is_in(_NO_CASH))
        .then(pl.lit(Code.MOVES_NO_CASH.value))
        .when(~pl.col("action").is_in([*_CASH_IN, *_CASH_OUT, *_AS_PRINTED]))
        .then(pl.lit(Code.UNREADABLE_ROW.value))
        .when(is_ambiguous("amount_text") | (pl.col("action").is_in(_CASH_OUT) & is_minus))
        .then(pl.lit(Code.AMOUNT_AMBIGUOUS.value))
    )


def _is_partial() -> pl.Expr:
    """Is another amount transferred than is paid? Then the rest moves cash of this account."""
    amount, transferred = (
        pl.col(name).str.replace_all(r"[\s$+-]", "") for name in ("amount_text", "transferred")
    )
    return ((amount != transferred) & (transferred != "")).fill_null(value=False)


def _message() -> pl.Expr:
    action, amount = pl.col("number").str.head(40), pl.col("amount_text").str.head(80)
    is_doubled = pl.col("text").str.contains(r"(?s)\nD.*\nD|\nT.*\nT")
    is_action = pl.col("action").is_not_null() & ~is_doubled
    return (
        pl.when(pl.col("code") == Code.UNREADABLE_ROW.value)
        .then(
            pl.when(pl.col("action").is_in(_NO_CASH) & _is_partial())
            .then(phrase('"{}" transfers but a part of its amount; the rest is cash', action))
            .when(is_action & (pl.col("action") == ""))
            .then(pl.lit("it names no action (N); it may move cash or not"))
            .when(is_action)
            .then(phrase('the action "{}" is not known; it may move cash or not', action))
            .otherwise(pl.lit("the record has two dates or amounts; a ^ is missing in it"))
        )
        .when(pl.col("code") == Code.DATE_UNREADABLE.value)
        .then(
            phrase(
                'date "{}" is not a day written as {}, as the file writes them',
                pl.col("date_text").str.head(40),
                pl.when(pl.col("order") == "dmy")
                .then(pl.lit("day, month, year"))
                .otherwise(pl.lit("month, day, year")),
            )
        )
        .when(pl.col("code") == Code.MOVES_NO_CASH.value)
        .then(phrase('the action "{}" moves no cash of this account', action))
        .when((pl.col("code") == Code.AMOUNT_AMBIGUOUS.value) & is_ambiguous("amount_text"))
        .then(phrase('amount "{}" may be thousands or thousandths; nothing here decides', amount))
        .when(pl.col("code") == Code.AMOUNT_AMBIGUOUS.value)
        .then(phrase('the action "{}" pays money out, but its amount is negative', action))
    )


def _description() -> pl.Expr:
    """Payee and memo, of an investment the security too; when one holds the other, the longer."""
    first = pl.when("is_investment").then(pl.coalesce("security", "payee")).otherwise("payee")
    first, memo = first.str.strip_chars().fill_null(""), pl.col("memo").fill_null("")
    memo = memo.str.strip_chars()
    return (
        pl.when(memo.str.contains(first, literal=True))
        .then(memo)
        .when(first.str.contains(memo, literal=True))
        .then(first)
        .otherwise(first + " " + memo)
    )


def _as_findings(rows: pl.DataFrame, *, is_set_aside: bool) -> pl.DataFrame:
    if "remedy" not in rows.columns:
        remedies = {
            Code.UNREADABLE_ROW: "correct the record in the program that wrote it; export again",
            Code.DATE_UNREADABLE: "correct the date in the program that wrote it; export again",
            Code.MOVES_NO_CASH: "nothing to do; shares and other accounts are not read here",
            Code.AMOUNT_AMBIGUOUS: "export a longer period, or as OFX",
        }
        rows = rows.with_columns(
            remedy=pl.col("code").replace_strict(
                {code.value: text for code, text in remedies.items()},
                default=None,
                return_dtype=pl.String,
            )
        )
    return rows.with_columns(is_set_aside=pl.lit(is_set_aside)).select(
        pl.col(name).cast(dtype) for name, dtype in FINDING.items()
    )
