"""The SQL of the audit. Each query finds the offending rows of the table `batch`, as ids.

Great Expectations puts each batch into a temporary table and only counts rows. Of a text that must
not be null the batch has the first 0 characters.
`search_path` is the ledger's schema.
"""

SESSION = {
    "search_path": "ledger",
    "timezone": "UTC",
    "work_mem": "128MB",
    "random_page_cost": "1.1",  # as on flash: what a few files brought is looked up
    "enable_mergejoin": "off",  # in the order of random ids a page is read for each row
    "application_name": "buffet-audit",
}
"""How a session is set in which they are asked."""

_CHANGED = "SELECT file_id FROM file_receipt WHERE run_id = '{run}' AND outcome <> 'known'"
_ENTERED = f"SELECT transaction_id FROM entry WHERE file_id IN ({_CHANGED})"  # noqa: S608 - our own

_BATCHES = {
    "transaction": """
        SELECT transaction_id, account_id, booked_on, amount, currency, text_key, ref_key,
               occurrence, status, standing, file_id, record_no
        FROM transaction""",
    "entry": """
        SELECT file_id, record_no, statement_no, transaction_id,
               left(description, 0) AS description, left(raw_text, 0) AS raw_text
        FROM entry""",
    "statement": """
        SELECT file_id, statement_no, account_id, currency, starts_on, ends_on,
               opening_balance, opening_on,
               closing_balance, closing_on, record_count, credit_sum, debit_sum, difference,
               proof, status
        FROM statement""",
    "file": "SELECT file_id, read, set_aside, markers FROM file",
}

_GLOBAL = {
    "all_files": "SELECT file_id, sha256 FROM file",
    "receipt": """
        SELECT run_id, file_id, read, inserted, already_known, superseded, set_aside, markers
        FROM file_receipt""",
    "account": "SELECT account_id FROM account",
    "run": "SELECT run_id, started_at FROM run WHERE run_id = '{run}'",
}


def batches(run: str | None) -> dict[str, str]:
    """The query of each batch: what the run's files brought, or everything when run is null."""
    every = {**_BATCHES, **{name: sql for name, sql in _GLOBAL.items() if run or name != "run"}}
    if run is None:
        return every
    inside = dict.fromkeys(_BATCHES, f"file_id IN ({_CHANGED})")
    inside["transaction"] = f"transaction_id IN ({_ENTERED})"
    return {
        name: (f"{sql} WHERE {inside[name]}" if name in inside else sql).replace("{run}", run)
        for name, sql in every.items()
    }


def of_changed(query: str, run: str | None) -> str:
    """A query about entries `e`, kept to the files of the run, or about all when run is null.

    Of a temporary table Postgres knows no sizes, and walks the whole ledger for one file; of the
    receipts it does.
    """
    condition = "true" if run is None else f"e.file_id IN ({_CHANGED})".replace("{run}", run)
    return query.replace("$changed", condition)


FAR_AHEAD = """
SELECT transaction_id FROM batch
WHERE booked_on > (SELECT CAST(max(received_at) AS date) + 400 FROM file)
"""

LOST_POINTERS = """
SELECT t.transaction_id
FROM batch t
LEFT JOIN entry e ON e.file_id = t.file_id AND e.record_no = t.record_no
WHERE t.standing <> 'withdrawn'
  AND (e.transaction_id IS DISTINCT FROM t.transaction_id
       OR e.status IS DISTINCT FROM t.status)
"""

# A set numbered 1..n has n rows, n as its largest number, and the sum that a child computes. Where
# statements meet, a file may bring the second and not the first: then all that are held decide.
UNEVEN_TWINS = """
SELECT d.account_id, d.booked_on
FROM (
    SELECT account_id, booked_on, amount, currency, text_key, ref_key FROM batch
    GROUP BY account_id, booked_on, amount, currency, text_key, ref_key
    HAVING count(*) <> max(occurrence) OR sum(occurrence) <> count(*) * (count(*) + 1) / 2
) d
WHERE (
    SELECT count(*) <> max(t.occurrence) OR sum(t.occurrence) <> count(*) * (count(*) + 1) / 2
    FROM transaction t
    WHERE (t.account_id, t.booked_on, t.amount, t.currency, t.text_key)
        = (d.account_id, d.booked_on, d.amount, d.currency, d.text_key)
      AND t.ref_key IS NOT DISTINCT FROM d.ref_key
)
"""

# No foreign keys here, for speed of loading: this check stands in for them.
ADRIFT_ENTRIES = """
SELECT e.file_id, e.record_no
FROM batch e
LEFT JOIN transaction t ON t.transaction_id = e.transaction_id
LEFT JOIN statement s ON s.file_id = e.file_id AND s.statement_no = e.statement_no
WHERE t.transaction_id IS NULL OR s.file_id IS NULL OR s.account_id <> t.account_id
"""

NO_RECEIPT = """
SELECT f.file_id FROM batch f
WHERE NOT EXISTS (SELECT FROM file_receipt r WHERE r.file_id = f.file_id)
"""

UNEVEN_RECEIPTS = """
SELECT run_id, file_id FROM batch
WHERE read <> inserted + already_known + superseded + set_aside + markers
   OR least(inserted, already_known, superseded, set_aside, markers) < 0
"""

INCOMPLETE_FILES = """
SELECT f.file_id
FROM batch f
LEFT JOIN (
    SELECT file_id, count(*) AS entries FROM entry e
    WHERE $changed GROUP BY file_id
) held ON held.file_id = f.file_id
WHERE f.read <> coalesce(held.entries, 0) + f.set_aside + f.markers
"""

OPEN_STATEMENTS = """
SELECT file_id, statement_no FROM batch
WHERE proof = 'proven'
  AND (opening_balance + credit_sum + debit_sum - closing_balance IS DISTINCT FROM 0
       OR difference IS DISTINCT FROM 0)
"""

