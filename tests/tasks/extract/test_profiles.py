"""All layouts are valid, and a wrong one is refused with its file, its key and the next move."""

import unicodedata

import pytest

from schemas.errors import SettingsError
from tasks.extract import profiles

NUBANK = (profiles.BANKS / "br_nubank_conta.toml").read_text(encoding="utf-8")


def test_every_file_is_a_layout_of_its_name():
    names = sorted(path.stem for path in profiles.BANKS.glob("*.toml"))
    assert list(profiles.layouts()) == names
    assert "br_itau_conta" in names
    assert profiles.layout("br_itau_conta").bank == "Itaú"


def test_layouts_are_read_once():
    assert profiles.layouts() is profiles.layouts()


def test_layouts_cannot_be_changed():
    with pytest.raises(TypeError):
        profiles.layouts()["x"] = None


def test_layouts_that_share_a_header_need_more_than_it():
    for layout in profiles.layouts().values():
        for line in layout.table.headers:
            names = profiles.with_header(line)
            assert layout.name in names
            tables = [profiles.layout(name).table for name in names]
            assert len(tables) == 1 or all(one.needs_above or one.needs_row for one in tables)


def test_the_cheap_look_lets_every_header_pass():
    for layout in profiles.layouts().values():
        for line in layout.table.headers:
            for form in ("NFC", "NFD"):
                text = unicodedata.normalize(form, line)
                for written in (text, text.upper(), text.casefold(), f' "{text}', f" {text}"):
                    assert list(profiles.like_headers([written])) == [(1, written)]
                    assert list(profiles.like_headers(["", written], layout)) == [(2, written)]


def test_the_cheap_look_stops_rows_of_figures_and_blank_lines():
    assert not list(profiles.like_headers(["", "01/02/2025;a", "-1", ";;", "\tx"]))


def test_unknown_layout_names_the_known_ones():
    with pytest.raises(
        SettingsError, match=r"br_nowhere\.toml: there is no such(.|\n)*br_xp_conta"
    ):
        profiles.layout("br_nowhere")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('amount = "Valor"', 'amout = "Valor"', "columns.amout: a layout has no such key"),
        ('country = "BR"', "", "country: the key is missing"),
        ('country = "BR"', 'country = "Brazil"', "country: "),
        ('country = "BR"', "country = ", "not TOML: "),
        ('booked_on = "Data"', 'booked_on = "Date"', "layout: header .* lacks the column 'Date'"),
        ('"br_nubank_conta"', '"br_nubank"', "name: 'br_nubank' is not the name of the file"),
    ],
)
def test_wrong_layout_is_refused_with_file_and_key(old, new, message):
    with pytest.raises(SettingsError, match=rf"^br_nubank_conta\.toml: {message}") as caught:
        profiles.parse(NUBANK.replace(old, new), "br_nubank_conta.toml")
    assert caught.value.remedy


def test_folder_with_a_wrong_layout_is_refused(tmp_path):
    (tmp_path / "br_one.toml").write_text(NUBANK, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"br_one\.toml"):
        profiles.load(tmp_path)
