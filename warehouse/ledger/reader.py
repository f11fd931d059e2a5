"""Read the ledger: the export tables from one snapshot, and digests of what it holds."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import sqlalchemy as sa

from schemas.ledger import AFFECTED, EXPORTS, OF_MOVEMENTS
from warehouse.ledger import affected, words
from warehouse.ledger.connection import explained, hung_up_if_interrupted
from warehouse.ledger.quarantine import STATEMENT_STATUS
from warehouse.ledger.staging import fetch_into, write_csv

CHECKED_RUNS = 30
"""Of so many runs the marts show how checks went; what is older stays in the ledger."""

_QUERIES = {
    "account": """
        SELECT account_id, owner, institution, account_name, account_tail, account_kind, currency,
               is_claimed
        FROM account ORDER BY account_id""",
    "transaction": """
        SELECT t.transaction_id, t.account_id, t.booked_on, e.valued_on, t.amount, t.currency,
               e.description, e.counterparty, e.kind_code, e.bank_ref, t.status,
               e.balance_after, e.original_amount, e.original_currency,
               CASE WHEN abs(e.exchange_rate) < 1e26 THEN round(e.exchange_rate, 12) END
                   AS exchange_rate, t.occurrence,
               f.sha256 AS file_sha256, e.statement_no, e.record_no, e.place
        FROM {transaction} t
        JOIN entry e ON e.file_id = t.file_id AND e.record_no = t.record_no
        JOIN file f ON f.file_id = t.file_id
        WHERE t.standing = 'counts'""",
    "transaction_version": """
        SELECT t.transaction_id, v.known_from, v.known_to, t.account_id, t.booked_on, t.amount,
               t.currency, v.status, v.standing, v.because
        FROM {transaction} t JOIN transaction_version v USING (transaction_id)
        UNION ALL
        SELECT t.transaction_id, t.known_from, NULL, t.account_id, t.booked_on, t.amount,
               t.currency, t.status, t.standing, t.because
        FROM {transaction} t
        WHERE t.standing <> 'counts'
           OR t.transaction_id IN (SELECT transaction_id FROM transaction_version)""",
    "statement": f"""
        SELECT f.sha256 AS file_sha256, s.statement_no, s.account_id, s.currency, s.starts_on,
               s.ends_on, s.opening_balance, s.opening_on, s.closing_balance, s.closing_on,
               s.record_count, s.set_aside_count, s.credit_sum, s.debit_sum, s.difference,
               s.chain_breaks, s.proof, {STATEMENT_STATUS} AS status
        FROM {{statement}} s JOIN file f USING (file_id) ORDER BY 1, 2""",  # noqa: S608 - our own
    "coverage": """
        SELECT c.account_id, c.starts_on, c.ends_on, c.state, c.because, c.day_count,
               c.bridged_day_count, c.statement_count, c.difference,
               b.sha256 AS before_file_sha256, c.before_statement_no,
               n.sha256 AS after_file_sha256, c.after_statement_no
        FROM {coverage} c
        LEFT JOIN file b ON b.file_id = c.before_file_id
        LEFT JOIN file n ON n.file_id = c.after_file_id
        ORDER BY c.account_id, c.starts_on""",
    "file": """
        SELECT sha256 AS file_sha256, name, owner, format, bank, encoding, size_bytes, status,
               received_at
        FROM {file} f ORDER BY 1""",
    "arrival": "SELECT max(received_at) AS received_at FROM file",
    "run": """
        SELECT r.run_id, r.kind,
               CASE WHEN r.run_id::text = current_setting('buffet.run_id')
                    THEN 'published' ELSE r.status END AS status,
               r.started_at,
               CASE WHEN r.run_id::text = current_setting('buffet.run_id')
                    THEN current_setting('buffet.at')::timestamptz ELSE r.finished_at END
                   AS finished_at,
               r.code_version,
               count(c.file_id) AS files_seen,
               count(*) FILTER (WHERE c.outcome IN ('loaded', 'partly')) AS files_loaded,
               count(*) FILTER (WHERE c.outcome = 'known') AS files_known,
               count(*) FILTER (WHERE c.outcome IN ('refused', 'quarantined')) AS files_refused,
               coalesce(sum(c.read), 0)::bigint AS read,
               coalesce(sum(c.inserted), 0)::bigint AS inserted,
               coalesce(sum(c.already_known), 0)::bigint AS already_known,
               coalesce(sum(c.superseded), 0)::bigint AS superseded,
               coalesce(sum(c.set_aside), 0)::bigint AS set_aside,
               coalesce(sum(c.markers), 0)::bigint AS markers
        FROM run r LEFT JOIN file_receipt c USING (run_id)
        GROUP BY r.run_id ORDER BY r.started_at, r.run_id""",
    # What this run said of its marts in an earlier try, it will say again.
    "check_result": f"""
        SELECT run_id, checked_at, layer, table_name, check_name, subject, severity, status,
               observed, expected, failing_rows, sample_keys
        FROM check_result
        WHERE run_id IN (
            SELECT run_id FROM run r
            WHERE EXISTS (SELECT FROM check_result c WHERE c.run_id = r.run_id)
            ORDER BY started_at DESC LIMIT {CHECKED_RUNS}
        ) AND NOT (layer = 'marts' AND run_id::text = current_setting('buffet.run_id'))""",  # noqa: S608
}

_WORDS = {
    "category_word": """
        SELECT said_id, owner, scope, transaction_id, vendor, category, said_at
        FROM category_word ORDER BY said_id""",
    "transfer_word": words.REJECTED,
}

_WHOLE = {
    "transaction": "transaction",
    "statement": "statement",
    "coverage": "coverage",
    "file": "file",
}
_SLICE = {
    "transaction": affected.TRANSACTIONS,
    "statement": f"(SELECT * FROM ({affected.AFFECTED}) a JOIN statement USING (account_id))",  # noqa: S608
    "coverage": f"""coverage_of(
        (SELECT coalesce(array_agg(account_id), '{{}}') FROM ({affected.AFFECTED}) a)
    )""",  # noqa: S608 - our own
    "file": f"""(
        SELECT * FROM file WHERE file_id IN (
            SELECT file_id FROM ({affected.AFFECTED}) a JOIN statement USING (account_id)
        )
    )""",  # noqa: S608 - our own
}
"""What the queries read: the tables, or only what is noted as changed."""
_WALKED = {"transaction", "transaction_version", "statement", "file"}
"""Of these a slice is read along indexes."""

_DIGESTS = {
    "account": """
        SELECT account_id, owner, institution, account_ref, account_name, account_kind, currency,
               is_claimed FROM account
        WHERE account_id IN (SELECT account_id FROM statement)""",
    "transaction": """
        SELECT t.transaction_id, t.account_id, t.booked_on, t.amount, t.currency, t.text_key,
               t.ref_key, t.occurrence, t.status, t.standing, t.because, f.sha256, t.record_no
        FROM transaction t JOIN file f USING (file_id)
        WHERE t.standing <> 'withdrawn'""",
    "entry": """
        SELECT f.sha256, e.record_no, e.statement_no, e.transaction_id, e.place, e.status,
               e.valued_on, e.description, e.counterparty, e.bank_ref, e.kind_code,
               e.balance_after, e.original_amount, e.original_currency, e.exchange_rate,
               e.raw_text
        FROM entry e JOIN file f USING (file_id)""",
    "detail": """
        SELECT f.sha256, d.record_no, d.detail_no, d.place, d.amount, d.currency, d.description,
               d.counterparty, d.bank_ref, d.kind_code, d.original_amount, d.original_currency,
               d.exchange_rate, d.raw_text
        FROM detail d JOIN file f USING (file_id)""",
    "statement": _QUERIES["statement"].format_map(_WHOLE),
    "coverage": _QUERIES["coverage"].format_map(_WHOLE),
    "finding": """
        SELECT f.sha256, n.statement_no, n.record_no, n.place, n.code, n.message, n.raw_text,
               n.is_set_aside, n.level
        FROM finding n JOIN file f USING (file_id)
        WHERE n.state = 'open' AND n.level IS DISTINCT FROM 'file'""",
    "decision": """
        SELECT sha256, level, statement_no, place, raw_sha256, word, reason, said_by
        FROM decision_in_force""",
    "file": """
        SELECT sha256, format, layout, bank, encoding, status, read, set_aside, markers, error_code
        FROM file""",
}
"""Per table what the ledger holds, without run times, surrogate numbers and order of arrival.

