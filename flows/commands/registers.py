"""`buffet formats` and `buffet banks`: what can be read, straight from the registers."""

from typing import Annotated

import typer

from flows.commands import talk

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


def formats(*, as_json: AsJson = False) -> None:
    """List the file formats that can be read.

    Example: buffet formats

    Next: buffet banks lists the layouts of bank exports.
    """
    from tasks.extract.formats import FORMATS

    put(
        [
            {"name": one.name, "title": one.title, "endings": " ".join(one.suffixes)}
            for one in FORMATS
        ],
        as_json=as_json,
    )


def banks(*, as_json: AsJson = False) -> None:
    """List the bank layouts: how each bank writes its table, its sheet or its paper.

    Example: buffet banks --json

    Next: buffet bank propose FILE works out a new one; else take the nearest one as a model.
    """
    from tasks.extract.known import known_layouts

    put(
        [
            {
                "name": one.name,
                "bank": one.bank,
                "title": one.title,
                "country": one.country,
                "reads": one.reads,
                "kind": one.kind,
                "currency": one.currency,
                "valid_from": one.valid_from,
                "valid_to": one.valid_to,
            }
            for one in known_layouts()
        ],
        as_json=as_json,
    )


def put(rows: list[dict[str, object]], *, as_json: bool, empty: str = "") -> None:
    """Write rows as the person wants them: a table, or one JSON object a line."""
    if as_json:
        talk.put_json(rows)
    else:
        talk.put_rows(rows, empty=empty)
