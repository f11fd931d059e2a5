"""Verify: does the ledger still hold what its certificates say, and do ids follow from their parts?

    chain          each certificate's hash, number and link to the one before
    certificates   each statement against its newest certificate; proven ones have one
    records        each record against its seal
    sums           the movements of each proven statement against its credits and debits
    ids            each transaction against the id that its parts give, and whether anybody tells it

Nothing is changed, and nothing that a bank printed is among the answers.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl
import sqlalchemy as sa

from schemas.money import MONEY
from warehouse.ledger.certificates import (
    CONTENT,
    SEALS,
    content_of,
    contents,
    hash_of,
    read_body,
)

Recompute = Callable[[pl.DataFrame], pl.Series]
"""Parts of transactions in, the ids that follow from them out."""

_PAGE = 100_000
_MOST_RECORDS = 20
_SEAL_BYTES = 20

_CHAIN = "SELECT certificate_no, sha256, statement_no, body, hash FROM certificate ORDER BY 1"

_STATEMENTS = """
CREATE TEMP TABLE judged ON COMMIT DROP AS
SELECT s.file_id, s.statement_no, f.sha256, s.proof
FROM statement s JOIN file f USING (file_id)
WHERE CAST(:account_id AS uuid) IS NULL OR s.account_id = CAST(:account_id AS uuid)
"""

_NEWEST = """
CREATE TEMP TABLE newest ON COMMIT DROP AS
SELECT DISTINCT ON (c.sha256, c.statement_no)
       c.certificate_no, c.sha256, c.statement_no, c.body, c.seals
FROM certificate c
ORDER BY c.sha256, c.statement_no, c.certificate_no DESC
"""

_COMPARED = """
SELECT j.sha256 AS file, j.statement_no, j.proof, n.certificate_no, n.body,
       encode(sha256(n.seals), 'hex') AS kept_seals_sha256, j.file_id,
       n.seals IS DISTINCT FROM coalesce(x.seals, ''::bytea) AS is_unsealed
FROM judged j
LEFT JOIN newest n USING (sha256, statement_no)
LEFT JOIN resealed x USING (file_id, statement_no)
WHERE n.certificate_no IS NOT NULL OR j.proof = 'proven'
ORDER BY j.sha256, j.statement_no
"""

_GONE = """
SELECT n.sha256, n.statement_no, n.certificate_no, n.body
FROM newest n
LEFT JOIN file f USING (sha256)
LEFT JOIN statement s ON (s.file_id, s.statement_no) = (f.file_id, n.statement_no)
WHERE s.file_id IS NULL
ORDER BY 1, 2
"""

_SEALS_OF = """
SELECT (SELECT seals FROM newest WHERE (sha256, statement_no) = (:sha256, :statement_no)) AS kept,
       (SELECT seals FROM resealed WHERE (file_id, statement_no) = (:file_id, :statement_no)) AS now
"""

_SUMS = """
SELECT j.sha256, j.statement_no
FROM judged j
JOIN statement s USING (file_id, statement_no)
LEFT JOIN LATERAL (
    SELECT coalesce(sum(t.amount) FILTER (WHERE t.amount > 0), 0) AS credits,
           coalesce(sum(t.amount) FILTER (WHERE t.amount < 0), 0) AS debits
    FROM entry e JOIN transaction t USING (transaction_id)
    WHERE e.file_id = j.file_id AND e.statement_no = j.statement_no AND e.status = 'booked'
) m ON true
WHERE s.proof = 'proven'
  AND (s.opening_balance + s.credit_sum - abs(s.debit_sum) <> s.closing_balance
       OR m.credits <> s.credit_sum OR -m.debits <> abs(s.debit_sum))
ORDER BY 1, 2
"""

_PARTS = """
SELECT t.transaction_id, t.account_id, t.booked_on, t.amount, t.currency, t.text_key, t.ref_key,
       t.occurrence
FROM transaction t
WHERE CAST(:account_id AS uuid) IS NULL OR t.account_id = CAST(:account_id AS uuid)
"""

_TELLING = """
SELECT f.sha256, e.statement_no, e.record_no
FROM entry e JOIN file f USING (file_id)
WHERE e.transaction_id = CAST(:id AS uuid)
ORDER BY 1, 2, 3
LIMIT 20
"""

_UNTOLD = """
SELECT t.transaction_id::text FROM transaction t
WHERE t.standing = 'counts'
  AND (CAST(:account_id AS uuid) IS NULL OR t.account_id = CAST(:account_id AS uuid))
  AND NOT EXISTS (SELECT FROM entry e WHERE e.transaction_id = t.transaction_id)
