"""accounts.toml: what it may say, and what it is told when it says too much."""

from pathlib import Path

import pytest

from flows.registry import read_registry
from schemas.errors import SettingsError

GOOD = """
[[account]]
owner = "ana"
name = "conta"
bank = "Itau"
refs = ["0341/01234-5", "BR15 0000 0000 0000 1093 2840 814P 2", "folder Extratos", "xp: 00-12"]
"""


def test_references_are_read_in_their_plain_form(tmp_path: Path) -> None:
    path = tmp_path / "accounts.toml"
    assert read_registry(path) == ()
    path.write_text(GOOD, encoding="utf-8")
    (one,) = read_registry(path)
    assert (one.owner, one.name, one.bank) == ("ana", "conta", "itau")
    assert one.refs == ("341/12345", "BR1500000000000010932840814P2", "folder Extratos", "xp:12")
    assert "10932840814" not in repr(one)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[[account]", "not TOML"),
        ('[[account]]\nowner = "ana"\n', "account.0.name"),
        (GOOD + 'color = "red"\n', "account.0.color"),
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
