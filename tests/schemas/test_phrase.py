"""Texts made of cells, also where pl.format gives up."""

import polars as pl
import pytest

from schemas.phrase import phrase


def test_cells_stand_in_the_places_of_the_template():
    rows = pl.DataFrame({"name": ["a", None], "number": [1, 2]})
    made = rows.select(phrase("line {}: {}", "number", pl.col("name").str.to_uppercase()))
    assert made.to_series().to_list() == ["line 1: A", None]
    assert rows.select(phrase("{}/{}", rows["number"], pl.lit("x"))).to_series().to_list() == [
        "1/x",
        "2/x",
    ]


def test_a_frame_may_be_in_pieces_of_which_the_first_is_empty():
    pieces = [pl.DataFrame({"name": [name]}) for name in "abc"]
    rows = pl.concat(pieces, rechunk=False).filter(pl.Series([False, True, True]))
    assert rows.select(phrase("<{}>", "name")).to_series().to_list() == ["<b>", "<c>"]


def test_each_place_needs_a_cell():
    with pytest.raises(ValueError, match="argument"):
        phrase("{} {}", "name")
