"""Which files a reader of today would read otherwise than the one that read them."""

from collections.abc import Sequence

import sqlalchemy as sa

from schemas.errors import WrongUsage
from tasks.extract.readers import is_known, reader_of
from warehouse.ledger.readers import ReadAs, read_as


def outdated(connection: sa.Connection) -> list[ReadAs]:
    """Files by the reader that read them, where that one has changed since.

    Of files that were refused, every reader has said no: they count where any of them has changed.
    """
    return [one for one in read_as(connection) if one.reader != _today(one)]


def chosen(connection: sa.Connection, format_name: str | None, layout: str | None) -> list[ReadAs]:
    """Files that older readers read; or all of a format or layout, whoever read them.

    Raises:
        WrongUsage: there is no such format or layout.
    """
    for option, name, command in (
        ("--format", format_name, "formats"),
        ("--layout", layout, "banks"),
    ):
        if name is not None and not is_known(name, is_layout=option == "--layout"):
            raise WrongUsage(option, f'there is no "{name}"', f"buffet {command} lists them")
    if format_name is None and layout is None:
        return outdated(connection)
    return [
        one
        for one in read_as(connection)
        if format_name in (None, one.format) and layout in (None, one.layout)
    ]


def outdated_count(connection: sa.Connection) -> int:
    """How many files older readers read."""
    return sum(one.file_count for one in outdated(connection))


def rows_of(groups: Sequence[ReadAs]) -> list[dict[str, object]]:
    """The files as rows for a person: read by which reader, and which one would read them now."""
    return [
        {
            "format": one.format or "none",
            "layout": one.layout,
            "read by": one.reader or "not noted",
            "today": _today(one),
            "is_refused": one.is_refused,
            "files": one.file_count,
        }
        for one in groups
    ]


def _today(one: ReadAs) -> str:
    return reader_of(None, None) if one.is_refused else reader_of(one.format, one.layout)