# A quarantined statement keeps its printed sums, but none of its records may be in the ledger.
UNEVEN_SUMS = """
SELECT s.file_id, s.statement_no
FROM batch s
LEFT JOIN (
    SELECT e.file_id, e.statement_no, count(*) AS entries,
           sum(t.amount) FILTER (WHERE e.status = 'booked' AND t.amount > 0) AS credits,
           sum(t.amount) FILTER (WHERE e.status = 'booked' AND t.amount < 0) AS debits
    FROM entry e
    JOIN transaction t ON t.transaction_id = e.transaction_id
    WHERE $changed
    GROUP BY e.file_id, e.statement_no
) held ON held.file_id = s.file_id AND held.statement_no = s.statement_no
WHERE coalesce(held.entries, 0)
          <> CASE WHEN s.status = 'quarantined' THEN 0 ELSE s.record_count END
   OR (s.status <> 'quarantined'
       AND (coalesce(held.credits, 0) <> s.credit_sum OR coalesce(held.debits, 0) <> s.debit_sum))
"""

UNACCEPTED_FAILURES = """
SELECT s.file_id, s.statement_no
FROM batch s
JOIN file f ON f.file_id = s.file_id
WHERE s.proof = 'failed' AND s.status <> 'quarantined'
  AND (s.status <> 'accepted'
       OR NOT EXISTS (SELECT FROM decision_in_force d
                      WHERE d.sha256 = f.sha256 AND d.word = 'accepted'
                        AND coalesce(d.statement_no, s.statement_no) = s.statement_no))
"""

_LINKS = "statement_links_of(array(SELECT DISTINCT account_id FROM batch))"

CONTRADICTIONS = f"""
SELECT s.file_id, s.statement_no
FROM batch s
JOIN {_LINKS} l ON (s.file_id, s.statement_no)
                   IN ((l.before_file_id, l.before_statement_no),
                       (l.after_file_id, l.after_statement_no))
WHERE l.kind = 'contradiction'
GROUP BY 1, 2
"""  # noqa: S608 - our own

GAPS = f"""
SELECT s.file_id, s.statement_no
FROM batch s
JOIN {_LINKS} l ON (s.file_id, s.statement_no) = (l.after_file_id, l.after_statement_no)
WHERE l.kind = 'gap'
"""  # noqa: S608 - our own

# One source tells a day; but where two date the same movement differently, each day may count one.
TOLD_TWICE = """
SELECT DISTINCT t.transaction_id
FROM (
    WITH several AS MATERIALIZED (
        SELECT s.account_id
        FROM statement s JOIN file g USING (file_id)
        GROUP BY s.account_id
        HAVING count(DISTINCT (g.format, g.layout)) > 1
    ), told AS MATERIALIZED (
        SELECT b.transaction_id, b.account_id, b.currency, b.amount, b.booked_on, b.file_id
        FROM batch b
        WHERE b.account_id IN (SELECT account_id FROM several)
          AND b.standing = 'counts' AND b.status = 'booked'
    )
    SELECT b.transaction_id, b.account_id, b.currency, b.amount, b.booked_on + near.days AS near_on,
           f.format, f.layout
    FROM told b
    JOIN file f ON f.file_id = b.file_id
    CROSS JOIN (VALUES (-1), (0), (1)) AS near (days)
) t
JOIN transaction o ON (o.account_id, o.currency, o.amount, o.booked_on)
                    = (t.account_id, t.currency, t.amount, t.near_on)
JOIN file g ON g.file_id = o.file_id
WHERE o.transaction_id <> t.transaction_id AND o.standing = 'counts' AND o.status = 'booked'
  AND (t.format, t.layout) IS DISTINCT FROM (g.format, g.layout)
  AND NOT EXISTS (
      SELECT FROM entry e JOIN file h ON h.file_id = e.file_id
      WHERE (e.transaction_id = t.transaction_id
             AND (h.format, h.layout) IS NOT DISTINCT FROM (g.format, g.layout))
         OR (e.transaction_id = o.transaction_id
             AND (h.format, h.layout) IS NOT DISTINCT FROM (t.format, t.layout))
  )
"""

STALE_ACCOUNTS = """
SELECT a.account_id
FROM batch a
JOIN statement s ON s.account_id = a.account_id
JOIN file f ON f.file_id = s.file_id
GROUP BY a.account_id
HAVING max(f.received_at) < TIMESTAMPTZ '$oldest'
"""

# Nights without new records say nothing about a usual night; five others are needed to judge.
UNUSUAL_VOLUME = """
SELECT 1
FROM (
    SELECT sum(c.read) AS records
    FROM batch JOIN file_receipt c ON c.run_id = batch.run_id
    WHERE c.outcome <> 'known'
) tonight
CROSS JOIN (
    SELECT count(*) AS runs, percentile_cont(0.5) WITHIN GROUP (ORDER BY records) AS usual
    FROM (
        SELECT sum(c.read) AS records
        FROM run r JOIN file_receipt c ON c.run_id = r.run_id
        WHERE c.outcome <> 'known' AND r.started_at < (SELECT started_at FROM batch)
        GROUP BY r.run_id, r.started_at
        HAVING sum(c.read) > 0
        ORDER BY r.started_at DESC
        LIMIT 20
    ) earlier
) history
WHERE runs >= 5 AND records > 0 AND (records > 10 * usual OR 10 * records < usual)
"""

NOTHING_READ = """
SELECT batch.run_id
FROM batch JOIN file_receipt c ON c.run_id = batch.run_id
WHERE c.outcome <> 'known'
GROUP BY batch.run_id
HAVING sum(c.read) = 0
"""
