"""The referee: equal records of two statements that overlap or follow are one movement, or two.

Both statements are proven and of one source. The balance with which the second opens says how far
the first had come:

    first    … 120.00 | -5.00 coffee | -5.00 coffee | 110.00 closing
    second              opening 115.00 | -5.00 coffee | …      so it repeats the first one's last

The records of the first before that place are movements that the second does not tell, so an equal
record of the second is numbered on behind them. Where the balance fits no place, or several that
differ, nothing is numbered on: the records merge, and the statement is remarked upon.

Where the second starts after the first has ended, or others chain from the closing of the first to
the opening of the second, both their balances moved by what each of them tells, so no record of the
one is one of the other, on whatever day it is booked.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl
import sqlalchemy as sa

from schemas.findings import Code
from schemas.identity import twin_id
from warehouse.ledger.following import Statement, chained, reached
from warehouse.ledger.staging import stage
from warehouse.ledger.walks import Place, Printed, Told, is_within, places, told, usual_runs

_MEET = """
CREATE TEMP TABLE meeting ON COMMIT DROP AS
WITH told AS (
    SELECT DISTINCT x.account_id, x.booked_on, s.currency, s.file_id, s.statement_no,
           s.starts_on, s.ends_on, f.sha256, f.format, f.layout
    FROM contested_day d
    JOIN transaction x USING (account_id, booked_on)
    JOIN entry e USING (transaction_id)
    JOIN statement s ON (s.file_id, s.statement_no) = (e.file_id, e.statement_no)
    JOIN file f ON f.file_id = s.file_id
    WHERE s.proof = 'proven' AND s.status = 'loaded' AND e.status = 'booked'
)
SELECT i.account_id, i.booked_on,
       i.file_id AS first_file, i.statement_no AS first_no, i.sha256 AS first_sha256,
       j.file_id AS second_file, j.statement_no AS second_no, j.sha256 AS second_sha256
FROM told i
JOIN told j USING (account_id, booked_on, currency)
WHERE (i.format, i.layout) IS NOT DISTINCT FROM (j.format, j.layout)
  AND (j.file_id, j.statement_no) <> (i.file_id, i.statement_no)
  AND i.booked_on <= j.starts_on AND j.ends_on >= i.starts_on;
ANALYZE meeting
"""
"""Proven statements of one source that both tell of a contested day, with which the second starts
or which lies before its period. Of the days behind that it tells all, so equal records merge."""

_MEETINGS = """
SELECT account_id, booked_on, first_file, first_no, second_file, second_no
FROM meeting
ORDER BY account_id, booked_on, first_sha256, first_no, second_sha256, second_no
"""

_RECORDS_OF_MEETINGS = """
WITH part AS (
    SELECT account_id, booked_on, first_file AS file_id, first_no AS statement_no FROM meeting
    UNION
    SELECT account_id, booked_on, second_file, second_no FROM meeting
    UNION
    SELECT d.account_id, d.booked_on, e.file_id, e.statement_no
    FROM retold_day d
    JOIN transaction x USING (account_id, booked_on)
    JOIN entry e USING (transaction_id)
    JOIN statement s ON (s.file_id, s.statement_no) = (e.file_id, e.statement_no)
    WHERE d.booked_on <= s.starts_on OR d.booked_on >= s.ends_on
)
SELECT p.account_id, p.booked_on, p.file_id, p.statement_no, e.record_no,
       replace(b.transaction_id::text, '-', '') AS base_id,
       replace(x.transaction_id::text, '-', '') AS transaction_id
FROM part p
JOIN transaction x USING (account_id, booked_on)
JOIN entry e ON (e.transaction_id, e.file_id, e.statement_no)
              = (x.transaction_id, p.file_id, p.statement_no)
JOIN transaction b ON (b.account_id, b.booked_on, b.amount, b.currency, b.text_key, b.occurrence)
                    = (x.account_id, x.booked_on, x.amount, x.currency, x.text_key, 1)
                  AND b.ref_key IS NOT DISTINCT FROM x.ref_key
