"""The ledger against the floor: psql's own COPY, a load written by hand (floor.py), and dlt.

python benchmarks/ledger.py                                  # 100 files of 10,000 movements
python benchmarks/ledger.py --files 10 --rows 2000 --repeats 3
python benchmarks/ledger.py --only night --dict-files 10     # dicts on so many of the files

    copy    our COPY of a frame and psql's of a ready file, into the same table without an index
    merge   the stage load, whole, and psql's COPY of ready files into entry and transaction
    night   a night less an empty one, the load written by hand, and dlt with Arrow and with dicts

Everything runs on embedded servers that really wait for the disk, one thing after the other; of
repeats the median counts. Ours does more in its time: it proves, certifies, audits and publishes.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Annotated
from urllib.parse import quote

import floor
import polars as pl
import typer
from night import workshop

from flows.house import open_ledger, plan_of
from flows.night import pack
from schemas.night import Plan
from schemas.settings import Settings
from tasks.extract.stage import claim, extract
from tasks.load.stage import load
from tasks.sample.many import write_many
from tasks.transform.stage import transform
from tasks.validate.stage import validate
from warehouse.ledger import embedded, runs
from warehouse.ledger.connection import atomically, disposable
from warehouse.ledger.staging import copy_into, stage

HERE = Path(__file__).parent
RIVAL = ("dlt[postgres]==1.31.0", "pyarrow==26.0.1")
PARTS = ("copy", "merge", "night")


def main(
    files: Annotated[int, typer.Option(min=1)] = 100,
    rows: Annotated[int, typer.Option(min=1, help="Movements in each file.")] = 10_000,
    repeats: Annotated[int, typer.Option(min=1)] = 1,
    only: Annotated[list[str] | None, typer.Option(help=f"Of {', '.join(PARTS)}.")] = None,
    dict_files: Annotated[int, typer.Option(help="Files that dlt reads as dicts.")] = 10,
) -> None:
    """Print a line a measure: seconds, rows a second, and how many times the floor."""
    with workshop() as folder:
        write_many(folder / "statements", kind="csv", files=files, rows=rows)
        parts = only or PARTS
        if {"copy", "merge"} & set(parts):
            _loading(folder, files * rows, repeats, parts)
        if "night" in parts:
            _nights(folder, files * rows, repeats, dict_files)


def _loading(folder: Path, rows: int, repeats: int, parts: tuple[str, ...] | list[str]) -> None:
    server = embedded.start(folder / "data", durable=True)
    batches = list(_batches(folder))
    times: dict[str, list[float]] = {}
    for number in range(repeats):
        if "copy" in parts:
            _copy(server, batches[0], times)
        if "merge" in parts:
            _merge(folder, server, batches, number, times)
    entries = _entries(batches[0]).height
    _show("copy", entries, times, "psql \\copy, no index", "ours, no index")
    _show("merge", rows, times, "psql \\copy, entry and transaction", "ours, the stage load")


def _batches(folder: Path) -> Iterator[Path]:
    """The statements as the stages before the load leave them, batch by batch."""
    plan = _plan(folder, "postgres")
    tickets = claim(plan).tickets
    limits = {"files": plan.batch_files, "size_bytes": plan.batch_bytes}
    for number, batch in enumerate(pack(tickets, **limits), 1):
        place = folder / "batches" / f"{number:05}"
        extract(batch, place)
        validate(place)
        transform(place)
        yield place


def _plan(folder: Path, database: str) -> Plan:
    return plan_of(_settings(folder, database), root=folder / "statements")


def _settings(folder: Path, database: str) -> Settings:
    server = embedded.start(folder / "data", durable=True)
    url = embedded.create_database(server, database)
    return Settings(_env_file=None, data_home=folder / "data", database_url=url)


def _entries(batch: Path) -> pl.DataFrame:
    return pl.concat([pl.read_ipc(path) for path in sorted(batch.glob("volume-*/entries.arrow"))])


def _copy(server: embedded.Server, batch: Path, times: dict[str, list[float]]) -> None:
    """One batch into a table without an index, by us and by psql."""
    frame = _entries(batch)
    ready = batch / "entries.csv"
    frame.write_csv(ready, include_header=False)
    ready.chmod(0o644)
    psql = floor.Psql(server, "copying")
    url = embedded.create_database(server, psql.database)
    with disposable(url) as engine, atomically(engine) as connection:
        connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS ledger")
        stage(connection, "shape", frame.clear())
        for table in ("ours", "theirs"):
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {table}")
            connection.exec_driver_sql(f"CREATE TABLE {table} (LIKE pg_temp.shape)")

    def ours() -> None:
        with disposable(url) as engine, atomically(engine) as connection:
            copy_into(connection, "ours", frame)

    _add(times, "psql \\copy, no index", psql.seconds(floor.copy("ledger.theirs", ready)))
    _add(times, "ours, no index", _timed(ours))


def _merge(
    folder: Path,
    server: embedded.Server,
    batches: list[Path],
    number: int,
    times: dict[str, list[float]],
) -> None:
    """All batches into an empty ledger, by us; then the same rows by psql into another one."""
    mine, theirs = (floor.Psql(server, f"{name}_{number}") for name in ("mine", "theirs"))
    plan = _plan(folder, mine.database)
    engine = open_ledger(_settings(folder, mine.database))
    with atomically(engine) as connection:
        book = {"kind": "night", "started_at": plan.started_at, "code_version": plan.code_version}
        runs.open_run(connection, run_id=plan.run_id, **book)
    engine.dispose()

    def ours() -> None:
        for position, batch in enumerate(batches, 1):
            load(plan, batch, position)

    _add(times, "ours, the stage load", _timed(ours))
    open_ledger(_settings(folder, theirs.database)).dispose()
    tables = ("transaction", "entry")
    ready = {table: folder / f"{table}.csv" for table in tables}
    mine.seconds("".join(floor.dump(table, path) for table, path in ready.items()))
    script = "".join(floor.copy(f"ledger.{table}", path) for table, path in ready.items())
    _add(times, "psql \\copy, entry and transaction", theirs.seconds(f"BEGIN;\n{script}COMMIT;"))


def _nights(folder: Path, rows: int, repeats: int, dict_files: int) -> None:
    paths = sorted(path for path in (folder / "statements").rglob("*") if path.is_file())
    (folder / "nothing" / "statements").mkdir(parents=True)
    server = embedded.start(folder / "data", durable=True)
    times: dict[str, list[float]] = {}
    python = _rival_python(folder / "rival") if dict_files else ""
    for number in range(repeats):
        psql = floor.Psql(server, f"by_hand_{number}")
        embedded.create_database(server, psql.database)
        psql.seconds(floor.MAKE_HAND_WRITTEN)
        _add(times, "written by hand for psql", psql.seconds(floor.hand_written(paths)))
        psql.seconds(floor.insist_on(rows))
        empty = _night(folder / "nothing")
        _add(times, "an empty night of ours", empty)
        _add(times, "a night of ours, less that", _night(folder) - empty)
        if python:
            _add(times, "dlt with Arrow", _rival(folder, server, python, "arrow", paths))
            few = paths[:dict_files]
            each = _rival(folder, server, python, "dicts", few) / len(few)
            _add(times, "dlt with dicts", each * len(paths))
    _show("night", rows, times, *times)
    ours = median(times["a night of ours, less that"])
    for name in ("written by hand for psql", "dlt with Arrow", "dlt with dicts"):
        if name in times:
            print(f"night  {name} takes {median(times[name]) / ours:.2f} times as long as ours")


def _night(folder: Path) -> float:
    """A night in a process of its own, on a new server."""
    home = folder / "night"
    home.mkdir(mode=0o711, exist_ok=True)
    statements = home / "statements"
    if not statements.exists():
        statements.symlink_to(folder / "statements")
    words = [sys.executable, str(HERE / "night.py"), "--measure", str(home)]
    try:
        done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
    finally:
        embedded.stop(home / "data")
        subprocess.run(["rm", "-rf", str(home / "data")], check=True)
    return float(json.loads(done.stdout.splitlines()[-1])["wall"])


def _rival_python(folder: Path) -> str:
    uv = str(Path(sys.executable).with_name("uv"))
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(folder)], check=True)
    python = str(folder / "bin" / "python")
    command = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python, *RIVAL]
    subprocess.run(command, check=True)
    return python


def _rival(
    folder: Path, server: embedded.Server, python: str, shape: str, paths: list[Path]
) -> float:
    embedded.create_database(server, f"dlt_{shape}")
    place = quote(str(server.socket), safe="")
    url = f"postgresql://postgres:none@localhost:5432/dlt_{shape}?host={place}"
    done = subprocess.run(
        [python, "-W", "ignore", str(HERE / "rival_dlt.py"), shape, url, str(folder / "rival")],
        input="\n".join(map(str, paths)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stderr
    return float(done.stdout.splitlines()[-1])


def _timed(work: Callable[[], None]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def _add(times: dict[str, list[float]], name: str, seconds: float) -> None:
    times.setdefault(name, []).append(seconds)


def _show(part: str, rows: int, times: dict[str, list[float]], base: str, *others: str) -> None:
    """The floor first, then each measure with its times of the floor."""
    for name in dict.fromkeys((base, *others)):
        if name in times:
            seconds = median(times[name])
            rate = f"{rows / seconds:>12,.0f} rows/s" if seconds > 0 else ""
            ratio = f"{seconds / median(times[base]):>8.2f} times"
            print(f"{part:<7}{name:<36}{seconds:>8.2f} s{rate}{ratio}", flush=True)


if __name__ == "__main__":
    typer.run(main)
