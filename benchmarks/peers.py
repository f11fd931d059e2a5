"""How fast files are read, beside the libraries that people use for it today.

python benchmarks/peers.py                       # all kinds, medians of 3 rounds of 3
python benchmarks/peers.py --kind mt940 --repeats 5

For each kind the same synthetic files, one of 100,000 transactions and 1,000 of 100, go through our
reader and through every peer, each in a process of its own; all of them in turn, several rounds, as
a machine is not always as fast. A peer that does not find the same count and the same sum is shown
as wrong and is no measure. The peers are installed, by name and version, into a throw-away
environment.

Ours does more in the same time: it recognises the format, keeps the raw text and the place of each
record, types it as a Decimal, and counts a second time by another route.
"""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated

import typer

from tasks.sample.many import write_many

HERE = Path(__file__).parent
PEERS = (
    "bankstatementparser==0.0.29",
    "mt-940==5.1.1",
    "ofxtools==1.1.1",
    "ofxparse==0.21",
    "quiffen==4.0.1",
    "bai2==0.15.0",
    "lxml==6.1.3",
    "pandas==2.3.3",
)
RIVALS = {
    "mt940": ("bankstatementparser mt940", "mt-940"),
    "camt053": ("bankstatementparser camt053", "lxml iterparse"),
    "ofx1": ("bankstatementparser ofx1", "ofxtools", "ofxparse"),
    "bai2": ("bankstatementparser bai2", "bai2"),
    "qif": ("quiffen",),
    "csv": ("polars read_csv", "pandas read_csv"),
}
ROUNDS = 3
OURS = ("buffet", "polars read_csv")
"""These run in our own environment."""


@dataclass(frozen=True)
class Load:
    """So many files, after one to warm up, and what is true of their transactions."""

    name: str
    paths: tuple[str, ...]
    count: int
    cents: int


def main(
    kind: Annotated[str, typer.Option(help=f"One of {', '.join(RIVALS)}, or all.")] = "all",
    rows: Annotated[int, typer.Option(min=100, help="Transactions in each load.")] = 100_000,
    repeats: Annotated[int, typer.Option(min=1, help="Counts of each round.")] = 3,
) -> None:
    """Print a line a reader and load: transactions a second, times the fastest peer, memory."""
    with tempfile.TemporaryDirectory() as scratch:
        python = _peers_python(Path(scratch) / "peers")
        print(f"{'kind':<9}{'load':<10}{'reader':<30}{'tx/s':>12}{'MB':>7}  we are")
        for one in RIVALS if kind == "all" else (kind,):
            for load in _loads(Path(scratch) / one, one, rows):
                _compare(one, load, repeats, python)


def _peers_python(folder: Path) -> str:
    uv = str(Path(sys.executable).with_name("uv"))
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(folder)], check=True)
    python = str(folder / "bin" / "python")
    command = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python, *PEERS]
    subprocess.run(command, check=True)
    return python


def _loads(folder: Path, kind: str, rows: int) -> list[Load]:
    write_many(folder / "warm", kind=kind, files=1, rows=20)
    warm = [str(path) for path in (folder / "warm").rglob("*") if path.is_file()]
    loads = []
    for name, files in (("one file", 1), ("folder", rows // 100)):
        truth = write_many(folder / name, kind=kind, files=files, rows=rows // files)
        paths = sorted(str(path) for path in (folder / name).rglob("*") if path.is_file())
        total = truth.transactions["amount"].sum()
        loads.append(Load(name, (*warm, *paths), rows, int(total * 100)))
    return loads


def _compare(kind: str, load: Load, repeats: int, python: str) -> None:
    readers = ("buffet", *RIVALS[kind])
    rounds = [
        {
            one: _run(one, load, repeats, sys.executable if one in OURS else python)
            for one in readers
        }
        for _ in range(ROUNDS)
    ]
    rates = {one: _rate([told[one] for told in rounds], load) for one in readers}
    rate = rates["buffet"]
    assert rate is not None, "our own reader must be right"
    lines = [("buffet", rate, rounds[-1]["buffet"]["peak_mb"], "")]
    for rival in RIVALS[kind]:
        told, theirs = rounds[-1][rival], rates[rival]
        verdict = f"{rate / theirs:.1f} times" if theirs else f"wrong: {told['count']} transactions"
        lines.append((rival, theirs or 0.0, told["peak_mb"], verdict))
    for reader, speed, peak, verdict in lines:
        print(
            f"{kind:<9}{load.name:<10}{reader:<30}{speed:>12,.0f}{peak:>7}  {verdict}", flush=True
        )


def _run(reader: str, load: Load, repeats: int, python: str) -> dict[str, object]:
    done = subprocess.run(
        [python, "-W", "ignore", str(HERE / "contender.py"), reader, str(repeats)],
        input="\n".join(load.paths),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return {
            "count": f"stopped: {done.stderr.strip().splitlines()[-1][:80]}",
            "cents": None,
            "seconds": [],
            "peak_mb": 0,
        }
    answer: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _rate(rounds: list[dict[str, object]], load: Load) -> float | None:
    """Transactions a second, if count and sum are right."""
    seconds: list[float] = []
    for told in rounds:
        if (told["count"], told["cents"]) != (load.count, load.cents):
            return None
        assert isinstance(told["seconds"], list)
        seconds += told["seconds"]
    return load.count / median(seconds)


if __name__ == "__main__":
    typer.run(main)
