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
    RETURNING s.file_id, s.statement_no
)
INSERT INTO retold_day
SELECT DISTINCT x.account_id, x.booked_on
FROM changed
JOIN entry e USING (file_id, statement_no)
JOIN transaction x USING (transaction_id)
"""
"""A proven statement speaks no more where the same account, period and opening were stated anew:
on a later day, or word for word as to the money; then the first by sha256 speaks."""

CONTESTED_DAYS = """
CREATE TEMP TABLE contested_day ON COMMIT DROP AS
SELECT d.account_id, d.booked_on
FROM touched_day d
JOIN statement s ON s.account_id = d.account_id
                AND d.booked_on BETWEEN s.starts_on AND s.ends_on
WHERE s.status <> 'quarantined'
GROUP BY d.account_id, d.booked_on
HAVING count(*) > 1
UNION
SELECT x.account_id, x.booked_on
FROM staged_statement b
JOIN statement s ON (s.account_id, s.starts_on, s.ends_on) = (b.account_id, b.starts_on, b.ends_on)
JOIN entry e ON e.file_id = s.file_id AND e.statement_no = s.statement_no
JOIN transaction x USING (transaction_id)
WHERE s.status = 'replaced'
UNION
SELECT account_id, booked_on FROM retold_day
"""
"""Days of the batch that another statement covers too, all days of those it replaces, and all of
which an earlier reading of its files told."""

TABLES = """
CREATE TEMP TABLE fresh (transaction_id uuid, file_id bigint) ON COMMIT DROP;
CREATE TEMP TABLE moved (transaction_id uuid) ON COMMIT DROP;
CREATE TEMP TABLE verdict (transaction_id uuid, standing text, because text) ON COMMIT DROP;
CREATE TEMP TABLE retold_day (account_id uuid, booked_on date) ON COMMIT DROP;
CREATE TEMP TABLE touched_account (account_id uuid) ON COMMIT DROP;
CREATE TEMP TABLE parted_account (LIKE account) ON COMMIT DROP
"""
"""New transactions of contested days; those that entries left or came to; the standings to give;
days and accounts of which the batch, or an earlier reading of its files, tells; accounts of which
no statement tells while a batch is merged."""

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
INSERT INTO touched_day
SELECT account_id, booked_on FROM retold_day
EXCEPT SELECT account_id, booked_on FROM touched_day;
INSERT INTO touched_account
SELECT account_id FROM staged_statement
UNION
SELECT s.account_id FROM staged_file sf JOIN file f USING (sha256) JOIN statement s USING (file_id);
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

TOLD = r"""
CREATE TEMP TABLE told ON COMMIT DROP AS
SELECT x.account_id, x.booked_on, x.transaction_id, x.amount, e.status,
       CASE WHEN a.account_kind = 'card' AND part[1]::int <= part[2]::int AND part[2]::int > 1
            THEN part[1]::int || '/' || part[2]::int ELSE '' END AS part,
       e.file_id, e.statement_no, f.sha256, s.stated_on,
       f.source_rank, f.format, coalesce(f.layout, '') AS layout,
       s.starts_on < x.booked_on AND x.booked_on < s.ends_on
       AND (a.account_kind <> 'card' OR s.proof = 'proven') AS is_whole,
       s.proof = 'proven' AS is_proven
