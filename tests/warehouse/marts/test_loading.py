"""An export that is not what was agreed upon is refused by name."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from schemas.enrichment import ENRICHED
from schemas.errors import PublishError
from schemas.ledger import EXPORTS
from tasks.enrich.stage import write
from warehouse.marts.builder import build
from warehouse.marts.manifest import Facts

Export = Callable[[Mapping[str, pl.DataFrame]], dict[str, Path]]
FACTS = Facts("g1", "r1", datetime(2025, 4, 1, tzinfo=UTC), "0.1.0")


def nothing_meant(folder: Path) -> dict[str, Path]:
    empty = {name: pl.DataFrame(schema=schema) for name, schema in ENRICHED.items()}
    return write([empty], folder / "meant").tables


def test_a_table_that_was_not_exported(export: Export, tmp_path: Path) -> None:
    paths = export({})
    del paths["run"]
    with pytest.raises(PublishError, match=r"ledger.run: was not exported"):
        build(paths, nothing_meant(tmp_path), tmp_path / "g1.duckdb", FACTS)


def test_a_file_that_is_not_there(export: Export, tmp_path: Path) -> None:
    paths = export({})
    paths["run"].unlink()
    with pytest.raises(PublishError, match=r"ledger.run: the export cannot be read"):
        build(paths, nothing_meant(tmp_path), tmp_path / "g1.duckdb", FACTS)


def test_columns_that_changed_places(export: Export, tmp_path: Path) -> None:
    paths = export({})
    lines = paths["account"].read_text(encoding="utf-8")
    swapped = lines.replace("account_id,owner", "owner,account_id")
    paths["account"].write_text(swapped, encoding="utf-8")
    with pytest.raises(PublishError, match=r"ledger.account: the export has the columns owner"):
        build(paths, nothing_meant(tmp_path), tmp_path / "g1.duckdb", FACTS)


@pytest.mark.parametrize("line", ["r1,night", "r1,night,done,yesterday" + "," * 12])
def test_a_line_that_does_not_fit(export: Export, tmp_path: Path, line: str) -> None:
    paths = export({})
    with paths["run"].open("a", encoding="utf-8") as lines:
        lines.write(line + "\n")
    with pytest.raises(PublishError, match=r"ledger.run: the export cannot be loaded"):
        build(paths, nothing_meant(tmp_path), tmp_path / "g1.duckdb", FACTS)
    assert not (tmp_path / "g1.duckdb").exists()


def test_the_export_as_postgres_writes_it(export: Export, tmp_path: Path) -> None:
    paths = export({})
    header = ",".join(EXPORTS["account"].names())
    text = f'{header}\na1,ana,"",conta,,bank,BRL,t\na2,ana,Banco,"x ""y""",,card,,f\n'
    paths["account"].write_text(text, encoding="utf-8")
    run = "r1,night,done,2025-04-01 06:00:00.123456+00,2025-04-01 06:00:01+00,0.1"
    run_header = ",".join(EXPORTS["run"].names())
    paths["run"].write_text(f"{run_header}\n{run}{',0' * 10}\n", encoding="utf-8")
    built = build(paths, nothing_meant(tmp_path), tmp_path / "g1.duckdb", FACTS)
    assert built.row_counts["dim_account"] == 2
    assert built.row_counts["mart_pipeline_runs"] == 1
    assert built.failures == ()


def test_a_folder_with_odd_letters(export: Export, tmp_path: Path) -> None:
    odd = tmp_path / "it's [odd] *?"
    odd.mkdir()
    paths = {name: path.rename(odd / path.name) for name, path in export({}).items()}
    # Not the target: DuckDB 1.5 takes what follows a `?` in it for options (2026).
    assert build(paths, nothing_meant(tmp_path), tmp_path / "g1.duckdb", FACTS).failures == ()


def test_a_meaning_that_was_not_made(export: Export, tmp_path: Path) -> None:
    meant = nothing_meant(tmp_path)
    del meant["transfer"]
    with pytest.raises(PublishError, match=r"enriched.transfer: was not made"):
        build(export({}), meant, tmp_path / "g1.duckdb", FACTS)


def test_a_meaning_of_another_shape(export: Export, tmp_path: Path) -> None:
    meant = nothing_meant(tmp_path)
    (path,) = meant["night"].iterdir()
    pl.DataFrame({"as_of_on": ["today"]}).write_parquet(path)
    with pytest.raises(PublishError, match=r"enriched.night: cannot be loaded"):
        build(export({}), meant, tmp_path / "g1.duckdb", FACTS)
