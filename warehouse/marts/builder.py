"""Build one generation of the marts: a new file, complete, checked and sealed."""

import os
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import duckdb

from schemas.enrichment import ENRICHED
from schemas.errors import PublishError
from schemas.ledger import EXPORTS
from warehouse.marts import filling, manifest
from warehouse.marts.catalog import HOME, Mart, load_catalog
from warehouse.marts.digest import Hashed, Sums, hashed
from warehouse.marts.durable import beside, copy, sync
from warehouse.marts.filling import CheckResult
from warehouse.marts.loading import load_exports, shut
from warehouse.marts.manifest import Base, Facts
from warehouse.marts.meaning import MEANING, load_enriched
from warehouse.marts.reader import first_line, quoted

_SEALED = 0o444
_FEW_ROWS = 50_000
_FEW_BYTES = 8 * 1024 * 1024

ARITHMETIC = (HOME / "arithmetic.sql").read_text(encoding="utf-8")
"""Macros that every mart may use; they do not stay in the file."""


@dataclass(frozen=True)
class Built:
    """A sealed file that may be published.

    Attributes:
        path: the file.
        generation: its id.
        row_counts: rows by mart.
        checks: every check that ran.
        hashes: by mart what all of its rows hash to, where all were made; else null.
    """

    path: Path
    generation: str
    row_counts: Mapping[str, int]
    checks: tuple[CheckResult, ...]
    hashes: Mapping[str, Hashed] | None = None

    @property
    def failures(self) -> tuple[CheckResult, ...]:
        """The broken promises that stop a publication."""
        return tuple(c for c in self.checks if c.failing_rows and c.severity == "fail")

    @property
    def warnings(self) -> tuple[CheckResult, ...]:
        """The broken promises that are only reported."""
        return tuple(c for c in self.checks if c.failing_rows and c.severity == "warn")

    def insist(self) -> None:
        """Refuse a generation that breaks a promise.

        Raises:
            PublishError: a check of severity "fail" found rows.
        """
        if self.failures:
            found = "; ".join(f"{c.mart}: {c.check}: {c.failing_rows} rows" for c in self.failures)
            raise PublishError(
                self.generation, f"checks failed: {found}", "the old marts stay; see checks.sql"
            )


def build(
    exports: Mapping[str, Path],
    enriched: Mapping[str, Path],
    target: Path,
    facts: Facts,
    *,
    base: Base | None = None,
    settled: Collection[str] = (),
    memory_limit: str = "1GB",
    marts: Sequence[Mart] | None = None,
) -> Built:
    """Build all marts from the ledger's export into a new file, check them and seal the file.

    With a base, the file begins as its copy, the export holds only what was touched since, and only
    rows of touched accounts, and of owners who are not settled, are made anew and checked.

    The file is closed, on the disk, read-only, and readable by DuckDB 1.5 and later. Failed checks
    are reported in the result; ask `Built.insist` before it is published.

    Args:
        exports: for each table of schemas.ledger.EXPORTS its file, or folder of files.
        enriched: for each table of schemas.enrichment.ENRICHED its Parquet file or files.
        target: the file to make; what a killed build left there is replaced.
        facts: what the manifest says of this generation.
        base: the published generation to bring up to date, made by the same recipe.
        settled: owners whose movements mean what they meant, of whom `enriched` tells nothing.
        memory_limit: what DuckDB may use before it goes to disk.
        marts: the marts to build, in order; all of the catalog if not given.

    Raises:
        PublishError: the export or a mart is not what it should be; nothing is left at the target.
    """
    catalog = load_catalog() if marts is None else marts
    _sweep(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    hashes = None
    with ExitStack() as undo:
        undo.callback(_sweep, target)
        try:
            if base is not None:
                copy(base.path, target)
            with _open_file(target, memory_limit, is_small=_is_small(exports, base)) as con:
                kept = load_exports(con, exports)
                kept += load_enriched(con, enriched, settled=settled, is_slice=base is not None)
                shut(con, kept)
                con.execute(ARITHMETIC)
                made, checks = _filled(con, catalog, facts, base)
                if base is None:
                    hashes = {mart.name: hashed(con, mart.name) for mart in made}
                con.begin()
                manifest.write(con, facts, made, base)
                con.commit()
                con.execute("DETACH ledger")
                con.execute("DETACH enriched")
                con.execute("CHECKPOINT")
            _seal(target)
        except (duckdb.Error, OSError) as error:
            raise PublishError(
                facts.generation,
                f"could not be built: {first_line(error)}",
                "see to memory and disk space, then run again",
            ) from error
        undo.pop_all()
    row_counts = {mart.name: of.rows for mart, of in made.items()}
    return Built(target, facts.generation, row_counts, checks, hashes)


def _filled(
    con: duckdb.DuckDBPyConnection, catalog: Sequence[Mart], facts: Facts, base: Base | None
) -> tuple[dict[Mart, Sums], tuple[CheckResult, ...]]:
    """Make and check all marts; those that tell of the checks come last."""
    first = [mart for mart in catalog if not mart.card.is_after_checks]
    last = [mart for mart in catalog if mart.card.is_after_checks]
    made = (
        filling.make_whole(con, first)
        if base is None
        else filling.bring_up_to_date(con, first, base.sums)
    )
    is_slice = base is not None
    checks = tuple(filling.run_checks(con, first, is_slice=is_slice))
    filling.tell_checks(con, checks, run_id=facts.run_id, at=facts.built_at, is_slice=is_slice)
    made |= filling.make_whole(con, last)
    return made, (*checks, *filling.run_checks(con, last, is_slice=False))


def _is_small(exports: Mapping[str, Path], base: Base | None) -> bool:
    """So little that threads would mostly wait for each other."""
    held = 0 if base is None else max((one.rows for one in base.sums.values()), default=0)
    told = sum(path.stat().st_size for path in exports.values() if path.exists())
    return held < _FEW_ROWS and told < _FEW_BYTES


@contextmanager
def _open_file(
    target: Path, memory_limit: str, *, is_small: bool
) -> Iterator[duckdb.DuckDBPyConnection]:
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit,
        "preserve_insertion_order": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "python_enable_replacements": "false",
        "temp_directory": str(beside(target, ".tmp")),
    }
    if is_small:
        settings["threads"] = 1
    with duckdb.connect(config=settings) as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute("SET enable_progress_bar = false")
        # A night that is killed builds it anew, so nothing is written twice to survive that.
        options = "RECOVERY_MODE no_wal_writes, STORAGE_VERSION 'v1.5.0'"
        con.execute(f"ATTACH '{quoted(target)}' AS marts ({options})")
        con.execute("USE marts")
        yield con


def _seal(target: Path) -> None:
    if beside(target, ".wal").exists():
        raise PublishError(
            target.name, "was not closed cleanly: a .wal is left beside it", "build it again"
        )
    target.chmod(_SEALED)
    sync(target)
    sync(target.parent)


def fingerprint() -> str:
    """A digest of all that decides what the marts of one ledger and its meaning hold."""
    words = [
        f"{mart.card.model_dump_json()}\n{mart.sql}\n{mart.checks}\n" for mart in load_catalog()
    ]
    shapes = repr((EXPORTS, ENRICHED))
    return sha256(
        "".join([*words, ARITHMETIC, MEANING, shapes, duckdb.__version__]).encode()
    ).hexdigest()


def _sweep(target: Path) -> None:
    for path in (target, beside(target, ".wal")):
        path.unlink(missing_ok=True)
    if os.path.lexists(beside(target, ".tmp")):
        shutil.rmtree(beside(target, ".tmp"))
