"""Drawings: pygal draws them, the page colours them, and each says its values as text.

Only positions go through a float; what is read is the exact text that the caller gives.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from xml.etree import ElementTree as ET

import pygal
from pygal import PluginImportFixer
from pygal.graph.graph import Graph
from pygal.style import Style

# 2026: pygal 3.1 leaves an importer of an old kind behind, for plugins; every later import warns.
sys.meta_path[:] = [one for one in sys.meta_path if not isinstance(one, PluginImportFixer)]

_WIDTH = 560
_LOOKS = Style(label_font_size=15, major_label_font_size=15, legend_font_size=15)
"""Sizes that pygal reckons with, for wide letters too; all else is said in page.css."""


@dataclass(frozen=True)
class Point:
    """A value with its label on the axis and as a person reads it; null leaves a gap."""

    label: str
    value: Decimal | None
    text: str


@dataclass(frozen=True)
class Line:
    """Points that belong together."""

    name: str
    points: Sequence[Point]


def bars(alt: str, lines: Sequence[Line], scale: Callable[[Decimal], str]) -> str:
    """Upright bars side by side, one group a label."""
    options = _options(230, lines, scale)
    chart = pygal.Bar(**options, spacing=14, show_minor_x_labels=False)
    chart.x_labels_major = _few(lines, most=6)
    return _drawn(chart, alt, lines)


def curve(alt: str, lines: Sequence[Line], scale: Callable[[Decimal], str], *, height: int) -> str:
    """Lines over time; a single point is drawn as a dot."""
    is_short = len(lines[0].points) <= 24
    options = _options(height, lines, scale)
    chart = pygal.Line(
        **options,
        show_dots=is_short,
        dots_size=2.5,
        include_x_axis=False,
        show_minor_x_labels=False,
    )
    chart.x_labels_major = _few(lines, most=5)
    return _drawn(chart, alt, lines)


def lying_bars(alt: str, line: Line, scale: Callable[[Decimal], str]) -> str:
    """Bars from left to right, the first on top."""
    reverse = Line(line.name, tuple(reversed(line.points)))
    options = _options(60 + 26 * len(line.points), [reverse], scale) | {"width": 440}
    chart = pygal.HorizontalBar(**options, spacing=6)
    return _drawn(chart, alt, [reverse])


def _few(lines: Sequence[Line], *, most: int) -> list[str]:
    """So many labels as have room, evenly spaced."""
    labels = [point.label for point in lines[0].points]
    return labels[:: max(1, -(-len(labels) // most))]


def _options(
    height: int, lines: Sequence[Line], scale: Callable[[Decimal], str]
) -> dict[str, object]:
    return {
        "width": _WIDTH,
        "height": height,
        "style": _LOOKS,
        "css": (),
        "js": (),
        "show_legend": len(lines) > 1,
        "legend_at_bottom": True,
        "legend_at_bottom_columns": len(lines),
        "margin": 8,
        "max_scale": 6,
        "value_formatter": lambda value: scale(Decimal(str(value))),
        "truncate_label": -1,
        "truncate_legend": -1,
    }


def _drawn(chart: Graph, alt: str, lines: Sequence[Line]) -> str:
    chart.x_labels = [point.label for point in lines[0].points]
    for line in lines:
        chart.add(line.name, [_position(point) for point in line.points])
    return _cleaned(chart.render_tree(), alt)


def _position(point: Point) -> object:
    if point.value is None:
        return None
    text = f"{point.label}: {point.text}"
    return {"value": float(point.value), "formatter": lambda _: text}


def _cleaned(tree: ET.Element, alt: str) -> str:
    """Without scripts, ids by chance and addresses; what pygal notes of a value becomes a title."""
    for key in ("id", "width", "height"):
        tree.attrib.pop(key, None)
    tree.attrib |= {"role": "img", "aria-label": alt}
    for parent in list(tree.iter()):
        for child in list(parent):
            if not isinstance(child.tag, str) or child.tag in ("defs", "script", "title"):
                parent.remove(child)
            elif child.tag == "desc":
                _told(parent, child)
    return ET.tostring(tree, encoding="unicode")


def _told(parent: ET.Element, note: ET.Element) -> None:
    """A browser shows a title where a pointer rests; other notes are for scripts."""
    if note.get("class") == "value" and note.text:
        note.tag = "title"
        note.attrib.clear()
    else:
        parent.remove(note)
