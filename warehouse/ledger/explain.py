"""Everything that the ledger knows of one transaction, for a person who asks where it came from.

What the bank printed is among it: whoever asks for one transaction asks for its text.
"""

import re

import sqlalchemy as sa

from schemas.errors import WrongUsage
from schemas.masking import masked_numbers

Row = dict[str, object]

_HEX = re.compile(r"[0-9a-f]{1,32}")

_TRANSACTION = """
SELECT t.transaction_id::text AS transaction_id, t.account_id::text AS account_id, t.booked_on,
       t.amount, t.currency, t.text_key, t.ref_key, t.occurrence, t.status, t.standing, t.because,
       t.first_known_at, t.known_from, a.owner, a.institution, a.account_name, a.account_tail,
       a.account_kind
FROM transaction t JOIN account a USING (account_id)
WHERE t.transaction_id = CAST(:id AS uuid)
"""

_TWINS = """
SELECT b.transaction_id::text AS transaction_id, b.occurrence, b.standing
FROM transaction t
JOIN transaction b ON (b.account_id, b.booked_on, b.amount, b.currency, b.text_key)
                    = (t.account_id, t.booked_on, t.amount, t.currency, t.text_key)
                  AND b.ref_key IS NOT DISTINCT FROM t.ref_key
                  AND b.transaction_id <> t.transaction_id
WHERE t.transaction_id = CAST(:id AS uuid)
ORDER BY b.occurrence
"""

_ENTRIES = """
SELECT f.sha256, f.name AS file_name, f.format, f.layout, f.encoding, f.reader, f.source_rank,
       f.received_at,
       e.statement_no, e.record_no, e.place, e.status, e.valued_on, e.description, e.counterparty,
       e.bank_ref, e.kind_code, e.balance_after, e.original_amount, e.original_currency,
       e.raw_text,
       (e.file_id, e.record_no) = (t.file_id, t.record_no) AS is_best
FROM transaction t
JOIN entry e USING (transaction_id)
JOIN file f ON f.file_id = e.file_id
WHERE t.transaction_id = CAST(:id AS uuid)
ORDER BY e.status COLLATE "C", f.source_rank, f.sha256 COLLATE "C", e.record_no
"""
"""In the order in which one of them is the best (merges.POINT_TO_BETTER_ENTRIES)."""

_STATEMENTS = """
SELECT f.sha256, s.statement_no, s.currency, s.starts_on, s.ends_on, s.opening_balance,
       s.opening_on, s.closing_balance, s.closing_on, s.stated_on, s.record_count,
       s.set_aside_count, s.credit_sum, abs(s.debit_sum) AS debit_sum, s.difference,
       s.chain_breaks, s.proof, s.status,
       (SELECT max(c.certificate_no) FROM certificate c
        WHERE (c.sha256, c.statement_no) = (f.sha256, s.statement_no)) AS certificate_no
FROM statement s
JOIN file f USING (file_id)
WHERE EXISTS (SELECT FROM entry e
              WHERE e.transaction_id = CAST(:id AS uuid) AND e.file_id = s.file_id
                AND e.statement_no = s.statement_no)
ORDER BY f.source_rank, f.sha256 COLLATE "C", s.statement_no
"""

_FINDINGS = """
SELECT f.sha256, n.statement_no, n.record_no, n.place, n.code, n.message, n.remedy, n.is_set_aside
FROM finding n
JOIN file f USING (file_id)
WHERE n.state = 'open'
  AND EXISTS (SELECT FROM entry e
              WHERE e.transaction_id = CAST(:id AS uuid) AND e.file_id = n.file_id
                AND e.statement_no = coalesce(n.statement_no, e.statement_no))
ORDER BY f.sha256, n.statement_no, n.record_no NULLS FIRST, n.finding_id
"""