ORDER BY 1
"""


@dataclass(frozen=True)
class Trouble:
    """What does not fit.

    Attributes:
        kind: chain, certificate, record, sum or id.
        where: the certificate, the statement or the transaction.
        problem: what is wrong with it.
        records: the numbers of the records in their file, if records do not fit.
    """

    kind: str
    where: str
    problem: str
    records: tuple[int, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What was examined, the hash of the last certificate, and what does not fit."""

    certificates: int
    statements: int
    transactions: int
    head: str
    troubles: tuple[Trouble, ...]


def verify(
    connection: sa.Connection,
    recompute: Recompute,
    *,
    account_id: str | None = None,
    head: str | None = None,
) -> Verdict:
    """Work everything out anew and compare it with what was certified.

    Args:
        connection: inside a database transaction; temporary tables live in it.
        recompute: the recipe of ids.
        account_id: examine the statements and transactions of this account only; the chain of
            certificates is always examined whole.
        head: a hash that was noted earlier; a certificate must have it.
    """
    values = {"account_id": account_id}
    hashes, troubles = _chain(connection)
    if head and head not in hashes:
        lost = "no certificate has this hash: the chain was cut or written anew since it was noted"
        troubles.append(Trouble("chain", head[:12], lost))
    connection.execute(sa.text(_STATEMENTS), values)
    connection.exec_driver_sql(_NEWEST)
    resealed = SEALS.format(statements="judged")
    connection.exec_driver_sql(f"CREATE TEMP TABLE resealed ON COMMIT DROP AS {resealed}")
    for table in ("judged", "newest", "resealed"):
        connection.exec_driver_sql(f"ANALYZE {table}")
    statements, found = _statements(connection)
    troubles += found
    for row in connection.exec_driver_sql(_GONE):
        if account_id and read_body(row[3]).get("account_id") != account_id:
            continue
        what = f"certificate {row[2]} certifies it, but it is not in the ledger"
        troubles.append(Trouble("certificate", named(row[0], row[1]), what))
    for row in connection.exec_driver_sql(_SUMS):
        what = "opening + movements = closing does not hold any more"
        troubles.append(Trouble("sum", named(row[0], row[1]), what))
    transactions, found = _ids(connection, recompute, account_id)
    return Verdict(
        certificates=len(hashes),
        statements=statements,
        transactions=transactions,
        head=hashes[-1] if hashes else "",
        troubles=(*troubles, *found),
    )


def named(sha256: str, statement_no: int) -> str:
    """A statement, as a person can name it."""
    return f"statement {statement_no} of file {sha256[:12]}"


def _chain(connection: sa.Connection) -> tuple[list[str], list[Trouble]]:
    """The hashes in order, and the first link that is broken: those behind it hang on it."""
    hashes: list[str] = []
    troubles: list[Trouble] = []
    last, previous = 0, ""
    for number, sha256, statement_no, body, hash_ in connection.exec_driver_sql(_CHAIN):
        problem = _broken(number, last, body, hash_, previous, (sha256, statement_no))
        if problem and not troubles:
            troubles.append(Trouble("chain", f"certificate {number}", problem))
        hashes.append(hash_)
        last, previous = number, hash_
    return hashes, troubles


def _broken(
    number: int, last: int, body: str, hash_: str, previous: str, of: tuple[str, int]
) -> str:
    """What is wrong with a link of the chain, or nothing."""
    if number != last + 1:
        return f"certificate {last + 1} is missing"
    if hash_of(body) != hash_:
        return "its hash does not follow from its body: one of them was changed"
    said = read_body(body)
    if said.get("previous") != previous:
        return "it is not sealed on the certificate before it, which was changed"
    names = ("certificate_no", "file", "statement_no")
    if tuple(said.get(name) for name in names) != (number, *of):
        return "its body is about another certificate or statement"
    return ""


