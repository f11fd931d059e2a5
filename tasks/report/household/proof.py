"""How far the figures can be trusted: days covered, what is unproven, and why."""

from collections.abc import Mapping, Sequence
from datetime import date

from schemas.masking import masked_numbers
from tasks.report.household import words
from tasks.report.household.asking import Marts, Row, grouped
from tasks.report.household.model import Cell, Group, Head, Note, Scope, Section, Table, Tone

_MONTHS = 12
_STATES: dict[str, tuple[str, Tone]] = {
    "contradicted": ("✗", "bad"),
    "missing": ("…", "warn"),
    "unproven": ("○", "warn"),
    "covered": ("●", ""),
    "proven": ("✓", "good"),
}
"""States of days, the worst first, each with its sign and tone."""


def coverage(marts: Marts, scope: Scope) -> Section:
    """A calendar of the last months: of which days does a statement tell?"""
    head = ("coverage", "Coverage calendar", _COVERAGE_LEAD)
    has_days = not marts.lacks("mart_coverage", "dim_date")
    if not has_days and (missing := marts.lacks("mart_statement_coverage")):
        return Section(*head, missing=("mart_coverage", *missing))
    months = _months_until(scope.month)
    sql = _DAYS_BY_STATE if has_days else _DAYS_COVERED
    rows = marts.rows(sql, owner=scope.owner, since=months[0], until=scope.month)
    notes = [Note(_LEGEND if has_days else _LEGEND_COVERED)]
    if not has_days:
        text = "mart_coverage is missing here: covered days may be proven or not."
        notes.append(Note(text, "warn"))
    names = marts.account_names()
    groups = [
        Group(
            words.owner(key[0]),
            tuple(notes),
            tables=(_calendar(group, months, names),),
        )
        for key, group in grouped(rows, "owner")
    ]
    return Section(*head, groups=tuple(groups))


def unproven(marts: Marts, scope: Scope) -> Section:
    """Statements and days that nothing proves, each with the reason."""
    head = ("unproven", "What is unproven, and why", _UNPROVEN_LEAD)
    if missing := marts.lacks("mart_reconciliation"):
        return Section(*head, missing=missing)
    since = _months_until(scope.month)[0]
    span = {"owner": scope.owner, "since": since, "until": scope.until}
    names = marts.account_names()
    statements = _named(marts.rows(_STATEMENTS, **span), names)
    has_spans = not marts.lacks("mart_coverage")
    spans = _named(marts.rows(_SPANS, **span) if has_spans else [], names)
    counts = {(row["owner"],): row for row in marts.rows(_COUNTS, owner=scope.owner)}
    return Section(
        *head,
        groups=tuple(
            _doubts(key, counts[key], statements.get(key, []), spans.get(key, []), scope.month)
            for key in counts
        ),
    )


def _named(rows: Sequence[Row], names: Mapping[object, str]) -> dict[tuple[object, ...], list[Row]]:
    """Rows by owner, each with what people call its account."""
    named = [{**row, "shown_name": names[row["account_id"]]} for row in rows]
    return dict(grouped(named, "owner"))


def _months_until(month: date) -> list[date]:
    last = month.year * 12 + month.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(last - _MONTHS + 1, last + 1)]


def _calendar(rows: Sequence[Row], months: Sequence[date], names: Mapping[object, str]) -> Table:
    lines = []
    for key, group in grouped(rows, "account_name", "account_id", "currency"):
        days: dict[date, dict[str, int]] = {}
        for row in group:
            days.setdefault(row["month"], {})[row["state"]] = row["day_count"]
        name = names[key[1]] + (f" ({key[2]})" if key[2] else "")
        lines.append((Cell(name), *(_square(days.get(month, {}), month) for month in months)))
    heads = (Head("Account"), *(Head(words.short_month(month)) for month in months))
    return Table("Months by account", heads, tuple(lines), is_calendar=True)


def _square(days: dict[str, int], month: date) -> Cell:
    told = ", ".join(f"{days[state]} {state}" for state in _STATES if days.get(state))
    for state, (sign, tone) in _STATES.items():
        if days.get(state):
            text = sign if state in ("proven", "covered") else f"{sign} {days[state]}"
            return Cell(text, tone, f"{words.month(month)}: days {told}")
    return Cell("", "soft", f"{words.month(month)}: before the first or after the last statement")