FROM contested_day d
JOIN transaction x USING (account_id, booked_on)
JOIN entry e USING (transaction_id)
JOIN file f ON f.file_id = e.file_id
JOIN statement s ON s.file_id = e.file_id AND s.statement_no = e.statement_no
JOIN account a ON a.account_id = x.account_id
CROSS JOIN LATERAL regexp_match(e.description, '(\d{1,2}) ?(?:/|de) ?(\d{1,2})', 'i') part
WHERE s.status <> 'replaced';
ANALYZE told
"""
"""What statements print of the contested days. Of its first and last day a statement may tell only
a part; of the days between them it tells the whole, but for the bill of a card: that holds single
records of long ago. The number of an instalment tells apart what is equal in all else."""

VERDICT = """
WITH source AS (
    SELECT account_id, booked_on, source_rank, format, layout,
           bool_or(is_whole OR is_proven) AS is_sure, bool_or(is_proven) AS is_proven,
           count(DISTINCT transaction_id) AS movements
    FROM told WHERE status = 'booked'
    GROUP BY account_id, booked_on, source_rank, format, layout
),
weighed AS (
    SELECT *, max(movements) FILTER (WHERE is_sure)
                  OVER (PARTITION BY account_id, booked_on) AS sure_movements
    FROM source
),
teller AS (
    SELECT DISTINCT ON (account_id, booked_on) account_id, booked_on, format, layout, is_proven
    FROM weighed
    WHERE is_sure OR movements >= coalesce(sure_movements, 0)
    ORDER BY account_id, booked_on, source_rank, format COLLATE "C", layout COLLATE "C"
),
printed AS (
    SELECT t.account_id, t.booked_on, t.file_id, t.statement_no, t.sha256, t.stated_on, t.is_whole,
           count(*) AS records
    FROM told t JOIN teller USING (account_id, booked_on, format, layout)
    WHERE t.status = 'booked'
    GROUP BY t.account_id, t.booked_on, t.file_id, t.statement_no, t.sha256, t.stated_on, t.is_whole
),
fullest AS (
    SELECT DISTINCT ON (account_id, booked_on) account_id, booked_on, file_id, statement_no
    FROM printed WHERE is_whole
    ORDER BY account_id, booked_on, records DESC, stated_on DESC NULLS LAST,
             sha256 COLLATE "C", statement_no
),
amounts AS (
    SELECT account_id, booked_on, source_rank, format, layout, file_id, statement_no, sha256,
           amount, part, count(*) AS records
    FROM told WHERE status = 'booked'
    GROUP BY account_id, booked_on, source_rank, format, layout, file_id, statement_no, sha256,
             amount, part
),
more AS (
    SELECT DISTINCT a.account_id, a.booked_on, a.file_id, a.statement_no
    FROM amounts a
    JOIN fullest f USING (account_id, booked_on)
    LEFT JOIN amounts b
        ON (b.account_id, b.booked_on, b.file_id, b.statement_no, b.amount, b.part)
         = (f.account_id, f.booked_on, f.file_id, f.statement_no, a.amount, a.part)
    WHERE a.records > coalesce(b.records, 0)
),
heard AS (
    SELECT p.account_id, p.booked_on, p.file_id, p.statement_no
    FROM printed p
    LEFT JOIN fullest f USING (account_id, booked_on)
    LEFT JOIN more m ON (m.account_id, m.booked_on, m.file_id, m.statement_no)
                      = (p.account_id, p.booked_on, p.file_id, p.statement_no)
    WHERE f.file_id IS NULL OR m.file_id IS NOT NULL
       OR (p.file_id, p.statement_no) = (f.file_id, f.statement_no)
),
held AS (
    SELECT account_id, booked_on, amount, part, max(records) AS records
    FROM amounts JOIN teller USING (account_id, booked_on, format, layout)
    GROUP BY account_id, booked_on, amount, part
),
surplus AS (
    SELECT DISTINCT ON (a.account_id, a.booked_on, a.amount, a.part)
           a.account_id, a.booked_on, a.amount, a.part, a.file_id, a.statement_no,
           coalesce(h.records, 0) AS held
    FROM amounts a
    JOIN teller t ON (t.account_id, t.booked_on) = (a.account_id, a.booked_on)
    LEFT JOIN held h ON (h.account_id, h.booked_on, h.amount, h.part)
                      = (a.account_id, a.booked_on, a.amount, a.part)
    WHERE (a.format, a.layout) <> (t.format, t.layout) AND NOT t.is_proven
      AND a.records > coalesce(h.records, 0)
    ORDER BY a.account_id, a.booked_on, a.amount, a.part, a.source_rank, a.format COLLATE "C",
             a.layout COLLATE "C", a.records DESC, a.sha256 COLLATE "C", a.statement_no
),
extra AS (
    SELECT transaction_id
    FROM (
        SELECT t.transaction_id, s.held, row_number() OVER (
                   PARTITION BY t.account_id, t.booked_on, t.amount, t.part
                   ORDER BY EXISTS (
                       SELECT FROM told w JOIN teller USING (account_id, booked_on, format, layout)
                       WHERE w.transaction_id = t.transaction_id
                   ) DESC, t.transaction_id
               ) AS turn
        FROM surplus s
        JOIN told t USING (account_id, booked_on, amount, part, file_id, statement_no)
        WHERE t.status = 'booked'
    ) numbered
    WHERE turn > held
),
standing AS (
    SELECT x.transaction_id,
           bool_or(h.file_id IS NOT NULL OR e.transaction_id IS NOT NULL) AS is_heard,
           bool_or(t.transaction_id IS NOT NULL) AS is_told,
           bool_or((t.format, t.layout) = (w.format, w.layout)) AS is_of_teller,
           min(w.format) AS format
    FROM contested_day d
    JOIN transaction x USING (account_id, booked_on)
    LEFT JOIN told t USING (transaction_id)
    LEFT JOIN heard h ON (h.account_id, h.booked_on, h.file_id, h.statement_no)
                       = (x.account_id, x.booked_on, t.file_id, t.statement_no)
    LEFT JOIN extra e ON e.transaction_id = x.transaction_id
    LEFT JOIN teller w ON (w.account_id, w.booked_on) = (x.account_id, x.booked_on)
    WHERE x.status = 'booked' AND x.standing <> 'withdrawn'
    GROUP BY x.transaction_id
)
INSERT INTO verdict
SELECT transaction_id,
       CASE WHEN is_heard THEN 'counts'
            WHEN is_told THEN 'superseded'
            ELSE 'replaced' END AS standing,
       CASE WHEN is_heard THEN NULL
            WHEN NOT is_told THEN 'the statement was issued again without it'
            WHEN is_of_teller THEN 'a statement of the whole day prints it with another text'
            ELSE format || ' tells this day of the account' END AS because
FROM standing
"""
"""One source tells a day: the best by rank, unless it may tell a part and another, sure of the
whole day, tells more. Within it, a statement that tells the whole day speaks for all whose amounts
it holds; where none does, all are heard, and equal records merge to the most that one shows. What
another source tells beyond the amounts of one that nothing proves is not dropped: it counts."""

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
