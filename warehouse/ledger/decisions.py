"""Decisions: what persons say of what is held. Words are added, never changed or taken away."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from schemas import decisions
from schemas.decisions import Level, Word
from schemas.errors import WrongUsage
from schemas.findings import DOUBTED
from warehouse.ledger import models, quarantine
from warehouse.ledger.quarantine import Row

_IN_FORCE = """
SELECT sha256, level, statement_no, record_no, place, raw_sha256, word
FROM decision_in_force
WHERE sha256 = ANY(:sha256s)
ORDER BY decision_id
"""

_LOADED = """
SELECT f.sha256, CAST(:level AS text) AS level, s.statement_no, s.proof, e.record_no, e.place,
       e.raw_text,
       (SELECT count(*) FROM entry t
        WHERE (t.file_id, t.place, t.raw_text) = (e.file_id, e.place, e.raw_text)) AS alike
FROM file f
LEFT JOIN statement s ON :level <> 'file' AND s.file_id = f.file_id AND s.status <> 'quarantined'
LEFT JOIN entry e ON :level = 'record' AND (e.file_id, e.statement_no) = (s.file_id, s.statement_no)
WHERE f.sha256 = :sha256 AND f.status IN ('loaded', 'partly')
  AND (:level <> 'statement' OR s.statement_no = :number)
  AND (:level <> 'record' OR e.record_no = :number)
"""

_UNAPPLIED = f"""
SELECT DISTINCT f.sha256
FROM decision_in_force d JOIN file f USING (sha256)
WHERE d.word = 'dropped' AND CASE d.level
    WHEN 'statement' THEN EXISTS (
        SELECT FROM statement s
        WHERE (s.file_id, s.statement_no) = (f.file_id, d.statement_no)
          AND s.status <> 'quarantined')
    ELSE EXISTS (
        SELECT FROM entry e
        WHERE e.file_id = f.file_id AND (
            d.level = 'file' OR e.place = d.place
            AND d.raw_sha256 = {quarantine.PRINTED.format("e")}))
    END
ORDER BY f.sha256
"""  # noqa: S608 - our own

_HISTORY = """
SELECT d.said_at, d.said_by, d.word, d.level, d.statement_no, d.record_no, d.place, d.reason,
       i.decision_id IS NOT NULL AS is_in_force
