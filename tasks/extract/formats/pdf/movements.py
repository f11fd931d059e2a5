"""What the lines of a statement say: movements, what goes on below them, balances and totals."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from tasks.extract.formats.pdf.days import day_near, day_within, full_day
from tasks.extract.formats.pdf.layout import PageLayout
from tasks.extract.formats.pdf.lines import Line

_OWN = frozenset({"account", "opening"})  # what a statement of several accounts states again


@dataclass
class Movement:
    """A movement, or a line that looks like one but is none that we can cut.

    Attributes:
        lines: what the bank printed.
        cells: what the patterns cut out; null for a line that is set aside.
    """

    lines: list[Line]
    cells: dict[str, str] | None

    @property
    def place(self) -> str:
        """Where it begins."""
        return self.lines[0].place

    @property
    def raw_text(self) -> str:
        """Its lines as printed."""
        return "\n".join(line.text for line in self.lines)


@dataclass
class Statement:
    """A statement as it was understood.

    Attributes:
        movements: in the order of the lines.
        stated: what it says of itself.
        accounts: all that it names as its own.
        opening_count: how often it states an opening balance.
        pages: the numbers of the pages that are there, where the bank prints them.
        raw_count: lines that look like a movement, counted apart.
    """

    movements: list[Movement] = field(default_factory=list)
    stated: dict[str, str] = field(default_factory=dict)
    accounts: set[str] = field(default_factory=set)
    opening_count: int = 0
    pages: set[int] = field(default_factory=set)
    raw_count: int = 0

    @property
    def missing_pages(self) -> list[int]:
        """Numbers of the pages that the statement should have but has not."""
        count = int(self.stated.get("page_count", "0"))
        return sorted(set(range(1, min(count, 1_000) + 1)) - self.pages)

    @property
    def is_of_several_accounts(self) -> bool:
        """Each has a balance of its own, and no totals tell which movement is whose."""
        has_totals = {"credits", "debits"} <= set(self.stated)
        return len(self.accounts) > 1 and self.opening_count > 1 and not has_totals


@dataclass(frozen=True)
class _Patterns:
    """The patterns of a layout, compiled."""

    stated: tuple[re.Pattern[str], ...]
    movements: tuple[re.Pattern[str], ...]
    counted: re.Pattern[str]
    begins: tuple[re.Pattern[str], ...]
    continuation: re.Pattern[str] | None
    noise: re.Pattern[str] | None
    heading: re.Pattern[str] | None
    stop: re.Pattern[str] | None


@cache
def _patterns(layout: PageLayout) -> _Patterns:
    lines = layout.lines
    single = {
        name: re.compile(pattern, re.MULTILINE) if (pattern := getattr(lines, name)) else None
        for name in ("continuation", "noise", "heading", "stop")
    }
    return _Patterns(
        stated=tuple(map(re.compile, layout.stated)),
        movements=tuple(map(re.compile, lines.movements)),
        begins=tuple(map(re.compile, lines.begins)),
        counted=re.compile(lines.counted, re.MULTILINE),
        **single,
    )


def understand(lines: Sequence[Line], layout: PageLayout) -> Statement:
    """Read the lines of one statement, as its layout describes them."""
    patterns = _patterns(layout)
    found = Statement(raw_count=_count(lines, patterns))
    _state(lines, patterns, found)
    reader = _Reader(layout, patterns, found)
    for line in lines:
        if patterns.stop and patterns.stop.search(line.text):
            break
        reader.take(line)
    _date(found, layout)
    return found


def _count(lines: Sequence[Line], patterns: _Patterns) -> int:
    """The lines that look like a movement, by one search of the text as a whole."""
    text = "\n".join(line.text for line in lines)
    stop = patterns.stop.search(text) if patterns.stop else None
    return sum(1 for _ in patterns.counted.finditer(text, 0, stop.start() if stop else len(text)))


def _state(lines: Sequence[Line], patterns: _Patterns, found: Statement) -> None:
    """What the statement says of itself: of every thing, what the first line says that tells it."""
    open_patterns = list(patterns.stated)
    for line in lines:
        for pattern in tuple(open_patterns):
            match = pattern.search(line.text)
            if not match:
                continue
            groups = match.groupdict().items()
            said = {name: text.strip() for name, text in groups if text is not None}
            if page := said.pop("page", ""):
                found.pages.add(int(page))
            elif not _OWN & set(said):
                open_patterns.remove(pattern)
            found.opening_count += "opening" in said
            if account := said.get("account"):
                found.accounts.add(account)
            found.stated = {**said, **found.stated}


class _Reader:
    """Goes from line to line with the movement that may go on."""

    def __init__(self, layout: PageLayout, patterns: _Patterns, found: Statement) -> None:
        self.layout = layout
        self.patterns = patterns
        self.found = found
        self.last: Movement | None = None
        self.begun: Movement | None = None
        self.columns: dict[str, int] = {}

    def take(self, line: Line) -> None:
        """Tell what a line is; the heading of a page neither ends nor continues a movement."""
        patterns = self.patterns
        if patterns.noise and patterns.noise.search(line.text):
            return
        if patterns.heading and (match := patterns.heading.search(line.text)):
            self.columns = {name: match.end(name) for name in ("debit", "credit")}
            return
        if movement := self._movement(line):
            self.found.movements.append(movement)
            self.last, self.begun = movement, None
        elif match := _first(patterns.begins, line.text):
            self.last = self.begun = Movement([line], _cells(match))
        elif self.last and patterns.continuation:
            self._go_on(self.last, line, patterns.continuation.search(line.text))

    def _movement(self, line: Line) -> Movement | None:
        for pattern in self.patterns.movements:
            if match := pattern.search(line.text):
                is_whole = {"booked", "description"} <= set(pattern.groupindex)
                begun = None if is_whole else self.begun
                cells = {**(begun.cells or {} if begun else {}), **_cells(match)}
                amount = self._signed(cells, match.end("amount"))
                if "booked" in cells and amount:
                    above = begun.lines if begun else []
                    return Movement([*above, line], {**cells, "amount": amount})
        return Movement([line], None) if self.patterns.counted.search(line.text) else None

    def _signed(self, cells: dict[str, str], end: int) -> str:
        """The amount with its sign; nothing where the line does not tell it."""
        amount, rule = cells["amount"], self.layout.conventions
        match rule.sign:
            case "inverted":
                return _negated(amount)
            case "marked":
                mark = cells.get("mark", "")
                return _marked(amount, mark, self.layout) if _is_known(mark, self.layout) else ""
            case "columns":
                if not self.columns:
                    return ""
                nearest = min(self.columns, key=lambda name: abs(self.columns[name] - end))
                return _negated(amount) if nearest == "debit" else amount
            case _:
                return amount

    def _go_on(self, movement: Movement, line: Line, match: re.Match[str] | None) -> None:
        if match is None or movement.cells is None:
            self.last = None
            return
        movement.lines.append(line)
        more = _cells(match)
        texts = [movement.cells.get("description", ""), more.pop("description", "")]
        movement.cells = {**more, **movement.cells}
        movement.cells["description"] = " ".join(text for text in texts if text)


def _first(patterns: Sequence[re.Pattern[str]], text: str) -> re.Match[str] | None:
    """What the first pattern that fits finds."""
    return next((match for pattern in patterns if (match := pattern.search(text))), None)


def _cells(match: re.Match[str]) -> dict[str, str]:
    """What the groups of a pattern found, without the blanks that only make columns."""
    return {name: " ".join(text.split()) for name, text in match.groupdict().items() if text}


def _is_known(mark: str, layout: PageLayout) -> bool:
    rule = layout.conventions
    return mark in rule.debit_marks or mark in rule.credit_marks


def _marked(text: str, mark: str, layout: PageLayout) -> str:
    return _negated(text) if mark in layout.conventions.debit_marks else text


def _negated(text: str) -> str:
    """The amount with the other sign; brackets and a minus behind mean the same as one before."""
    bare = text.strip("+-() ")
    return bare if text.strip() != bare and not text.startswith("+") else f"-{bare}"


def _date(found: Statement, layout: PageLayout) -> None:
    """Give days their year, and balances their sign."""
    months, stated = layout.conventions.months, found.stated
    period = {name: full_day(stated.get(name), months) for name in ("starts", "ends", "stated")}
    for name, day in period.items():
        stated[name] = day.isoformat() if day else stated.get(name, "")
    for name in ("opening", "closing"):
        if stated.get(name):
            stated[name] = _balance(stated[name], stated.get(f"{name}_mark"), layout)
    after = None
    for movement in found.movements:
        if movement.cells is None:
            continue
        cells = movement.cells
        ends = period["ends"] or period["stated"]
        day = day_within(cells["booked"], months, starts=period["starts"], ends=ends, after=after)
        if day is not None:
            cells["booked"] = day.isoformat()
            after = day
        if value_day := day_near(cells.get("valued"), months, day):
            cells["valued"] = value_day.isoformat()


def _balance(text: str, mark: str | None, layout: PageLayout) -> str:
    if mark is not None:
        return _marked(text, mark, layout)
    return _negated(text) if layout.conventions.sign == "inverted" else text
