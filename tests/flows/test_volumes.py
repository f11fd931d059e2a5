"""A file too large to be read at once goes through the night in volumes, to the same end."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from flows.house import open_ledger, plan_of, run_night
from flows.night import plain_doors
from schemas.settings import Settings
from tasks.extract import stage, volumes
from tasks.extract.large import LargeFile
from tasks.sample.many import write_many
from tasks.sample.write import write_samples
from warehouse.ledger import embedded, reader


def digests(settings: Settings) -> dict[str, str]:
    engine = open_ledger(settings)
    with reader.snapshot(engine) as connection:
        found = reader.digests(connection)
    engine.dispose()
    return found


@pytest.fixture
def other(settings: Settings, postgres, migrated, tmp_path: Path) -> Settings:
    url = embedded.create_database(postgres, f"other_{tmp_path.name}", template=migrated)
    home = {"data_home": tmp_path / "other", "database_url": SecretStr(url)}
    return settings.model_copy(update=home)


def with_twins(folder: Path) -> None:
    """Ten equal rows far apart, and balances that go on."""
    (path,) = folder.glob("many-*/*/*.csv")
    lines = path.read_text("utf-8").splitlines()
    head, rows = lines[:6], [line.split(";") for line in lines[6:]]
    for number in range(0, len(rows), len(rows) // 10):
        rows[number][0:3] = ["15/01/2020", "Compra", "Café"]
        rows[number][3] = "-5,00"
    cents = 0
    for row in rows:
        cents += int(row[3].replace(".", "").replace(",", ""))
        row[4] = f"{'-' if cents < 0 else ''}{abs(cents) // 100},{abs(cents) % 100:02}"
    path.write_text("\n".join([*head, *(";".join(row) for row in rows), ""]), "utf-8")


def test_in_volumes_or_at_once_the_ledger_is_the_same(
    run, settings: Settings, other: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "files"
    write_samples(folder, seed=7, months=2)
    write_many(folder, kind="csv", files=1, rows=400)
    with_twins(folder)
    whole = run(folder)
    cut: list[str] = []

    def read_small(file: LargeFile, shelf: volumes.Shelf, **options: bool) -> volumes.LargeReading:
        cut.append(file.name)
        return volumes.read_large(file, shelf, limits=volumes.Limits(3_000), **options)

    monkeypatch.setattr(stage, "WHOLE_BYTES", 500)
    monkeypatch.setattr(stage, "read_large", read_small)
    receipt, _ = run_night(other, plan_of(other, root=folder), plain_doors(), tell=lambda *_: None)
    assert len(cut) > 10
    assert receipt.receipt == whole.receipt
    assert digests(other) == digests(settings)
