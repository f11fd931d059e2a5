"""How much memory a large file takes on its way to the ledger: it must not grow with the file.

python benchmarks/volumes.py                # 96 and 300 MB
python benchmarks/volumes.py --kind mt940 --megabytes 2000
python benchmarks/volumes.py --rows 20      # very many statements in one file
python benchmarks/volumes.py --kind camt053 --megabytes 96 --way extract --way read

A file of so many megabytes is written (the CSV with running balances). Then it goes each way in a
process of its own: `extract` reads it to typed Arrow files, `read` is `buffet read`, and `shape`
reads, checks and shapes it. Prints the peak of the memory and the seconds, and fails above the
limit. Reading CAMT.053 alone has a limit of its own.
"""

import hashlib
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from itertools import product
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from schemas.ticket import Ticket
from tasks.sample.huge import SCRIPTS, write_huge

LIMIT_MEGABYTES = 1_200
READING_LIMITS = {"camt053": 300}
HEAD = (
    " Extrato Conta Corrente \nConta ;12345678-0\nPeríodo ;01/01/2020 a 31/12/2029\n\n\n"
    "Data Lançamento;Histórico;Descrição;Valor;Saldo\n"
)


def main(
    megabytes: Annotated[list[int] | None, typer.Option(help="Sizes of the file.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Kinds of file; all if none.")] = None,
    rows: Annotated[int, typer.Option(help="Movements a statement; 0 is one statement.")] = 0,
    way: Annotated[list[str] | None, typer.Option(help="extract, read, shape; or all.")] = None,
    child: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Print a line a kind, size and way."""
    if child:
        assert way
        WAYS[way[0]](Path(child))
        return
    head = f"{'kind':8}{'file MB':>8}  {'way':8}{'rows':>12}{'statements':>12}{'seconds':>9}"
    print(f"{head}{'peak MB':>9}{'limit':>7}")
    above = []
    for name, size in product(kind or ("csv", *SCRIPTS), megabytes or (96, 300)):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"large.{name}"
            if name == "csv":
                write(path, size << 20)
            else:
                write_huge(path, kind=name, size_bytes=size << 20, statement_rows=rows)
            for one in way or WAYS:
                count, statements, seconds, peak = _run(folder, one)
                limit = LIMIT_MEGABYTES
                if one != "shape":
                    limit = READING_LIMITS.get(name, LIMIT_MEGABYTES)
                above += [f"{name} {one}"] if peak > limit else []
                told = f"{name:8}{size:>8}  {one:8}{count:>12,}{statements:>12,}{seconds:>9.1f}"
                print(f"{told}{peak:>9}{limit:>7}", flush=True)
    if above:
        raise SystemExit(f"the peak is above the limit: {', '.join(above)}")


def _run(folder: str, way: str) -> tuple[int, int, float, int]:
    done = subprocess.run(
        [sys.executable, __file__, "--child", folder, "--way", way],
        capture_output=True,
        text=True,
        check=True,
    )
    count, statements, seconds, peak = done.stdout.splitlines()[-1].split()
    return int(count), int(statements), float(seconds), int(peak)


def write(path: Path, size: int) -> None:
    """A statement of ten years, as many rows a day as it takes."""
    days, balance, number = 3_650, 0, 0
    with path.open("w", encoding="utf-8") as file:
        file.write(HEAD)
        while file.tell() < size:
            start = file.tell()
            day = date(2020, 1, 1) + timedelta(days=min(days - 1, start * days // size))
            rows = []
            for _ in range(5_000):
                number += 1
                cents = -(number * 7919 % 40_000) - 1 if number % 3 else number * 104_729 % 90_000
                balance += cents
                rows.append(
                    f"{day:%d/%m/%Y};Compra;Loja {number % 997};{reais(cents)};{reais(balance)}"
                )
            file.write("\n".join(rows) + "\n")


def reais(cents: int) -> str:
    sign, cents = ("-", -cents) if cents < 0 else ("", cents)
    return f"{sign}{cents // 100:,}".replace(",", ".") + f",{cents % 100:02}"


def _extract(folder: Path) -> None:
    import polars as pl

    from tasks.extract.stage import extract

    tickets = _tickets(folder)
    started = perf_counter()
    done = extract(tickets, folder / "extracted")
    seconds = perf_counter() - started
    assert (done.refused, done.set_aside) == (0, 0)
    peak = _peak_megabytes()
    statements = pl.read_ipc(folder / "extracted" / "statements.arrow").height
    print(done.transactions, statements, seconds, peak)


def _read(folder: Path) -> None:
    from flows.cli import main as buffet

    (path,) = folder.glob("large.*")
    sys.argv = ["buffet", "read", "--json", str(path)]
    started = perf_counter()
    said = StringIO()
    with redirect_stdout(said), suppress(SystemExit):
        buffet()
    seconds, peak = perf_counter() - started, _peak_megabytes()
    statements = json.loads(said.getvalue())["statements"]
    count = sum(one["transaction_count"] for one in statements)
    print(count, len(statements), seconds, peak)


def _shape(folder: Path) -> None:
    from tasks.extract.stage import extract
    from tasks.transform.stage import transform
    from tasks.validate.stage import validate

    tickets = _tickets(folder)
    started = perf_counter()
    done = extract(tickets, folder / "shaped")
    judged = validate(folder / "shaped")
    assert (done.refused, done.set_aside, judged.failed) == (0, 0, 0)
    shaped = transform(folder / "shaped")
    assert shaped.entries == done.transactions
    seconds = perf_counter() - started
    print(done.transactions, judged.proven + judged.unproven, seconds, _peak_megabytes())


def _tickets(folder: Path) -> list[Ticket]:
    (path,) = folder.glob("large.*")
    size = path.stat().st_size
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return [Ticket(sha256, path.name, "ana", "conta", size, datetime.now(UTC), str(path))]


def _peak_megabytes() -> int:
    """VmHWM: unlike `ru_maxrss`, it does not begin with the peak of the parent."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


WAYS: dict[str, Callable[[Path], None]] = {"extract": _extract, "read": _read, "shape": _shape}

if __name__ == "__main__":
    typer.run(main)
