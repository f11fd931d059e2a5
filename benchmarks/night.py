"""The whole night on synthetic files, timed by stage.

python benchmarks/night.py --kind ofx1 --files 1000 --rows 100
python benchmarks/night.py --kind csv --files 100 --rows 10000 --batch-bytes 16777216

The files are written first; then the night runs in a process of its own, on a throw-away embedded
Postgres that really waits for the disk, so that the peak memory is that of the night alone. The run
counts only if every receipt adds up and the ledger holds exactly the movements that were written.
"""

import json
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic, process_time
from typing import Annotated

import polars as pl
import typer

from flows.house import plan_of, run_night
from flows.night import plain_doors
from schemas.settings import Settings
from tasks.sample.many import KINDS, write_many
from warehouse.ledger import embedded

MEGABYTE = 1024 * 1024
BEFORE = {"audit": "loading", "publish": "the audit"}
"""What has just ended when a stage begins."""


@dataclass(frozen=True)
class Load:
    """What the night has to carry: files, movements that must be in the ledger, bytes."""

    kind: str
    files: int
    movements: int
    size_bytes: int


@dataclass(frozen=True)
class Measured:
    """What a night took: seconds by stage, wall seconds in all, and memory.

    Attributes:
        seconds: by stage.
        wall: of the whole night, with the run book around it.
        cpu: seconds of processor of this process, all threads; Postgres has its own.
        peak_bytes: the peak memory of the process up to the end of loading, audit and publishing.
        inserted: movements that the ledger did not know.
        read: records by the independent count.
        batches: how many batches the night was.
        again: wall seconds of a second night on the same files, which the ledger knows by then.
        known: records that the second night found to be known.
    """

    seconds: dict[str, float]
    wall: float
    cpu: float
    peak_bytes: dict[str, int]
    inserted: int
    read: int
    batches: int
    again: float
    known: int


def main(
    kind: Annotated[str, typer.Option(help=f"One of {', '.join(KINDS)}.")] = "ofx1",
    files: Annotated[int, typer.Option(min=1)] = 1000,
    rows: Annotated[int, typer.Option(min=1, help="Movements in each file.")] = 100,
    batch_bytes: Annotated[int, typer.Option(min=1)] = Settings(_env_file=None).batch_bytes,
    measure: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Write the files, run the night on them, print the table."""
    if measure:
        print(json.dumps(asdict(run(Path(measure), batch_bytes))))
        return
    with workshop() as folder:
        load = prepare(folder, kind, files, rows)
        words = [sys.executable, __file__, "--measure", str(folder)]
        words += ["--batch-bytes", str(batch_bytes)]
        done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
        measured = Measured(**json.loads(done.stdout.splitlines()[-1]))
    insist(load, measured)
    show(load, measured)


@contextmanager
def workshop() -> Iterator[Path]:
    """A folder that the server's user may pass, and that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="buffet-bench-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        embedded.stop(folder / "data")
        shutil.rmtree(folder)


def prepare(folder: Path, kind: str, files: int, rows: int) -> Load:
    """Write the statements."""
    statements = folder / "statements"
    truth = write_many(statements, kind=kind, files=files, rows=rows)
    written = [path.stat().st_size for path in statements.rglob("*") if path.is_file()]
    loaded = truth.transactions.filter(pl.col("loaded_count") > 0).height
    return Load(kind, len(written), loaded, sum(written))


def run(folder: Path, batch_bytes: int) -> Measured:
    """One night over the statements of the folder, and the same night once more."""
    home = folder / "data"
    server = embedded.start(home, durable=True)
    settings = Settings(
        _env_file=None,
        data_home=home,
        database_url=embedded.create_database(server, "bench"),
        batch_bytes=batch_bytes,
    )
    started, cpu = monotonic(), process_time()
    batches: set[int] = set()
    peaks: dict[str, int] = {}
    plan = plan_of(settings, root=folder / "statements")

    def tell(stage: str, done: int, total: int) -> None:
        if stage == "extract" and done < total:
            batches.add(done)
        if stage in BEFORE:
            peaks[BEFORE[stage]] = peak()

    receipt, _ = run_night(settings, plan, plain_doors(), tell=tell)
    assert receipt.status == "published", receipt.audit
    assert receipt.is_clean, receipt.outcomes()
    wall, cpu = monotonic() - started, process_time() - cpu
    peaks["publishing"] = peak()
    started = monotonic()
    again, _ = run_night(
        settings, plan_of(settings, root=folder / "statements"), plain_doors(), tell=lambda *_: None
    )
    return Measured(
        seconds=receipt.seconds,
        wall=wall,
        cpu=cpu,
        peak_bytes=peaks,
        inserted=receipt.receipt.inserted,
        read=receipt.receipt.read,
        batches=len(batches),
        again=monotonic() - started,
        known=again.receipt.already_known,
    )


def peak() -> int:
    """The peak memory of this process so far, in bytes; Linux counts it in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def insist(load: Load, measured: Measured) -> None:
    """Nothing lost, nothing doubled, or the time means nothing."""
    counts = (measured.inserted, measured.read, measured.known)
    assert counts == (load.movements,) * 3, f"{counts}, written {load.movements}"


def show(load: Load, measured: Measured) -> None:
    """The table."""
    each, size = load.movements // load.files, load.size_bytes / MEGABYTE
    print(f"{load.files:,} files {load.kind}, {each:,} movements each, {size:,.1f} MB")
    for stage, seconds in measured.seconds.items():
        print(f"  {stage:<12}{seconds:>8.2f} s{seconds / measured.wall:>8.0%}")
    print(f"  {'the night':<12}{measured.wall:>8.2f} s, stages run beside each other")
    print(f"  {'processor':<12}{measured.cpu:>8.2f} s, without Postgres")
    print(f"  {load.movements / measured.wall:,.0f} transactions/s, {measured.batches} batches")
    share = measured.again / measured.wall
    print(f"  {'once more':<12}{measured.again:>8.2f} s{share:>8.0%}, on files that are known")
    peaks = ", ".join(
        f"{size / MEGABYTE:,.0f} MB up to {stage}" for stage, size in measured.peak_bytes.items()
    )
    print(f"  peak memory without Postgres: {peaks}")


if __name__ == "__main__":
    typer.run(main)
