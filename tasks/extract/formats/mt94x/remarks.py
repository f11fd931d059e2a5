"""What the bank states about a whole statement, and what its entries say to it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import polars as pl

from schemas.findings import FINDING, Code
from schemas.money import plain
from tasks.extract import lines
from tasks.extract.formats.mt94x.directions import number
from tasks.extract.formats.mt94x.messages import CREDIT_LIMIT
from tasks.extract.formats.mt94x.statements import Statement, with_comma

_SUM = re.compile(r"\s*(\d{1,5})([A-Z]{3})[ \t]*([\d.,]+)")
_LIMIT = re.compile(r"\s*[A-Z]{3}[CD]?[ \t]*([\d.,]+)")
_ENTRY_INSIDE = r"[^\n\s]:61:[0-9]{6}(?:[0-9]{4})?[RE]?[CD][A-Z]?[0-9]+,"
_DIGIT = re.compile(r"\d")
_MOST_SHOWN = 1000
_KEY = ["file_no", "statement_no"]
_SIDES = {"90C": "credits", "90D": "debits"}


def remarks(found: Mapping[int, Sequence[Statement]], records: pl.DataFrame) -> pl.DataFrame:
    """FINDING rows: balances that cannot be read, sums that do not agree, entries within others.

    And where the file ends within the beginning of a statement, or its last page is missing, and
    what stands behind the end.

    They set nothing aside. The sums of :90C: and :90D: belong to an interim report, whose entries
    are pending and come again in the statement, where the balances prove them. What a report leaves
    out because of its floor limit is no error.

    Args:
        found: the statements of each file, by its number.
        records: RECORD of the same files.
    """
    entries = _amounts(found, records)
    rows = [
        {
            "file_no": file_no,
            "statement_no": statement_no,
            "place": f"line {statement.pages[0].line}",
            "code": code.value,
            "message": message,
            "remedy": "ask the bank for a new export",
            "raw_text": raw_text.strip(),
            "is_set_aside": False,
        }
        for file_no, statement_no, statement in _numbered(found)
        for code, message, raw_text in (
            *_unread(statement),
            *_lost(statement),
            *_cut(statement),
            *_goes_on(statement),
            *_behind(statement),
            *_in_two_currencies(statement),
            *_disagreeing(statement, entries.get((file_no, statement_no), [])),
        )
    ]
    return pl.concat([pl.DataFrame(rows, schema=FINDING), _inside(records)])


def _inside(records: pl.DataFrame) -> pl.DataFrame:
    """Entries whose text holds another one, with its tag: a line end may be lost there."""
    text = pl.col("raw_text")
    several = records.filter(text.str.count_matches(":61:", literal=True) > 1)
    message = "an entry (:61:) stands in the middle of a line, where it is taken for text"
    found = several.filter(text.str.contains(_ENTRY_INSIDE))
    return lines.remarks(
        found.with_columns(pl.lit(message).alias("message")),
        Code.UNREADABLE_ROW,
        "ask the bank for a new export",
    )


def _numbered(found: Mapping[int, Sequence[Statement]]) -> Iterator[tuple[int, int, Statement]]:
    for file_no, statements in found.items():
        for statement_no, statement in enumerate(statements, start=1):
            yield file_no, statement_no, statement


def _amounts(
    found: Mapping[int, Sequence[Statement]], records: pl.DataFrame
) -> dict[tuple[int, int], list[str]]:
    """The amounts of the statements that state sums."""
    keys = [one[:2] for one in _numbered(found) if any(one[2].state(tag) for tag in _SIDES)]
    if not keys:
        return {}
    wanted = pl.DataFrame(keys, schema=dict.fromkeys(_KEY, pl.UInt32), orient="row")
    groups = records.join(wanted, on=_KEY, how="semi").group_by(_KEY).agg("amount_text")
    return {(file_no, number): texts for file_no, number, texts in groups.iter_rows()}


def _unread(statement: Statement) -> Iterator[tuple[Code, str, str]]:
    for page, name, title, stated in (
        (statement.pages[0], "60", "opening", statement.opening),
        (statement.pages[-1], "62", "closing", statement.closing),
    ):
        text = page.fields.get(name)
        if text is not None and (stated is None or number(stated.amount) is None):
            tag = f":{name}{page.pages[name]}:"
            expected = "a mark, a day, a currency and an amount (C260131EUR12,50)"
            message = f"the {title} balance ({tag}) is not {expected}"
            yield Code.BALANCE_UNREADABLE, message, tag + text


def _lost(statement: Statement) -> Iterator[tuple[Code, str, str]]:
    """Balances whose tags are damaged, and an opening one that is not there at all."""
    lost = [line for page in statement.pages for line in page.lost]
    for line in lost:
        message = "the tag of a balance (:60F:, :62F:) is damaged, so that it is not read"
        yield Code.BALANCE_UNREADABLE, message, line
    if not lost and "60" not in statement.pages[0].fields and "62" in statement.pages[-1].fields:
        message = "the opening balance (:60F:) is missing, though the closing one is there"
        yield Code.BALANCE_UNREADABLE, message, ""


def _cut(statement: Statement) -> Iterator[tuple[Code, str, str]]:
    if statement.cut_line:
        message = f"line {statement.cut_line} begins another statement, and the file ends with it"
        yield Code.STATEMENT_UNREADABLE, message, ""


def _goes_on(statement: Statement) -> Iterator[tuple[Code, str, str]]:
    if statement.pages[-1].pages.get("62") == "M":
        message = (
            "its last page closes with :62M:, and no page follows that opens with this balance"
        )
        yield Code.STATEMENT_UNREADABLE, message, ":62M:" + statement.pages[-1].fields["62"]


def _behind(statement: Statement) -> Iterator[tuple[Code, str, str]]:
    if _DIGIT.search(statement.behind):
        message = "behind the end of the last statement stands text that is not read"
        yield Code.STATEMENT_UNREADABLE, message, statement.behind[:_MOST_SHOWN]


def _in_two_currencies(statement: Statement) -> Iterator[tuple[Code, str, str]]:
    if statement.is_of_two_currencies:
        message = "the opening and the closing balance are not of one currency"
        yield Code.BALANCE_UNREADABLE, message, statement.pages[-1].fields["62"]


def _disagreeing(statement: Statement, texts: list[str]) -> Iterator[tuple[Code, str, str]]:
    stated = {tag: text for tag in _SIDES if (text := statement.state(tag)) is not None}
    if not stated:
        return
    known = [amount for amount in map(number, texts) if amount is not None]
    if len(known) != statement.record_count:
        return
    limits = (_LIMIT.match(statement.state(tag) or "") for tag in ("34F", CREDIT_LIMIT))
    has_limit = any(number(with_comma(limit[1])) for limit in limits if limit)
    for tag, text in stated.items():
        held = [abs(amount) for amount in known if (amount < 0) == (tag == "90D")]
        match = _SUM.match(text)
        total = number(with_comma(match[3])) if match else None
        if match is None or total is None:
            message = f"the sum of the {_SIDES[tag]} (:{tag}:) is not a count, a currency, a sum"
            yield Code.BALANCE_UNREADABLE, message, f":{tag}:{text}"
            continue
        count, held_total = int(match[1]), sum(held, Decimal(0))
        if (count, total) == (len(held), held_total):
            continue
        if has_limit and count > len(held) and total >= held_total:
            continue
        message = (
            f"the bank states {count} {_SIDES[tag]} of {plain(total)}, "
            f"the file holds {len(held)} of {plain(held_total)}"
        )
        yield Code.STATED_SUM_DIFFERS, message, f":{tag}:{text}"