FROM decision d LEFT JOIN decision_in_force i USING (decision_id)
WHERE d.sha256 = :sha256
ORDER BY d.decision_id
"""


@dataclass(frozen=True)
class Part:
    """What of a file a person speaks of.

    Attributes:
        sha256: the file.
        statement_no: only this statement of it.
        record_no: only this record of it.
    """

    sha256: str
    statement_no: int | None = None
    record_no: int | None = None

    def has(self, row: Row) -> bool:
        """Is a row about this part, or about something within it?"""
        if self.record_no is not None:
            return row["level"] == Level.RECORD and row["record_no"] == self.record_no
        return self.statement_no is None or row["statement_no"] == self.statement_no

    @property
    def level(self) -> Level:
        """Of which level it is."""
        if self.record_no is not None:
            return Level.RECORD
        return Level.FILE if self.statement_no is None else Level.STATEMENT

    def __str__(self) -> str:
        if self.record_no is not None:
            return f"{self.sha256[:12]}: record {self.record_no}"
        within = "" if self.statement_no is None else f": statement {self.statement_no}"
        return self.sha256[:12] + within


@dataclass(frozen=True)
class Said:
    """Who says it, when (a UTC instant) and why."""

    by: str
    at: datetime
    reason: str


def accept(connection: sa.Connection, part: Part, said: Said) -> list[Row]:
    """Note that a person takes statements as they are, though they do not add up or much is unread.

    Returns:
        the statements of the part that were held, as items of the quarantine.

    Raises:
        WrongUsage: none is held.
    """
    held = [row for row in _open_of(connection, part) if row["code"] in DOUBTED]
    if not held:
        raise WrongUsage(
            str(part),
            "only a statement that is held for its balances, or for all that cannot be read, "
            "can be accepted",
            "buffet quarantine show tells why it is held; what cannot be read needs a correction "
            "and a retry, or is dropped",
        )
    return _say(connection, Word.ACCEPTED, held, said)


def drop(connection: sa.Connection, part: Part, said: Said) -> list[Row]:
    """Note that what is held of this part is not wanted; nothing of it is deleted.

    A file of which nothing is loaded is dropped as a whole, whatever a better reader may find in
    it; of any other file each thing that is open, and what is loaded stays.

    Returns:
        what was dropped, as items of the quarantine.

    Raises:
        WrongUsage: nothing of it is open.
    """
    held = _open_of(connection, part)
    if not held:
        raise WrongUsage(
            str(part),
            "nothing of it is open in the quarantine",
            "buffet quarantine list --all shows what was held, and what became of it",
        )
    is_whole = part == Part(part.sha256) and held[0]["file_status"] in ("refused", "quarantined")
    targets = [_whole_file(part.sha256)] if is_whole else held
    _say(connection, Word.DROPPED, targets, said)
    return held


def withdraw(connection: sa.Connection, part: Part, said: Said) -> list[Row]:
    """Note that what is loaded of this part is not wanted; the next reading leaves it out.

    It is the word of `drop`, said of what counts: a file read again tells it no more, and what no
    other file tells is withdrawn.

    Returns:
        what is withdrawn: the file, one statement or one record.

    Raises:
        WrongUsage: nothing of it is loaded, its statement is proven by all of its records, or the
            record cannot be told from another one.
    """
    number = part.statement_no if part.record_no is None else part.record_no
    values = {"sha256": part.sha256, "level": part.level, "number": number}
    loaded = [dict(row) for row in connection.execute(sa.text(_LOADED), values).mappings()]
    if not loaded:
        raise WrongUsage(
            str(part),
            "nothing of it is loaded",
            "buffet explain names the file and the record of a transaction; what is held is dropped"
            " by buffet quarantine drop",
        )
    if part.level == Level.RECORD and loaded[0]["proof"] == "proven":
        raise WrongUsage(
            str(part),
            "its statement is proven: opening and closing balance need all of its records",
            f"withdraw the statement: --statement {loaded[0]['statement_no']}",
        )
    if part.level == Level.RECORD and loaded[0]["alike"] != 1:
        raise WrongUsage(
            str(part),
            f"{loaded[0]['alike']} records stand at its place with its text: they are as one",
            f"withdraw the statement: --statement {loaded[0]['statement_no']}",
        )
    return _say(connection, Word.DROPPED, loaded, said)


def unapplied(connection: sa.Connection) -> list[str]:
    """The sha256 of files that have not been read again since something of them was withdrawn."""
    return list(connection.scalars(sa.text(_UNAPPLIED)))


def reopen(connection: sa.Connection, part: Part, said: Said) -> list[Row]:
    """Take back every word in force about this part and what is within it.

    Returns:
        what was said, one row a word: level, statement_no, record_no, place, word.

    Raises:
        WrongUsage: no word about it is in force.
    """
    spoken = [row for row in map(dict, _words(connection, [part.sha256])) if part.has(row)]
    if not spoken:
        raise WrongUsage(
            str(part),
            "no decision about it is in force",
            "buffet quarantine show FILE lists what was decided; what was said of a whole file is "
            "taken back for the whole file",
        )
    return _say(connection, Word.REOPENED, spoken, said)


def in_force(connection: sa.Connection, sha256s: Sequence[str]) -> tuple[decisions.Decision, ...]:
    """What persons decided about these files, as it holds now."""
    return tuple(
        decisions.Decision(
            row["sha256"],
            Level(row["level"]),
            row["statement_no"],
            row["place"],
            row["raw_sha256"],
            Word(row["word"]),
        )
        for row in _words(connection, sha256s)
    )


def history(connection: sa.Connection, sha256: str) -> list[Row]:
    """All that was ever said of a file and its parts, the oldest first."""
    found = connection.execute(sa.text(_HISTORY), {"sha256": sha256}).mappings()
    return [dict(row) for row in found]


def _words(connection: sa.Connection, sha256s: Sequence[str]) -> Sequence[sa.RowMapping]:
    values = {"sha256s": list(sha256s)}
    return connection.execute(sa.text(_IN_FORCE), values).mappings().all()


def _open_of(connection: sa.Connection, part: Part) -> list[Row]:
    return [row for row in quarantine.items(connection, sha256=part.sha256) if part.has(row)]


def _whole_file(sha256: str) -> Row:
    return {
        "sha256": sha256,
        "level": Level.FILE,
        "statement_no": None,
        "record_no": None,
        "place": None,
    }


def _say(connection: sa.Connection, word: Word, targets: Sequence[Row], said: Said) -> list[Row]:
    """Add one word about each target."""
    connection.execute(
        sa.insert(models.Decision),
        [
            {
                "sha256": row["sha256"],
                "level": row["level"],
                "statement_no": row["statement_no"],
                "record_no": row["record_no"],
                "place": row["place"] if row["level"] == Level.RECORD else None,
                "raw_sha256": _digest(row),
                "word": word,
                "reason": said.reason,
                "said_by": said.by,
                "said_at": said.at,
            }
            for row in targets
        ],
    )
    return list(targets)


def _digest(row: Row) -> str | None:
    """By what a record is known beside its place: the digest of its text."""
    if row["level"] != Level.RECORD:
        return None
    known = row.get("raw_sha256")
    return str(known) if known else hashlib.sha256(str(row["raw_text"]).encode()).hexdigest()
