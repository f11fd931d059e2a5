"""How each QIF file writes dates and amounts: settled once a file, by what is written in it.

QIF does not say whether 03/04/2021 is in March or in April, or whether 1,500 is a thousand and a
half or one and a half. One date or amount that can be read in one way only settles all others.
"""

import polars as pl

MIN_DAYS = 5
"""So many different days must follow each other in one order alone before that order decides."""

CLOSER = 10
"""So many times shorter must be the span of the days with the year in front to be believed."""

_DATE = (
    r"^\s*(?:(?P<first>\d{1,4})\s*[/.\-]\s*(?P<second>\d{1,2})\s*(?P<separator>[/.\-'])\s*"
    r"(?P<third>\d{1,4})|(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d))"
    r"(?:[ T]+\d{1,2}:[\d:.]+(?:\s*[AaPp][Mm])?)?\s*$"
)
_NAMED = r"^\s*(?P<day>\d{1,2})[ \-](?P<name>[A-Za-z]{3})[a-z]*[ \-](?P<year>\d{4})\s*$"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_COMMA = r"(?:^0?,\d|,\d{1,2}$|,\d{4,}$|\.\d{3},|\.\d{3}\.\d{3})"
_POINT = r"(?:^0?\.\d|\.\d{1,2}$|\.\d{4,}$|,\d{3}\.|,\d{3},\d{3})"
_PLAIN = r"^[+-]?\d+\.\d\d$"  # nearly all; it is a point and no comma
_OPEN = r"^[1-9]\d{0,2}[.,]\d{3}$"
_LAST_CENTURY = 70


def with_days(records: pl.DataFrame, orders: dict[int, str]) -> pl.DataFrame:
    """Add `day` (Date, null if unreadable) and `order`: mdy, dmy, clash, open or year.

    Args:
        records: file_no, statement_no and date_text, in the order of the files.
        orders: the orders that files state themselves, by file_no.
    """
    texts = _readings(records.select("date_text").unique())
    cells = records.join(texts, on="date_text", how="left", nulls_equal=True, maintain_order="left")
    # a program that marks the years from 2000 on writes those before them plainly
    is_marked = (pl.col("separator") == "'").any().over("file_no").fill_null(value=False)
    if texts["separator"].is_in(["'"]).any():
        cells = cells.with_columns(
            pl.when(is_marked).then(f"{name}_of_old").otherwise(name).alias(name)
            for name in ("mdy", "dmy")
        )
    settled = _settled(cells, orders)
    return cells.join(settled, on="file_no", how="left", maintain_order="left").with_columns(
        day=pl.when(~pl.col("is_loose"))
        .then(pl.col("fixed"))
        .when(pl.col("order") == "mdy")
        .then(pl.col("mdy"))
        .when(pl.col("order") == "dmy")
        .then(pl.col("dmy"))
    )


def _readings(texts: pl.DataFrame) -> pl.DataFrame:
    """What each text can mean as a date; there are far fewer texts than records.

    Returns:
        the frame with fixed (a date with the year in front), mdy and dmy, these also `_of_old` for
        files that mark the years from 2000 on; ymd, of dates of three pairs of digits; separator,
        and is_loose: not known from itself.
    """
    parts = pl.col("date_text").str.extract_groups(_DATE)
    cells = texts.with_columns(parts.alias("parts")).unnest("parts")
    a, b, third = (
        pl.col(name).cast(pl.Int32, strict=False) for name in ("first", "second", "third")
    )
    is_year_first = pl.col("first").str.len_bytes() == 4
    width = pl.col("third").str.len_bytes()
    is_old = third >= _LAST_CENTURY
    plain = pl.when(is_old).then(1900).otherwise(2000)
    marked = pl.when(pl.col("separator") == "'").then(plain).otherwise(1900)

    def year(century: pl.Expr) -> pl.Expr:
        return pl.when(width == 4).then(third).when(width <= 2).then(third + century)

    is_fixed = pl.col("year").is_not_null() | is_year_first
    return cells.select(
        "date_text",
        "separator",
        fixed=pl.when(pl.col("year").is_not_null())
        .then(_date(*(pl.col(name).cast(pl.Int32) for name in ("year", "month", "day"))))
        .when(is_year_first)
        .then(_date(a, b, third))
        .otherwise(_named()),
        mdy=_date(year(plain), a, b),
        dmy=_date(year(plain), b, a),
        mdy_of_old=_date(year(marked), a, b),
        dmy_of_old=_date(year(marked), b, a),
        ymd=pl.when((pl.col("separator") != "'") & (width <= 2)).then(_date(a + 2000, b, third)),
        is_loose=~is_fixed.fill_null(value=True),
    )


