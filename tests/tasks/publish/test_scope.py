"""Whose movements must be looked at again follows from all that their meaning follows from."""

from pathlib import Path

import polars as pl
import pytest

from schemas.ledger import EXPORTS
from schemas.words import WORDS
from tasks.publish.scope import recipes, settled

ACCOUNTS = [("c1", "ana"), ("c2", "ana"), ("d1", "bia"), ("e1", "caio")]
SHAPES = {"account": EXPORTS["account"], **WORDS}


def exported(folder: Path, **changed: list[dict[str, object]]) -> dict[str, Path]:
    rows = {"account": [{"account_id": one, "owner": owner} for one, owner in ACCOUNTS], **changed}
    paths = {}
    for name, schema in SHAPES.items():
        paths[name] = folder / f"{name}.csv"
        frame = pl.DataFrame(rows.get(name, []), schema=dict.fromkeys(schema, pl.String()))
        frame.write_csv(paths[name])
    return paths


@pytest.fixture
def before(tmp_path: Path) -> dict[str, str]:
    return recipes(exported(tmp_path), "rules")


def still(tmp_path: Path, before: dict[str, str], *touched: str, by: str = "rules", **changed):
    tables = exported(tmp_path, **changed)
    return settled(tables, recipes(tables, by), before, touched)


def test_nothing_happened(tmp_path: Path, before: dict[str, str]) -> None:
    assert still(tmp_path, before) == ("ana", "bia", "caio")


def test_an_account_is_touched(tmp_path: Path, before: dict[str, str]) -> None:
    assert still(tmp_path, before, "c2") == ("bia", "caio")


def test_rules_household_or_code_changed(tmp_path: Path, before: dict[str, str]) -> None:
    assert still(tmp_path, before, by="other rules") == ()


def test_a_person_said_something(tmp_path: Path, before: dict[str, str]) -> None:
    word = {"said_id": "1", "owner": "bia", "scope": "vendor", "vendor": "KIOSK"}
    assert still(tmp_path, before, category_word=[word]) == ("ana", "caio")


def test_a_pair_is_no_transfer(tmp_path: Path, before: dict[str, str]) -> None:
    """It names no owner, so all are looked at."""
    pair = {"said_id": "1", "out_transaction_id": "t1", "in_transaction_id": "t2"}
    assert still(tmp_path, before, transfer_word=[pair]) == ()


def test_an_account_goes_to_another_owner(tmp_path: Path, before: dict[str, str]) -> None:
    moved = [{"account_id": one, "owner": "bia" if one == "c2" else of} for one, of in ACCOUNTS]
    assert still(tmp_path, before, "c2", account=moved) == ("caio",)


def test_an_owner_is_new(tmp_path: Path, before: dict[str, str]) -> None:
    more = [{"account_id": one, "owner": of} for one, of in [*ACCOUNTS, ("f1", "dora")]]
    assert still(tmp_path, before, "f1", account=more) == ("ana", "bia", "caio")
