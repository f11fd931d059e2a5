"""Random nights of a few accounts: overlaps, re-issues, files read again, announcements, gaps.

Money goes from account to account, and its two ends are told on different nights; persons say what
movements mean, and the owner's rules change.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import duckdb
import sqlalchemy as sa
from papers import through_the_stages

from flows.night import Stopwatch, plain_doors, publication
from schemas.night import Generation, Plan
from schemas.words import Scope, Word
from warehouse.ledger import words
from warehouse.ledger.writer import LedgerBatch
from warehouse.marts.catalog import of_runs

START = date(2026, 1, 1)
DAYS = 160
FORMATS = ((1, "camt053"), (1, "mt940"), (2, "ofx1"), (3, "csv"))
TEXTS = ("Café", "Miete", "Lohn", "Kiosk", "Netflix.com", "PIX LIA REIS", "Magalu - Parcela 3/10")
CATEGORIES = ("Food/Groceries", "Fun/Films", "Housing/Rent")
RULES = (
    None,
    '[[vendor]]\nname = "Kiosk am Markt"\ntexts = ["kiosk"]\n',
    """[[rule]]
id = "our rent"
text = 'Miete'
category = "Housing/Rent"

[[category]]
path = "Housing/Rent"
""",
)
Movement = tuple[date, Decimal, str, str]


@dataclass
class Life:
    """An account as it really went, and what its bank printed of it so far.

    Attributes:
        ref: its number.
        owner: whose it is.
        kind: bank or card.
        currency: of it.
        movements: day, amount, text, status.
        opening: its balance before them.
        printed: name, format, first and last day of every statement.
    """

    ref: str
    owner: str
    kind: str
    currency: str
    movements: list[Movement]
    opening: Decimal
    printed: list[tuple[str, tuple[int, str], date, date]] = field(default_factory=list)


def lives(chance: Random, count: int) -> list[Life]:
    """Some accounts with their movements."""
    made = [
        Life(
            f"{number}2345",
            "ana" if number < count else "bia",
            "card" if number == count else "bank",
            "EUR" if number == 1 else "BRL",
            _movements(chance),
            _amount(chance),
        )
        for number in range(1, count + 1)
    ]
    for _ in range(8 * count):
        _transfer(chance, *chance.sample(made[1:-1], 2))
    return made


def rules(chance: Random) -> str | None:
    """What the owner's rules.toml says from now on."""
    return chance.choice(RULES)


def said(connection: sa.Connection, chance: Random, at: datetime) -> None:
    """Persons say what a movement, a vendor or a pair is, and drop what is held."""
    rows = connection.exec_driver_sql(
        "SELECT transaction_id::text FROM transaction ORDER BY 1"
    ).scalars()
    spoken = [
        Word("ana", Scope.TRANSACTION, chance.choice(rows.all()), chance.choice(CATEGORIES[:2])),
        Word("ana", Scope.VENDOR, "KIOSK", chance.choice(CATEGORIES[:2])),
    ]
    words.say(connection, chance.sample(spoken, chance.randint(0, 2)), at)
    pairs = connection.exec_driver_sql(
        "SELECT o.transaction_id::text, i.transaction_id::text FROM transaction o"
        " JOIN transaction i ON i.amount = -o.amount AND i.account_id <> o.account_id"
        " WHERE o.amount < 0 ORDER BY 1, 2"
    ).all()
    if pairs and chance.random() < 0.5:
        words.reject_pair(connection, *chance.choice(pairs), at)
    if chance.random() < 0.5:
        connection.exec_driver_sql(
            "INSERT INTO decision (sha256, level, word, reason, said_by, said_at)"
            " SELECT sha256, 'file', 'dropped', 'not wanted', 'ana', now() FROM file"
            " WHERE status = 'quarantined' ORDER BY sha256 LIMIT 1"
        )


def night(chance: Random, accounts: list[Life], run_id: str, at: datetime) -> LedgerBatch:
    """A batch of a few statements of a few accounts."""
    pages = [
        _page(chance, life, at)
        for life in chance.sample(accounts, chance.randint(1, 2))
        for _ in range(chance.randint(1, 2))
    ]
    pages = list({page["sha256"]: page for page in pages}.values())
    return _batch(pages, run_id, at)


def _movements(chance: Random) -> list[Movement]:
    days = sorted(chance.randint(0, DAYS) for _ in range(chance.randint(5, 40)))
    return [
        (START + timedelta(days=day), _amount(chance), chance.choice(TEXTS), "booked")
        for day in days
    ]


