"""The entries of many MT940 and MT942 files, cut into cells at once: an expression a cell."""

import re
from collections.abc import Iterable

import polars as pl

from schemas.findings import FINDING, Code
from schemas.phrase import phrase
from schemas.transactions import RECORD
from tasks.extract.formats.mt94x.directions import are_turned, are_vague, directions
from tasks.extract.formats.mt94x.messages import Changes
from tasks.extract.formats.mt94x.texts import about, in_line
from tasks.extract.lines import remarks

HELD = {
    "file_no": pl.UInt32,
    "statement_no": pl.UInt32,
    "is_pending": pl.Boolean,
    "before": pl.UInt32,
    "first": pl.UInt32,
    "count": pl.UInt32,
}
"""A row a statement: how many entries of the batch stand before its file, the number of its first
entry in the batch, from 0, and how many it holds."""

_YEARS = (0, -1, 1)
_TAG = r"^:\n?61:"
_TAG_WIDTH = len("61:")
# An amount in groups, which the handbook forbids, is kept whole, so that it is none.
_GROUPED = r"[0-9]{1,3}(?:[ '\u2019\u00a0][0-9]{3})+[.,][0-9]*"
_ENTRY = (
    r"^(?P<start>61:\s*(?P<value_day>[0-9]{6})(?P<entry_day>[0-9]{4}| {4})?\s*"
    r"(?P<mark>RC|RD|EC|ED|C|D)[A-Z]?\s*(?P<amount>" + _GROUPED + r"|[.,]*[0-9][0-9.,]*)[ \t]*)"
)
# As the handbook has it, with the references: most entries, in one look without a step back.
USUAL = (
    r"^61:(?P<value_day>[0-9]{6})(?P<entry_day>[0-9]{4})?"
    r"(?P<mark>[RE]?[CD])[A-Z]?(?P<amount>[0-9]+,[0-9]*)"
    r"(?P<kind_code>[SF][A-Z0-9 ]{3}|N[A-NP-Z0-9][A-Z0-9 ]{2})"
    r"(?P<ours>[^/\n]*)(?://(?P<theirs>[^\n]*))?(?:\n(?P<more>(?s:.*)))?$"
)
_KIND = r"^(?:[SNF][A-Z0-9 ]{3}|[A-Z][A-Z0-9]{3})"
_KIND_WIDTH = 4
_BROKEN_REF = r"^((?:[^/\n]|/[^/\n])*)\n//"
_SUPPLEMENT_WIDTH = 34
_NO_REFS = ["", "NONREF"]
# Behind less than two decimals these are no reference, but a damaged digit: O and I among them.
_DAMAGE = r"^[^A-HJ-NP-Z/\s]"
_WHOLE = r"[,.][0-9]{2,}$"
_POINT = r"^[0-9]+\.[0-9]{0,2}$"
_ORIGINAL = r"/OCMT/([A-Z]{3})([0-9.,]+)"
_RATE = r"/EXCH/([0-9.,]+)"
_REMITTANCE_NOTE = re.compile(r"^(?:0[1-9]|1[0-4])(.*)$", re.MULTILINE)
_NAME_NOTE = re.compile(r"^1[56](.*)$", re.MULTILINE)


