import re
from decimal import Decimal

import pytest

from schemas.errors import WrongUsage
from tasks.sample.many import KINDS, write_many

MARKS = {
    "csv": rb"^\d\d/\d\d/\d{4};",
    "mt940": rb"^:61:",
    "camt053": rb"<Ntry>",
    "bai2": rb"^16,",
    "qif": rb"^\^",
}


@pytest.mark.parametrize("kind", KINDS)
def test_so_many_files_of_so_many_rows(tmp_path, kind):
    truth = write_many(tmp_path, kind=kind, files=14, rows=33)
    paths = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert len(paths) == 14 == truth.files.height
    assert sorted(p.relative_to(tmp_path).as_posix() for p in paths) == sorted(truth.files["path"])
    assert {
        len(re.findall(MARKS.get(kind, rb"<STMTTRN>"), p.read_bytes(), re.MULTILINE)) for p in paths
    } == {33}
    assert set(truth.files["record_count"]) == {33}
    assert truth.transactions.height == 14 * 33
    assert set(truth.transactions["loaded_count"]) == {1}


def test_the_months_of_an_account_chain_and_add_up(tmp_path):
    truth = write_many(tmp_path, kind="csv", files=25, rows=10)
    assert truth.files["account"].value_counts(sort=True)["count"].to_list() == [12, 12, 1]
    for (account,), files in truth.files.sort("starts_on").group_by("account"):
        assert files["opening_balance"][0] == Decimal(1000)
        assert files["opening_balance"][1:].equals(files["closing_balance"][:-1])
        (moved,) = truth.totals().filter(account=account)["amount"]
        assert files["opening_balance"][0] + moved == files["closing_balance"][-1]


def test_the_same_seed_writes_the_same_bytes(tmp_path):
    def written(name, seed):
        write_many(tmp_path / name, kind="ofx1", files=2, rows=5, seed=seed)
        return sorted(p.read_bytes() for p in (tmp_path / name).rglob("*.ofx"))

    assert written("a", 1) == written("b", 1) != written("c", 2)


def test_no_two_movements_share_a_reference(tmp_path):
    write_many(tmp_path, kind="ofx1", files=3, rows=50)
    refs = [
        r for p in tmp_path.rglob("*.ofx") for r in re.findall(rb"<FITID>(.*)<", p.read_bytes())
    ]
    assert len(set(refs)) == 150


def test_more_movements_than_days_and_fewer(tmp_path):
    few = write_many(tmp_path / "few", kind="csv", files=1, rows=1)
    many = write_many(tmp_path / "many", kind="csv", files=1, rows=200)
    assert few.transactions["booked_on"].n_unique() == 1
    assert many.transactions["booked_on"].n_unique() == 31


@pytest.mark.parametrize("wrong", [{"kind": "pdf"}, {"files": 0}, {"rows": 0}])
def test_what_cannot_be_written_is_refused(tmp_path, wrong):
    with pytest.raises(WrongUsage, match="one of the kinds ofx1, ofx2, qfx, csv"):
        write_many(tmp_path, **{"kind": "csv", "files": 1, "rows": 1, **wrong})
    assert not list(tmp_path.iterdir())


def test_an_owner_an_account(tmp_path):
    truth = write_many(tmp_path, kind="csv", files=25, rows=10)
    places = {path.parent.relative_to(tmp_path).as_posix() for path in tmp_path.glob("*/*/*")}
    assert places == {f"many-{number:04d}/csv-{number:04d}" for number in (1, 2, 3)}
    assert set(truth.transactions["owner"]) == {"many-0001", "many-0002", "many-0003"}
