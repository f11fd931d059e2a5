"""Every reader survives anything: cut files, damaged bytes, NUL, cells of a megabyte.

It may refuse the file or set records aside; it never stops with an error of its own, and what it
keeps adds up to the independent count.
"""

from collections.abc import Sequence
from itertools import islice

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seeds import BINARY, FIRST, SEEDS

from tasks.extract.formats import FORMATS
from tasks.extract.read import read_batch
from tasks.extract.source import Format, Source

MOST_CUTS = 300
MOST_CUTS_MORE = 15  # of a format that has been cut in many places already
SMALL = 4096
PLACES = 6  # for a megabyte of junk


def survives(reader: Format, layout: str, files: Sequence[bytes]) -> None:
    """All of these at once: no error leaves the reader, and every file it keeps adds up."""
    sources = [Source(number, f"x{number}", data) for number, data in enumerate(files)]
    reading = reader.read(sources, layout)
    assert [one.file_no for one in reading.files] == list(range(len(files)))
    kept = {
        number: reading.records.filter(file_no=number).height
        + reading.findings.filter(file_no=number, is_set_aside=True).height
        for number in range(len(files))
    }
    for one in reading.files:
        if one.error is not None:
            assert kept[one.file_no] == 0
            assert one.error.problem
            assert one.error.remedy
    for result in read_batch(sources).files:
        assert "reader stopped" not in str(result.error)


@pytest.mark.parametrize(
    ("reader", "layout", "data"),
    SEEDS,
    ids=lambda one: getattr(one, "name", "") or (one if isinstance(one, str) else ""),
)
def test_a_file_may_be_cut_anywhere(reader: Format, layout: str, data: bytes) -> None:
    whole = data[:SMALL]
    most = MOST_CUTS if (reader, layout, data) in FIRST else MOST_CUTS_MORE
    step = max(1, len(whole) // (40 if reader.name in BINARY else most))
    survives(reader, layout, [whole[:end] for end in range(1, len(whole), step)])


@pytest.mark.parametrize(
    ("reader", "layout", "data"), FIRST, ids=lambda one: getattr(one, "name", "")
)
@pytest.mark.parametrize(
    "junk", [b"\0", b"\xff", b"A" * 1_000_000, b"9" * 1_000_000, b"\n" * 100_000, b"<" * 100_000]
)
def test_junk_may_stand_anywhere(reader: Format, layout: str, data: bytes, junk: bytes) -> None:
    cuts = range(0, len(data), max(1, len(data) // PLACES))
    survives(reader, layout, [data[:cut] + junk + data[cut:] for cut in islice(cuts, PLACES)])


@pytest.mark.parametrize(
    ("reader", "layout", "data"), FIRST, ids=lambda one: getattr(one, "name", "")
)
def test_bytes_may_be_damaged(reader: Format, layout: str, data: bytes) -> None:
    @settings(
        max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(
        st.lists(
            st.tuples(st.integers(0, len(data) - 1), st.binary(max_size=6), st.integers(0, 40)),
            min_size=1,
            max_size=6,
        )
    )
    def damage(changes: list[tuple[int, bytes, int]]) -> None:
        changed = data
        for at, new, dropped in changes:
            changed = changed[:at] + new + changed[at + dropped :]
        survives(reader, layout, [changed, data])

    damage()


def test_every_format_is_put_to_the_test() -> None:
    assert {reader.name for reader, _, _ in SEEDS} == {one.name for one in FORMATS} - REFUSING


REFUSING = {"cnab400"}  # known only to be refused