def _statements(connection: sa.Connection) -> tuple[int, list[Trouble]]:
    """How many statements are certified or should be, and what does not fit their certificates."""
    now = {
        (one["file"], one["statement_no"]): one
        for one in contents(connection, "judged", "resealed")
    }
    troubles: list[Trouble] = []
    rows = connection.exec_driver_sql(_COMPARED).mappings().all()
    for row in rows:
        where = named(row["file"], row["statement_no"])
        if row["body"] is None:
            missing = "it is proven and has no certificate: the last ones of the chain are missing"
            troubles.append(Trouble("certificate", where, missing))
            continue
        said = content_of(read_body(row["body"]))
        content = now[row["file"], row["statement_no"]]
        changed = [
            f"{name} is {content[name]}, certified was {said[name]}"
            for name in CONTENT
            if content[name] != said[name] and name != "seals_sha256"
        ]
        if changed:
            problem = f"{'; '.join(changed)} (certificate {row['certificate_no']})"
            troubles.append(Trouble("certificate", where, problem))
        if row["kept_seals_sha256"] != said["seals_sha256"]:
            problem = f"the seals of certificate {row['certificate_no']} were changed"
            troubles.append(Trouble("certificate", where, problem))
        if row["is_unsealed"]:
            troubles.append(_unsealed(connection, dict(row), where))
    return len(rows), troubles


def _unsealed(connection: sa.Connection, row: dict[str, object], where: str) -> Trouble:
    """The records that are not as they were sealed."""
    names = {"sha256": row["file"], "statement_no": row["statement_no"], "file_id": row["file_id"]}
    kept, now = (
        _by_record(bytes(cell or b""))
        for cell in connection.execute(sa.text(_SEALS_OF), names).one()
    )
    groups = {
        "changed": sorted(no for no in kept.keys() & now.keys() if kept[no] != now[no]),
        "missing": sorted(kept.keys() - now.keys()),
        "not certified": sorted(now.keys() - kept.keys()),
    }
    said = "; ".join(f"{word}: {_listed(records)}" for word, records in groups.items() if records)
    records = tuple(sorted(no for group in groups.values() for no in group))
    what = "what was printed, its status, or the transaction that it tells of"
    return Trouble("record", where, f"records {said or 'in another order'}; {what}", records)


def _by_record(seals: bytes) -> dict[int, bytes]:
    """Seals by the number of their record."""
    parts = (seals[at : at + _SEAL_BYTES] for at in range(0, len(seals), _SEAL_BYTES))
    return {int.from_bytes(part[:4], "big"): part[4:] for part in parts}


def _listed(records: Sequence[int]) -> str:
    shown = ", ".join(map(str, records[:_MOST_RECORDS]))
    more = len(records) - _MOST_RECORDS
    return f"{shown} and {more} more" if more > 0 else shown


def _ids(
    connection: sa.Connection, recompute: Recompute, account_id: str | None
) -> tuple[int, list[Trouble]]:
    """How many transactions there are, and those whose id does not follow from their parts."""
    troubles: list[Trouble] = []
    count = 0
    for page in _pages(connection, account_id):
        count += page.height
        wrong = page.filter(recompute(page) != page.get_column("transaction_id"))
        troubles += [
            _changed(connection, id_) for id_ in wrong.get_column("transaction_id").to_list()
        ]
    for id_ in connection.scalars(sa.text(_UNTOLD), {"account_id": account_id}):
        troubles.append(Trouble("id", f"transaction {id_}", "it counts, but no record tells of it"))
    return count, troubles


def _pages(connection: sa.Connection, account_id: str | None) -> Iterator[pl.DataFrame]:
    """The parts of all transactions, so many at once as fit into memory."""
    rows = connection.execute(
        sa.text(_PARTS), {"account_id": account_id}, execution_options={"yield_per": _PAGE}
    )
    schema = {
        "transaction_id": pl.String(),
        "account_id": pl.String(),
        "booked_on": pl.Date(),
        "amount": MONEY,
        "currency": pl.String(),
        "text_key": pl.String(),
        "ref_key": pl.String(),
        "occurrence": pl.UInt32(),
    }
    for part in rows.partitions():
        cells = [(row[0].hex, row[1].hex, *row[2:]) for row in part]
        yield pl.DataFrame(cells, schema=schema, orient="row")


def _changed(connection: sa.Connection, transaction_id: str) -> Trouble:
    """A transaction with other parts than those of its id, and the records that tell of it."""
    telling = connection.execute(sa.text(_TELLING), {"id": transaction_id}).all()
    told = "; ".join(f"record {row[2]} of {named(row[0], row[1])}" for row in telling)
    return Trouble(
        "id",
        f"transaction {transaction_id}",
        "its id does not follow from its account, day, amount, currency and text: one of them was"
        f" changed; told by {told or 'no record'}",
        tuple(row[2] for row in telling),
    )
