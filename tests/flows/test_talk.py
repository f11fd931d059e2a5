"""What commands write as CSV comes back as it was, whatever a text holds."""

import csv
from io import StringIO

import polars as pl
import pytest

from flows.commands.talk import csv_text


@pytest.mark.parametrize("text", ["a\rb", "a\nb", "a\r\nb", "a\r\n", 'a"b', "a,b", "a", ""])
def test_a_text_stays_one_cell(text: str) -> None:
    frame = pl.DataFrame({"text": [text, "next"], "n": [1, 2]})
    written = csv_text(frame)
    assert list(csv.reader(StringIO(written, newline=""))) == [
        ["text", "n"],
        [text, "1"],
        ["next", "2"],
    ]
    assert written.endswith("\nnext,2\n")


def test_a_carriage_return_is_quoted_and_lines_end_as_they_did() -> None:
    frame = pl.DataFrame({"text": ["a\rb", "c"]})
    assert csv_text(frame) == 'text\n"a\rb"\nc\n'
