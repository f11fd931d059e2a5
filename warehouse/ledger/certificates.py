"""Certificates: what is proven is sealed, in the database transaction that loads it.

    seals     20 bytes a record of the statement: its number (4), and the first 16 of the sha256 of
              its transaction_id (16 bytes), status, "|" and raw text
    content   the statement as it was proven, and the sha256 of its seals
    body      content, number of the certificate, versions, hash of the certificate before: one JSON
    hash      sha256 of the body

    body 1 ── hash 1 ◀── body 2 ── hash 2 ◀── body 3 …

The amount and the day of a movement are sealed by its transaction_id, which is a digest of them:
whoever verifies works out the ids as well (verification.py). Who can write to the ledger can write
a whole chain anew; a hash that was noted outside of it (`buffet verify` shows the last) proves that
it was not.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

import polars as pl
import sqlalchemy as sa

from schemas.identity import RECIPE
from warehouse.ledger.staging import stage

Content = dict[str, str | int | None]
"""Fields of a certificate as JSON writes them: days and amounts as text."""

CONTENT = (
    "file",
    "statement_no",
    "account_id",
    "currency",
    "starts_on",
    "ends_on",
    "opening_balance",
    "opening_on",
    "credit_sum",
    "debit_sum",
    "closing_balance",
    "closing_on",
    "record_count",
    "proof",
    "seals_sha256",
)
"""What a certificate says of its statement; the rest of a body is about the certificate itself."""

SEALS = """
SELECT file_id, statement_no, string_agg(seal, ''::bytea ORDER BY seal) AS seals
FROM (
    SELECT file_id, statement_no, int4send(record_no) || substr(sha256(uuid_send(transaction_id)
           || convert_to(status || '|' || raw_text, 'UTF8')), 1, 16) AS seal
    FROM {statements}
    JOIN entry USING (file_id, statement_no)
) sealed_entry
GROUP BY file_id, statement_no
"""
"""The seals of statements as their entries stand; a seal begins with its number, so they sort."""

STATEMENTS = """
SELECT f.sha256 AS file, s.statement_no, s.account_id, s.currency,
       to_char(s.starts_on, 'YYYY-MM-DD') AS starts_on, to_char(s.ends_on, 'YYYY-MM-DD') AS ends_on,
       s.opening_balance, to_char(s.opening_on, 'YYYY-MM-DD') AS opening_on,
       s.credit_sum, s.debit_sum,
       s.closing_balance, to_char(s.closing_on, 'YYYY-MM-DD') AS closing_on,
       s.record_count, s.proof,
       encode(sha256(coalesce(x.seals, ''::bytea)), 'hex') AS seals_sha256
FROM {statements}
JOIN statement s USING (file_id, statement_no)
JOIN file f USING (file_id)
LEFT JOIN {sealed} x USING (file_id, statement_no)
ORDER BY f.sha256 COLLATE "C", s.statement_no
"""
"""The content of a certificate, as the tables stand."""

_TO_CERTIFY = """
CREATE TEMP TABLE to_certify ON COMMIT DROP AS
SELECT s.file_id, s.statement_no
FROM ({touched}) s
JOIN statement USING (file_id, statement_no)
JOIN file f USING (file_id)
WHERE proof = 'proven'
   OR EXISTS (SELECT FROM certificate c
              WHERE (c.sha256, c.statement_no) = (f.sha256, s.statement_no))
