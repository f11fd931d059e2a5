"""OFX: records that replace or delete others are not counted beside them."""

from pathlib import Path

import pytest
from written_ofx import entry, good, ofx, reading, statement

from tasks.extract.formats.ofx.reader import read
from tasks.extract.formats.ofx.volumes import volumes
from tasks.extract.large import LargeFile, Uncuttable

FIRST = entry(FITID="A1", TRNAMT="-10.00")
OTHER = entry(FITID="A9", TRNAMT="-1.00")


def correction(ref: str, corrects: str, action: str = "REPLACE", amount: str = "-12.00") -> str:
    tags = {"FITID": ref, "CORRECTFITID": corrects, "CORRECTACTION": action, "TRNAMT": amount}
    return entry(**{tag: text for tag, text in tags.items() if text})


def told(*records: str) -> tuple[list[str], list[tuple[int, str, bool]]]:
    """The amounts that stand; record number, code, and whether it is set aside, of the findings."""
    result = reading(ofx(statement(*records)))
    aside = result.findings.filter("is_set_aside")
    assert aside["record_no"].is_unique().all()
    assert result.records.height + aside.height == result.files[0].raw_count
    said = result.findings.select("record_no", "code", "is_set_aside").sort("record_no").rows()
    return result.records["amount_text"].to_list(), said


@pytest.mark.parametrize("order", [1, -1], ids=["after it", "before it"])
def test_a_record_of_the_same_statement_is_replaced(order: int) -> None:
    amounts, findings = told(OTHER, *[FIRST, correction("A2", "A1", "replace")][::order])
    assert amounts == ["-1.00", "-12.00"]
    assert findings == [(2 if order == 1 else 3, "moves_no_cash", True)]


def test_a_record_of_the_same_statement_is_deleted_with_its_deletion() -> None:
    amounts, findings = told(FIRST, OTHER, correction("A2", "A1", "DELETE"))
    assert amounts == ["-1.00"]
    assert findings == [(1, "moves_no_cash", True), (3, "moves_no_cash", True)]


def test_the_last_of_a_chain_of_corrections_stands() -> None:
    chain = [FIRST, correction("A2", "A1", amount="-11.00"), correction("A3", "A2")]
    amounts, findings = told(*chain)
    assert amounts == ["-12.00"]
    assert findings == [(1, "moves_no_cash", True), (2, "moves_no_cash", True)]


def test_a_correction_may_have_the_reference_of_what_it_replaces() -> None:
    amounts, findings = told(FIRST, correction("A1", "A1"))
    assert amounts == ["-12.00"]
    assert findings == [(1, "moves_no_cash", True)]


@pytest.mark.parametrize("action", ["REPLACE", "DELETE"])
def test_a_correction_of_what_is_not_there_is_set_aside(action: str) -> None:
    result = reading(ofx(statement(OTHER, correction("A2", "2026010500077", action))))
    (finding,) = result.findings.rows(named=True)
    assert result.records["amount_text"].to_list() == ["-1.00"]
    assert (finding["record_no"], finding["is_set_aside"]) == (2, True)
    assert f'{action.lower()}s the record "••••0077", which is not in' in finding["message"]
    assert finding["raw_text"].startswith("<STMTTRN><DTPOSTED>")


@pytest.mark.parametrize(
    ("records", "standing"),
    [
        ([FIRST, FIRST, correction("A2", "A1")], ["-10.00", "-10.00"]),
        ([FIRST, correction("A2", "A1"), correction("A3", "A1")], ["-10.00"]),
        ([FIRST, correction("A2", "A1", "")], ["-10.00"]),
    ],
    ids=["two have the reference", "two correct it", "not said how"],
)
def test_a_correction_that_leaves_a_doubt_is_set_aside(
    records: list[str], standing: list[str]
) -> None:
    amounts, findings = told(*records)
    assert amounts == standing
    assert {one[1:] for one in findings} == {("unreadable_row", True)}


def test_a_record_that_corrects_itself_is_a_movement() -> None:
    itself = [correction("A1", "A1"), correction("A2", "A2"), correction("A2", "A2")]
    assert told(*itself) == (["-12.00"] * 3, [])
    assert good(ofx(statement(correction("A1", ""), correction("A2", "000")))).findings.is_empty()


def test_an_older_reference_without_an_action_is_remarked_upon() -> None:
    assert told(correction("A2", "A0", "")) == (["-12.00"], [(1, "unreadable_row", False)])


def test_statements_do_not_correct_each_other() -> None:
    other = statement(correction("A2", "A1"), account="98765-4")
    result = reading(ofx(statement(FIRST), other))
    assert result.records["amount_text"].to_list() == ["-10.00"]
    assert result.findings.select("statement_no", "code").rows() == [(2, "unreadable_row")]


def test_a_statement_with_corrections_is_not_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.ofx"
    path.write_text(ofx(statement(*[OTHER] * 99, correction("A2", "A1"))), "utf-8")
    file = LargeFile(0, path.name, path.name, path, path.stat().st_size)
    with pytest.raises(Uncuttable, match="correct others"):
        list(volumes(read, file, "", 2_000))
    assert len(list(volumes(read, file, "", file.size_bytes))) == 1
