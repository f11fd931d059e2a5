"""The marts that exist, read from their folders: the query, the words and the checks of each.

A mart is a folder `<name>/` with three files: `mart.sql` (one SELECT), `mart.toml` (title, grain,
columns, limits) and `checks.sql` (named queries that return the rows which must not exist).
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from schemas.enrichment import OF_NOBODY
from schemas.errors import PublishError
from schemas.ledger import OF_RUNS
from warehouse.marts.cards import WIDE, Card

HOME = Path(__file__).parent
"""The folder in which each mart has a folder of its own."""

Severity = Literal["fail", "warn"]

_ALWAYS_WHOLE = {"account", "arrival", "slice", *OF_RUNS, "mart_check"}
_OF_ACCOUNTS = {"statement", "coverage", "file"}
_OF_DAYS = {"transaction", "transaction_version"}
_LEDGER = re.compile(r"\bledger\.(\w+)")
_ENRICHED = re.compile(r"\benriched\.(\w+)")
_WORD = re.compile(r"\w+")

_CHECK_HEAD = re.compile(r"^-- check: *(\S*) *\n(?:-- severity: *(\S*) *\n)?", re.MULTILINE)


@dataclass(frozen=True)
class Check:
    """A promise about a mart, as a query that returns the rows which break it.

    Attributes:
        name: short name, unique in the mart.
        severity: "fail" stops the publication, "warn" is reported.
        sql: one SELECT.
    """

    name: str
    severity: Severity
    sql: str


@dataclass(frozen=True)
class Mart:
    """One table for analysts: its words, its query and its checks."""

    card: Card
    sql: str
    checks: tuple[Check, ...]

    @property
    def name(self) -> str:
        """The table."""
        return self.card.name

    @cached_property
    def reads(self) -> frozenset[str]:
        """The tables that its query names, such as ledger.account and enriched.bill."""
        homes = (("ledger", _LEDGER), ("enriched", _ENRICHED))
        return frozenset(f"{home}.{name}" for home, of in homes for name in of.findall(self.sql))

    @cached_property
    def is_of_runs(self) -> bool:
        """It tells of runs: two generations of one ledger differ in it."""
        return any(f"ledger.{name}" in self.reads for name in OF_RUNS)


def load_catalog(home: Path = HOME) -> tuple[Mart, ...]:
    """Read every mart under the folder, each after the marts that it depends on.

    The house's own marts are read once a process.

    Raises:
        PublishError: a folder is incomplete, a file does not say what it must, a mart depends on
            one that does not exist, or marts depend on each other in a circle.
    """
    return _shipped() if home == HOME else _read(home)


@cache
def _shipped() -> tuple[Mart, ...]:
    return _read(HOME)


def follows_meaning(mart: Mart, needs: Sequence[Mart]) -> bool:
    """Its query reads, of a mart that it depends on, what movements mean."""
    meant = {name for need in needs if need.card.refresh.meaning for name in need.card.meant}
    return not meant.isdisjoint(_WORD.findall(mart.sql))


def read_of(mart: Mart, readers: Sequence[Mart]) -> tuple[str, ...]:
    """Columns of a mart that others may read: all whose names stand in their queries and checks."""
    texts = [text for one in readers for text in (one.sql, *(check.sql for check in one.checks))]
    named = {word for text in texts for word in _WORD.findall(text)}
    return tuple(column.name for column in mart.card.columns if column.name in named)


def of_runs() -> frozenset[str]:
    """The marts that tell of runs; whoever compares what two generations hold leaves them out."""
    return frozenset(mart.name for mart in load_catalog() if mart.is_of_runs)


def _read(home: Path) -> tuple[Mart, ...]:
    folders = sorted(path.parent for path in home.glob("*/mart.toml"))
    marts = {folder.name: _load_mart(folder) for folder in folders}
    graph = {name: mart.card.depends_on for name, mart in marts.items()}
    for mart in marts.values():
        _insist_on_sources(mart, marts)
    for name, needs in graph.items():
        for missing in sorted(set(needs) - set(marts)):
            raise PublishError(
                f"{name}/mart.toml",
                f"depends on {missing}, which is not a mart",
                f"correct depends_on, or add the folder {missing}",
            )
    try:
        return tuple(marts[name] for name in TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = " > ".join(error.args[1])
        raise PublishError(
            "marts", f"depend on each other in a circle: {circle}", "remove one depends_on"
        ) from error


def _insist_on_sources(mart: Mart, marts: Mapping[str, Mart]) -> None:
    """Refuse a mart that would read, on a night, less than it needs (see Refresh)."""
    for problem, remedy in _problems(mart, [marts[n] for n in mart.card.depends_on if n in marts]):
        raise PublishError(f"{mart.name}/mart.toml", problem, remedy)


def _problems(mart: Mart, needs: Sequence[Mart]) -> Iterator[tuple[str, str]]:
    refresh = mart.card.refresh
    texts = (mart.sql, refresh.also or "", *(check.sql for check in mart.checks))
    readable = set(_ALWAYS_WHOLE)
    if not mart.card.depends_on and refresh.also is None:
        readable |= _OF_ACCOUNTS if refresh.by not in WIDE else set()
        readable |= _OF_DAYS if refresh.by == "days" else set()
    for table in sorted({name for text in texts for name in _LEDGER.findall(text)} - readable):
        yield (
            f"reads ledger.{table}, of which a night has only a part",
            "read fct_transactions, fct_transaction_versions, mart_reconciliation or mart_coverage",
        )
    if refresh.by == "whole":
        return
    remedy = "refresh it as a whole too"
    narrower = {"whole"} if refresh.by == "owner" else WIDE
    for need in needs:
        if need.card.refresh.by in narrower:
            made = str(need.card.refresh)
            yield f"is refreshed by {refresh.by}, and reads {need.name}, {made}", remedy
        if refresh.by == "owner" and not need.card.has("owner"):
            yield f"is refreshed by owner, and reads {need.name}, which names none", remedy
    found = set(_ENRICHED.findall(mart.sql))
    if refresh.by == "owner":
        # `also` says whose rows the day changes, from which marts look.
        for name in sorted(found & set(OF_NOBODY) - ({"night"} if refresh.also else set())):
            yield f"is refreshed by owner, and reads enriched.{name}, which is of no owner", remedy
        return
    for name in sorted(found - ({"meaning"} if refresh.meaning else set())):
        yield (
            f"is refreshed by {refresh.by}, and reads enriched.{name}, which any row may change",
            remedy,
        )


def _load_mart(folder: Path) -> Mart:
    texts = {}
    for name in ("mart.toml", "mart.sql", "checks.sql"):
        try:
            texts[name] = (folder / name).read_text(encoding="utf-8")
        except OSError as error:
            raise PublishError(
                f"{folder.name}/{name}", "cannot be read", "a mart needs all its three files"
            ) from error
    card = _parse_card(folder.name, texts["mart.toml"])
    own = parse_checks(f"{folder.name}/checks.sql", texts["checks.sql"])
    return Mart(card, texts["mart.sql"].strip().rstrip(";"), (*_key_checks(card), *own))


def _parse_card(name: str, text: str) -> Card:
    where = f"{name}/mart.toml"
    try:
        card = Card.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise PublishError(where, str(error), "correct the file") from error
    if card.name != name:
        raise PublishError(where, f"names the mart {card.name}", f"name it {name}, like its folder")
    return card


def _key_checks(card: Card) -> tuple[Check, Check]:
    keys = ", ".join(f'"{key}"' for key in card.keys)
    nulls = " OR ".join(f'"{key}" IS NULL' for key in card.keys)
    source = f'SELECT {keys} FROM "{card.name}"'  # noqa: S608  names of the catalog
    return (
        Check("keys_are_filled", "fail", f"{source} WHERE {nulls}"),
        Check("keys_are_unique", "fail", f"{source} GROUP BY {keys} HAVING count(*) > 1"),
    )


def parse_checks(where: str, text: str) -> tuple[Check, ...]:
    """Cut a file of checks at its `-- check:` lines.

    Raises:
        PublishError: a check without name, severity or query, two of one name, or SQL before the
            first check.
    """
    preamble, *parts = _CHECK_HEAD.split(text)
    if any(line and not line.startswith("--") for line in preamble.splitlines()):
        raise PublishError(where, "has SQL before the first check", "begin with `-- check: name`")
    checks: list[Check] = []
    for name, severity, sql in zip(parts[0::3], parts[1::3], parts[2::3], strict=True):
        checks.append(_check(where, name, severity, sql))
        if [check.name for check in checks].count(name) > 1:
            raise PublishError(where, f"check {name} stands there twice", "rename one of them")
    return tuple(checks)


def _check(where: str, name: str, severity: str | None, sql: str) -> Check:
    query = sql.strip().rstrip(";").strip()
    if not name or not query:
        raise PublishError(where, f"check {name!r} has no name or no query", "give it both")
    if severity == "fail":
        return Check(name, "fail", query)
    if severity == "warn":
        return Check(name, "warn", query)
    raise PublishError(
        where,
        f"check {name} has severity {severity}",
        "write `-- severity: fail` or `-- severity: warn` under its name",
    )
