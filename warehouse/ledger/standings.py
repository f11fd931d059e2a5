"""The SQL of `standing.py`: temporary tables of a batch, and what follows from them."""

REPLACE_STATEMENTS = """
WITH issue AS (
    SELECT s.file_id, s.statement_no, s.status, s.account_id, s.currency, s.starts_on, s.ends_on,
           s.opening_balance, s.closing_balance, f.sha256, f.format,
           coalesce(f.layout, '') AS layout,
           coalesce(s.stated_on, '-infinity'::date) AS stated_on
    FROM statement s
    JOIN touched_account USING (account_id)
    JOIN file f USING (file_id)
    WHERE s.proof = 'proven' AND s.status <> 'quarantined'
),
judged AS (
    SELECT i.file_id, i.statement_no, i.status, EXISTS (
        SELECT FROM issue j
        WHERE (j.account_id, j.currency, j.format, j.layout, j.starts_on, j.ends_on)
            = (i.account_id, i.currency, i.format, i.layout, i.starts_on, i.ends_on)
          AND j.opening_balance = i.opening_balance
          AND i.opening_balance <> i.closing_balance
          AND (j.stated_on > i.stated_on
               OR (j.stated_on = i.stated_on AND j.closing_balance = i.closing_balance
                   AND (j.sha256 COLLATE "C", j.statement_no)
                     < (i.sha256 COLLATE "C", i.statement_no)))
    ) AS is_replaced
    FROM issue i
),
changed AS (
    UPDATE statement s
    SET status = CASE WHEN j.is_replaced THEN 'replaced' ELSE 'loaded' END
    FROM judged j
    WHERE (s.file_id, s.statement_no) = (j.file_id, j.statement_no)
      AND j.is_replaced <> (j.status = 'replaced')
    RETURNING s.*
),
heard AS (
    INSERT INTO spoken
    SELECT account_id, starts_on, ends_on, opening_balance FROM changed
)
INSERT INTO retold_day
SELECT DISTINCT x.account_id, x.booked_on
FROM changed
JOIN entry e USING (file_id, statement_no)
JOIN transaction x USING (transaction_id)
"""
"""A proven statement speaks no more where the same account, period and opening were stated anew:
on a later day, or word for word as to the money; then the first by sha256 speaks. One that ends
with what it began with may be followed by the other: an account that is swept has such days."""

CONTESTED_DAYS = """
CREATE TEMP TABLE contested_day ON COMMIT DROP AS
SELECT d.account_id, d.booked_on
FROM touched_day d
JOIN statement s ON s.account_id = d.account_id
                AND d.booked_on BETWEEN s.starts_on AND s.ends_on
WHERE s.status <> 'quarantined'
GROUP BY d.account_id, d.booked_on
HAVING count(*) > 1 OR bool_or(d.is_stray)
UNION
SELECT d.account_id, d.booked_on
FROM touched_day d
CROSS JOIN LATERAL (
    SELECT FROM transaction x
    JOIN entry e USING (transaction_id)
    JOIN statement s ON (s.file_id, s.statement_no) = (e.file_id, e.statement_no)
    WHERE (x.account_id, x.booked_on) = (d.account_id, d.booked_on)
      AND d.booked_on NOT BETWEEN s.starts_on AND s.ends_on
    LIMIT 1
) stray
UNION
SELECT x.account_id, x.booked_on
FROM staged_statement b
JOIN statement s ON (s.account_id, s.starts_on, s.ends_on) = (b.account_id, b.starts_on, b.ends_on)
JOIN entry e ON e.file_id = s.file_id AND e.statement_no = s.statement_no
JOIN transaction x USING (transaction_id)
WHERE s.status = 'replaced'
UNION
SELECT s.account_id, s.ends_on
FROM (
    SELECT account_id, starts_on, ends_on, opening_balance FROM staged_statement
    WHERE proof = 'proven'
    UNION ALL
    SELECT * FROM spoken
) b
JOIN statement s ON s.account_id = b.account_id
                AND (s.ends_on BETWEEN b.starts_on AND b.ends_on
                     OR (s.ends_on < b.starts_on AND s.closing_balance = b.opening_balance))
WHERE s.proof = 'proven' AND s.status = 'loaded'
  AND EXISTS (SELECT FROM statement w
              WHERE w.account_id = s.account_id AND w.proof = 'proven' AND w.status = 'loaded'
                AND w.starts_on < s.ends_on AND s.ends_on < w.ends_on)
UNION
SELECT s.account_id, s.starts_on
FROM (
    SELECT account_id, starts_on, ends_on FROM staged_statement WHERE proof = 'proven'
    UNION ALL
    SELECT account_id, starts_on, ends_on FROM spoken
) b
JOIN statement s ON s.account_id = b.account_id
                AND s.starts_on <= b.ends_on AND b.ends_on <= s.ends_on
WHERE s.proof = 'proven' AND s.status = 'loaded'
  AND EXISTS (SELECT FROM statement w
              WHERE w.account_id = s.account_id AND w.proof = 'proven' AND w.status = 'loaded'
                AND s.starts_on BETWEEN w.starts_on AND w.ends_on
                AND (w.file_id, w.statement_no) <> (s.file_id, s.statement_no))
UNION
SELECT account_id, booked_on FROM retold_day
"""
"""Days of the batch that another statement covers too, or of which one tells whose period they are
not in; all days of those it replaces, and all of which an earlier reading of its files told. And
days on which a statement ends while another goes on, if the batch may tell whether they had ended:
see `tellers.PARTIAL_DAYS`. And days with which a statement begins that ends later than one of the
batch: statements may chain by it now (`following.py`)."""