def _named() -> pl.Expr:
    """A day with an English month, such as 12 May 2025: American Express Canada (2025)."""
    parts = pl.col("date_text").str.extract_groups(_NAMED).struct
    months = {name: number for number, name in enumerate(_MONTHS, start=1)}
    name = parts.field("name").str.to_lowercase()
    month = name.replace_strict(months, default=None, return_dtype=pl.Int32)
    return _date(parts.field("year").cast(pl.Int32), month, parts.field("day").cast(pl.Int32))


def marks_of(amounts: pl.DataFrame) -> pl.DataFrame:
    """One row a file: file_no and `mark`, the decimal mark: "point", "comma", "both" or "none".

    Args:
        amounts: file_no and amount_text of everything that is money in the files.
    """
    is_plain = pl.col("amount_text").str.contains(_PLAIN).fill_null(value=False)
    told = amounts.select("file_no", "amount_text", is_plain=is_plain)
    others = told.filter(~pl.col("is_plain"))
    body = _body("amount_text")
    evidence = [
        told.filter("is_plain").select(
            "file_no", has_comma=pl.lit(value=False), has_point=pl.lit(value=True)
        ),
        others.select(
            "file_no", has_comma=body.str.contains(_COMMA), has_point=body.str.contains(_POINT)
        ),
    ]
    return (
        pl.concat(evidence)
        .group_by("file_no")
        .agg(pl.col("has_comma", "has_point").any())
        .select(
            "file_no",
            mark=pl.when(pl.col("has_comma") & pl.col("has_point"))
            .then(pl.lit("both"))
            .when("has_comma")
            .then(pl.lit("comma"))
            .when("has_point")
            .then(pl.lit("point"))
            .otherwise(pl.lit("none")),
        )
    )


def is_ambiguous(column: str) -> pl.Expr:
    """May the amount be thousands or thousandths, with nothing in its file (`mark`) to decide?"""
    is_unsettled = pl.col("mark").is_in(["both", "none"])
    return (is_unsettled & _body(column).str.contains(_OPEN)).fill_null(value=False)


def with_point(column: str) -> pl.Expr:
    """The amount as printed, but with a decimal point where its file writes a comma (`mark`)."""
    text = pl.col(column)
    turned = text.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    is_comma = (pl.col("mark") == "comma") | (
        (pl.col("mark") == "both") & _body(column).str.contains(_COMMA)
    )
    return pl.when(is_comma).then(turned).otherwise(text)


