"""A reader that makes something else of its examples has another version, or another layout.

`readers.csv` holds, for each example file, the reader and a digest of what came of it. When this
fails with "raise", the version in the format's `Format` is to be raised; then, and where examples
are new, the rows that it prints are to be put into the table.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from schemas.bank import BankLayout
from schemas.ticket import Ticket
from tasks.extract.formats.delimited.reader import CSV
from tasks.extract.formats.ofx.reader import OFX1
from tasks.extract.profiles import layouts
from tasks.extract.readers import reader_of
from tasks.extract.stage import extract
from tasks.folders import volumes
from tasks.transform.stage import transform
from tasks.validate.stage import validate

HOME = Path(__file__).parent
ROOT = HOME.parents[2]
TABLE = HOME / "readers.csv"
GOLDENS = {"records", "statements", "files", "transactions", "findings", "details"}
AT = datetime(2026, 1, 1, tzinfo=UTC)
COLUMNS = ("file", "sha256", "reader", "digest")
Row = tuple[str, str, str, str]


def examples() -> Iterator[Path]:
    for folder in (HOME / "banks", HOME / "formats" / "examples", ROOT / "data" / "samples"):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not (path.suffix == ".csv" and path.stem in GOLDENS):
                yield path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """What the readers of today make of the examples: one row a file."""
    paths = list(examples())
    sums = [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
    tickets = [
        Ticket(sha256, path.name, "ana", "conta", path.stat().st_size, AT, str(path))
        for path, sha256 in zip(paths, sums, strict=True)
    ]
    folder = tmp_path_factory.mktemp("batch")
    extract(tickets, folder)
    validate(folder, ())
    transform(folder)
    files = pl.read_ipc(folder / "files.arrow")
    frames = [pl.read_ipc(folder / f"{name}.arrow") for name in ("owned",)]
    for part in volumes(folder):
        names = ("entries", "details", "judged")
        frames += [pl.read_ipc(part / f"{name}.arrow") for name in names]
    found = []
    for number, (path, file) in enumerate(zip(paths, files.iter_rows(named=True), strict=True)):
        said = [one.filter(file_no=number).drop("file_no").write_csv() for one in frames]
        said.append(str([file[n] for n in ("raw_count", "marker_count", "error_problem")]))
        digest = hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]
        found.append((str(path.relative_to(ROOT)), file["sha256"][:12], file["reader"], digest))
    return found


def test_what_is_made_of_a_file_changes_with_the_reader_alone(made: list[Row]) -> None:
    before = {row[:3]: row[3] for row in pl.read_csv(TABLE).iter_rows()}
    changed = [row for row in made if before.get(row[:3], row[3]) != row[3]]
    assert changed == [], "raise the version of these formats, see the docstring"
    fresh = [",".join(row) for row in made if row[:3] not in before]
    assert fresh == [], "new readers or examples: put these rows into readers.csv"
    assert len(before) == len(made), "readers.csv names files that are gone"


def test_a_layout_has_another_reader_when_it_says_something_else() -> None:
    one = layouts()["br_nubank_conta"]
    said = one.model_dump_json(exclude_defaults=True)
    assert reader_of("csv", one.name).startswith(f"csv {CSV.version} br_nubank_conta ")
    other = BankLayout.model_validate_json(said.replace("Valor", "Value"))
    assert other.model_dump_json(exclude_defaults=True) != said


def test_what_nobody_reads_was_refused_by_all() -> None:
    assert reader_of(None, None) == reader_of("csv", "a layout that was proposed")
    assert reader_of(None, None).startswith("any ")
    assert reader_of("ofx1", "") == f"ofx1 {OFX1.version}"
