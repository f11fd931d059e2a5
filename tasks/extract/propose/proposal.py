"""Propose: the one reading of a table that arithmetic proves; or what is open, and no reading.

text ─▶ tables ─▶ columns ─▶ readings that add up ─▶ sifted ─▶ weighed ─▶ read again as a bank
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from schemas.bank import BankLayout
from schemas.errors import SettingsError
from schemas.statement import AccountKind
from tasks.extract import profiles
from tasks.extract.propose.columns import Columns
from tasks.extract.propose.edges import edged
from tasks.extract.propose.evidence import Finding, sifted, weighed
from tasks.extract.propose.fees import charged, net_of
from tasks.extract.propose.layout import Naming, toml_of
from tasks.extract.propose.objections import denied
from tasks.extract.propose.readings import Candidate, closing, drafted, headed
from tasks.extract.propose.reread import misread
from tasks.extract.propose.tables import Table, tables_of, text_of
from tasks.extract.source import Source

MANY_BYTES = 64 * 1024 * 1024
_PLAIN = {"signed", "columns", "suffixed"}
_MANY_SHOWN, _MANY_GROUPS, _MANY_DRAFTS = 4, 8, 200


class Verdict(StrEnum):
    """Whether a file may be read as proposed."""

    PROVEN = "proven"
    AMBIGUOUS = "ambiguous"
    UNPROVEN = "unproven"


@dataclass(frozen=True)
class Reading:
    """One way of reading the files.

    Attributes:
        toml: a layout, ready for `tasks/extract/banks` once its names are edited.
        layout: the same; null if no layout can say it.
        evidence: sentences that speak for it.
        doubts: sentences about what is not proven.
    """

    toml: str
    layout: BankLayout | None
    evidence: tuple[str, ...]
    doubts: tuple[str, ...]


@dataclass(frozen=True)
class Proposal:
    """What is proposed for files of one header.

    Attributes:
        verdict: only a proven proposal may be used.
        readings: the proven one; or the ones that are left, none of which may be used.
        problem: why nothing is proven, one sentence; "" if it is.
    """

    verdict: Verdict
    readings: tuple[Reading, ...]
    problem: str


def propose(sources: Sequence[Source], naming: Naming | None = None) -> Proposal:
    """Work out how files of one header are written, by evidence alone.

    All files are evidence together: what one leaves open, another may decide.
    """
    naming = naming or Naming()
    if sum(len(source.data) for source in sources) > MANY_BYTES:
        return _nothing(f"more than {MANY_BYTES // 1024**2} MB; propose a part of it")
    texts = [text_of(source, naming.encoding) for source in sources]
    known = [text for text in texts if text is not None]
    if not known or len(known) < len(texts):
        return _nothing("a file is not text in any encoding")
    findings: list[Finding] = []
    tables = list(tables_of(known))
    is_crowded = False
    for table in tables:
        columns = Columns(table)
        found = _adding_up(table, columns)
        groups = sifted(found)
        findings += [weighed(group, columns, found) for group in groups[:_MANY_GROUPS]]
        is_crowded |= len(groups) > _MANY_GROUPS
    if not findings:
        return _without_balance(tables, naming)
    whole = [one for one in findings if not one.rest.unexplained] or findings
    if len(whole) > 1 or is_crowded:
        shown = tuple(_reading(one, naming) for one in whole[:_MANY_SHOWN])
        return Proposal(Verdict.AMBIGUOUS, shown, _difference(whole))
    return _judged(whole[0], sources, naming)


def _adding_up(table: Table, columns: Columns) -> list[Candidate]:
    """Readings that running balances prove, and those of other amounts that stated ones prove."""
    chained = [*closing(table, columns), *charged(table, columns)]
    known = {(one.outcome()[0], one.outcome()[2]) for one in chained}
    stated = edged(table, columns)
    return chained + [one for one in stated if (one.outcome()[0], one.outcome()[2]) not in known]


def reading_of(proposal: Proposal) -> BankLayout:
    """The layout of a proven proposal.

    Raises:
        ValueError: it is not proven.
    """
    layout = proposal.readings[0].layout if proposal.readings else None
    if proposal.verdict != Verdict.PROVEN or layout is None:
        raise ValueError(proposal.problem)
    return layout


def _judged(one: Finding, sources: Sequence[Source], naming: Naming) -> Proposal:
    """Proven without doubts only, and only if the reader makes the same of it."""
    reading = _reading(one, naming)
    if not reading.doubts and reading.layout is not None:
        wrong = misread(one.reading, sources, reading.layout)
        if not wrong:
            return Proposal(Verdict.PROVEN, (reading,), "")
        reading = replace(reading, doubts=(wrong,))
    return Proposal(Verdict.UNPROVEN, (reading,), reading.doubts[0])


def _reading(one: Finding, naming: Naming) -> Reading:
    if naming.kind != AccountKind.BANK.value:
        debt = f"the balance of a {naming.kind} account may be a debt printed as positive"
        one = replace(one, doubts=(*one.doubts, debt))
    toml, name = toml_of(one, naming)
    try:
        layout = profiles.parse(toml, f"{name}.toml")
    except SettingsError as error:
        return Reading(toml, None, one.evidence, (*one.doubts, f"no layout: {error.problem}"))
    return Reading(toml, layout, one.evidence, one.doubts)


def _difference(findings: Sequence[Finding]) -> str:
    """In what the readings differ, in a few words."""
    first, second = findings[0].reading, findings[-1].reading
    names = first.table.names
    if first.table is not second.table:
        return "more than one table can be seen in it"
    if (first.days.column, first.days.date_format) != (
        second.days.column,
        second.days.date_format,
    ):
        ways = [f"{names[one.days.column]!r} as {one.days.date_format}" for one in (first, second)]
        return f"the day may be {ways[0]} or {ways[1]}"
    if first.marks[0] != second.marks[0]:
        marks = [one.marks[0] for one in (first, second)]
        return f'the decimal mark may be "{marks[0]}" or "{marks[1]}"'
    if first.money.used != second.money.used or first.money.sign != second.money.sign:
        ways = [
            f"{' and '.join(names[c] for c in one.money.used)} ({one.money.sign})"
            for one in (first, second)
        ]
        return f"the amounts may be {ways[0]} or {ways[1]}"
    if first.balance != second.balance and None not in (first.balance, second.balance):
        return f"the balance may be {names[first.balance or 0]!r} or {names[second.balance or 0]!r}"
    return "several readings add up"


def _without_balance(tables: Sequence[Table], naming: Naming) -> Proposal:
    """The likeliest reading of a table without balances, for a person to complete; never used."""
    for whole in tables:
        table = headed(whole) if whole.rows else whole
        columns = Columns(table)
        drafts = [one for drafts in drafted(table, columns) for one in drafts[:_MANY_DRAFTS]]
        plain = [one for one in drafts if one.money.sign in _PLAIN and one.rows]
        marked = [
            one for one in plain if any(one.numbers[column].marked for column in one.money.columns)
        ]
        groups = sifted(marked)
        if not groups:
            continue
        best = max(groups, key=lambda group: _likeliness(group[0]))
        finding = weighed(best, columns, drafts)
        ways = [f"{one.days.date_format}" for group in groups for one in group[:1]]
        doubts = ["no balance follows from the amounts, so signs and amounts are not proven"]
        if len(set(ways)) > 1:
            doubts.append(f"days may be written {' or '.join(dict.fromkeys(ways))}")
        doubts += denied(finding.reading)
        evidence = (*finding.evidence, *filter(None, [net_of(finding.reading)]))
        reading = _reading(replace(finding, evidence=evidence, doubts=tuple(doubts)), naming)
        return Proposal(Verdict.UNPROVEN, (reading,), doubts[0])
    return _nothing("no table with days and amounts is found in it")


def _likeliness(one: Candidate) -> tuple[int, bool, bool, bool]:
    """The more the likelier, where nothing is proven."""
    return len(one.rows), one.money.sign == "columns", not any(denied(one)), bool(net_of(one))


def _nothing(problem: str) -> Proposal:
    return Proposal(Verdict.UNPROVEN, (), problem)
