"""A run works by the code and data that it found at its start, whatever becomes of the files."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from flows.house import plan_of, run_night
from flows.night import plain_doors
from schemas.settings import Settings
from tasks.sample.march import march_2025
from warehouse.marts.catalog import of_runs

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("flows", "tasks", "schemas", "warehouse")

NIGHT = '''
import json, sys
from dataclasses import replace
from pathlib import Path

from flows.house import plan_of, run_night
from flows.night import plain_doors
from schemas.settings import Settings

ours, root = Path(sys.argv[1]), Path(sys.argv[2])
doors = plain_doors()
looked_at = []


def look(event, args):
    if event == "open" and isinstance(args[0], str) and args[0].startswith(f"{ours}/"):
        looked_at.append(args[0])


def upgraded(plan):
    """All code is another one now, and so are the rules, the layouts and the marts."""
    for path in ours.rglob("*"):
        if path.is_file():
            path.write_text("this is no code, no query and no layout !!!")
    sys.addaudithook(look)
    return doors.claim(plan)


settings = Settings()
receipt, _ = run_night(
    settings, plan_of(settings, root=root), replace(doors, claim=upgraded), tell=lambda *_: None
)
print(json.dumps([receipt.status, receipt.receipt.inserted, receipt.generation.digests, looked_at]))
'''
"""A night in whose beginning all that stands in the folder of the code is overwritten."""


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The four floors, in a folder of their own."""
    for floor in FLOORS:
        shutil.copytree(
            ROOT / floor, tmp_path / "code" / floor, ignore=shutil.ignore_patterns("__pycache__")
        )
    return tmp_path / "code"


def test_code_that_is_changed_in_the_middle_of_a_run_changes_nothing(
    settings: Settings, installed: Path, empty_database: str, tmp_path: Path
) -> None:
    march_2025(tmp_path / "statements")
    (tmp_path / "night.py").write_text(NIGHT, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, tmp_path / "night.py", installed, tmp_path / "statements"],
        env={
            "PATH": os.defpath,
            "HOME": str(tmp_path),
            "PYTHONPATH": str(installed),
            "BUFFET_DATA_HOME": str(tmp_path / "upgraded"),
            "BUFFET_DATABASE_URL": empty_database,
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    status, inserted, digests, looked_at = json.loads(done.stdout)
    assert (installed / "flows" / "house.py").read_text("utf-8").startswith("this is no code")
    assert looked_at == []
    plan = plan_of(settings, root=tmp_path / "statements")
    calm, _ = run_night(settings, plan, plain_doors(), tell=lambda *_: None)
    assert (status, inserted) == (calm.status, calm.receipt.inserted)
    assert calm.generation is not None
    arrival = {"mart_reconciliation", "mart_statement_coverage", "fct_transaction_versions"}
    for mart in set(calm.generation.digests) - arrival - of_runs():
        assert digests[mart] == calm.generation.digests[mart], mart
