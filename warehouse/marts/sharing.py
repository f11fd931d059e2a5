"""The file for wide sharing: the marts of a generation without what names a person or a text.

A column of text says in mart.toml what becomes of it here; one that says nothing, and is not among
the plain ones below, is emptied. So what nobody thought of is not shared.
"""

import secrets
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import duckdb

from schemas.errors import PublishError
from warehouse.marts import digest
from warehouse.marts.cards import Personal
from warehouse.marts.catalog import load_catalog
from warehouse.marts.durable import beside, point, sync
from warehouse.marts.reader import connect, first_line, quoted

SHARED_MODE = 0o444

LINK = "shared.duckdb"
COPIES = "shared"
"""The folder with the copy of each generation that has one; LINK shows one of them."""

PLAIN = frozenset(
    {
        *(
            "account_kind",
            "account_type",
            "anchor_source",
            "bank",
            "brand",
            "category",
            "category_key",
        ),
        *("category_runner_up", "category_source", "category_top", "code_version", "confidence"),
        *("counterparty_kind", "currency", "cycle", "dated_by", "direction", "flow_class"),
        *("format", "growth_label", "institution", "kind", "match_status", "month_name"),
        *(
            "movement_type",
            "original_currency",
            "outstanding_source",
            "period",
            "proof",
            "seen_numbers",
            "source_type",
        ),
        *("standing", "state", "status", "sub_name", "timeline_status", "top_name", "vendor"),
        *("missing_because", "quote_currency", "rates", "source", "told_by"),
        *("check_name", "expected", "layer", "observed", "severity", "subject", "table_name"),
        *("vendor_now", "volatility_label", "website", "weekday_name"),
    }
)
"""Columns of text that name nobody, in whatever mart they stand; vendors are no persons."""


@dataclass(frozen=True)
class Shared:
    """The file that was made.

    Attributes:
        path: where it is.
        generation: the generation that it was made from.
        row_counts: rows by mart.
    """

    path: Path
    generation: str
    row_counts: dict[str, int]


def fate(mart: str, column: str, dtype: str) -> Personal:
    """What becomes of a column: plain, renamed or removed."""
    stated = _stated().get((mart, column))
    if stated is not None:
        return stated
    return "plain" if dtype != "VARCHAR" or column in PLAIN else "removed"


def share_generation(marts: Path, generation: Path, at: datetime, memory_limit: str) -> Path:
    """Make the copy of a generation and show it beside the marts; readers never see half of it.

    Args:
        marts: the folder of the marts.
        generation: its file.
        at: the instant that the copy states.
        memory_limit: what DuckDB may use.

    Returns:
        The link that shows it.

    Raises:
        PublishError: it cannot be made or shown; the copy that was shown before stays.
    """
    copies = marts / COPIES
    try:
        copies.mkdir(parents=True, exist_ok=True)
        share(generation, copies / generation.name, at, memory_limit=memory_limit)
        show(marts, generation.stem)
    except OSError as error:
        raise PublishError(
            LINK, f"could not be shown: {error.strerror}", "see to the disk, then publish again"
        ) from error
    return marts / LINK


def show(marts: Path, generation: str | None) -> None:
    """Let the link show the copy of a generation; where it has none, the link goes.

    A file in the place of the link, which somebody made by hand, stays while nothing takes it.
    """
    link = marts / LINK
    target = Path(COPIES) / f"{generation}.duckdb"
    if generation is not None and (marts / target).exists():
        point(link, target)
    elif link.is_symlink():
        link.unlink()


def prune_copies(marts: Path, kept: Collection[str]) -> None:
    """Remove the copies of generations that are gone, and what killed runs left beside them."""
    for path in (marts / COPIES).glob("*"):
        if path.stem in kept and path.suffix == ".duckdb":
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    links = [link for link in marts.glob(f".{LINK}.*") if link.is_symlink()]
    if (marts / LINK).is_symlink() and not (marts / LINK).exists():
        links.append(marts / LINK)
    for link in links:
        link.unlink()


def share(marts: Path, target: Path, at: datetime, *, memory_limit: str | None = None) -> Shared:
    """Make the file for sharing from a finished generation, readable by everybody.

    A renamed value is the same wherever it stands in this file, so that marts can be joined, and
    another one in the next file: the salt is thrown away.

    Args:
        marts: the published link, or one generation.
        target: the file to make or to replace.
        at: the instant that the file states.
        memory_limit: what DuckDB may use; its own limit if not given.

    Raises:
        MartsUnavailable: nothing is published there.
        PublishError: the file cannot be written.
    """
    with connect(marts) as con:
        ((generation,),) = con.execute("SELECT any_value(generation) FROM _manifest").fetchall()
        shapes = {table: digest.columns(con, table) for table in digest.tables(con)}
    fresh = target.with_name(f".{target.name}.new")
    for path in (fresh, beside(fresh, ".wal")):
        path.unlink(missing_ok=True)
    try:
        counts = _copied(marts.resolve(), fresh, shapes, str(generation), at, memory_limit)
        fresh.chmod(SHARED_MODE)
        sync(fresh)
        fresh.replace(target)
        sync(target.parent)
    except (duckdb.Error, OSError) as error:
        fresh.unlink(missing_ok=True)
        raise PublishError(
            target.name,
            f"could not be made: {first_line(error)}",
            "see to the disk, or name another",
        ) from error
    return Shared(target, str(generation), counts)


def _copied(
    source: Path,
    target: Path,
    shapes: dict[str, list[tuple[str, str]]],
    generation: str,
    at: datetime,
    memory_limit: str | None,
) -> dict[str, int]:
    """Write every table anew: what is removed was never in this file."""
    counts = {}
    salt = secrets.token_hex(32)
    with duckdb.connect(target) as con:
        if memory_limit is not None:
            con.execute(f"SET memory_limit = '{memory_limit}'")
        con.execute("SET TimeZone = 'UTC'")
        con.execute(f"ATTACH '{quoted(source)}' AS whole (READ_ONLY)")
        con.execute(
            "CREATE TABLE _shared (generation VARCHAR, shared_at TIMESTAMPTZ,"
            " mart VARCHAR, row_count BIGINT)"
        )
        for table, shape in shapes.items():
            columns = ", ".join(_masked(table, name, dtype) for name, dtype in shape)
            con.execute(
                f'CREATE TABLE "{table}" AS SELECT {columns} FROM whole."{table}"',  # noqa: S608
                {"salt": salt} if "$salt" in columns else {},
            )
            ((counts[table],),) = con.execute(f'SELECT count(*) FROM "{table}"').fetchall()  # noqa: S608
            con.execute(
                "INSERT INTO _shared VALUES (?, ?, ?, ?)", [generation, at, table, counts[table]]
            )
        con.execute("DETACH whole")
        con.execute("CHECKPOINT")
    return counts


def _masked(table: str, name: str, dtype: str) -> str:
    match fate(table, name, dtype):
        case "removed":
            return f'NULL::{dtype} AS "{name}"'
        case "renamed":
            return f'left(sha256($salt || "{name}"), 20) AS "{name}"'
        case _:
            return f'"{name}"'


@cache
def _stated() -> dict[tuple[str, str], Personal]:
    return {
        (mart.name, column.name): column.personal
        for mart in load_catalog()
        for column in mart.card.columns
        if column.personal is not None
    }