def _settled(cells: pl.DataFrame, orders: dict[int, str]) -> pl.DataFrame:
    """One row a file: file_no and order."""
    mdy, dmy = pl.col("mdy").is_not_null(), pl.col("dmy").is_not_null()
    loose = pl.col("is_loose")
    evidence = cells.group_by("file_no").agg(
        (loose & mdy & ~dmy).any().alias("is_mdy"),
        (loose & dmy & ~mdy).any().alias("is_dmy"),
        (loose & mdy & dmy & (pl.col("mdy") != pl.col("dmy"))).any().alias("is_open"),
    )
    stated = pl.col("file_no").replace_strict(orders, default=None, return_dtype=pl.String)
    evidence = evidence.with_columns(
        order=pl.when(stated.is_not_null())
        .then(stated)
        .when(pl.col("is_mdy") & pl.col("is_dmy"))
        .then(pl.lit("clash"))
        .when("is_dmy")
        .then(pl.lit("dmy"))
        .when(pl.col("is_mdy") | ~pl.col("is_open"))
        .then(pl.lit("mdy"))
        .otherwise(pl.lit("open"))
    )
    undecided = evidence.filter(pl.col("order") == "open")["file_no"].to_list()
    if undecided:
        ways = _in_sequence(cells.filter(pl.col("file_no").is_in(undecided)))
        way = pl.col("file_no").replace_strict(ways, default=None, return_dtype=pl.String)
        evidence = evidence.with_columns(order=pl.coalesce(way, "order"))
    unstated = cells.filter(~pl.col("file_no").is_in(list(orders)))
    years = _years_first(unstated.join(evidence.select("file_no", "order"), on="file_no"))
    if years:
        order = pl.when(pl.col("file_no").is_in(years)).then(pl.lit("year")).otherwise("order")
        evidence = evidence.with_columns(order=order)
    return evidence.select("file_no", "order")


def _years_first(cells: pl.DataFrame) -> list[int]:
    """The files whose days belong together if the year stands in front, and not as settled.

    They follow each other, or lie far closer together.
    """
    rows = cells.filter(pl.col("order").is_in(["mdy", "dmy"]) & pl.col("is_loose"))
    if not rows["ymd"].count():  # so it is with nearly all files
        return []
    day = pl.when(pl.col("order") == "mdy").then("mdy").otherwise("dmy").alias("day")
    steps = rows.select("file_no", day, "ymd").with_columns(
        pl.col("day", "ymd").diff().over("file_no").dt.total_days().name.suffix("_step")
    )
    told = steps.group_by("file_no").agg(
        *(
            ((pl.col(name) >= 0).all() | (pl.col(name) <= 0).all()).alias(name)
            for name in ("day_step", "ymd_step")
        ),
        *((pl.col(name).max() - pl.col(name).min()).dt.total_days() for name in ("day", "ymd")),
        is_whole=pl.col("ymd").is_not_null().all() & (pl.col("ymd").n_unique() >= MIN_DAYS),
    )
    follows = pl.col("ymd_step") & ~pl.col("day_step")
    is_closer = pl.col("ymd") * CLOSER < pl.col("day")
    return told.filter(pl.col("is_whole") & (follows | is_closer))["file_no"].to_list()


def _in_sequence(cells: pl.DataFrame) -> dict[int, str]:
    """The files whose days follow each other, up or down, in one order of reading alone."""
    found: dict[int, str] = {}
    rows = cells.filter(pl.col("is_loose")).drop_nulls(["mdy", "dmy"])
    for key, group in rows.group_by("file_no"):
        ways = [
            name
            for name in ("mdy", "dmy")
            if all(
                part[name].is_sorted() or part[name].is_sorted(descending=True)
                for _, part in group.group_by("statement_no", maintain_order=True)
            )
        ]
        if len(ways) == 1 and group[ways[0]].n_unique() >= MIN_DAYS:
            found[int(str(key[0]))] = ways[0]
    return found


def _body(column: str) -> pl.Expr:
    """An amount without blanks, sign and dollar sign."""
    return pl.col(column).str.replace_all(r"[\s$]", "").str.strip_chars("+-\u2212()")


def _date(year: pl.Expr, month: pl.Expr, day: pl.Expr) -> pl.Expr:
    """The day, null if there is no such day."""
    start = pl.date(year.clip(1, 9999), month.clip(1, 12), 1)
    found = start + pl.duration(days=day.clip(1, 31) - 1)
    is_day = (found.dt.month() == month) & (found.dt.day() == day) & (found.dt.year() == year)
    return pl.when(is_day).then(found)