A refusal of a file names the file as it was called when it came; its code is of the table file."""


@contextmanager
def snapshot(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection that sees the ledger at one instant and cannot write.

    Raises:
        LedgerUnavailable: the server went away.
    """
    with (
        explained(engine),
        engine.connect().execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        ) as connection,
        hung_up_if_interrupted(connection),
    ):
        yield connection


def export(
    connection: sa.Connection,
    folder: Path,
    *,
    run_id: str,
    at: datetime,
    is_slice: bool = False,
) -> dict[str, Path]:
    """Write each table of schemas.ledger.EXPORTS and schemas.words.WORDS.

    It is a CSV with a header, where null is an empty cell and an empty text is ""; those in
    OF_MOVEMENTS are folders of Parquet files. They hold bank data: the caller removes them.

    Args:
        connection: a snapshot.
        folder: where the files go.
        run_id: the run that publishes; whoever can read the marts sees it as published.
        at: the UTC instant of the publication.
        is_slice: only what is noted as changed since the last publication, and the notes.
    """
    _tell(connection, run_id=run_id, at=at.isoformat())
    folder.mkdir(parents=True, exist_ok=True)
    queries = {table: _query(table, is_slice=is_slice) for table in EXPORTS} | _WORDS
    if is_slice:
        queries[AFFECTED] = affected.AFFECTED
    paths = {
        table: folder / (table if table in OF_MOVEMENTS else f"{table}.csv") for table in queries
    }
    for table, path in paths.items():
        with (
            affected.walking(connection, is_on=is_slice and table in _WALKED),
            _scanning(connection, is_on=not is_slice and table == "transaction"),
        ):
            if table in OF_MOVEMENTS:
                fetch_into(connection, queries[table], EXPORTS[table], path)
            else:
                write_csv(connection, queries[table], path)
    return paths