def _transfer(chance: Random, one: Life, other: Life) -> None:
    """Money of one account that goes to another, and arrives within a few days."""
    amount = Decimal(chance.randint(1000, 90_000)) / 100
    left_on = START + timedelta(days=chance.randint(0, DAYS - 3))
    came_on = left_on + timedelta(days=chance.randint(0, 2))
    one.movements.append((left_on, -amount, "TED enviada", "booked"))
    other.movements.append((came_on, amount, "TED recebida", "booked"))


def _amount(chance: Random) -> Decimal:
    return Decimal(chance.choice((-500, -1250, -700, 10_000, chance.randint(-9999, 9999)))) / 100


def _page(chance: Random, life: Life, at: datetime) -> dict[str, object]:
    """A new statement, the last one issued or read again, or a wrong one."""
    number = len(life.printed)
    name, form = f"{life.ref}-{number}", chance.choice(FORMATS)
    first = START + timedelta(days=chance.randint(0, DAYS - 20))
    last = first + timedelta(days=chance.randint(0, 40))
    if life.printed and chance.random() < 0.35:
        again, form, first, last = chance.choice(life.printed)
        name = again if chance.random() < 0.6 else name
    elif life.kind == "card":
        name = f"{name}_{last:%Y-%m}-10"
    life.printed.append((name, form, first, last))
    rows = [one for one in life.movements if first <= one[0] <= last]
    before = sum((one[1] for one in life.movements if one[0] < first), life.opening)
    if chance.random() < 0.25 and rows:
        rows.remove(chance.choice(rows))
    has_balances = chance.random() < 0.6
    is_wrong = chance.random() < 0.15
    closing = before + sum(one[1] for one in rows) + (Decimal(1) if is_wrong else Decimal(0))
    if chance.random() < 0.3:
        rows = [*rows, (last, _amount(chance), chance.choice(TEXTS), "pending")]
    has_period = chance.random() < 0.8
    return {
        "sha256": f"{name:x<64}",
        "name": name,
        "form": form,
        "rows": rows,
        "ref": life.ref,
        "owner": life.owner,
        "kind": life.kind,
        "currency": life.currency,
        "folder": chance.choice((None, f"account-{life.ref}")),
        "opening": before if has_balances else None,
        "closing": closing if has_balances or chance.random() < 0.3 else None,
        "first": first if has_period else None,
        "last": last if has_period else None,
        "stated": at.date(),
    }


def _batch(pages: list[dict], run_id: str, at: datetime) -> LedgerBatch:
    """Pages as the stages before the ledger would leave them."""
    files, statements, rows = [], [], []
    for number, page in enumerate(pages):
        rank, form = page["form"]
        files.append(
            {
                "file_no": number,
                "sha256": page["sha256"],
                "name": page["name"],
                "owner": page["owner"],
                "account_name": page["folder"],
                "size_bytes": 1,
                "claimed_at": at,
                "format": form,
                "layout": "",
                "raw_count": len(page["rows"]),
                "marker_count": 0,
                "source_rank": rank,
                "is_ref_stable": False,
            }
        )
        statements.append(
            {
                "file_no": number,
                "statement_no": 1,
                "institution": "x",
                "account_ref": page["ref"],
                "account_kind": page["kind"],
                "currency": page["currency"],
                "opening_balance": page["opening"],
                "closing_balance": page["closing"],
                "starts_on": page["first"],
                "ends_on": page["last"],
                "stated_on": page["stated"],
            }
        )
        rows += [
            {
                "file_no": number,
                "statement_no": 1,
                "record_no": record,
                "place": f"line {record}",
                "booked_on": day,
                "amount": amount,
                "currency": page["currency"],
                "description": text,
                "status": status,
                "raw_text": text,
            }
            for record, (day, amount, text, status) in enumerate(page["rows"], 1)
        ]
    return through_the_stages(run_id, at, files, statements, rows)


def publish_at(plan: Plan, at: datetime, why_whole: str | None = None) -> Generation:
    """Publish as a night does, at an instant."""
    return publication(
        plan, plain_doors(), lambda: at, Stopwatch(), lambda *_: None, why_whole=why_whole
    )


def differences(one: Path, other: Path) -> Iterator[str]:
    """Rows of either file that the other lacks, by mart; how checks went is another matter."""
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{one}' AS one (READ_ONLY)")
        con.execute(f"ATTACH '{other}' AS other (READ_ONLY)")
        for (mart,) in con.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables()"
            " WHERE database_name = 'other' AND table_name <> '_manifest' ORDER BY ALL"
        ).fetchall():
            if mart.removeprefix("main.") in of_runs():
                continue
            for left, right in (("one", "other"), ("other", "one")):
                rows = con.execute(
                    f"FROM {left}.{mart} EXCEPT ALL FROM {right}.{mart} ORDER BY ALL LIMIT 3"
                ).fetchall()
                yield from (f"{mart}: only in {left}: {row}" for row in rows)
