"""A zip in the inbox: its statements are loaded once, and a bad one is refused with its reason."""

import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest

from flows.cli import main
from flows.house import plan_of, run_night
from flows.night import plain_doors
from schemas.settings import Settings

HEADER = "Data,Valor,Identificador,Descrição\n"
MARCH = (HEADER + "01/03/2025,-5.00,a,Padaria\n02/03/2025,100.00,b,Salário\n").encode()
APRIL = (HEADER + "01/04/2025,-7.00,c,Padaria\n").encode()


def zipped(**files: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(f"{name}.csv", data)
    return target.getvalue()


def drop(settings: Settings, name: str, data: bytes) -> None:
    folder = settings.inbox / "ana" / "nubank"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def test_the_files_of_a_zip_are_loaded_once(run, settings: Settings) -> None:
    drop(settings, "2025.zip", zipped(march=MARCH, april=APRIL))
    drop(settings, "march.csv", MARCH)
    drop(settings, "half.zip", zipped(april=APRIL)[:-5])
    first = run()
    assert first.status == "published"
    outcomes = {name: number for name, number in first.outcomes().items() if number}
    assert outcomes == {"loaded": 2, "refused": 1}
    assert first.receipt.inserted == 3
    (refused,) = [one for one in first.files if one.outcome == "refused"]
    assert refused.shown_name == "half.zip"
    assert "cut short or damaged" in (refused.problem or "")
    drop(settings, "again.zip", zipped(april=APRIL))
    drop(settings, "april.csv.gz", gzip.compress(APRIL))
    again = run()
    assert again.receipt.inserted == 0
    assert {name: number for name, number in again.outcomes().items() if number} == {"known": 1}


def test_a_dry_run_reads_inside(run, settings: Settings) -> None:
    drop(settings, "2025.zip", zipped(march=MARCH, april=APRIL))
    plan = plan_of(settings, is_dry_run=True)
    receipt, _ = run_night(settings, plan, plain_doors(), tell=lambda *_: None)
    assert receipt.receipt.inserted == 3
    assert not settings.archive.exists()
    assert not list(settings.staging.iterdir())


def test_read_and_identify_look_into_a_zip(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "2025.zip"
    path.write_bytes(zipped(march=MARCH, april=APRIL, notes=b"call the bank"))
    assert ended("read", "--json", str(path)) == 1
    (line,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (line["file"], line["status"], len(line["statements"])) == (str(path), "read", 2)
    lines = line["members"]
    assert [(one["file"], one["status"]) for one in lines] == [
        (f"{path}/march.csv", "read"),
        (f"{path}/april.csv", "read"),
        (f"{path}/notes.csv", "refused"),
    ]
    assert lines[2]["error"]["where"] == "2025.zip/notes.csv"
    assert ended("read", str(path)) == 1
    assert "2025.zip/march.csv: csv" in capsys.readouterr().out
    assert ended("identify", str(path)) == 1
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        "2025.zip/march.csv: csv br_nubank_conta",
        "2025.zip/april.csv: csv br_nubank_conta",
    ]
    assert "2025.zip/notes.csv: no reader recognises its content" in said.err


def test_read_refuses_a_bad_container_as_one_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "half.zip"
    path.write_bytes(zipped(march=MARCH)[:-5])
    assert ended("read", "--json", str(path)) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["error"]["code"] == "unsafe_container"
    assert ended("identify", str(path)) == 1
    assert "half.zip: it cannot be opened" in capsys.readouterr().err


def ended(*words: str) -> int:
    """The exit status of the command."""
    with pytest.raises(SystemExit) as caught:
        main(list(words))
    return int(caught.value.code or 0)
