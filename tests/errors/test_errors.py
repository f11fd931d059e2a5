"""A corpus of broken files, each with the very message that it earns.

A folder holds one broken file and `expected.txt`: the refusal, or the findings, as a person reads
them. Its name begins with the code; what follows a hyphen tells variants apart. A person writes
`expected.txt`; no program does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from schemas.errors import FileError
from schemas.findings import Code
from tasks.extract import identify
from tasks.extract.formats.delimited.reader import CSV
from tasks.extract.given import open_given
from tasks.extract.read import read_batch
from tasks.extract.source import Reading, Source
from tasks.validate.balances import prove
from tasks.validate.transactions import check_transactions

HOME = Path(__file__).parent
CASES = sorted(path for path in HOME.iterdir() if (path / "expected.txt").exists())

NO_FILE_EARNS_IT = {
    "broken_ticket": "a disk earns it, not a file; see flows/test_damage.py",
    "damaged_file": "a disk earns it, not a file; see flows/test_damage.py",
    "row_hidden": "a remark of the workbook reader; see examples/xlsx/two_accounts",
    "sheet_unread": "a remark of the workbook reader; see examples/xlsx/two_accounts",
    "count_mismatch": "only a mistake in a reader earns it; see the last test",
    "date_implausible": "typing calls such a day unreadable before validation sees it",
    "text_unstorable": "every reader refuses a file with a NUL character whole",
    "original_unreadable": "a remark of the typing; see tests/tasks/extract/test_typed.py",
    "detail_unreadable": "a remark of the typing; see tests/tasks/extract/test_typed.py",
    "zero_amount": "a remark of the validation; see tests/tasks/validate/test_remarks.py",
    "amount_finer_than_currency": "a remark of the validation; see validate/test_remarks.py",
    "twins_undecided": "two files earn it, in the ledger; see warehouse/ledger/test_standing.py",
    "statements_contradict": "the same",
    "dropped": "a person's word earns it; see tests/tasks/validate/test_decided.py",
    "account_unnamed": "a remark of the validation; see tests/tasks/validate/test_remarks.py",
}


def told(folder: Path) -> str:
    """What a person is told about the files of a folder."""
    paths = sorted(path for path in folder.iterdir() if path.name != "expected.txt")
    given = [open_given(str(path), number) for number, path in enumerate(paths)]
    reading = read_batch([one.source for one in given if one.source])
    checked = check_transactions(reading.transactions)
    findings = pl.concat([reading.findings, checked.findings])
    findings = findings.vstack(prove(reading.statements, checked.transactions, findings).findings)
    errors = [one.error for one in (*given, *reading.files) if one.error]
    return "\n".join([*map(refusal, errors), *remarks(findings)]) + "\n"


def refusal(error: FileError) -> str:
    return f"refused {error.code}\n{error}"


def remarks(findings: pl.DataFrame) -> Iterator[str]:
    for row in findings.iter_rows(named=True):
        fate = "set aside" if row["is_set_aside"] else "remark"
        yield f"{fate} {row['code']}\n{row['place']}: {row['message']}\n  remedy  {row['remedy']}"


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_a_broken_file_earns_its_message(folder: Path) -> None:
    assert told(folder) == (folder / "expected.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_a_folder_is_named_after_what_it_earns(folder: Path) -> None:
    code = folder.name.split("-")[0]
    first_words = {line for line in told(folder).splitlines() if not line.startswith(" ")}
    assert first_words & {f"refused {code}", f"set aside {code}", f"remark {code}"}


def test_every_code_has_its_broken_file_or_a_reason_for_none() -> None:
    refusals = {kind.code for kind in FileError.__subclasses__()}
    known = refusals | {code.value for code in Code}
    shown = {folder.name.split("-")[0] for folder in CASES}
    assert shown | set(NO_FILE_EARNS_IT) == known
    assert not shown & set(NO_FILE_EARNS_IT)


def test_a_reader_that_overlooks_a_record_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def overlooking(sources: Sequence[Source], layout: str) -> Reading:
        whole = CSV.read(sources, layout)
        return replace(whole, records=whole.records.head(-1))

    monkeypatch.setattr(identify, "FORMATS", (replace(CSV, read=overlooking),))
    rows = "Data,Valor,Identificador,Descrição\n01/03/2025,5.00,a,Pix\n02/03/2025,6.00,b,Pix\n"
    reading = read_batch([Source(0, "extrato.csv", rows.encode())])
    assert reading.transactions.is_empty()
    assert reading.files[0].error is not None
    assert refusal(reading.files[0].error) == (
        "refused count_mismatch\n"
        "extrato.csv: its bytes hold 2 records, the reader accounts for 1 and 0 balance lines\n"
        "  remedy  nothing of it was loaded; report this file's structure as a bug of the reader"
    )