TABLES = """
CREATE TEMP TABLE fresh (transaction_id uuid, file_id bigint) ON COMMIT DROP;
CREATE TEMP TABLE moved (transaction_id uuid) ON COMMIT DROP;
CREATE TEMP TABLE verdict (transaction_id uuid, standing text, because text) ON COMMIT DROP;
CREATE TEMP TABLE retold_day (account_id uuid, booked_on date) ON COMMIT DROP;
CREATE TEMP TABLE spoken (account_id uuid, starts_on date, ends_on date, opening_balance numeric)
    ON COMMIT DROP;
CREATE TEMP TABLE touched_account (account_id uuid) ON COMMIT DROP;
CREATE TEMP TABLE parted_account (LIKE account) ON COMMIT DROP
"""
"""New transactions of contested days; those that entries left or came to; the standings to give;
days and accounts of which the batch, or an earlier reading of its files, tells; proven statements
that spoke before or do so again; accounts of which no statement tells while a batch is merged."""

RETRACT = """
INSERT INTO moved
SELECT DISTINCT e.transaction_id
FROM staged_file sf
JOIN file f USING (sha256)
JOIN entry e USING (file_id)
WHERE f.attempts > 1;
INSERT INTO retold_day
SELECT DISTINCT t.account_id, t.booked_on
FROM moved JOIN transaction t USING (transaction_id);
INSERT INTO touched_day (account_id, booked_on, is_stray)
SELECT account_id, booked_on, false FROM retold_day r
WHERE NOT EXISTS (SELECT FROM touched_day d
                  WHERE (d.account_id, d.booked_on) = (r.account_id, r.booked_on));
INSERT INTO touched_account
SELECT account_id FROM staged_statement
UNION
SELECT s.account_id FROM staged_file sf JOIN file f USING (sha256) JOIN statement s USING (file_id);
INSERT INTO spoken
SELECT s.account_id, s.starts_on, s.ends_on, s.opening_balance
FROM staged_file sf JOIN file f USING (sha256) JOIN statement s USING (file_id)
WHERE f.attempts > 1 AND s.proof = 'proven';
DELETE FROM detail d USING staged_file sf JOIN file f USING (sha256)
WHERE d.file_id = f.file_id AND f.attempts > 1;
DELETE FROM entry e USING staged_file sf JOIN file f USING (sha256)
WHERE e.file_id = f.file_id AND f.attempts > 1;
DELETE FROM statement s USING staged_file sf JOIN file f USING (sha256)
WHERE s.file_id = f.file_id AND f.attempts > 1;
WITH untold AS (
    DELETE FROM account a
    USING touched_account t
    WHERE a.account_id = t.account_id
      AND NOT EXISTS (SELECT FROM statement s WHERE s.account_id = a.account_id)
    RETURNING a.*
)
INSERT INTO parted_account SELECT * FROM untold
"""
"""What an earlier reading made of files that are read again: the new one stands for it. An account
of which nothing else tells is forgotten, so that the new reading alone says what it is."""

