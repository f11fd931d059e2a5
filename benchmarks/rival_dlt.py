"""dlt into Postgres, in a process and an environment of its own: the files named on stdin.

python rival_dlt.py arrow|dicts URL FOLDER < paths

Each file becomes one table of Arrow, or a list of dicts, with dates and Decimals; dlt appends them.
Prints seconds, without its imports.
"""

import csv
import os
import sys
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from time import perf_counter

HEADER_LINES = 5
NAMES = ("day", "kind", "description", "amount", "balance")


def main(shape: str, url: str, folder: str, paths: list[str]) -> float:
    """Load the files and say how long that took."""
    os.environ.update({"RUNTIME__DLTHUB_TELEMETRY": "false", "HOME": folder})
    import dlt

    tables = {"arrow": _arrow, "dicts": _dicts}[shape]
    started = perf_counter()
    pipeline = dlt.pipeline(
        "rival",
        pipelines_dir=folder,
        dataset_name=f"rival_{shape}",
        destination=dlt.destinations.postgres(url),
    )
    pipeline.run(dlt.resource(tables(paths), name="movement"), write_disposition="append")
    return perf_counter() - started


def _arrow(paths: list[str]) -> Iterator[object]:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.csv as reader

    for path in paths:
        table = reader.read_csv(
            path,
            read_options=reader.ReadOptions(skip_rows=HEADER_LINES + 1, column_names=list(NAMES)),
            parse_options=reader.ParseOptions(delimiter=";"),
            convert_options=reader.ConvertOptions(column_types=dict.fromkeys(NAMES, pa.string())),
        )
        days = pc.strptime(table["day"], format="%d/%m/%Y", unit="s").cast(pa.date32())
        table = table.set_column(0, "day", days)
        for name in ("amount", "balance"):
            bare = pc.replace_substring(table[name], ".", "")
            money = pc.replace_substring(bare, ",", ".").cast(pa.decimal128(18, 2))
            table = table.set_column(table.schema.get_field_index(name), name, money)
        account = pa.array([Path(path).parent.name] * len(table), pa.string())
        yield table.append_column("account", account)


def _dicts(paths: list[str]) -> Iterator[list[dict[str, object]]]:
    for path in paths:
        account = Path(path).parent.name
        with Path(path).open(encoding="utf-8", newline="") as file:
            for _ in range(HEADER_LINES + 1):
                next(file)
            yield [
                {
                    **row,
                    "account": account,
                    "day": _day(row["day"]),
                    "amount": _money(row["amount"]),
                    "balance": _money(row["balance"]),
                }
                for row in csv.DictReader(file, NAMES, delimiter=";")
            ]


def _day(text: str) -> date:
    day, month, year = text.split("/")
    return date(int(year), int(month), int(day))


def _money(text: str) -> Decimal:
    return Decimal(text.replace(".", "").replace(",", "."))


if __name__ == "__main__":
    print(main(*sys.argv[1:4], sys.stdin.read().split("\n")))
