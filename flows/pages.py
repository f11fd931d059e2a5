"""The generated pages of `docs/`: what they say is read from the code, so they cannot lie.

python -m flows.pages           write them
python -m flows.pages --check   write nothing; status 1 and a diff if one of them is out of date
"""

import difflib
import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from flows.cli import app
from flows.exits import MEANINGS, exit_of
from flows.lineage import lineage
from schemas.errors import BuffetError
from schemas.findings import Code
from schemas.settings import Settings
from tasks.extract.formats import FORMATS
from tasks.extract.known import known_layouts
from tasks.report.render import as_markdown
from warehouse.marts.catalog import Mart, load_catalog
from warehouse.marts.sharing import fate

ROOT = Path(__file__).resolve().parents[1]
"""The folder of the project."""

BROKEN_FILES = Path("tests/errors")
"""One folder a broken file; its name begins with the code that the file earns."""

_NOTE = "<!-- made by `make pages`; change the code, not this page -->"
_HOMES = ("schemas.", "flows.")


def pages() -> dict[str, str]:
    """Every generated page by its path below `docs`, in one fixed order."""
    catalog = load_catalog()
    made = {
        "settings.md": _settings(),
        "commands.md": _commands(),
        "formats.md": _formats(),
        "banks.md": _banks(),
        "errors.md": _errors(),
        "marts/index.md": _marts(catalog),
        "marts/lineage.svg": lineage(catalog, [one.name for one in FORMATS]),
        **{f"marts/{mart.name}.md": _mart(mart) for mart in catalog},
    }
    return {path: f"{_NOTE}\n\n{text.strip()}\n" for path, text in made.items()}


def write(docs: Path) -> None:
    """Write every page, and remove the page of a mart that is gone."""
    made = pages()
    for path in _gone(docs, made):
        path.unlink()
    for name, text in made.items():
        path = docs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def stale(docs: Path) -> str:
    """What `write` would change, as a diff; "" when every page is up to date."""
    made = pages()
    lines: list[str] = [f"{path.relative_to(docs)}: no such mart\n" for path in _gone(docs, made)]
    for name, text in made.items():
        path = docs / name
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        lines += difflib.unified_diff(
            before.splitlines(keepends=True), text.splitlines(keepends=True), name, f"{name}, made"
        )
    return "".join(lines)


def main(words: Sequence[str]) -> int:
    """Write or check; answer with the exit status: 0 all well, 1 out of date, 2 wrong usage."""
    if list(words) not in ([], ["--check"]):
        sys.stderr.write(f"{__doc__}\n")
        return 2
    docs = ROOT / "docs"
    if not words:
        write(docs)
        return 0
    difference = stale(docs)
    if difference:
        sys.stdout.write(f"{difference}\nthe pages are out of date; make pages writes them\n")
    return 1 if difference else 0


def _gone(docs: Path, made: Mapping[str, str]) -> list[Path]:
    return sorted(
        path for path in (docs / "marts").glob("*.md") if f"marts/{path.name}" not in made
    )


def _settings() -> str:
    rows = [
        {
            "setting": f"`BUFFET_{name.upper()}`",
            "default": "" if field.default is None else f"`{field.default}`",
            "meaning": field.description or "",
        }
        for name, field in Settings.model_fields.items()
    ]
    places = [
        {"folder": f"`{name}`", "what lies there": inspect.getdoc(found) or ""}
        for name, found in vars(Settings).items()
        if isinstance(found, property)
    ]
    return f"""
# Settings

Each setting is an environment variable, or a line of the file `.env` in the folder where the
command is started; the environment wins. An empty default means: not set.

{as_markdown(rows, "")}

## Folders

All of them follow from `BUFFET_DATA_HOME`.

{as_markdown(places, "")}
"""


def _commands() -> str:
    root = cast("TyperGroup", get_command(app))
    exits = [
        {"status": str(exit_.value), "meaning": meaning} for exit_, meaning in MEANINGS.items()
    ]
    return "\n\n".join(
        [
            "# Commands",
            "Data goes to stdout, talk to stderr. Every command has `--help`.",
            root.help or "",
            "## Exit status",
            as_markdown(exits, ""),
            *(_command(name, command) for name, command in _walk("buffet", root)),
        ]
    )


def _walk(prefix: str, group: TyperGroup) -> Iterator[tuple[str, TyperCommand]]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _walk(f"{prefix} {name}", command)
        else:
            yield f"{prefix} {name}", cast("TyperCommand", command)


def _command(name: str, command: TyperCommand) -> str:
    shown = [one for one in command.params if not getattr(one, "hidden", False)]
    rows = [
        {"argument": f"`{_spelled(one)}`", "meaning": one.help or "", "default": _default(one)}
        for one in shown
        if isinstance(one, (TyperArgument, TyperOption))
    ]
    words = [one.metavar or "" for one in shown if isinstance(one, TyperArgument)]
    head = f"## `{' '.join([name, *words])}`"
    return "\n\n".join([head, *_paragraphs(command), as_markdown(rows, "It takes no argument.")])


def _paragraphs(command: TyperCommand) -> Iterator[str]:
    """The help of a command, its example set as code."""
    for text in (command.help or "").split("\n\n"):
        head, mark, example = text.partition("Example: ")
        yield f"{mark}`{example}`" if mark and not head else text