WHERE e.status = 'booked'
   OR NOT EXISTS (SELECT FROM meeting m
                  WHERE (p.account_id, p.booked_on) = (m.account_id, m.booked_on)
                    AND ((p.file_id, p.statement_no) = (m.first_file, m.first_no)
                         OR (p.file_id, p.statement_no) = (m.second_file, m.second_no)))
ORDER BY p.file_id, e.record_no
"""
"""The booked records of these statements on that day, in the order of their files; and all records
of those that met another, as an earlier reading had it: they get their own numbers back."""

_STATEMENTS = """
SELECT s.file_id, s.statement_no, f.format, f.layout, s.starts_on, s.ends_on, s.opening_balance,
       s.closing_balance
FROM staged_meeting m JOIN statement s USING (file_id, statement_no) JOIN file f USING (file_id)
"""

_PRINTED = """
SELECT e.file_id, e.statement_no, e.record_no, x.booked_on, x.amount, x.text_key, x.ref_key,
       e.balance_after
FROM staged_meeting m
JOIN entry e ON (e.file_id, e.statement_no) = (m.file_id, m.statement_no)
JOIN transaction x USING (transaction_id)
WHERE e.status = 'booked'
ORDER BY e.file_id, e.record_no
"""
"""All booked records of statements that meet and have equal ones."""

_ADD_PARTED = """
INSERT INTO transaction (transaction_id, account_id, booked_on, amount, currency, text_key, ref_key,
                         occurrence, status, standing, first_known_at, known_from, file_id,
                         record_no)
SELECT DISTINCT ON (m.transaction_id)
       m.transaction_id, x.account_id, x.booked_on, x.amount, x.currency, x.text_key, x.ref_key,
       m.occurrence, e.status, 'counts', :known_from, :known_from, e.file_id, e.record_no
FROM moved_entry m
JOIN entry e USING (file_id, record_no)
JOIN transaction x ON x.transaction_id = e.transaction_id
ORDER BY m.transaction_id, e.file_id, e.record_no
ON CONFLICT (transaction_id) DO NOTHING
"""
"""Movements that only the referee tells apart."""

_POINT_MOVED_ENTRIES = """
INSERT INTO moved
SELECT e.transaction_id FROM moved_entry m JOIN entry e USING (file_id, record_no)
UNION
SELECT transaction_id FROM moved_entry;
UPDATE entry e SET transaction_id = m.transaction_id
FROM moved_entry m
WHERE (e.file_id, e.record_no) = (m.file_id, m.record_no)
"""
"""Each record tells of the movement that the referee gives it."""

_DROP_REMARKS = """
WITH remarked AS (
    SELECT second_file AS file_id, second_no AS statement_no FROM meeting
    UNION
    SELECT s.file_id, s.statement_no
    FROM retold_day d
    JOIN statement s ON s.account_id = d.account_id AND s.starts_on = d.booked_on
)
DELETE FROM finding n
USING remarked m
WHERE (n.file_id, n.statement_no) = (m.file_id, m.statement_no)
  AND n.code IN ('twins_undecided', 'statements_contradict')
"""
"""Remarks of the referee follow from what is held, like its decisions."""

_ADD_REMARK = """
INSERT INTO finding (file_id, statement_no, place, code, message, remedy, raw_text, is_set_aside,
                     state, run_id)
VALUES (:file_id, :statement_no, 'statement ' || CAST(:statement_no AS text), :code, :message,
        'compare both statements with the bank; equal records were taken to be one movement',
        '', false, 'open', CAST(:run_id AS uuid))