def export_checks(connection: sa.Connection, path: Path, *, run_id: str) -> None:
    """Write the table check_result anew: the audit ends after the snapshot of an export.

    Args:
        connection: on the ledger.
        path: the CSV file that `export` wrote.
        run_id: the run that publishes.
    """
    _tell(connection, run_id=run_id)
    write_csv(connection, _QUERIES["check_result"], path)


def _tell(connection: sa.Connection, **settings: str) -> None:
    """Let queries know what they ask for as buffet.<name>, for the rest of the transaction."""
    for name, value in settings.items():
        connection.execute(sa.select(sa.func.set_config(f"buffet.{name}", value, True)))


@contextmanager
def _scanning(connection: sa.Connection, *, is_on: bool) -> Iterator[None]:
    """Join whole tables for the while, as a walk along both.

    The planner takes file and record number for independent, and would look up a million entries
    one by one: three times the work.
    """
    if is_on:
        connection.execute(sa.select(sa.func.set_config("enable_nestloop", "off", True)))
    yield
    if is_on:
        connection.execute(sa.select(sa.func.set_config("enable_nestloop", "on", True)))


def totals(connection: sa.Connection, *, is_slice: bool = False) -> dict[str, tuple[int, Decimal]]:
    """By currency, how many transactions count and what they add up to, worked out by Postgres.

    Args:
        connection: a snapshot.
        is_slice: only those noted as changed since the last publication.
    """
    of = (_SLICE if is_slice else _WHOLE)["transaction"]
    query = (
        f"SELECT currency, count(*), sum(amount) FROM {of} t "  # noqa: S608 - our own
        "WHERE standing = 'counts' GROUP BY currency"
    )
    with affected.walking(connection, is_on=is_slice):
        return {row[0]: (row[1], row[2]) for row in connection.exec_driver_sql(query)}


def recipe() -> str:
    """The words of all queries of the export: another text, another recipe."""
    return "\n".join(_query(table, is_slice=half) for table in EXPORTS for half in (False, True))


def _query(table: str, *, is_slice: bool) -> str:
    return _QUERIES[table].format_map(_SLICE if is_slice else _WHOLE)


def digests(connection: sa.Connection) -> dict[str, str]:
    """One digest a table: equal when and only when the ledger holds the same facts."""
    return {
        table: connection.exec_driver_sql(
            "SELECT coalesce(md5(string_agg(h, '' ORDER BY h)), 'empty') "  # noqa: S608 - our own
            f"FROM (SELECT md5(r::text) AS h FROM ({query}) r) hashed"
        ).scalar_one()
        for table, query in _DIGESTS.items()
    }