def _spelled(one: TyperArgument | TyperOption) -> str:
    if isinstance(one, TyperArgument):
        return one.metavar or (one.name or "").upper()
    return ", ".join([*one.opts, *one.secondary_opts])


def _default(one: TyperArgument | TyperOption) -> str:
    if one.required:
        return "needed"
    return "" if one.default in (None, False) else f"`{one.default}`"


def _formats() -> str:
    rows = [
        {
            "format": f"`{one.name}`",
            "name": one.title,
            "usual endings": " ".join(f"`{ending}`" for ending in one.suffixes),
            "module": f"`{inspect.getmodule(one.read).__name__}`",  # type: ignore[union-attr]
        }
        for one in FORMATS
    ]
    return f"""
# Formats

The content decides which reader takes a file, never its name. A file that no reader knows, or more
than one, is refused with the reason. `buffet identify FILE --why` shows the evidence.

{as_markdown(rows, "")}

Tables, sheets and paper are read with the help of a [bank layout](banks.md). A zip or gzip is
unpacked, and each of its members is a file of its own.
"""


def _banks() -> str:
    rows = [
        {
            "layout": f"[`{one.name}`](../{one.path.relative_to(ROOT)})",
            "reads": one.reads,
            "export": one.title,
            "kind": one.kind,
            "currency": one.currency,
            "dates": " ".join(f"`{pattern}`" for pattern in one.dates),
            "decimal": f"`{one.decimal_mark}`",
            "sign": one.sign,
            "headers": str(one.headers or ""),
            "in use": f"{one.valid_from:%Y} to {one.valid_to.year if one.valid_to else 'now'}",
        }
        for one in known_layouts()
    ]
    return f"""
# Bank layouts

How each bank writes its table, its sheet or its paper: one TOML file a layout, data and never a
program. A table or sheet belongs to a layout when one of its header lines stands among the first
lines; the layout of a table serves the workbook of the same bank too. Paper belongs to a layout
when all of its words are found, and is believed only if its totals agree.

{as_markdown(rows, "")}

`sign`: *signed*, a minus is out of the account; *inverted*, a plus is out of it, as on card bills;
*columns*, credit and debit stand apart; *marked*, a letter beside the amount says which;
*suffixed*, it stands behind the amount. `XXX` is no currency: each row names it, or nobody does.
"""


def _errors() -> str:
    family = [
        {
            "error": f"{'&nbsp;' * 4 * depth}`{kind.__name__}`",
            "code": f"`{kind.code}`",
            "meaning": (inspect.getdoc(kind) or "").splitlines()[0],
            "exit": str(exit_of(kind("", "", "")).value),
            "example": _example(kind.code),
        }
        for depth, kind in _family(BuffetError, 0)
    ]
    codes = [{"code": f"`{code}`", "example": _example(code.value)} for code in Code]
    return f"""
# Errors and findings

An exception stops a file, a finding sets aside a record, a verdict stops a publication. Every error
says where, what the problem is, and a remedy. An example is a broken file, kept with the very
message that it earns.

## Errors

{as_markdown(family, "")}

## Codes of findings

{as_markdown(codes, "")}
"""


def _family(kind: type[BuffetError], depth: int) -> Iterator[tuple[int, type[BuffetError]]]:
    yield depth, kind
    for child in kind.__subclasses__():
        if child.__module__.startswith(_HOMES):
            yield from _family(child, depth + 1)


def _example(code: str) -> str:
    folders = sorted(
        path for path in (ROOT / BROKEN_FILES).glob(f"{code}*") if path.name.split("-")[0] == code
    )
    return " ".join(f"[{path.name}](../{BROKEN_FILES}/{path.name})" for path in folders)


def _marts(catalog: Sequence[Mart]) -> str:
    rows = [
        {
            "mart": f"[`{mart.name}`]({mart.name}.md)",
            "title": mart.card.title,
            "one row is": mart.card.grain,
            "from night to night": str(mart.card.refresh),
        }
        for mart in sorted(catalog, key=lambda mart: mart.name)
    ]
    return f"""
# Marts

The tables in `marts/buffet.duckdb` of the data home. Open the file read-only with any DuckDB
client, or ask with `buffet query`. The table `_manifest` says which generation it is and what each
mart holds.

{as_markdown(rows, "")}

## Where they come from

Each box is made from those that lines lead to it from.

![formats, tables and marts, from left to right](lineage.svg)
"""


def _mart(mart: Mart) -> str:
    card = mart.card
    columns = [
        {
            "column": f"`{column.name}`",
            "type": column.type,
            "unit": column.unit,
            "meaning": column.description,
            "source": column.source,
            "when shared": fate(card.name, column.name, column.type),
        }
        for column in card.columns
    ]
    checks = [{"check": f"`{one.name}`", "if it finds rows": one.severity} for one in mart.checks]
    needs = ", ".join(f"[`{name}`]({name}.md)" for name in card.depends_on) or "the ledger alone"
    limits = "\n".join(f"- {limit}" for limit in card.known_limits) or "None are known."
    return f"""
# {card.title}: `{card.name}`

{card.description}

- One row is {card.grain}.
- Key: {", ".join(f"`{key}`" for key in card.keys)}.
- Built from {needs}; [the query](../../warehouse/marts/{card.name}/mart.sql).
- From night to night: {card.refresh}.

## Columns

{as_markdown(columns, "")}

## Checks

`fail` stops the publication, `warn` is reported.

{as_markdown(checks, "")}

## Limits

{limits}
"""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
