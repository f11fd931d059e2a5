"""A reading written as a bank layout, ready to be committed."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from schemas.money import NO_CURRENCY
from tasks.extract import words
from tasks.extract.propose.dates import Way
from tasks.extract.propose.edges import NUMBER
from tasks.extract.propose.evidence import Finding
from tasks.extract.propose.leftovers import escaped


@dataclass(frozen=True)
class Naming:
    """What no table says, as a person gave it; what is left out is made up so that one sees it.

    Attributes:
        name: of the layout; else "xx_unnamed_" and digits that depend on the header.
        bank: the institution; else "Unnamed bank" and digits that depend on the header.
        country: two letters, ISO 3166.
        currency: ISO 4217, where no column names it.
        kind: bank, card or investment.
        encoding: believed where the bytes leave a choice.
    """

    name: str = ""
    bank: str = ""
    country: str = "XX"
    currency: str = ""
    kind: str = "bank"
    encoding: str = ""


def toml_of(one: Finding, naming: Naming) -> tuple[str, str]:
    """The layout as TOML, and its name."""
    table = one.reading.table
    body = "\n".join([*_account(one, naming), *_table(one), *_columns(one), *_conventions(one)])
    body += "".join(f"\n{line}" for line in _rows(one))
    header = table.delimiter.join(table.names)
    name = naming.name or f"xx_unnamed_{_digits(header)}"
    bank = naming.bank or f"Unnamed bank {_digits(header)}"
    days = one.reading.booked(one.reading.rows)
    first = min(days, default=date(1970, 1, 1))
    head = [
        *(f"# NOT PROVEN: {_comment(doubt)}" for doubt in one.doubts),
        f"name = {_text(name)}",
        f"bank = {_text(bank)}",
        f"title = {_text(f'{bank}, {naming.kind} account (CSV)')}",
        f"country = {_text(naming.country)}",
        f"valid_from = {first.isoformat()}",
    ]
    if stated := list(dict.fromkeys(_preamble(one))):
        head.append(f"preamble = {_list(stated)}")
    return "\n".join(head) + "\n\n" + body + "\n", name


def _preamble(one: Finding) -> Iterator[str]:
    """Patterns for the lines above the header that state balances, whatever day they name."""
    mark = re.escape(one.reading.table.delimiter)
    for edges in one.reading.edges.values():
        for edge in edges:
            if edge.row is not None:
                continue
            before, _, behind = edge.line.partition(edge.text)
            sign = re.match(rf"\s*[^\s\"'{mark}]*", behind)
            yield (
                f"^{re.sub('[0-9]+', '[0-9]+', escaped(before))}"
                f"(?P<{edge.states}>{NUMBER}){escaped(sign[0] if sign else '')}"
                f"[\"']?\\s*(?:{mark}|$)"
            )


def _account(one: Finding, naming: Naming) -> Iterator[str]:
    _, currency = one.columns.currency(one.reading.rows)
    yield "[account]"
    yield f"kind = {_text(naming.kind)}"
    yield f"currency = {_text(naming.currency or currency or NO_CURRENCY)}"
    yield ""


def _table(one: Finding) -> Iterator[str]:
    table = one.reading.table
    encodings = dict.fromkeys(text.encoding for text in table.texts)
    yield "[table]"
    yield f"encodings = {_list(sorted(encodings, key=lambda name: name != 'utf-8'))}"
    yield f"delimiter = {_text(table.delimiter)}"
    yield f"headers = {_list(table.header_lines[:1])}"
    yield ""


def _columns(one: Finding) -> Iterator[str]:
    reading = one.reading
    names, money = reading.table.names, reading.money
    yield "[columns]"
    yield f"booked_on = {_text(names[reading.days.column])}"
    if (valued := _value_date(one)) is not None:
        yield f"valued_on = {_text(names[valued])}"
    roles = {"columns": ("credit", "debit"), "marked": ("amount", "mark")}
    for role, column in zip(roles.get(money.sign, ("amount",)), money.columns, strict=True):
        yield f"{role} = {_text(names[column])}"
    if money.fee is not None:
        yield f"fee = {_text(names[money.fee])}"
    if reading.balance is not None and not reading.is_daily:
        yield f"balance = {_text(names[reading.balance])}"
    currency, _ = one.columns.currency(reading.rows)
    if currency is not None:
        yield f"currency = {_text(names[currency])}"
    yield f"description = {_list([names[column] for column in one.texts])}"
    yield ""


def _value_date(one: Finding) -> int | None:
    """The one column that the bank calls the value date, written like the booking days."""
    reading = one.reading
    found = [
        days.column
        for days in one.columns.days
        if days.column != reading.days.column
        and _is_written_alike(days.way, reading.days.way)
        and words.is_value_date(reading.table.names[days.column])
        and all(days.days[row] is not None for row in reading.rows)
    ]
    return found[0] if len(found) == 1 else None


def _is_written_alike(way: Way, booked: Way) -> bool:
    """The conventions for the booking days also read these; a time behind them may be missing."""
    return way in {booked, replace(booked, date_part="")}


def _conventions(one: Finding) -> Iterator[str]:
    reading = one.reading
    debits, credits_ = reading.marks_beside
    numbers = [reading.numbers[column] for column in reading.used if column in reading.numbers]
    signs = {sign for one in numbers for sign in one.signs}
    yield "[conventions]"
    yield f"date_formats = {_list([reading.days.date_format])}"
    if reading.days.way.date_part:
        yield f"date_part = {_text(reading.days.way.date_part)}"
    if reading.days.way.month_names:
        yield f"month_names = {_list(reading.days.way.month_names)}"
    yield f"decimal_mark = {_text(reading.marks[0])}"
    if reading.marks[1]:
        yield f"group_mark = {_text(reading.marks[1])}"
    if reading.money.sign != "signed":
        yield f"sign = {_text(reading.money.sign)}"
    if debits or credits_:
        yield f"debit_marks = {_list(debits)}"
        yield f"credit_marks = {_list(credits_)}"
    if reading.money.is_fee_added:
        yield "is_fee_signed = true"
    if signs:
        yield f"currency_signs = {_list(sorted(signs, key=lambda sign: (-len(sign), sign)))}"


def _rows(one: Finding) -> Iterator[str]:
    if not one.rest.footers and not one.rest.markers:
        return
    yield ""
    yield "[rows]"
    if one.rest.footers:
        yield f"footers = {_list(one.rest.footers)}"
    if one.rest.markers:
        yield "markers = ["
        for pattern, states in one.rest.markers:
            yield f"  {{ pattern = {_text(pattern)}, states = {_text(states)} }},"
        yield "]"


def _digits(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(_text, texts))}]"


def _comment(text: str) -> str:
    return "".join(symbol if symbol.isprintable() else " " for symbol in text)