def _doubts(
    key: tuple[object, ...],
    counts: Row,
    statements: Sequence[Row],
    spans: Sequence[Row],
    month: date,
) -> Group:
    total = words.plural(counts["total_count"], "statement")
    tone: Tone = "good" if counts["proven_count"] == counts["total_count"] else "soft"
    notes = [Note(f"{counts['proven_count']:,} of {total} proven, over all time.", tone)]
    if counts["quarantined_count"]:
        held = words.plural(counts["quarantined_count"], "statement")
        notes.append(
            Note(f"{held} in quarantine: nothing of them is in any figure.", "bad"),
        )
    now = [row for row in statements if row["is_now"] or row["status"] == "quarantined"]
    before = [row for row in statements if row not in now]
    tables = []
    if now:
        tables.append(_statements(f"Statements that touch {words.month(month)}", now))
    if before:
        tables.append(_statements(f"Of the {_MONTHS - 1} months before it", before, is_folded=True))
    if spans:
        heads = (Head("Account"), Head("Days"), Head("State"), Head("Why"), _difference())
        rows = tuple(
            (
                Cell(row["shown_name"]),
                Cell(_span(row), is_whole=True),
                words.verdict(row["state"]),
                Cell(masked_numbers(row["because"] or "")),
                Cell(words.money(row["difference"], row["currency"])),
            )
            for row in spans
        )
        tables.append(Table("Days that nothing proves", heads, rows, is_folded=len(rows) > 12))
    return Group(words.owner(key[0]), tuple(notes), tables=tuple(tables))


def _statements(caption: str, rows: Sequence[Row], *, is_folded: bool = False) -> Table:
    heads = (Head("Account"), Head("Days"), Head("File"), Head("Proof"), Head("Why"), _difference())
    cells = tuple(
        (
            Cell(row["shown_name"]),
            Cell(_span(row), is_whole=True),
            Cell(masked_numbers(row["file_name"])),
            words.verdict(row["status"] if row["status"] != "loaded" else row["proof"]),
            Cell(_because(row)),
            Cell(words.money(row["difference"], row["currency"])),
        )
        for row in rows
    )
    return Table(caption, heads, cells, is_folded=is_folded)


def _difference() -> Head:
    return Head("Difference", is_number=True)


def _span(row: Row) -> str:
    if row["starts_on"] is None:
        return "not stated"
    return f"{words.day(row['starts_on'])} to {words.day(row['ends_on'])}"


def _because(row: Row) -> str:
    """Why a statement is not proven, from what the ledger keeps of it."""
    reasons = []
    if row["difference"]:
        reasons.append("its closing balance is not opening + movements")
    if row["chain_breaks"]:
        breaks = words.plural(row["chain_breaks"], "running balance does", "running balances do")
        reasons.append(f"{breaks} not follow from the one before")
    if row["set_aside_count"]:
        reasons.append(
            f"{words.plural(row['set_aside_count'], 'record was', 'records were')} set aside"
        )
    lacking = [
        name
        for name, value in (
            ("opening", row["opening_balance"]),
            ("closing", row["stated_closing"]),
        )
        if value is None
    ]
    if lacking and row["proof"] == "unproven":
        reasons.append(f"the bank states no {' and no '.join(lacking)} balance")
    if row["status"] == "accepted":
        reasons.append("a person accepted it against the arithmetic")
    return "; ".join(reasons) or "nothing independent to compare with"


_COVERAGE_LEAD = "Of which days a statement tells, and whether balances prove them."
_UNPROVEN_LEAD = "A figure is worth as much as the statements under it; these are not proven."
_LEGEND = (
    "✓ all days proven; ○ days told but not proven; … days of which no statement tells; "
    "✗ days that statements contradict. A square shows the worst of its month."
)
_LEGEND_COVERED = "● all days covered; … days of which no statement tells."
_DAYS_BY_STATE = """
SELECT c.owner, c.account_name, c.account_id, c.currency, d.month, c.state,
    count(*) AS day_count
FROM mart_coverage AS c
JOIN dim_date AS d ON d.day BETWEEN c.starts_on AND c.ends_on
WHERE ($owner IS NULL OR c.owner = $owner) AND d.month BETWEEN $since AND $until
GROUP BY ALL
ORDER BY c.owner, c.account_name, c.account_id, c.currency, d.month
"""
_DAYS_COVERED = """
SELECT owner, account_name, account_id, NULL AS currency, month, s.state, s.day_count
FROM mart_statement_coverage,
    unnest([
        {'state': 'covered', 'day_count': covered_days},
        {'state': 'missing', 'day_count': missing_days}
    ]) AS u (s)
WHERE ($owner IS NULL OR owner = $owner) AND month BETWEEN $since AND $until
ORDER BY owner, account_name, account_id, month
"""
_STATEMENTS = """
SELECT *, ends_on >= date_trunc('month', $until::DATE) AS is_now
FROM mart_reconciliation
WHERE ($owner IS NULL OR owner = $owner)
    AND (proof <> 'proven' OR status <> 'loaded')
    AND (starts_on IS NULL OR (ends_on >= $since AND starts_on <= $until))
ORDER BY owner, account_name, starts_on, file_name, statement_no
"""
_SPANS = """
SELECT * FROM mart_coverage
WHERE ($owner IS NULL OR owner = $owner)
    AND state <> 'proven' AND ends_on >= $since AND starts_on <= $until
ORDER BY owner, account_name, account_id, starts_on
"""
_COUNTS = """
SELECT owner, count(*) AS total_count,
    count(*) FILTER (WHERE proof = 'proven') AS proven_count,
    count(*) FILTER (WHERE status = 'quarantined') AS quarantined_count
FROM mart_reconciliation
WHERE $owner IS NULL OR owner = $owner
GROUP BY ALL
ORDER BY owner
"""
