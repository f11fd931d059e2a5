"""rules.toml of the data home: read when it is there, refused when it makes no sense."""

from pathlib import Path

import pytest

from flows.rules import read_own_rules
from schemas.errors import SettingsError


def test_without_the_file_there_are_no_own_rules(tmp_path: Path) -> None:
    assert read_own_rules(tmp_path / "rules.toml") is None


def test_the_text_comes_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    text = '[[rule]]\nid = "café"\ntext = "café"\ncategory = "Restaurants"\n'
    path.write_text(text, encoding="utf-8")
    assert read_own_rules(path) == text


@pytest.mark.parametrize("content", [b"[[rule]", b'[[rule]]\nid = "caf\xe9"\n'])
def test_what_makes_no_sense_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "rules.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        read_own_rules(path)
    assert caught.value.where == "rules.toml"
    assert caught.value.remedy
