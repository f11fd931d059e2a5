"""How much memory a large file takes on its way to the ledger: it must not grow with the file.

python benchmarks/volumes.py                # 100 and 300 MB
python benchmarks/volumes.py --kind mt940 --megabytes 2000
python benchmarks/volumes.py --rows 20      # very many statements in one file

A file of so many megabytes is written (the CSV with running balances), then read, checked and
shaped in a process of its own. Prints the peak of its memory and the seconds, and fails above the
limit.
"""

import resource
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from tasks.sample.huge import SCRIPTS, write_huge

LIMIT_MEGABYTES = 1_200
HEAD = (
    " Extrato Conta Corrente \nConta ;12345678-0\nPeríodo ;01/01/2020 a 31/12/2029\n\n\n"
    "Data Lançamento;Histórico;Descrição;Valor;Saldo\n"
)


def main(
    megabytes: Annotated[list[int] | None, typer.Option(help="Sizes of the file.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Kinds of file; all if none.")] = None,
    rows: Annotated[int, typer.Option(help="Movements a statement; 0 is one statement.")] = 0,
    child: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Print a line a kind and size."""
    if child:
        _measure(Path(child))
        return
    head = f"{'kind':8}{'file MB':>8}{'rows':>12}{'statements':>12}{'seconds':>9}{'peak MB':>9}"
    print(f"{head}   limit {LIMIT_MEGABYTES} MB")
    peaks = []
    for name, size in product(kind or ("csv", *SCRIPTS), megabytes or (100, 300)):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"large.{name}"
            if name == "csv":
                write(path, size << 20)
            else:
                write_huge(path, kind=name, size_bytes=size << 20, statement_rows=rows)
            done = subprocess.run(
                [sys.executable, __file__, "--child", folder],
                capture_output=True,
                text=True,
                check=True,
            )
        count, statements, seconds, peak = done.stdout.split()
        peaks.append(int(peak))
        told = f"{int(count):>12,}{int(statements):>12,}{float(seconds):>9.1f}{peak:>9}"
        print(f"{name:8}{size:>8}{told}", flush=True)
    if max(peaks) > LIMIT_MEGABYTES:
        raise SystemExit(f"the peak is above {LIMIT_MEGABYTES} MB")


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


def _measure(folder: Path) -> None:
    from schemas.ticket import Ticket
    from tasks.extract.stage import extract
    from tasks.transform.stage import transform
    from tasks.validate.stage import validate

    (path,) = folder.glob("large.*")
    size = path.stat().st_size
    ticket = Ticket("0" * 64, path.name, "ana", "conta", size, datetime.now(UTC), str(path))
    started = perf_counter()
    done = extract([ticket], folder / "batch")
    judged = validate(folder / "batch")
    assert (done.refused, done.set_aside, judged.failed) == (0, 0, 0)
    shaped = transform(folder / "batch")
    assert shaped.entries == done.transactions
    seconds = perf_counter() - started
    print(done.transactions, judged.proven + judged.unproven, seconds, _peak_megabytes())


def _peak_megabytes() -> int:
    """VmHWM: unlike `ru_maxrss`, it does not begin with the peak of the parent."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    typer.run(main)
