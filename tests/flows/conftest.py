"""A house of a test of its own: data home, ledger, a night that runs in it; and the command."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from flows import cli
from flows.house import plan_of, run_night
from flows.night import plain_doors
from schemas.night import NightReceipt
from schemas.settings import Settings

RunNight = Callable[..., NightReceipt]


@pytest.fixture
def settings(tmp_path: Path, ledger_url: str) -> Settings:
    """Settings of a house of this test's own."""
    return Settings(data_home=tmp_path / "data", database_url=ledger_url, quiet_seconds=0)


@pytest.fixture
def run(settings: Settings) -> RunNight:
    """Run a night with plain doors over a folder, or over the inbox."""

    def run_once(root: Path | None = None, **changes: object) -> NightReceipt:
        mine = settings.model_copy(update=changes)
        plan = plan_of(mine, root=root)
        receipt, _ = run_night(mine, plan, plain_doors(), tell=lambda *_: None)
        return receipt

    return run_once


@pytest.fixture
def buffet(capsys, tmp_path, monkeypatch):
    """Run one command in this process: exit status, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    for name in [name for name in os.environ if name.startswith(("BUFFET_", "PREFECT_API"))]:
        monkeypatch.delenv(name)

    def run(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(list(words))
        said = capsys.readouterr()
        return int(ended.value.code), said.out, said.err

    return run
