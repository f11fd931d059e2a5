"""The SQL of who tells a day: one source, and of its statements those that tell all of it."""

PARTIAL_DAYS = """
CREATE TEMP TABLE partial_day ON COMMIT DROP AS
WITH ending AS (
    SELECT d.account_id, d.booked_on, s.currency, s.file_id, s.statement_no, s.closing_balance,
           f.format, f.layout
    FROM contested_day d
    JOIN statement s ON (s.account_id, s.ends_on) = (d.account_id, d.booked_on)
    JOIN file f USING (file_id)
    WHERE s.proof = 'proven' AND s.status = 'loaded' AND NOT EXISTS (
        SELECT FROM statement n JOIN file g USING (file_id)
        WHERE n.account_id = s.account_id AND n.proof = 'proven' AND n.status = 'loaded'
          AND n.currency = s.currency AND n.starts_on > s.ends_on
          AND n.opening_balance = s.closing_balance
          AND (g.format, g.layout) IS NOT DISTINCT FROM (f.format, f.layout)
    )
)
SELECT DISTINCT e.account_id, e.booked_on, e.file_id, e.statement_no
FROM ending e
JOIN statement w ON w.account_id = e.account_id AND w.currency = e.currency
                AND w.starts_on < e.booked_on AND e.booked_on < w.ends_on
JOIN file h ON h.file_id = w.file_id
WHERE w.proof = 'proven' AND w.status = 'loaded'
  AND (h.format, h.layout) IS DISTINCT FROM (e.format, e.layout)
  AND e.closing_balance <> w.opening_balance + (
      SELECT coalesce(sum(x.amount), 0)
      FROM entry b JOIN transaction x USING (transaction_id)
      WHERE (b.file_id, b.statement_no) = (w.file_id, w.statement_no)
        AND b.status = 'booked' AND x.booked_on <= e.booked_on
  )
"""
"""Proven statements that ended within the day: another source, proven too, goes on with another
balance at the end of that day, and no later statement of their own opens with theirs."""

TOLD = r"""
CREATE TEMP TABLE told ON COMMIT DROP AS
SELECT x.account_id, x.booked_on, x.transaction_id, x.amount, e.status,
       CASE WHEN a.account_kind = 'card' AND part[1]::int <= part[2]::int AND part[2]::int > 1
            THEN part[1]::int || '/' || part[2]::int ELSE '' END AS part,
       e.file_id, e.statement_no, f.sha256, s.stated_on,
       f.source_rank, f.format, coalesce(f.layout, '') AS layout,
       s.starts_on < x.booked_on AND x.booked_on < s.ends_on
       AND (a.account_kind <> 'card' OR s.proof = 'proven') AS is_whole,
       s.proof = 'proven' AS is_proven, p.file_id IS NOT NULL AS is_partial,
       s.proof = 'proven' AND x.booked_on < s.starts_on AS is_late
FROM contested_day d
JOIN transaction x USING (account_id, booked_on)
JOIN entry e USING (transaction_id)
JOIN file f ON f.file_id = e.file_id
JOIN statement s ON s.file_id = e.file_id AND s.statement_no = e.statement_no
JOIN account a ON a.account_id = x.account_id
LEFT JOIN partial_day p ON (p.account_id, p.booked_on, p.file_id, p.statement_no)
                         = (x.account_id, x.booked_on, e.file_id, e.statement_no)
CROSS JOIN LATERAL regexp_match(e.description, '(\d{1,2}) ?(?:/|de) ?(\d{1,2})', 'i') part
WHERE s.status <> 'replaced';
ANALYZE told
"""
"""What statements print of the contested days. Of its first and last day a statement may tell only
a part; what it posts late is dated before them. Of the days between it tells the whole, but for the
bill of a card: that holds single records of long ago. The number of an instalment tells apart what
is equal in all else."""

VERDICT = """
WITH source AS (
    SELECT account_id, booked_on, source_rank, format, layout,
           bool_or(is_whole) OR (bool_or(is_proven) AND NOT bool_or(is_partial)) AS is_sure,
           bool_or(is_proven) AND NOT bool_or(is_partial) AS is_proven,
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
           t.is_late, count(*) AS records
    FROM told t JOIN teller USING (account_id, booked_on, format, layout)
    WHERE t.status = 'booked'
    GROUP BY t.account_id, t.booked_on, t.file_id, t.statement_no, t.sha256, t.stated_on,
             t.is_whole, t.is_late
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
    WHERE f.file_id IS NULL OR m.file_id IS NOT NULL OR p.is_late
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