KEEP_ACCOUNTS = """
INSERT INTO account
SELECT * FROM parted_account p
WHERE EXISTS (SELECT FROM transaction t WHERE t.account_id = p.account_id)
ON CONFLICT (account_id) DO NOTHING
"""
"""An account that the new reading does not tell of stays where it has a history."""

UNTOLD = """
INSERT INTO verdict
SELECT t.transaction_id, 'withdrawn', 'its file was read again and does not tell it'
FROM (SELECT DISTINCT transaction_id FROM moved) m
JOIN transaction t USING (transaction_id)
WHERE NOT EXISTS (SELECT FROM entry e WHERE e.transaction_id = t.transaction_id)
"""
"""Transactions that no file tells any more."""

HAS_WITHDRAWN = "SELECT EXISTS (SELECT FROM transaction WHERE standing = 'withdrawn')"
"""Nearly always there are none, and then nobody looks for their entries."""

TOLD_AGAIN = """
WITH again AS (
    INSERT INTO verdict
    SELECT t.transaction_id, 'counts', NULL
    FROM transaction t
    WHERE t.standing = 'withdrawn'
      AND EXISTS (SELECT FROM entry e WHERE e.transaction_id = t.transaction_id)
    RETURNING transaction_id
)
INSERT INTO moved SELECT transaction_id FROM again
"""
"""Withdrawn transactions that a file tells again; they still point at an entry that is gone."""

POINT_MOVED = """
WITH best AS (
    SELECT DISTINCT ON (e.transaction_id) e.transaction_id, e.status, e.file_id, e.record_no
    FROM entry e
    JOIN (SELECT DISTINCT transaction_id FROM moved) m USING (transaction_id)
    JOIN file f USING (file_id)
    ORDER BY e.transaction_id, e.status COLLATE "C", f.source_rank, f.sha256 COLLATE "C",
             e.record_no
),
kept AS (
    INSERT INTO transaction_version
        (transaction_id, known_from, known_to, status, standing, because)
    SELECT t.transaction_id, t.known_from, :known_from, t.status, t.standing, t.because
    FROM transaction t JOIN best b USING (transaction_id)
    WHERE t.status <> b.status AND t.known_from < :known_from
)
UPDATE transaction t
SET status = b.status, file_id = b.file_id, record_no = b.record_no,
    known_from = CASE WHEN t.status = b.status THEN t.known_from ELSE :known_from END
FROM best b
WHERE b.transaction_id = t.transaction_id
"""
"""Movements that entries left or came to show the best of those they have; if that one is booked
and the one before was announced, or the other way round, they leave a version."""

KEEP_VERSIONS = """
INSERT INTO transaction_version (transaction_id, known_from, known_to, status, standing, because)
SELECT t.transaction_id, t.known_from, :known_from, t.status, t.standing, t.because
FROM transaction t JOIN verdict v USING (transaction_id)
WHERE t.standing <> v.standing AND t.known_from < :known_from
"""
"""How transactions stood before, where they were known before this run."""

GIVE_STANDING = """
UPDATE transaction t
SET standing = v.standing, because = v.because,
    known_from = CASE WHEN t.standing <> v.standing THEN :known_from ELSE t.known_from END
FROM verdict v
WHERE v.transaction_id = t.transaction_id
  AND (t.standing, t.because) IS DISTINCT FROM (v.standing, v.because)
"""
"""The standing of today."""

FORGET_TURNS = """
WITH turn AS (
    DELETE FROM transaction_version v
    USING verdict d, transaction t
    WHERE v.transaction_id = d.transaction_id AND t.transaction_id = d.transaction_id
      AND v.known_to = :known_from AND t.known_from = :known_from
      AND (v.status, v.standing) = (t.status, t.standing)
    RETURNING v.transaction_id, v.known_from
)
UPDATE transaction t SET known_from = turn.known_from
FROM turn WHERE turn.transaction_id = t.transaction_id
"""
"""What stood otherwise only between two batches of one run did not change."""

FRESH_THAT_LOST = """
SELECT f.sha256, count(*)
FROM fresh
JOIN transaction t USING (transaction_id)
JOIN file f ON f.file_id = fresh.file_id
WHERE t.standing <> 'counts'
GROUP BY f.sha256
"""
"""New transactions that do not count, by file."""