def records(
    entries: list[pl.DataFrame],
    changes: Changes,
    held: Iterable[tuple[int, int, bool, int, int, int]],
    statements: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cut the entries into cells.

    Args:
        entries: the entries of the batch, as `fields.cut` makes them; they are used up.
        changes: what became of some of them.
        held: the statements, see HELD, in the order of their entries; entries that none of them
            holds fall away.
        statements: STATEMENT_TEXT of the same files; the balances may decide what a mark means.

    Returns:
        RECORD, in the order of the files; and FINDING, one for each entry that does not begin as
        an entry must, or whose amount may be another, and a remark on each that counts the other
        way round.
    """
    entries.reverse()
    parts = []
    while entries:  # one after the other, so that only their cells stay
        parts.append(_cells(entries.pop(), changes))
    if not parts:
        return RECORD.to_frame(), FINDING.to_frame()
    cells = _held(pl.concat(parts), held)
    parts.clear()
    amount, is_expected = pl.col("amount"), pl.col("mark").str.starts_with("E")
    cells = cells.with_columns(directions(cells, statements).alias("is_credit")).with_columns(
        pl.when("is_credit").then(amount).otherwise("-" + amount).alias("amount_text"),
        (pl.col("is_pending") | is_expected.fill_null(value=False)).alias("is_pending"),
    )
    unused = [
        pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in RECORD.items()
        if name not in cells.columns
    ]
    is_aside = cells["amount"].is_null() | are_vague(cells, statements)
    kept = cells.filter(~is_aside) if is_aside.any() else cells
    findings = [_findings(cells.filter(is_aside)), _turned(kept)]
    return kept.with_columns(unused).select(RECORD.names()), pl.concat(findings)


def _cells(entries: pl.DataFrame, changes: Changes) -> pl.DataFrame:
    """The cells of entries that need no other entry."""
    cells = cut_entries(_changed(entries, changes))
    return cells.select(
        "entry",
        "mark",
        "amount",
        "kind_code",
        _reference("theirs").alias("bank_ref"),
        pl.col("printed").alias("raw_text"),
        pl.concat_str(pl.lit("line "), pl.col("line").cast(pl.String)).alias("place"),
        *_days(cells),
        *_originals(cells["printed"]),
        *_meaning(cells, changes),
    )


def _changed(entries: pl.DataFrame, changes: Changes) -> pl.DataFrame:
    """The entries with their changes, and as printed, without blanks around."""
    text = pl.concat_str(pl.lit("\n"), "text_mark", "text")
    entries = entries.with_columns(
        pl.concat_str("head_mark", "head", text, ignore_nulls=True).alias("printed")
    )
    first, stop = entries["entry"][0], entries["entry"][-1] + 1
    for name, texts in (
        ("head", changes.heads),
        ("text", changes.texts),
        ("printed", changes.printed),
    ):
        own = {entry - first: text for entry, text in texts.items() if first <= entry < stop}
        if own:
            cells = pl.Series(list(own.values()), dtype=pl.String)
            entries = entries.with_columns(entries[name].clone().scatter(list(own), cells))
    return entries.with_columns(pl.col("printed").str.strip_chars())


def _held(
    entries: pl.DataFrame, held: Iterable[tuple[int, int, bool, int, int, int]]
) -> pl.DataFrame:
    """The entries that statements hold, with file, statement and number in the file."""
    first, entry = pl.col("first"), pl.col("entry")
    rows = (
        pl.DataFrame(list(held), schema=HELD, orient="row")
        .filter(pl.col("count") > 0)
        .with_columns(pl.int_ranges(first, first + pl.col("count"), dtype=pl.UInt32).alias("entry"))
        .explode("entry")
        .with_columns((entry - pl.col("before") + 1).alias("record_no"))
    )
    if rows.height != entries.height:
        entries = entries[rows["entry"]]
    numbers = rows.select("file_no", "statement_no", "is_pending", "record_no")
    return pl.concat([numbers, entries], how="horizontal")


def cut_entries(entries: pl.DataFrame) -> pl.DataFrame:
    """Add the parts of :61: as printed; all null where it has no day, mark and amount in front."""
    cells = entries.with_columns(pl.col("head").str.extract_groups(USUAL).struct.unnest())
    has_broken_ref = pl.col("more").str.starts_with("//").fill_null(value=False)
    is_usual = cells.select(pl.col("amount").is_not_null() & ~has_broken_ref).to_series()
    if is_usual.all():
        return cells
    unusual = cut_closely(cells.filter(~is_usual).select(entries.columns))
    return pl.concat([cells.filter(is_usual), unusual.select(cells.columns)]).sort("entry")


def cut_closely(entries: pl.DataFrame) -> pl.DataFrame:
    """The same of entries in which more may stand between the parts, or less.

    An amount with a damaged digit is kept with that sign, so that it is none.
    """
    head, rest, amount = pl.col("head"), pl.col("rest"), pl.col("amount")
    has_kind = rest.str.contains(_KIND) & ~rest.str.starts_with("NONREF")
    is_damaged = (
        rest.str.contains(_DAMAGE)
        & ~amount.str.contains(_WHOLE)
        & ~pl.col("start").str.contains(r"\s$")
    )
    behind = pl.when(has_kind).then(rest.str.slice(_KIND_WIDTH)).otherwise(rest)
    return (
        entries.with_columns(head.str.extract_groups(_ENTRY).struct.unnest())
        .with_columns(
            head.str.slice(pl.col("start").str.len_chars())
            .str.replace(_BROKEN_REF, "${1}//")
            .str.splitn("\n", 2)
            .struct.rename_fields(["rest", "more"])
            .struct.unnest()
        )
        .with_columns(
            pl.when(has_kind).then(rest.str.head(_KIND_WIDTH)).alias("kind_code"),
            behind.str.splitn("//", 2).struct.rename_fields(["ours", "theirs"]).struct.unnest(),
            pl.when(is_damaged)
            .then(amount + rest.str.head(1))
            .when(amount.str.contains(_POINT))
            .then(amount.str.replace(".", ",", literal=True))
            .otherwise(amount)
            .alias("amount"),
        )
        .drop("start", "rest")
    )


def _reference(name: str) -> pl.Expr:
    """A reference; NONREF says that there is none."""
    ref = pl.col(name).str.strip_chars()
    return pl.when(~ref.is_in(_NO_REFS)).then(ref)


def _days(cells: pl.DataFrame) -> list[pl.Series]:
    """The days of value and entry as eight digits.

    SWIFT reads the years 80 to 99 as the last century. The entry date MMDD is in the year nearest
    to the value date; without one, it is the value date. German banks count thirty days of interest
    a month: beside an entry date, 30 February is the end of that month.
    """
    key = ["value_day", "entry_day"]
    value, entry = pl.col("value_day"), pl.col("entry_day")
    days = cells.select(key).unique()
    century = pl.when(value.str.contains("^[89]")).then(pl.lit("19")).otherwise(pl.lit("20"))
    printed, first = century + value, century + value.str.head(4) + "01"
    is_odd = value.str.contains("^..02(?:29|30)$") & entry.str.contains("[0-9]")
    is_odd &= printed.str.to_date("%Y%m%d", strict=False).is_null()
    end = first.str.to_date("%Y%m%d", strict=False).dt.month_end().dt.strftime("%Y%m%d")
    days = days.with_columns(pl.when(is_odd).then(end).otherwise(printed).alias("valued_text"))
    year = pl.col("valued_text").str.head(4).cast(pl.Int32)
    days = days.with_columns(phrase("{}{}", year + gap, entry).alias(f"{gap}") for gap in _YEARS)
    valued = pl.col("valued_text").str.to_date("%Y%m%d", strict=False)
    apart = [
        (pl.col(f"{gap}").str.to_date("%Y%m%d", strict=False) - valued).dt.total_days().abs()
        for gap in _YEARS
    ]
    nearest = pl.min_horizontal(apart)
    chosen = pl.coalesce(
        pl.when(gap_days == nearest).then(pl.col(f"{gap}"))
        for gap, gap_days in zip(_YEARS, apart, strict=True)
    )
    booked = (
        pl.when(entry.str.contains("[0-9]"))
        .then(pl.coalesce(chosen, pl.col("0")))
        .otherwise(pl.col("valued_text"))
    )
    days = days.select(*key, "valued_text", booked.alias("booked_text"))
    found = cells.select(key).join(
        days, on=key, how="left", nulls_equal=True, maintain_order="left"
    )
    return [found["valued_text"], found["booked_text"]]


def _originals(printed: pl.Series) -> list[pl.Expr]:
    """The amount before it was converted, and the rate, where the entry names them."""
    told = printed.str.contains("/OCMT/", literal=True) | printed.str.contains(
        "/EXCH/", literal=True
    )
    names = ("original_currency", "original_amount_text", "exchange_rate_text")
    if not told.any():
        return [pl.lit(None, dtype=pl.String).alias(name) for name in names]
    flat = pl.when(told).then(pl.col("printed")).str.replace_all("\n", "", literal=True)
    cells = (
        flat.str.extract(_ORIGINAL, 1),
        flat.str.extract(_ORIGINAL, 2),
        flat.str.extract(_RATE, 1),
    )
    return [
        cell.str.replace(r"^([0-9]+)\.([0-9]*)$", "${1},${2}").alias(name)
        for name, cell in zip(names, cells, strict=True)
    ]


def _meaning(cells: pl.DataFrame, changes: Changes) -> list[pl.Series]:
    """Description and counterparty, out of :86: and :NS:, or else of :61:.

    British banks write one text into the supplement of :61: and :86:: a supplement of full width
    runs into the field behind it.
    """
    lead = pl.col("more")
    runs_on = (lead.str.len_chars() == _SUPPLEMENT_WIDTH) & lead.str.contains(r"^[^/\n][^\n]*$")
    leads = cells.select(pl.when(runs_on).then(lead)).to_series()
    told = about(cells["text"].str.slice(_TAG_WIDTH), leads)
    if changes.notes:
        told = _with_notes(told, cells["entry"], changes.notes)
    description, counterparty = told["remittance"], told["counterparty"]
    silent = description.is_null().arg_true()
    if not silent.is_empty():
        own = cells.select("more", _reference("ours"))[silent]
        more, ours = in_line(own["more"]), in_line(own["ours"])
        description = description.scatter(silent, more.zip_with(more.is_not_null(), ours))
    return [description.alias("description"), counterparty]


def _with_notes(told: pl.DataFrame, entries: pl.Series, notes: dict[int, str]) -> pl.DataFrame:
    """What the entries are about, with what their notes add to it."""
    table = pl.DataFrame(
        [
            (entry, _found(_REMITTANCE_NOTE, note), _found(_NAME_NOTE, note))
            for entry, note in notes.items()
        ],
        schema={"entry": pl.Int64, "remitted": pl.String, "named": pl.String},
        orient="row",
    )
    both = told.with_columns(entries).join(table, on="entry", how="left", maintain_order="left")
    remittance = pl.concat_str("remittance", "remitted", separator=" ", ignore_nulls=True)
    is_noted = pl.col("remitted").is_not_null()
    both = both.with_columns(
        pl.when(is_noted).then(remittance).otherwise("remittance"),
        pl.coalesce("named", "counterparty").alias("counterparty"),
    )
    return both.select(in_line(both["remittance"]), "counterparty")


def _found(line: re.Pattern[str], note: str) -> str:
    """Some lines of :NS:, German free fields: 01 to 14 are the remittance, 15 and 16 the name."""
    return " ".join(" ".join(line.findall(note)).split())


def _turned(cells: pl.DataFrame) -> pl.DataFrame:
    """A remark on each reversal that counts the other way: a wrong mark elsewhere may be why."""
    message = "this reversal is read the other way round: only so do the balances close"
    return remarks(
        cells.filter(are_turned(cells)).with_columns(pl.lit(message).alias("message")),
        Code.REVERSAL_TURNED,
        "nothing to do, unless it contradicts what the bank shows",
    )


def _findings(cells: pl.DataFrame) -> pl.DataFrame:
    """One finding an entry that could not be cut, or whose amount may be another."""
    is_vague, is_tagged = pl.col("amount").is_not_null(), pl.col("raw_text").str.contains(_TAG)
    unreadable, vague = (pl.lit(one.value) for one in (Code.UNREADABLE_ROW, Code.AMOUNT_AMBIGUOUS))
    message = (
        pl.when(is_vague)
        .then(pl.lit("nothing tells where the cents of the amount begin, and no balances prove it"))
        .when(is_tagged)
        .then(pl.lit("the entry does not begin with a day, a mark and an amount (260131D12,50)"))
        .otherwise(pl.lit("the tag of the entry (:61:) is damaged"))
    )
    return cells.with_columns(
        pl.when(is_vague).then(vague).otherwise(unreadable).alias("code"),
        message.alias("message"),
        pl.lit("ask the bank for a new export").alias("remedy"),
        pl.lit(value=True).alias("is_set_aside"),
    ).select(pl.col(name).cast(dtype) for name, dtype in FINDING.items())
