"""The bank layouts that we know: one TOML file each in `tasks/extract/banks`, read once."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from schemas.bank import BankLayout, header_key, trimmed
from schemas.errors import SettingsError

BANKS = Path(__file__).parent / "banks"


@cache
def layouts() -> Mapping[str, BankLayout]:
    """All layouts by name, in the order of their names.

    Raises:
        SettingsError: a layout is not valid; the message names the file and the key.
    """
    return load(BANKS)


def layout(name: str) -> BankLayout:
    """The layout of that name.

    Raises:
        SettingsError: no layout has the name.
    """
    try:
        return layouts()[name]
    except KeyError:
        known = ", ".join(layouts())
        raise SettingsError(
            f"{name}.toml", "there is no such bank layout", f"add it, or use one of: {known}"
        ) from None


def like_headers(
    lines: Sequence[str], known: BankLayout | None = None
) -> Iterator[tuple[int, str]]:
    """The lines, counted from 1, that begin with a letter with which some header begins.

    A cheap look that most lines do not pass.

    Args:
        lines: the first lines of a file.
        known: look for the headers of this layout only.
    """
    others = _no_beginnings() if known is None else _other_letters(known.table.lines)
    return ((no, line) for no, line in enumerate(lines, start=1) if line[:1] not in others)


@lru_cache(maxsize=512)  # thousands of files begin alike; a line may be long
def with_header(line: str) -> tuple[str, ...]:
    """Names of the layouts that have the line as a header, whatever its case, blanks and quotes.

    Layouts that share a header are told apart by what stands above and below it.
    """
    return tuple(
        name
        for delimiter, named in _headers().items()
        if delimiter in line and _beginning(line, delimiter) in _beginnings()
        for name in named.get(trimmed(header_key(line, delimiter)), ())
    )


def with_rows(lines: Sequence[str]) -> list[str]:
    """Names of the layouts without header line whose rows all of these lines are, blank ones apart.

    Args:
        lines: the lines at the beginning of a file, whole.
    """
    filled = [line for line in lines if line.strip()]
    return [
        name
        for name, row in _headerless()
        if filled and row.search(filled[0]) and all(row.search(line) for line in filled)
    ]


@cache
def _headerless() -> Sequence[tuple[str, re.Pattern[str]]]:
    """Names of layouts and the pattern of their rows."""
    return [
        (known.name, re.compile(variant.row))
        for known in layouts().values()
        for variant in known.table.headerless
    ]


@cache
def _headers() -> Mapping[str, Mapping[tuple[str, ...], list[str]]]:
    """Names of layouts by delimiter and header, as banks print it.

    The names that a layout gives itself to columns without header say nothing of a bank.
    """
    index: dict[str, dict[tuple[str, ...], list[str]]] = {}
    for known in layouts().values():
        delimiter = known.table.delimiter
        for key in {trimmed(header_key(line, delimiter)) for line in known.table.headers}:
            index.setdefault(delimiter, {}).setdefault(key, []).append(known.name)
    return index


def _beginning(line: str, delimiter: str) -> str:
    """How a line begins: a cheap look before all of it is compared."""
    return unicodedata.normalize("NFC", line.partition(delimiter)[0].strip(' "')).casefold()


@cache
def _no_beginnings() -> frozenset[str]:
    """The letters with which a line begins that is no header of any layout."""
    return _other_letters(tuple(line for one in layouts().values() for line in one.table.lines))


@lru_cache(maxsize=256)
def _other_letters(headers: tuple[str, ...]) -> frozenset[str]:
    """The ASCII letters with which none of these headers begins, and no letter at all.

    Letters with accents may be written in several ways, so they are looked at more closely, as are
    the blanks and quotes before a name.
    """
    letters = {" ", '"'}
    for line in headers:
        first = unicodedata.normalize("NFD", line.lstrip(' "')).casefold()[:1]
        letters |= {first, first.upper()}
    return frozenset(map(chr, range(128))) - letters | {""}


@cache
def _beginnings() -> frozenset[str]:
    """How headers begin."""
    return frozenset(
        _beginning(line, known.table.delimiter)
        for known in layouts().values()
        for line in known.table.lines
    )


def load(folder: Path) -> Mapping[str, BankLayout]:
    """Read all layouts of a folder; each bears the name of its file, so names are unique.

    Raises:
        SettingsError: a layout is not valid, or its name is not that of its file.
    """
    found = (parse(path.read_text(encoding="utf-8"), path.name) for path in folder.glob("*.toml"))
    return MappingProxyType({one.name: one for one in sorted(found, key=lambda one: one.name)})


def parse(text: str, file_name: str) -> BankLayout:
    """Read one layout.

    Raises:
        SettingsError: the text is not TOML, or not a layout, or has another name than its file.
    """
    try:
        known = BankLayout.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(file_name, f"not TOML: {error}", "correct the line it names") from error
    except ValidationError as error:
        raise SettingsError(file_name, *_explained(error)) from error
    if f"{known.name}.toml" != file_name:
        raise SettingsError(
            file_name, f"name: {known.name!r} is not the name of the file", "give both one name"
        )
    return known


def _explained(error: ValidationError) -> tuple[str, str]:
    """Problem and remedy of the first complaint; the others show when it is corrected."""
    first = error.errors(include_url=False, include_context=False)[0]
    key = ".".join(str(part) for part in first["loc"]) or "layout"
    if first["type"] == "extra_forbidden":
        return f"{key}: a layout has no such key", "correct the spelling, see schemas/bank.py"
    if first["type"] == "missing":
        return f"{key}: the key is missing", "add it, see schemas/bank.py"
    return f"{key}: {first['msg'].removeprefix('Value error, ')}", f"correct the value of {key}"
