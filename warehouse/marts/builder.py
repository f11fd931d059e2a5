"""Build one generation of the marts: a new file, complete, checked and sealed."""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from schemas.errors import PublishError
from warehouse.marts.catalog import HOME, Mart, Severity, load_catalog
from warehouse.marts.digest import columns, digest
from warehouse.marts.durable import beside, sync
from warehouse.marts.loading import load_enriched, load_exports
from warehouse.marts.reader import first_line

_SEALED = 0o444

ARITHMETIC = (HOME / "arithmetic.sql").read_text(encoding="utf-8")
"""Macros that every mart may use; they do not stay in the file."""


@dataclass(frozen=True)
class Facts:
    """Who built this generation, when, and with what; written into the manifest.

    Attributes:
        generation: its id, which is also the name of its file; later generations sort later.
        run_id: the run that built it.
        built_at: an instant, given by the caller.
        code_version: the version of this program.
    """

    generation: str
    run_id: str
    built_at: datetime
    code_version: str


@dataclass(frozen=True)
class CheckResult:
    """What a check found.

    Attributes:
        mart: the mart the check belongs to.
        check: its name.
        severity: "fail" stops the publication, "warn" is reported.
        failing_rows: how many rows break the promise.
    """

    mart: str
    check: str
    severity: Severity
    failing_rows: int


@dataclass(frozen=True)
class Built:
    """A sealed file that may be published.

    Attributes:
        path: the file.
        generation: its id.
        row_counts: rows by mart.
        checks: every check that ran.
    """

    path: Path
    generation: str
    row_counts: Mapping[str, int]
    checks: tuple[CheckResult, ...]

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
    memory_limit: str = "1GB",
    marts: Sequence[Mart] | None = None,
) -> Built:
    """Build all marts from the ledger's export into a new file, check them and seal the file.

    The file is closed, on the disk, read-only, and readable by DuckDB 1.5 and later. Failed checks
    are reported in the result; ask `Built.insist` before it is published.

    Args:
        exports: for each table of schemas.ledger.EXPORTS its CSV file.
        enriched: for each table of schemas.enrichment.ENRICHED its Parquet file.
        target: the file to make; what a killed build left there is replaced.
        facts: what the manifest says of this generation.
        memory_limit: what DuckDB may use before it goes to disk.
        marts: the marts to build, in order; all of the catalog if not given.

    Raises:
        PublishError: the export or a mart is not what it should be; nothing is left at the target.
    """
    catalog = load_catalog() if marts is None else marts
    _sweep(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as undo:
        undo.callback(_sweep, target)
        try:
            with _new_file(target, memory_limit) as con:
                load_exports(con, exports)
                load_enriched(con, enriched)
                con.execute("SET enable_external_access = false")
                con.execute(ARITHMETIC)
                checks, row_counts = _fill(con, catalog, facts)
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
    return Built(target, facts.generation, row_counts, checks)


@contextmanager
def _new_file(target: Path, memory_limit: str) -> Iterator[duckdb.DuckDBPyConnection]:
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit,
        "preserve_insertion_order": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "python_enable_replacements": "false",
        "temp_directory": str(beside(target, ".tmp")),
    }
    if int(duckdb.__version__.split(".")[0]) >= 2:
        settings["storage_compatibility_version"] = "v1.5.0"
    with duckdb.connect(target, config=settings) as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute("SET enable_progress_bar = false")
        yield con


def _fill(
    con: duckdb.DuckDBPyConnection, catalog: Sequence[Mart], facts: Facts
) -> tuple[tuple[CheckResult, ...], dict[str, int]]:
    for mart in catalog:
        # One commit a mart: each costs a wait for the disk.
        con.begin()
        _create(con, mart)
        con.commit()
    checks = tuple(result for mart in catalog for result in _run_checks(con, mart))
    con.begin()
    row_counts = _write_manifest(con, catalog, facts)
    con.commit()
    return checks, row_counts


def _create(con: duckdb.DuckDBPyConnection, mart: Mart) -> None:
    with _naming(f"{mart.name}/mart.sql"):
        con.execute(f'CREATE TABLE "{mart.name}" AS {mart.sql}')
    _insist_on_columns(mart, columns(con, mart.name))
    con.execute(f'COMMENT ON TABLE "{mart.name}" IS {_quoted(mart.card.description)}')
    for column in mart.card.columns:
        con.execute(
            f'COMMENT ON COLUMN "{mart.name}"."{column.name}" IS {_quoted(column.description)}'
        )


@contextmanager
def _naming(where: str) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise PublishError(
            where, first_line(error), "correct the query, or give it memory and disk"
        ) from error


def _insist_on_columns(mart: Mart, built: Sequence[tuple[str, str]]) -> None:
    stated = [(column.name, column.type) for column in mart.card.columns]
    if list(built) == stated:
        return
    pairs = zip([*built, ("nothing", "")], [*stated, ("nothing", "")], strict=False)
    (name, dtype), (stated_name, stated_type) = next((b, s) for b, s in pairs if b != s)
    raise PublishError(
        f"{mart.name}.{stated_name if stated_name != 'nothing' else name}",
        f"mart.sql makes {name} {dtype}".rstrip() + f", mart.toml says {stated_name} {stated_type}",
        "make the two agree, column by column, in the same order",
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _run_checks(con: duckdb.DuckDBPyConnection, mart: Mart) -> Iterator[CheckResult]:
    for check in mart.checks:
        with _naming(f"{mart.name}/checks.sql: {check.name}"):
            ((rows,),) = con.execute(f"SELECT count(*) FROM ({check.sql})").fetchall()  # noqa: S608
        yield CheckResult(mart.name, check.name, check.severity, rows)


def _write_manifest(
    con: duckdb.DuckDBPyConnection, catalog: Sequence[Mart], facts: Facts
) -> dict[str, int]:
    con.execute(
        "CREATE TABLE _manifest (generation VARCHAR, run_id VARCHAR, built_at TIMESTAMPTZ,"
        " code_version VARCHAR, mart VARCHAR, row_count BIGINT, amount_sum DECIMAL(38,4),"
        " digest VARCHAR)"
    )
    con.execute(
        "COMMENT ON TABLE _manifest IS 'One row a mart: what this generation holds. amount_sum adds"
        " up all currencies: it is a fingerprint, not an amount of money.'"
    )
    row_counts = {}
    for mart in catalog:
        has_amount = any(column.name == "amount" for column in mart.card.columns)
        total = "sum(amount)" if has_amount else "NULL"
        ((row_count, amount_sum),) = con.execute(
            f'SELECT count(*), {total} FROM "{mart.name}"'  # noqa: S608
        ).fetchall()
        con.execute(
            "INSERT INTO _manifest VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                facts.generation,
                facts.run_id,
                facts.built_at,
                facts.code_version,
                mart.name,
                row_count,
                amount_sum,
                digest(con, mart.name),
            ],
        )
        row_counts[mart.name] = row_count
    return row_counts


def _seal(target: Path) -> None:
    if beside(target, ".wal").exists():
        raise PublishError(
            target.name, "was not closed cleanly: a .wal is left beside it", "build it again"
        )
    target.chmod(_SEALED)
    sync(target)
    sync(target.parent)


def _sweep(target: Path) -> None:
    for path in (target, beside(target, ".wal")):
        path.unlink(missing_ok=True)
    if os.path.lexists(beside(target, ".tmp")):
        shutil.rmtree(beside(target, ".tmp"))
