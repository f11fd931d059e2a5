"""Files of the ledger that were dropped into other folders too."""

from collections.abc import Iterable

import sqlalchemy as sa

from schemas.copies import Dropped
from schemas.ticket import Folder

_ELSEWHERE = """
SELECT f.sha256, f.name, f.owner, f.account_name, d.owner AS other_owner,
       d.account_name AS other_account_name,
       ARRAY(SELECT DISTINCT a.account_ref
             FROM statement s JOIN account a USING (account_id)
             WHERE s.file_id = f.file_id
             ORDER BY 1) AS account_refs
FROM unnest(CAST(:sha256s AS text[]), CAST(:owners AS text[]), CAST(:names AS text[]))
     WITH ORDINALITY AS d (sha256, owner, account_name, nth)
JOIN file f USING (sha256)
WHERE (f.owner, f.account_name) IS DISTINCT FROM (d.owner, d.account_name)
  AND f.error_code IS DISTINCT FROM 'empty_file'
ORDER BY d.nth
"""


def dropped_elsewhere(
    connection: sa.Connection, dropped: Iterable[tuple[str, Folder]]
) -> list[Dropped]:
    """Which of these files the ledger holds by another folder, in the order given.

    Empty files are left out: all of them have equal bytes, and there is nothing to lose.

    Args:
        connection: a database transaction.
        dropped: sha256 of files, and the folders in which they lay; the ledger's own among them.
    """
    rows = [(sha256, folder.owner, folder.account_name) for sha256, folder in dropped]
    if not rows:
        return []
    sha256s, owners, names = (list(column) for column in zip(*rows, strict=True))
    found = connection.execute(
        sa.text(_ELSEWHERE), {"sha256s": sha256s, "owners": owners, "names": names}
    )
    return [
        Dropped(
            sha256=row.sha256,
            name=row.name,
            home=Folder(row.owner, row.account_name),
            other=Folder(row.other_owner, row.other_account_name),
            account_refs=tuple(row.account_refs),
        )
        for row in found
    ]
