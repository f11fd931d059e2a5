"""Which readers read the files of the ledger, and the files that some of them read."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from warehouse.ledger.rebuild import WAITING

_READ_AS = """
SELECT format, coalesce(layout, ''), reader, status = 'refused', count(*)
FROM file
WHERE status <> :waiting
GROUP BY 1, 2, 3, 4
ORDER BY 1 NULLS FIRST, 2, 3 NULLS FIRST, 4
"""

_FILES = """
SELECT sha256 FROM file
WHERE status <> :waiting AND format IS NOT DISTINCT FROM :format
  AND coalesce(layout, '') = :layout AND reader IS NOT DISTINCT FROM :reader
  AND (status = 'refused') = :is_refused
"""


@dataclass(frozen=True)
class ReadAs:
    """Files that one reader read.

    Attributes:
        format: null where no reader took them.
        layout: "" for a format without layouts.
        reader: what it was then; null for files that are older than this word of them.
        is_refused: nothing of them is in the ledger, because it could not read them.
        file_count: how many there are.
    """

    format: str | None
    layout: str
    reader: str | None
    is_refused: bool
    file_count: int


def read_as(connection: sa.Connection) -> list[ReadAs]:
    """All files of the ledger by the reader that read them, but those that wait for one."""
    return [ReadAs(*row) for row in connection.execute(sa.text(_READ_AS), {"waiting": WAITING})]


def files_of(connection: sa.Connection, groups: Sequence[ReadAs]) -> list[str]:
    """The sha256s of these files, in order."""
    found: set[str] = set()
    for one in groups:
        values = {
            "waiting": WAITING,
            "format": one.format,
            "layout": one.layout,
            "reader": one.reader,
            "is_refused": one.is_refused,
        }
        query = sa.text(_FILES).bindparams(
            sa.bindparam("format", type_=sa.Text()), sa.bindparam("reader", type_=sa.Text())
        )
        found.update(connection.scalars(query, values))
    return sorted(found)
