"""Near misses: why a file that nobody recognises is almost one that we know."""

from schemas.bank import BankLayout, header_cells, header_key
from tasks.extract import profiles
from tasks.extract.formats import FORMATS
from tasks.extract.inbox import shown
from tasks.extract.source import Source

_HEAD_BYTES, _HEAD_LINES = 65_536, 60
_MANY = 5


def near_misses(source: Source) -> list[str]:
    """One sentence for each format or layout that the file resembles, the nearest layout first."""
    return [*_by_header(source), *_by_ending(source)]


def _by_header(source: Source) -> list[str]:
    """Layouts half of whose header, or more, stands in one line of the file's beginning."""
    text = source.data[:_HEAD_BYTES].decode("utf-8", "replace")
    lines = text.lstrip("\ufeff").splitlines()[:_HEAD_LINES]
    found = []
    for known in profiles.layouts().values():
        best = max((_compare(known, line, no) for no, line in enumerate(lines, 1)), default=None)
        if best and best[0] >= 0.5:
            found.append(best)
    return [sentence for _, _, sentence in sorted(found, reverse=True)[:_MANY]]


def _compare(known: BankLayout, line: str, line_no: int) -> tuple[float, int, str]:
    """How much of the layout's likest header a line holds, and what differs."""
    there = {cell.strip() for cell in header_key(line, known.table.delimiter)}
    key = max(known.header_keys, key=lambda key: len(there & set(key)) / len(key))
    cells = zip(key, known.header_keys[key], strict=True)
    missing = [cell for name, cell in cells if name not in there]
    extra = len([cell for cell in header_cells(line, known.table.delimiter) if cell]) - (
        len(key) - len(missing)
    )
    lacks = f"lacks {', '.join(missing)}" if missing else "has every column in another order"
    more = f" and has {extra} other columns" if extra > 0 else ""
    return (
        (len(key) - len(missing)) / len(key),
        -line_no,
        f"{known.name}: line {line_no} is like its header, but {lacks}{more}",
    )


def _by_ending(source: Source) -> list[str]:
    """Formats whose usual file ending the name has."""
    name = shown(source.printed_name).casefold()
    return [
        f"{one.name}: the name ends like {one.title}, but the content does not begin like it"
        for one in FORMATS
        if name.endswith(one.suffixes)
    ]