_TELLERS = """
WITH asked AS (
    SELECT account_id, booked_on, standing, because
    FROM transaction WHERE transaction_id = CAST(:id AS uuid)
),
unheard AS (
    SELECT f.format, f.layout
    FROM asked t
    JOIN transaction x ON (x.account_id, x.booked_on, x.standing, x.because)
                        = (t.account_id, t.booked_on, t.standing, t.because)
    JOIN entry e ON e.transaction_id = x.transaction_id
    JOIN file f ON f.file_id = e.file_id
)
SELECT DISTINCT f.sha256, f.name AS file_name, f.format, f.layout, s.statement_no
FROM asked t
JOIN statement s USING (account_id)
JOIN file f USING (file_id)
WHERE t.standing = 'superseded' AND starts_with(t.because, f.format || ' tells this day')
  AND s.status NOT IN ('quarantined', 'replaced')
  AND (t.booked_on BETWEEN s.starts_on AND s.ends_on
       OR EXISTS (SELECT FROM entry e JOIN transaction x USING (transaction_id)
                  WHERE (e.file_id, e.statement_no) = (s.file_id, s.statement_no)
                    AND x.booked_on = t.booked_on AND x.standing = 'counts'))
  AND NOT EXISTS (SELECT FROM unheard u
                  WHERE (u.format, u.layout) IS NOT DISTINCT FROM (f.format, f.layout))
ORDER BY f.layout, f.sha256, s.statement_no
"""
"""The statements that tell the day of a transaction which does not count for their sake."""

_VERSIONS = """
SELECT known_from, known_to, status, standing, because
FROM transaction_version WHERE transaction_id = CAST(:id AS uuid)
UNION ALL
SELECT known_from, NULL, status, standing, because
FROM transaction WHERE transaction_id = CAST(:id AS uuid)
ORDER BY known_from
"""


def find_transaction(connection: sa.Connection, word: str) -> str:
    """The id of the one transaction that a person means by its id or by its first digits.

    Raises:
        WrongUsage: none, or more than one, answers to the word.
    """
    remedy = "fct_transactions has the ids: buffet query; the first eight digits are mostly enough"
    digits = word.strip().lower().replace("-", "")
    if not _HEX.fullmatch(digits):
        raise WrongUsage(masked_numbers(word), "is not the id of a transaction", remedy)
    found = connection.scalars(
        sa.text(
            "SELECT transaction_id::text FROM transaction WHERE transaction_id"
            " BETWEEN CAST(:low AS uuid) AND CAST(:high AS uuid) ORDER BY 1 LIMIT 2"
        ),
        {"low": digits.ljust(32, "0"), "high": digits.ljust(32, "f")},
    ).all()
    if len(found) == 1:
        return str(found[0])
    problem = "more than one transaction answers to it" if found else "no transaction answers to it"
    raise WrongUsage(word, problem, "give more digits" if found else remedy)


def explained(connection: sa.Connection, transaction_id: str) -> Row:
    """What the ledger knows of a transaction: itself, its twins, all that tells of it.

    Account numbers are masked, names of files too; the entries hold what the bank printed.

    Returns:
        the transaction, and beside it the rows `tellers` (the statements that tell its day in its
        place), `twins`, `entries` (the best first), `statements`, `findings` and `versions` (the
        oldest first; the last one is of today).
    """
    values: Row = {"id": transaction_id}
    (head,) = _rows(connection, _TRANSACTION, values)
    head["account_name"] = masked_numbers(str(head["account_name"]))
    entries = _rows(connection, _ENTRIES, values)
    for entry in entries:
        entry["file_name"] = masked_numbers(str(entry["file_name"]))
    tellers = _rows(connection, _TELLERS, values)
    for one in tellers:
        one["file_name"] = masked_numbers(str(one["file_name"]))
    return head | {
        "tellers": tellers,
        "twins": _rows(connection, _TWINS, values),
        "best_because": _best_because(entries),
        "entries": entries,
        "statements": _rows(connection, _STATEMENTS, values),
        "findings": _rows(connection, _FINDINGS, values),
        "versions": _rows(connection, _VERSIONS, values),
    }


def _best_because(entries: list[Row]) -> str:
    """Why the first of the entries is the best: the first of four facts that sets it apart."""
    if len(entries) < 2:
        return "it is the only one"
    best, next_best = entries[:2]
    if best["status"] != next_best["status"]:
        return f"{best['status']} comes before {next_best['status']}"
    if best["source_rank"] != next_best["source_rank"]:
        return f"source rank {best['source_rank']} comes before {next_best['source_rank']}"
    if best["sha256"] != next_best["sha256"]:
        return "of equal sources the lowest sha256 is the best"
    return "of one file the lowest record number is the best"


def _rows(connection: sa.Connection, query: str, values: Row) -> list[Row]:
    return [dict(row) for row in connection.execute(sa.text(query), values).mappings()]
