"""Coverage: which statements chain, and what is known of each day, worked out from statements."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_SWORN = """
CREATE VIEW ledger.sworn_statement AS
SELECT s.account_id, s.file_id, s.statement_no, f.sha256, s.starts_on, s.ends_on,
       s.opening_on, s.opening_balance, s.closing_on, s.closing_balance,
       least(
           CASE WHEN s.opening_on IN (s.starts_on, s.closing_on) OR s.opening_on > s.closing_on
                THEN s.starts_on - 1 ELSE s.opening_on END,
           s.closing_on - 1
       ) AS opened_on,
       greatest(s.closing_on, s.ends_on) AS closed_on
FROM ledger.statement s JOIN ledger.file f USING (file_id)
WHERE s.proof = 'proven' AND s.status = 'loaded'
  AND s.opening_on IS NOT NULL AND s.closing_on IS NOT NULL
  AND s.opening_balance IS NOT NULL AND s.closing_balance IS NOT NULL
"""
# Banks date an opening balance by the day before, by the first day itself, or by the day on which
# they made the statement; it holds before the first movement, and a closing one after the last.

_LINKS = """
CREATE FUNCTION ledger.statement_links_of(accounts uuid[])
RETURNS TABLE (
    account_id uuid, kind text, before_file_id bigint, before_statement_no integer,
    closed_on date, closing_balance numeric, after_file_id bigint, after_statement_no integer,
    opened_on date, opening_balance numeric, moved numeric, difference numeric
)
LANGUAGE sql STABLE AS $$
WITH ranked AS (
    SELECT w.*, row_number() OVER (
               PARTITION BY w.account_id
               ORDER BY w.opened_on, w.closed_on, w.sha256 COLLATE "C", w.statement_no
           ) AS turn
    FROM ledger.sworn_statement w
    WHERE accounts IS NULL OR w.account_id = ANY (accounts)
),
fitting AS (  -- it opens with what another closes with, on one day
    SELECT f.account_id, f.turn, max(f.before_turn) AS before_turn
    FROM (
        SELECT n.account_id, n.turn, p.turn AS before_turn
        FROM ranked n
        JOIN ranked p ON (p.account_id, p.closed_on, p.closing_balance)
                       = (n.account_id, n.opened_on, n.opening_balance)
        UNION ALL
        SELECT n.account_id, n.turn, p.turn
        FROM ranked n
        JOIN ranked p ON (p.account_id, p.closing_on, p.closing_balance)
                       = (n.account_id, n.opening_on, n.opening_balance)
                     AND p.closed_on < n.closed_on
    ) f
    GROUP BY 1, 2
),
within AS (  -- several statements of the same days follow each other
    SELECT n.account_id, n.turn, max(p.turn) AS before_turn
    FROM ranked n
    JOIN ranked p ON (p.account_id, p.opened_on, p.closed_on, p.closing_balance)
                   = (n.account_id, n.opened_on, n.closed_on, n.opening_balance)
                 AND p.opening_balance <> n.opening_balance
    GROUP BY 1, 2
),
paired AS (
    SELECT n.account_id, n.turn,
           coalesce(
               f.before_turn,
               CASE WHEN count(w.before_turn) OVER alike < count(*) OVER alike
                         OR n.turn > min(n.turn) OVER alike THEN w.before_turn END
           ) AS fitting_turn,
           (max(ARRAY[n.closed_on - DATE '0001-01-01', n.turn]) OVER (
               PARTITION BY n.account_id ORDER BY n.turn
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
           ))[2] AS furthest_turn  -- of those before, the one that reaches furthest
    FROM ranked n
    LEFT JOIN fitting f USING (account_id, turn)
    LEFT JOIN within w USING (account_id, turn)
    WINDOW alike AS (PARTITION BY n.account_id, n.opened_on, n.closed_on)
),
pair AS (
    SELECT n.account_id, p.file_id AS before_file_id, p.statement_no AS before_statement_no,
           p.closed_on, p.closing_balance, n.file_id AS after_file_id,
           n.statement_no AS after_statement_no, n.opened_on, n.opening_balance,
           m.fitting_turn IS NOT NULL AS is_fitting
    FROM paired m
    JOIN ranked n USING (account_id, turn)
    JOIN ranked p ON (p.account_id, p.turn)
                   = (m.account_id, coalesce(m.fitting_turn, m.furthest_turn))
),
summed AS (  -- what moved from the one to the other; backwards where they overlap
    SELECT p.*,
           coalesce(CASE WHEN p.opened_on < p.closed_on THEN -a.amount ELSE a.amount END, 0)
               AS moved
    FROM pair p
    CROSS JOIN LATERAL (
        SELECT sum(t.amount) AS amount
        FROM ledger.transaction t
        WHERE NOT p.is_fitting AND p.opened_on <> p.closed_on
          AND t.account_id = p.account_id AND t.standing = 'counts' AND t.status = 'booked'
          AND t.booked_on > least(p.opened_on, p.closed_on)
          AND t.booked_on <= greatest(p.opened_on, p.closed_on)
    ) a
),
settled AS (  -- a statement may be made before its last day ends, or begin within its first
    SELECT s.*, coalesce(e.amount, 0) AS edges
    FROM summed s
    CROSS JOIN LATERAL (
        SELECT sum(t.amount) AS amount
        FROM ledger.transaction t
        WHERE NOT s.is_fitting AND s.opened_on < s.closed_on
          AND s.closing_balance + s.moved <> s.opening_balance
          AND t.account_id = s.account_id AND t.standing = 'counts' AND t.status = 'booked'
          AND t.booked_on IN (s.opened_on + 1, s.closed_on)
          AND (
              (t.booked_on = s.closed_on AND NOT EXISTS (
                  SELECT FROM ledger.entry e
                  WHERE (e.transaction_id, e.file_id, e.statement_no)
                      = (t.transaction_id, s.before_file_id, s.before_statement_no)))
              OR (t.booked_on = s.opened_on + 1 AND NOT EXISTS (
                  SELECT FROM ledger.entry e
                  WHERE (e.transaction_id, e.file_id, e.statement_no)
                      = (t.transaction_id, s.after_file_id, s.after_statement_no)))
          )
    ) e
),
told AS (
    SELECT s.*,
           CASE WHEN s.is_fitting
                     OR s.closing_balance + s.moved + s.edges = s.opening_balance THEN 0
                ELSE s.opening_balance - s.closing_balance - s.moved END AS difference
    FROM settled s
)
SELECT t.account_id,
       CASE WHEN t.difference <> 0 AND t.opened_on > t.closed_on THEN 'gap'
            WHEN t.difference <> 0 THEN 'contradiction'
            WHEN NOT t.is_fitting AND t.opened_on < t.closed_on THEN 'overlap'
            ELSE 'chained' END,
       t.before_file_id, t.before_statement_no, t.closed_on, t.closing_balance,
       t.after_file_id, t.after_statement_no, t.opened_on, t.opening_balance, t.moved,
       t.difference
