"""The quarantine: files, statements and records that are held, with their reason and text.

Each reading of a file leaves its findings, so the rows of one thing tell how often it was tried and
since when. What it is now follows from them and from what persons said (decisions.py):

    open       the last reading holds it, and nobody has dropped it
    dropped    the last reading holds it, and a person said that it is not wanted
    loaded     it was held once; the last reading could load it
    accepted   the same, because a person took it as it is
    closed     it was held once; now something else of its file is held instead
"""

from collections.abc import Sequence

import sqlalchemy as sa

from schemas.errors import WrongUsage
from schemas.masking import masked_numbers
from warehouse.ledger.models import File, Finding

Row = dict[str, object]

STATES = ("open", "dropped", "loaded", "accepted", "closed")

PRINTED = "encode(sha256(convert_to({}.raw_text, 'UTF8')), 'hex')"
"""By what a decision knows the text of a record, beside its place."""

IS_DROPPED = f"""EXISTS (
    SELECT FROM decision_in_force d
    WHERE d.sha256 = f.sha256 AND d.word = 'dropped'
      AND CASE d.level
              WHEN 'file' THEN true
              WHEN 'statement' THEN d.statement_no = n.statement_no
              ELSE n.level = 'record' AND d.place IS NOT DISTINCT FROM n.place
                   AND d.raw_sha256 = {PRINTED.format("n")}
          END)"""  # noqa: S608 - our own
"""Of a finding n of a file f: has a person dropped what it holds, or all around it?"""

STATEMENT_STATUS = """CASE WHEN s.status = 'quarantined' AND EXISTS (
    SELECT FROM decision_in_force d
    WHERE d.sha256 = f.sha256 AND d.word = 'dropped'
      AND (d.level = 'file' OR d.level = 'statement' AND d.statement_no = s.statement_no)
) THEN 'dropped' ELSE s.status END"""
"""Of a statement s of a file f: loaded, accepted, replaced, quarantined, or dropped by a person."""

_ITEMS = f"""
WITH seen AS (
    SELECT n.*, count(*) OVER item AS attempts, min(r.started_at) OVER item AS first_seen_at,
           max(r.started_at) OVER item AS last_seen_at,
           n.finding_id = max(n.finding_id) OVER item AS is_last
    FROM finding n JOIN run r USING (run_id)
    WHERE n.level IS NOT NULL
      AND (CAST(:sha256 AS text) IS NULL
           OR n.file_id = (SELECT file_id FROM file WHERE sha256 = :sha256))
    WINDOW item AS (
        PARTITION BY n.file_id, n.level, CASE n.level WHEN 'statement' THEN n.statement_no END,
                     CASE n.level WHEN 'record' THEN n.place END,
                     CASE n.level WHEN 'record' THEN n.raw_text END
    )
), last AS (
    SELECT * FROM seen
    WHERE is_last
      AND (state = 'open' OR CAST(:state AS text) IS NULL OR :state NOT IN ('open', 'dropped'))
), told AS (
    SELECT DISTINCT n.finding_id
    FROM last n JOIN entry e ON (e.file_id, e.place) = (n.file_id, n.place)
    WHERE n.level = 'record' AND n.state <> 'open'
), judged AS (
    SELECT f.sha256, f.name, f.received_at, f.status AS file_status, n.*,
           CASE WHEN n.state = 'open' AND {IS_DROPPED} THEN 'dropped'
                WHEN n.state = 'open' THEN 'open'
                WHEN s.status = 'accepted' THEN 'accepted'
                WHEN n.level = 'file' AND f.status IN ('loaded', 'partly')
                  OR n.level = 'statement' AND s.status <> 'quarantined'
                  OR t.finding_id IS NOT NULL
                THEN 'loaded'
                ELSE 'closed' END AS now
    FROM last n
    JOIN file f USING (file_id)
    LEFT JOIN told t USING (finding_id)
    LEFT JOIN statement s ON n.level = 'statement'
                         AND (s.file_id, s.statement_no) = (n.file_id, n.statement_no)
)
SELECT sha256, name, file_status, level, statement_no, record_no, place, code, message, remedy,
       raw_text, attempts, first_seen_at, last_seen_at, now AS state
FROM judged
WHERE CAST(:state AS text) IS NULL OR now = :state
ORDER BY received_at DESC, sha256, statement_no NULLS FIRST, record_no NULLS FIRST, finding_id
"""  # noqa: S608 - our own

_WHOLLY_DROPPED = f"""
SELECT f.sha256
FROM finding n JOIN file f USING (file_id)
WHERE f.sha256 = ANY(:sha256s) AND n.state = 'open' AND n.level IS NOT NULL
GROUP BY f.sha256
HAVING bool_and({IS_DROPPED})
"""  # noqa: S608 - our own


def items(
    connection: sa.Connection, *, sha256: str | None = None, state: str | None = "open"
) -> list[Row]:
    """What is held, one row a file, statement or record: newest files first, then by place.

    Args:
        connection: to the ledger.
        sha256: only of this file; null for all files.
        state: one of STATES; null for everything that was ever held.

    Returns:
        sha256, name and status of the file; level, statement_no, record_no, place; code, message,
        remedy and raw_text of the last finding; attempts, first_seen_at, last_seen_at; state.
    """
    found = connection.execute(sa.text(_ITEMS), {"sha256": sha256, "state": state}).mappings()
    return [
        {
            **row,
            "name": masked_numbers(row["name"]),
            "place": masked_numbers(row["place"] or "") if row["level"] == "file" else row["place"],
        }
        for row in found
    ]


def remarks(connection: sa.Connection, sha256: str) -> list[Row]:
    """What is odd about a file and holds nothing: place, code, message, remedy, raw text."""
    query = (
        sa.select(
            Finding.statement_no,
            Finding.record_no,
            Finding.place,
            Finding.code,
            Finding.message,
            Finding.remedy,
            Finding.raw_text,
        )
        .join(File, File.file_id == Finding.file_id)
        .where(File.sha256 == sha256, Finding.state == "open", Finding.level.is_(None))
        .order_by(Finding.statement_no, Finding.record_no.nulls_first(), Finding.finding_id)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def wholly_dropped(connection: sa.Connection, sha256s: Sequence[str]) -> set[str]:
    """Those of the files of which something is held, all of it dropped by persons."""
    return set(connection.scalars(sa.text(_WHOLLY_DROPPED), {"sha256s": list(sha256s)}))


def find_file(connection: sa.Connection, word: str) -> str:
    """The sha256 of the one file that a person means by the start of its sha256 or by its name.

    Raises:
        WrongUsage: no file, or more than one, answers to the word.
    """
    found: Sequence[str] = connection.scalars(
        sa.select(File.sha256)
        .where(sa.or_(File.sha256.startswith(word, autoescape=True), File.name == word))
        .order_by(File.sha256)
    ).all()
    if len(found) == 1:
        return found[0]
    problem = "no file answers to it" if not found else f"{len(found)} files answer to it"
    raise WrongUsage(
        masked_numbers(word),
        problem,
        "buffet quarantine list shows the first digits of each sha256",
    )
