"""Which reader read a file: format, its version, layout, and a digest of what the layout says.

    ofx1 1    csv 1 br_itau_conta 0f5c2a91d3b4    any 77e0c1f2a9b3

A format's version is a number that a person raises when what it makes of a file changes; a test
insists on it. A layout is data, so its digest says when it changed. Where nobody took a file, or
what was proposed for it, every reader that there is has had its say: `any` and a digest of all.
"""

from collections.abc import Mapping
from functools import cache

from schemas.identity import digest
from tasks.extract.formats import FORMATS
from tasks.extract.source import Format

_DIGITS = 12


def reader_of(format_name: str | None, layout: str | None) -> str:
    """The reader that would read a file of this format and layout today.

    Args:
        format_name: null where no reader took the file.
        layout: "" or null for a format without layouts.
    """
    known = _readers().get((format_name or "", layout or ""))
    return known or f"any {digest('|'.join(_readers().values()))[:_DIGITS]}"


def is_known(name: str, *, is_layout: bool) -> bool:
    """Is there a format, or a layout, of this name?"""
    return any(name == key[is_layout] for key in _readers())


@cache
def _readers() -> Mapping[tuple[str, str], str]:
    """Every reader by format and layout, in one fixed order."""
    return {(one.name, name): text for one in FORMATS for name, text in _of(one).items()}


def _of(one: Format) -> dict[str, str]:
    head = f"{one.name} {one.version}"
    if one.layouts is None:
        return {"": head}
    said = {
        name: digest(layout.model_dump_json(exclude_defaults=True))[:_DIGITS]
        for name, layout in sorted(one.layouts().items())
    }
    return {name: f"{head} {name} {digits}" for name, digits in said.items()}
