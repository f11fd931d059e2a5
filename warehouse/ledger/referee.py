"""The referee: equal records on the day where two statements meet are one movement, or two.

Both statements are proven, both are of one source, one ends and the other starts on the day. The
balance with which the second opens says how far the first had come:

    first    … 120.00 | -5.00 coffee | -5.00 coffee | 110.00 closing
    second              opening 115.00 | -5.00 coffee | …      so it repeats the first one's last

The records of the first before that place are movements that the second does not tell, so an equal
record of the second is numbered on behind them. Where the balance fits no place, or several that
differ, nothing is numbered on: the records merge, and the statement is remarked upon.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import polars as pl
import sqlalchemy as sa

from schemas.findings import Code
from schemas.identity import twin_id
from warehouse.ledger.staging import stage

_MEETING = """
    SELECT d.account_id, d.booked_on,
           i.file_id AS first_file, i.statement_no AS first_no,
           j.file_id AS second_file, j.statement_no AS second_no,
           i.closing_balance, j.opening_balance
    FROM contested_day d
    JOIN statement i ON i.account_id = d.account_id AND i.ends_on = d.booked_on
    JOIN statement j ON j.account_id = d.account_id AND j.starts_on = d.booked_on
                    AND j.currency = i.currency
                    AND (j.file_id, j.statement_no) <> (i.file_id, i.statement_no)
    JOIN file f ON f.file_id = i.file_id
    JOIN file g ON g.file_id = j.file_id
    WHERE i.proof = 'proven' AND i.status = 'loaded' AND j.proof = 'proven' AND j.status = 'loaded'
      AND (f.format, f.layout) IS NOT DISTINCT FROM (g.format, g.layout)
"""

_MEETINGS = _MEETING + "ORDER BY 1, 2, f.sha256, 4, g.sha256, 6"
"""Proven statements of one source that meet on a contested day: one ends on it, one starts."""

_RECORDS_OF_MEETINGS = f"""
WITH meeting AS ({_MEETING}),
part AS (
    SELECT account_id, booked_on, first_file AS file_id, first_no AS statement_no FROM meeting
    UNION
    SELECT account_id, booked_on, second_file, second_no FROM meeting
    UNION
    SELECT d.account_id, d.booked_on, s.file_id, s.statement_no
    FROM retold_day d
    JOIN statement s ON s.account_id = d.account_id AND d.booked_on IN (s.starts_on, s.ends_on)
)
SELECT p.account_id, p.booked_on, p.file_id, p.statement_no, e.record_no,
       replace(b.transaction_id::text, '-', '') AS base_id, x.amount,
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
"""  # noqa: S608 - our own
"""The booked records of these statements on that day, in the order of their files; and all records
of those that met another, as an earlier reading had it: they get their own numbers back."""

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

_DROP_REMARKS = f"""
WITH remarked AS (
    SELECT second_file AS file_id, second_no AS statement_no FROM ({_MEETING}) meeting
    UNION
    SELECT s.file_id, s.statement_no
    FROM retold_day d
    JOIN statement s ON s.account_id = d.account_id AND s.starts_on = d.booked_on
)
DELETE FROM finding n
USING remarked m
WHERE (n.file_id, n.statement_no) = (m.file_id, m.statement_no)
  AND n.code IN ('twins_undecided', 'statements_contradict')
"""  # noqa: S608 - our own
"""Remarks of the referee follow from what is held, like its decisions."""

_ADD_REMARK = """
INSERT INTO finding (file_id, statement_no, place, code, message, remedy, raw_text, is_set_aside,
                     state, run_id)
VALUES (:file_id, :statement_no, 'statement ' || CAST(:statement_no AS text), :code, :message,
        'compare both statements with the bank; equal records were taken to be one movement',
        '', false, 'open', CAST(:run_id AS uuid))