"""
"""Statements that are proven, or were certified before."""

_OF_BATCH = """
SELECT file_id, statement_no
FROM staged_file JOIN file USING (sha256) JOIN statement USING (file_id)
"""

_MOVED = """
SELECT e.file_id, e.statement_no FROM moved_entry JOIN entry e USING (file_id, record_no)
"""
"""Statements of which the referee gave a record to another movement."""

_ALL = "SELECT file_id, statement_no FROM statement"
"""Where there is no certificate yet, because the ledger is older than they are."""

_SEALED = "CREATE TEMP TABLE sealed ON COMMIT DROP AS " + SEALS.format(statements="to_certify")

_NEWEST = """
SELECT DISTINCT ON (c.sha256, c.statement_no) c.sha256, c.statement_no, c.body, c.hash
FROM certificate c
JOIN file f USING (sha256)
JOIN to_certify t ON (t.file_id, t.statement_no) = (f.file_id, c.statement_no)
ORDER BY c.sha256, c.statement_no, c.certificate_no DESC
"""

_INSERT = """
INSERT INTO certificate (certificate_no, sha256, statement_no, body, seals, hash)
SELECT n.certificate_no, n.sha256, n.statement_no, n.body, coalesce(x.seals, ''::bytea), n.hash
FROM new_certificate n
JOIN file f USING (sha256)
LEFT JOIN sealed x ON (x.file_id, x.statement_no) = (f.file_id, n.statement_no)
ORDER BY n.certificate_no
"""

_NEW = pl.Schema(
    {
        "certificate_no": pl.Int64(),
        "sha256": pl.String(),
        "statement_no": pl.Int64(),
        "body": pl.String(),
        "hash": pl.String(),
    }
)


def certify(connection: sa.Connection, run_id: str, at: datetime) -> int:
    """Certify what a batch proved; what is certified already, and unchanged, gets no second one.

    A statement that stands otherwise than certified (it came again, or equal records were told
    apart) gets a new certificate that names the one it replaces.

    Args:
        connection: inside the database transaction of the batch, which is merged and settled.
        run_id: the run that loads it.
        at: the instant from which the ledger knows it.

    Returns:
        how many certificates were written.
    """
    has_moved = connection.scalar(sa.text("SELECT to_regclass('pg_temp.moved_entry') IS NOT NULL"))
    touched = f"{_OF_BATCH} UNION {_MOVED}" if has_moved else _OF_BATCH
    code_version = connection.scalar(
        sa.text("SELECT code_version FROM run WHERE run_id = CAST(:id AS uuid)"), {"id": run_id}
    )
    return _certify(connection, touched, str(code_version), at)


def certify_held(connection: sa.Connection, code_version: str, at: datetime) -> int:
    """Certify what a ledger holds that is older than certificates; one that has any stays as it is.

    Returns:
        how many certificates were written.
    """
    if connection.scalar(sa.text("SELECT EXISTS (SELECT FROM certificate)")):
        return 0
    return _certify(connection, _ALL, code_version, at)


def _certify(connection: sa.Connection, touched: str, code_version: str, at: datetime) -> int:
    """Certify those of the statements that are proven and stand otherwise than certified."""
    connection.exec_driver_sql(_TO_CERTIFY.format(touched=touched))
    connection.exec_driver_sql("ANALYZE to_certify")
    connection.exec_driver_sql(_SEALED)
    known = {
        (sha256, statement_no): (content_of(read_body(body)), hash_)
        for sha256, statement_no, body, hash_ in connection.exec_driver_sql(_NEWEST)
    }
    fresh = [
        (content, known.get((content["file"], content["statement_no"]), (None, None)))
        for content in contents(connection, "to_certify", "sealed")
    ]
    changed = [(content, hash_) for content, (old, hash_) in fresh if content != old]
    made_by: Content = {
        "code_version": code_version,
        "recipe": RECIPE,
        "certified_at": at.isoformat(),
    }
    rows = _chained(connection, [(one | made_by, hash_) for one, hash_ in changed])
    if rows:
        stage(connection, "new_certificate", pl.DataFrame(rows, schema=_NEW, orient="row"))
        connection.exec_driver_sql(_INSERT)
    return len(rows)


def contents(connection: sa.Connection, statements: str, sealed: str) -> list[Content]:
    """What certificates of these statements would say, as the tables stand.

    Args:
        connection: of the ledger.
        statements: a table of file_id and statement_no.
        sealed: a table of their seals, as SEALS makes it.
    """
    rows = connection.exec_driver_sql(STATEMENTS.format(statements=statements, sealed=sealed))
    return [
        {
            name: cell if isinstance(cell, int) or cell is None else str(cell)
            for name, cell in row.items()
        }
        for row in rows.mappings()
    ]


def content_of(body: Content) -> Content:
    """The part of a certificate's body that is about its statement."""
    return {name: body.get(name) for name in CONTENT}


def read_body(body: str) -> Content:
    """The fields of a body; of one that was made unreadable, none."""
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def hash_of(body: str) -> str:
    """The hash of a certificate; the hash of the one before is in the body."""
    return hashlib.sha256(body.encode()).hexdigest()


def _chained(
    connection: sa.Connection, bodies: Sequence[tuple[Content, str | None]]
) -> list[tuple[int, str, int, str, str]]:
    """Number bodies on and seal each on the one before; each names the certificate it replaces."""
    last = connection.execute(
        sa.text("SELECT certificate_no, hash FROM certificate ORDER BY 1 DESC LIMIT 1")
    ).first()
    number, previous = (int(last[0]), str(last[1])) if last else (0, "")
    rows = []
    for content, replaces in bodies:
        number += 1
        body = json.dumps(
            {**content, "certificate_no": number, "previous": previous, "replaces": replaces},
            sort_keys=True,
            separators=(",", ":"),
        )
        previous = hash_of(body)
        rows.append(
            (number, str(content["file"]), int(content["statement_no"] or 0), body, previous)
        )
    return rows
