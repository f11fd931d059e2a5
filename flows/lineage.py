"""The picture of where marts come from: each box is made from those to the left of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from statistics import mean

from schemas.enrichment import ENRICHED
from schemas.ledger import EXPORTS, OF_RUNS
from warehouse.marts.catalog import Mart

_VIEWS = {"enriched.meaning": "enriched.transaction"}
_FILES, _RUNS, _SAID = "formats", "runs", "what owners say"
_WIDTH, _GAP, _LINE, _TOP = 210, 70, 24, 54
_HEADS = ("Where it comes from", "Tables")
_STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.head { font-weight: 600; fill: #57606a }
rect { fill: #f6f8fa; stroke: #8c959f; rx: 4px }
.mart rect { fill: #ddf4ff; stroke: #0969da }
path { fill: none; stroke: #8c959f; stroke-opacity: .45 }
svg { background: #ffffff }
"""


@dataclass(frozen=True)
class _Box:
    """A name in its column, with what it is made from, and lines below the name."""

    name: str
    column: int
    needs: tuple[str, ...]
    more: tuple[str, ...] = ()
    kind: str = ""


def lineage(catalog: Sequence[Mart], formats: Sequence[str]) -> str:
    """An SVG of all marts, the tables that they read, and what those are made from.

    Args:
        catalog: the marts, each after those that it depends on.
        formats: the names of the formats that are read.
    """
    boxes = [*_sources(formats), *_tables(), *_marts(catalog)]
    places = _placed(boxes)
    columns = max(box.column for box in boxes) + 1
    height = max(y + _height(box) for box, (_, y) in zip(boxes, places.values(), strict=True))
    size = f"{columns * (_WIDTH + _GAP)} {height + 20}"
    heads = [*_HEADS, *("Marts" if one == 2 else "" for one in range(2, columns))]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" role="img">',
            "<title>Where each mart comes from</title>",
            f"<style>{_STYLE}</style>",
            *(_text(_left(n), 24, head, "head") for n, head in enumerate(heads) if head),
            *(_curve(places[n], places[box.name]) for box in boxes for n in box.needs),
            *(_drawn(box, *places[box.name]) for box in boxes),
            "</svg>",
        ]
    )


def _sources(formats: Sequence[str]) -> Iterator[_Box]:
    yield _Box(_FILES, 0, (), tuple(formats))
    yield _Box(_RUNS, 0, (), ("the run book", "checks of each run"))
    said = ("rules.toml", "household.toml", "rates.csv", "words kept in the ledger")
    yield _Box(_SAID, 0, (), said)


def _tables() -> Iterator[_Box]:
    for name in EXPORTS:
        yield _Box(f"ledger.{name}", 1, (_RUNS if name in OF_RUNS else _FILES,))
    for name in ENRICHED:
        yield _Box(f"enriched.{name}", 1, (_FILES, _SAID))


def _marts(catalog: Sequence[Mart]) -> Iterator[_Box]:
    depths: dict[str, int] = {}
    for mart in catalog:
        needs = mart.card.depends_on
        depths[mart.name] = 1 + max((depths[need] for need in needs), default=1)
        known = {_VIEWS.get(table, table) for table in mart.reads} & _KNOWN
        yield _Box(mart.name, depths[mart.name], (*sorted(known), *needs), (), "mart")


_KNOWN = {box.name for box in _tables()}


def _placed(boxes: Sequence[_Box]) -> Mapping[str, tuple[int, int]]:
    """Left and top of each box; in its column it stands near to what it is made from."""
    tops: dict[str, int] = {}
    for column in range(max(box.column for box in boxes) + 1):
        here = [box for box in boxes if box.column == column]
        if column > 1:
            here.sort(key=lambda box: (mean(tops[need] for need in box.needs), box.name))
        y = _TOP
        for box in here:
            tops[box.name] = y
            y += _height(box) + 10
    return {box.name: (_left(box.column), tops[box.name]) for box in boxes}


def _left(column: int) -> int:
    return 10 + column * (_WIDTH + _GAP)


def _height(box: _Box) -> int:
    return _LINE + 16 * len(box.more)


def _curve(start: tuple[int, int], end: tuple[int, int]) -> str:
    x, y, to_x, to_y = start[0] + _WIDTH, start[1] + 12, end[0], end[1] + 12
    bend = (to_x - x) // 2
    return f'<path d="M{x} {y}C{x + bend} {y} {to_x - bend} {to_y} {to_x} {to_y}"/>'


def _drawn(box: _Box, x: int, y: int) -> str:
    lines = [_text(x + 8, y + 16, box.name, "head" if box.more else "")]
    lines += [_text(x + 8, y + 32 + 16 * n, one, "") for n, one in enumerate(box.more)]
    frame = f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{_height(box)}"/>'
    return f'<g class="{box.kind}">{frame}{"".join(lines)}</g>'


def _text(x: int, y: int, text: str, kind: str) -> str:
    return f'<text x="{x}" y="{y}" class="{kind}">{escape(text)}</text>'
