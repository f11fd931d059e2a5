"""MT940 and MT942 as banks write them, and what became of them."""

from decimal import Decimal

from trial import Trial

from tasks.extract.formats.mt94x.reader import read
from tasks.extract.source import Reading
from tasks.extract.typed import type_records, type_statements

HEAD = ":20:STARTUMSE\n:25:99900000/1234567\n:28C:1/1\n"
OPEN = HEAD + ":60F:C260101EUR100,00\n"
CLOSE = ":62F:C260131EUR90,00\n-\n"
INTERIM = HEAD + ":34F:EUR0,00\n:13D:2601050900+0100\n"


TRIAL = Trial(read, "file{}.sta")
reading, good, refusal = TRIAL.reading, TRIAL.good, TRIAL.refusal


def one(entry: str) -> dict[str, object]:
    """The one record of a statement."""
    rows = good(OPEN + entry + CLOSE).records.rows(named=True)
    assert len(rows) == 1
    return rows[0]


def described(text: str) -> tuple[object, object]:
    row = one(f":61:2601050105D10,00NTRFNONREF\n:86:{text}\n")
    return row["description"], row["counterparty"]


def amounts(result: Reading) -> list[Decimal]:
    statements = type_statements(result.statements, result.convention)
    return type_records(result.records, statements, result.convention).records["amount"].to_list()


# Who claims a file