FROM told t
$$
"""

_COVERAGE = """
CREATE FUNCTION ledger.coverage_of(accounts uuid[])
RETURNS TABLE (
    account_id uuid, starts_on date, ends_on date, state text, because text, day_count integer,
    bridged_day_count bigint, statement_count bigint, difference numeric,
    before_file_id bigint, before_statement_no integer,
    after_file_id bigint, after_statement_no integer
)
LANGUAGE sql STABLE AS $$
WITH link AS (
    SELECT l.*, row_number() OVER () AS link_no
    FROM ledger.statement_links_of(accounts) l
),
stretch AS (  -- each speaks of the days after after_on, up to upto_on
    SELECT w.account_id, w.opened_on AS after_on, w.closed_on AS upto_on,
           'sworn' AS kind, 0::bigint AS link_no
    FROM ledger.sworn_statement w
    WHERE accounts IS NULL OR w.account_id = ANY (accounts)
    UNION ALL
    SELECT w.account_id, w.starts_on - 1, w.ends_on, 'late entries', 0
    FROM ledger.sworn_statement w
    WHERE w.starts_on <= least(w.opened_on, w.ends_on)
      AND (accounts IS NULL OR w.account_id = ANY (accounts))
    UNION ALL
    SELECT s.account_id, s.starts_on - 1, s.ends_on,
           CASE WHEN s.status = 'quarantined' THEN 'held' ELSE 'loose' END, 0
    FROM ledger.statement s
    LEFT JOIN ledger.sworn_statement w USING (file_id, statement_no)
    WHERE s.status <> 'replaced' AND w.file_id IS NULL AND s.starts_on <= s.ends_on
      AND (accounts IS NULL OR s.account_id = ANY (accounts))
    UNION ALL
    SELECT l.account_id, l.closed_on, l.opened_on, l.kind, l.link_no
    FROM link l
    WHERE l.opened_on > l.closed_on
    UNION ALL
    SELECT l.account_id, least(l.opened_on, l.closed_on - 1), l.closed_on, l.kind, l.link_no
    FROM link l
    WHERE l.kind = 'contradiction'
),
turning AS (
    SELECT e.account_id, e.day,
           sum(e.step) FILTER (WHERE e.kind IN ('sworn', 'late entries')) AS sworn,
           sum(e.step) FILTER (WHERE e.kind = 'loose') AS loose,
           sum(e.step) FILTER (WHERE e.kind = 'held') AS held,
           sum(e.step) FILTER (WHERE e.kind = 'chained') AS bridged,
           sum(e.step) FILTER (WHERE e.kind = 'contradiction') AS contradicted,
           sum(e.step * e.link_no) FILTER (WHERE e.kind = 'contradiction') AS contradiction_no,
           sum(e.step * e.link_no) FILTER (WHERE e.kind = 'gap') AS gap_no,
           count(*) FILTER (WHERE e.step > 0 AND e.kind IN ('sworn', 'loose')) AS begun
    FROM (
        SELECT s.account_id, s.after_on + 1 AS day, s.kind, s.link_no, 1 AS step FROM stretch s
        UNION ALL
        SELECT s.account_id, s.upto_on + 1, s.kind, s.link_no, -1 FROM stretch s
    ) e
    GROUP BY 1, 2
),
level AS (
    SELECT t.account_id, t.day AS starts_on, lead(t.day) OVER turns - 1 AS ends_on, t.begun,
           sum(t.sworn) OVER turns AS sworn, sum(t.loose) OVER turns AS loose,
           sum(t.held) OVER turns AS held, sum(t.bridged) OVER turns AS bridged,
           sum(t.contradicted) OVER turns AS contradicted,
           sum(t.contradiction_no) OVER turns AS contradiction_no,
           sum(t.gap_no) OVER turns AS gap_no
    FROM turning t
    WINDOW turns AS (PARTITION BY t.account_id ORDER BY t.day)
),
judged AS (
    SELECT v.account_id, v.starts_on, v.ends_on, v.begun, v.sworn > 0 AS is_sworn,
           CASE WHEN v.contradicted > 0 THEN 'contradicted'
                WHEN v.sworn > 0 OR v.bridged > 0 THEN 'proven'
                WHEN v.loose > 0 THEN 'unproven'
                ELSE 'missing' END AS state,
           CASE WHEN v.contradicted > 1 THEN 'several statements state different balances'
                WHEN v.contradicted > 0 THEN 'two statements state different balances'
                WHEN v.sworn > 0 OR v.bridged > 0 THEN 'the statements are proven and chain'
                WHEN v.loose > 0 AND v.gap_no > 0
                    THEN 'its movements do not take one stated balance to the next'
                WHEN v.loose > 0 THEN 'the balances do not prove its statement'
                WHEN v.held > 0 THEN 'its statement is in quarantine'
                WHEN v.gap_no > 0 THEN 'no statement, and the balances around it do not chain'
                ELSE 'no statement, and no balances around it that could chain' END AS because,
           CASE WHEN v.contradicted = 1 THEN v.contradiction_no
                WHEN v.contradicted > 0 OR v.sworn > 0 OR v.bridged > 0 THEN 0
                ELSE coalesce(v.gap_no, 0) END AS link_no
    FROM level v
    WHERE v.ends_on IS NOT NULL
),
marked AS (
    SELECT j.*, (j.state, j.because, j.link_no) IS DISTINCT FROM
                (lag(j.state) OVER turns, lag(j.because) OVER turns, lag(j.link_no) OVER turns)
                AS is_other
    FROM judged j
    WINDOW turns AS (PARTITION BY j.account_id ORDER BY j.starts_on)
),
island AS (
    SELECT m.*, count(*) FILTER (WHERE m.is_other) OVER (
               PARTITION BY m.account_id ORDER BY m.starts_on
           ) AS island_no
    FROM marked m
),
span AS (
    SELECT i.account_id, min(i.starts_on) AS starts_on, max(i.ends_on) AS ends_on, i.state,
           i.because, i.link_no, sum(i.begun)::bigint AS statement_count,
           coalesce(sum(i.ends_on - i.starts_on + 1)
               FILTER (WHERE i.state = 'proven' AND i.is_sworn IS NOT TRUE), 0)::bigint
               AS bridged_day_count
    FROM island i
    GROUP BY i.account_id, i.island_no, i.state, i.because, i.link_no
)
SELECT s.account_id, s.starts_on, s.ends_on, s.state, s.because, s.ends_on - s.starts_on + 1,
       s.bridged_day_count, s.statement_count, l.difference, l.before_file_id,
       l.before_statement_no, l.after_file_id, l.after_statement_no
FROM span s
LEFT JOIN link l ON l.link_no = s.link_no
$$
"""


def upgrade() -> None:
    for made in (_SWORN, _LINKS, _COVERAGE):
        op.execute(made)
    op.execute("CREATE VIEW ledger.statement_link AS SELECT * FROM ledger.statement_links_of(NULL)")
    op.execute("CREATE VIEW ledger.coverage AS SELECT * FROM ledger.coverage_of(NULL)")


def downgrade() -> None:
    for view in ("coverage", "statement_link"):
        op.execute(f"DROP VIEW ledger.{view}")
    for function in ("coverage_of", "statement_links_of"):
        op.execute(f"DROP FUNCTION ledger.{function}(uuid[])")
    op.execute("DROP VIEW ledger.sworn_statement")
