"""accounts.toml: what it may say, and what it is told when it says too much."""

from pathlib import Path

import pytest

from flows.registry import read_expectations, read_registry
from schemas.coverage import Expectation, Rhythm
from schemas.errors import SettingsError

GOOD = """
[[account]]
owner = "ana"
name = "conta"
bank = "Itau"
refs = ["0341/01234-5", "BR15 0000 0000 0000 1093 2840 814P 2", "folder Extratos", "xp: 00-12",
        "Nubank: folder Conta 2: antiga"]
"""


def test_references_are_read_in_their_plain_form(tmp_path: Path) -> None:
    path = tmp_path / "accounts.toml"
    assert read_registry(path) == ()
    path.write_text(GOOD, encoding="utf-8")
    (one,) = read_registry(path)
    assert (one.owner, one.name, one.bank) == ("ana", "conta", "itau")
    assert one.refs == (
        "341/12345",
        "BR1500000000000010932840814P2",
        "folder Extratos",
        "xp:12",
        "nubank:folder Conta 2: antiga",
    )
    assert "10932840814" not in repr(one)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[[account]", "not TOML"),
        ('[[account]]\nowner = "ana"\n', "account.0.name"),
        (GOOD + 'color = "red"\n', "account.0.color"),
        (GOOD + 'expected = "yearly"\n', "account.0.expected"),
        (GOOD + "by_day = -1\n", "account.0.by_day"),
        ('[[account]]\nowner = "ana"\nname = "c"\nbank = "x"\n', "bank and refs"),
        ('[[account]]\nowner = "ana"\nname = "c"\n', "neither bank and refs nor expected"),
        (GOOD + GOOD.replace('"conta"', '"outra"'), "stands in two accounts"),
        (GOOD + GOOD.replace("0341", "0342").replace("BR15", "BR16"), "conta of ana"),
    ],
)
def test_what_makes_no_sense_is_said_with_its_place(
    tmp_path: Path, text: str, problem: str
) -> None:
    path = tmp_path / "accounts.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        read_registry(path)
    assert caught.value.where == "accounts.toml"
    assert problem in caught.value.problem
    assert caught.value.remedy
    assert "10932840814" not in str(caught.value)


def test_what_is_expected_of_an_account_joins_nothing(tmp_path: Path) -> None:
    path = tmp_path / "accounts.toml"
    assert read_expectations(path) == ()
    said = '[[account]]\nowner = "ana"\nname = "cartao"\nexpected = "none"\n'
    path.write_text(f"{GOOD}by_day = 9\n{said}", encoding="utf-8")
    assert [one.name for one in read_registry(path)] == ["conta"]
    assert read_expectations(path) == (
        Expectation("ana", "conta", None, 9, 1),
        Expectation("ana", "cartao", Rhythm.NONE, 5, 2),
    )


def test_an_account_is_expected_once(tmp_path: Path) -> None:
    path = tmp_path / "accounts.toml"
    said = '[[account]]\nowner = "ana"\nname = "cartao"\nexpected = "none"\n'
    path.write_text(said * 2, encoding="utf-8")
    with pytest.raises(SettingsError, match="cartao of ana is expected twice"):
        read_expectations(path)