"""
"""One remark on a statement."""

Statement = tuple[int, int]
"""file_id and statement_no."""


@dataclass(frozen=True)
class Record:
    """A booked entry of the day where two statements meet.

    Attributes:
        statement: where it stands.
        record_no: its number in the file.
        base_id: the same for equal records.
        amount: signed.
        transaction_id: what it tells of as the ledger stands.
    """

    statement: Statement
    record_no: int
    base_id: str
    amount: Decimal
    transaction_id: str


@dataclass(frozen=True)
class Meeting:
    """Two proven statements of one account and source that meet on a day."""

    first: Statement
    second: Statement
    closing: Decimal
    opening: Decimal


def part_equal_records(connection: sa.Connection, run_id: str, known_from: datetime) -> None:
    """Number equal records of meeting statements on where the balances say so.

    Args:
        connection: inside the database transaction, with `contested_day`.
        run_id: the run that remarks upon what nothing decides.
        known_from: the instant from which the ledger knows it.
    """
    days: dict[tuple[str, object], list[Meeting]] = defaultdict(list)
    for row in connection.exec_driver_sql(_MEETINGS):
        first, second = (row[2], row[3]), (row[4], row[5])
        days[row[0], row[1]].append(Meeting(first, second, row[6], row[7]))
    records: dict[tuple[str, object], list[Record]] = defaultdict(list)
    for row in connection.exec_driver_sql(_RECORDS_OF_MEETINGS):
        one = Record((row[2], row[3]), row[4], str(row[5]), row[6], str(row[7]))
        records[row[0], row[1]].append(one)
    if not records:
        return
    moves: dict[tuple[int, int], tuple[str, int]] = {}
    odd: dict[Statement, tuple[Code, str]] = {}
    for day, rows in records.items():
        shifts, found = _shifts(days[day], rows)
        moves |= _moves(rows, shifts)
        odd |= found
    _repoint(connection, moves, known_from)
    _remark(connection, odd, run_id)


def _shifts(
    meetings: Sequence[Meeting], records: Sequence[Record]
) -> tuple[dict[Statement, Counter[str]], dict[Statement, tuple[Code, str]]]:
    """By statement, how many equal records of the day come before its own; and what is odd."""
    of: dict[Statement, list[Record]] = defaultdict(list)
    for record in records:
        of[record.statement].append(record)
    before: dict[Statement, list[tuple[Statement, Counter[str]]]] = defaultdict(list)
    undecided: dict[Statement, tuple[Code, str]] = {}
    apart: dict[Statement, tuple[Code, str]] = {}
    joined: set[Statement] = set()
    for one in meetings:
        shared = {r.base_id for r in of[one.first]} & {r.base_id for r in of[one.second]}
        places = _places(one, of[one.first], shared)
        if not shared:
            continue
        if not places:
            apart[one.second] = (Code.STATEMENTS_CONTRADICT, _contradiction(one))
            continue
        joined |= {one.first, one.second}
        if any(place != places[0] for place in places):
            undecided[one.second] = (Code.TWINS_UNDECIDED, _undecided(one, len(places)))
        elif places[0]:
            before[one.second].append((one.first, places[0]))
    shifts: dict[Statement, Counter[str]] = {}
    for statement in before:
        _shift_of(statement, before, shifts, ())
    alone = {statement: why for statement, why in apart.items() if statement not in joined}
    return shifts, alone | undecided


def _places(one: Meeting, of_first: Sequence[Record], shared: set[str]) -> list[Counter[str]]:
    """The places of the first statement at which the second may open.

    Returns:
        for each, how many records equal to one of the second stand before it, by base_id.
    """
    for rows in (of_first, of_first[::-1]):  # files run forwards or backwards
        total = one.closing - sum((row.amount for row in rows), Decimal(0))
        untold: Counter[str] = Counter()
        places = [Counter(untold)] if total == one.opening else []
        for row in rows:
            total += row.amount
            if row.base_id in shared:
                untold[row.base_id] += 1
            if total == one.opening:
                places.append(Counter(untold))
        if places:
            return places
    return []


def _undecided(one: Meeting, places: int) -> str:
    return (
        f"its opening balance {one.opening.normalize():f} fits {places} places of the statement"
        " before it, so that equal records may be one movement or more"
    )


def _contradiction(one: Meeting) -> str:
    return (
        f"its opening balance {one.opening.normalize():f} is none of the statement that ends on"
        f" that day with {one.closing.normalize():f}"
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
    records: Sequence[Record], shifts: Mapping[Statement, Counter[str]]
) -> dict[tuple[int, int], tuple[str, int]]:
    """Records that tell of another transaction than the ledger says: base_id and number."""
    seen: Counter[tuple[Statement, str]] = Counter()
    moves = {}
    for record in records:
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