"""
"""One remark on a statement."""

Day = tuple[str, date]
"""account_id and booked day."""


@dataclass(frozen=True)
class Record:
    """A booked entry of a day on which two statements meet.

    Attributes:
        statement: where it stands.
        record_no: its number in the file.
        base_id: the same for equal records.
        transaction_id: what it tells of as the ledger stands.
    """

    statement: Statement
    record_no: int
    base_id: str
    transaction_id: str


@dataclass(frozen=True)
class Meeting:
    """Two proven statements of one account and source that have equal records on a day.

    Attributes:
        first: the one in which a place is looked for.
        second: the one that opens there.
        equal: the records of the first that the second has too.
    """

    first: Statement
    second: Statement
    equal: Sequence[Record]


def part_equal_records(connection: sa.Connection, run_id: str, known_from: datetime) -> None:
    """Number equal records of meeting statements on where the balances say so.

    Args:
        connection: inside the database transaction, with `contested_day`.
        run_id: the run that remarks upon what nothing decides.
        known_from: the instant from which the ledger knows it.
    """
    connection.exec_driver_sql(_MEET)
    records: dict[Day, dict[Statement, list[Record]]] = defaultdict(lambda: defaultdict(list))
    for row in connection.exec_driver_sql(_RECORDS_OF_MEETINGS):
        one = Record((row[2], row[3]), row[4], str(row[5]), str(row[6]))
        records[row[0], row[1]][one.statement].append(one)
    if not records:
        return
    meetings: dict[Day, list[Meeting]] = defaultdict(list)
    for row in connection.exec_driver_sql(_MEETINGS):
        first, second, of = (row[2], row[3]), (row[4], row[5]), records[row[0], row[1]]
        if equal := _equal(of[first], of[second]):
            meetings[row[0], row[1]].append(Meeting(first, second, equal))
    known = _told(connection, [one for some in meetings.values() for one in some])
    followers = chained(connection) if known else {}
    moves: dict[tuple[int, int], tuple[str, int]] = {}
    odd: dict[Statement, tuple[Code, str]] = {}
    for day, rows in records.items():
        shifts, found = _shifts(meetings[day], day[1], known, followers)
        moves |= _moves(rows, shifts)
        odd |= found
    _repoint(connection, moves, known_from)
    _remark(connection, odd, run_id)


def _equal(first: Sequence[Record], second: Sequence[Record]) -> list[Record]:
    """The records of the first statement that the second has too."""
    others = {one.base_id for one in second}
    return [one for one in first if one.base_id in others]


def _told(connection: sa.Connection, meetings: Sequence[Meeting]) -> dict[Statement, Told]:
    """The statements that meet, with all that they book."""
    wanted = sorted({which for one in meetings for which in (one.first, one.second)})
    if not wanted:
        return {}
    schema = {"file_id": pl.Int64(), "statement_no": pl.Int64()}
    stage(connection, "staged_meeting", pl.DataFrame(wanted, schema=schema, orient="row"))
    printed: dict[Statement, list[Printed]] = defaultdict(list)
    for row in connection.exec_driver_sql(_PRINTED):
        printed[row[0], row[1]].append(Printed(row[2], (row[3], row[4], row[5], row[6]), row[7]))
    return {
        (row[0], row[1]): told(
            (row[2], row[3]), (row[4], row[5]), (row[6], row[7]), printed[row[0], row[1]]
        )
        for row in connection.exec_driver_sql(_STATEMENTS)
    }


def _shifts(
    meetings: Sequence[Meeting],
    day: date,
    known: Mapping[Statement, Told],
    followers: Mapping[Statement, Collection[Statement]],
) -> tuple[dict[Statement, Counter[str]], dict[Statement, tuple[Code, str]]]:
    """By statement, how many equal records of the day come before its own; and what is odd."""
    before: dict[Statement, list[tuple[Statement, Counter[str]]]] = defaultdict(list)
    undecided: dict[Statement, tuple[Code, str]] = {}
    apart: dict[Statement, tuple[Code, str]] = {}
    joined: set[Statement] = set()
    present = {which for one in meetings for which in (one.first, one.second)}
    usual = usual_runs(known[which] for which in present)
    for one in meetings:
        first, second = known[one.first], known[one.second]
        numbers = [record.record_no for record in one.equal]
        untold = _untold(one.equal, places(first, second, day, numbers))
        is_open = len(untold) > 1 or (any(untold) and is_within(first, second))
        runs = usual.get(first.source) if is_open else None
        if runs is not None:  # the order of the file decides between them
            untold = _untold(one.equal, places(first, second, day, numbers, runs))
            is_open = len(untold) > 1 or (any(untold) and is_within(first, second, runs))
        if not untold and _follows(one.second, one.first, followers):
            untold = [Counter(record.base_id for record in one.equal)]
        if is_open:
            undecided[one.second] = (Code.TWINS_UNDECIDED, _undecided(second))
        elif untold and untold[0]:
            before[one.second].append((one.first, untold[0]))
        if untold:
            joined |= {one.first, one.second}
        elif first.ends_on == day == second.starts_on:
            apart[one.second] = (Code.STATEMENTS_CONTRADICT, _contradiction(first, second))
    shifts: dict[Statement, Counter[str]] = {}
    for statement in before:
        _shift_of(statement, before, shifts, ())
    alone = {statement: why for statement, why in apart.items() if statement not in joined}
    return shifts, alone | undecided


def _follows(
    later: Statement, earlier: Statement, followers: Mapping[Statement, Collection[Statement]]
) -> bool:
    """Statements chain from the one to the other, and none back."""
    return later in reached(earlier, followers) and earlier not in reached(later, followers)


def _untold(equal: Sequence[Record], found: Sequence[Place]) -> list[Counter[str]]:
    """How many of the equal records stand before each place, by base_id; each answer once."""
    answers: list[Counter[str]] = []
    for walk, place in found:
        untold = Counter(one.base_id for one in equal if walk.numbers[one.record_no] < place)
        if untold not in answers:
            answers.append(untold)
    return answers


def _undecided(one: Told) -> str:
    return (
        f"its opening balance {one.opening.normalize():f} fits several places of a statement that"
        " tells of the same day, so that equal records may be one movement or more"
    )


def _contradiction(first: Told, second: Told) -> str:
    return (
        f"its opening balance {second.opening.normalize():f} is none of the statement that ends on"
        f" that day with {first.closing.normalize():f}"
    )


def _shift_of(
    statement: Statement,
    before: Mapping[Statement, Sequence[tuple[Statement, Counter[str]]]],
    shifts: dict[Statement, Counter[str]],
    path: tuple[Statement, ...],
) -> Counter[str]:
    """The most that any chain of statements puts before this one; a circle puts nothing."""
    if statement in path:
        return Counter()
    if statement not in shifts:
        most: Counter[str] = Counter()
        for first, untold in before.get(statement, ()):
            earlier = _shift_of(first, before, shifts, (*path, statement))
            most |= untold + Counter({key: earlier[key] for key in untold})
        shifts[statement] = most
    return shifts[statement]


def _moves(
    of: Mapping[Statement, Sequence[Record]], shifts: Mapping[Statement, Counter[str]]
) -> dict[tuple[int, int], tuple[str, int]]:
    """Records that tell of another transaction than the ledger says: base_id and number."""
    seen: Counter[tuple[Statement, str]] = Counter()
    moves = {}
    for record in (record for rows in of.values() for record in rows):
        seen[record.statement, record.base_id] += 1
        number = seen[record.statement, record.base_id]
        number += shifts.get(record.statement, Counter())[record.base_id]
        if twin_id(record.base_id, number) != record.transaction_id:
            moves[record.statement[0], record.record_no] = (record.base_id, number)
    return moves


def _repoint(
    connection: sa.Connection, moves: Mapping[tuple[int, int], tuple[str, int]], at: datetime
) -> None:
    """Let entries tell of other transactions, which are added where they are new."""
    if not moves:
        return
    rows = pl.DataFrame(
        [
            (file_id, record_no, number, twin_id(base, number))
            for (file_id, record_no), (base, number) in moves.items()
        ],
        schema={
            "file_id": pl.Int64(),
            "record_no": pl.Int64(),
            "occurrence": pl.Int64(),
            "transaction_id": pl.String(),
        },
        orient="row",
    )
    stage(connection, "moved_entry", rows)
    connection.execute(sa.text(_ADD_PARTED), {"known_from": at})
    connection.exec_driver_sql(_POINT_MOVED_ENTRIES)


def _remark(
    connection: sa.Connection, odd: Mapping[Statement, tuple[Code, str]], run_id: str
) -> None:
    """Say of statements what nothing decides; what was said of them before is forgotten."""
    connection.exec_driver_sql(_DROP_REMARKS)
    for (file_id, statement_no), (code, message) in sorted(odd.items()):
        connection.execute(
            sa.text(_ADD_REMARK),
            {
                "file_id": file_id,
                "statement_no": statement_no,
                "code": code.value,
                "message": message,
                "run_id": run_id,
            },
        )
