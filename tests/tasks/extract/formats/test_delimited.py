"""Every bank layout reads its example, and no file harms its neighbours."""

import csv
import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import MalformedFile, UndecodableFile
from schemas.findings import FINDING
from schemas.statement import STATEMENT_TEXT
from schemas.transactions import RECORD
from tasks.extract import profiles
from tasks.extract.formats.delimited.reader import CSV
from tasks.extract.source import Reading, Source

EXAMPLES = Path(__file__).parent.parent / "banks"
EXPECTED = ("records.csv", "statements.csv", "files.csv")
NUBANK = "Data,Valor,Identificador,Descrição"


def source(text: str | bytes, *, file_no: int = 0, name: str = "x.csv") -> Source:
    data = text if isinstance(text, bytes) else text.encode()
    return Source(file_no, name, data, name)


def nubank(*lines: str) -> Source:
    return source("\n".join([NUBANK, *lines]))


def read(*sources: Source, layout: str = "br_nubank_conta") -> Reading:
    reading = CSV.read(sources, layout)
    assert reading.records.schema == RECORD
    assert reading.statements.schema == STATEMENT_TEXT
    assert reading.findings.schema == FINDING
    for one in reading.files:
        ours = [
            frame.filter(file_no=one.file_no).height
            for frame in (reading.records, reading.findings)
        ]
        assert one.raw_count == sum(ours) + one.marker_count
    return reading


def examples(layout: str) -> list[Source]:
    paths = sorted(path for path in (EXAMPLES / layout).iterdir() if path.name not in EXPECTED)
    return [
        Source(number, path.name, path.read_bytes(), path.name) for number, path in enumerate(paths)
    ]


def as_csv(frame: pl.DataFrame, sources: list[Source]) -> list[dict[str, str]]:
    names = {one.file_no: one.name for one in sources}
    text = frame.with_columns(file=pl.col("file_no").replace_strict(names)).write_csv()
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("layout", profiles.layouts())
def test_example_of_layout(layout):
    sources = examples(layout)
    reading = read(*sources, layout=layout)
    files = pl.DataFrame(
        [(f.file_no, f.encoding, f.raw_count, f.marker_count) for f in reading.files],
        schema=["file_no", "encoding", "raw_count", "marker_count"],
        orient="row",
    )
    got = {"records.csv": reading.records, "statements.csv": reading.statements, "files.csv": files}
    for name, frame in got.items():
        with (EXAMPLES / layout / name).open(encoding="utf-8", newline="") as file:
            expected = list(csv.DictReader(file))
        columns = expected[0].keys()
        rows = [{key: row[key] for key in columns} for row in as_csv(frame, sources)]
        assert rows == expected
    assert reading.findings.is_empty()
    assert [one.error for one in reading.files] == [None] * len(sources)


@pytest.mark.parametrize("layout", profiles.layouts())
def test_example_is_recognised_by_its_layout_alone(layout):
    for one in examples(layout):
        clues = CSV.sniff(one)
        assert [clue.layout for clue in clues] == [layout]
        assert "header" in clues[0].because


@pytest.mark.parametrize(
    "head",
    [
        NUBANK,
        '"Data","Valor","Identificador","Descrição"\r\n',
        " DATA , valor,IDENTIFICADOR,Descric\u0327a\u0303o\r",
        "\n" * 39 + NUBANK,
    ],
)
def test_header_is_recognised_whatever_its_case_blanks_and_quotes(head):
    assert [clue.layout for clue in CSV.sniff(source(head))] == ["br_nubank_conta"]
    assert read(source(head)).files[0].error is None


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_mark_wins_over_layout(encoding):
    one = source((NUBANK + "\n01/03/2025,1.00,a,Café").encode(encoding))
    assert [clue.layout for clue in CSV.sniff(one)] == ["br_nubank_conta"]
    reading = read(one)
    assert reading.records["description"].to_list() == ["Café"]
    assert reading.files[0].encoding == encoding


@pytest.mark.parametrize(
    "text", ["", "%PDF-1.7", "Data,Valor", "\n" * 40 + NUBANK, NUBANK + ",Saldo", b"\xff\xfe\x00"]
)
def test_other_files_are_not_recognised(text):
    one = source(text)
    assert CSV.sniff(one) == []
    (file,) = read(one).files
    assert isinstance(file.error, (MalformedFile, UndecodableFile))


def test_header_alone_is_an_empty_statement():
    reading = read(source(NUBANK, name="NU_12345_01JAN2025.csv"))
    assert reading.records.is_empty()
    assert reading.statements["account_text"].to_list() == ["12345"]
    assert reading.files[0].raw_count == 0


def test_no_file_at_all():
    assert read().files == ()


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_ends_and_blank_lines_do_not_matter(ending):
    lines = ["", NUBANK, "", "01/03/2025,1.00,a,x", "   ", "02/03/2025,2.00,b,y", "", "\t", ""]
    reading = read(source(ending.join(lines)))
    assert reading.records["place"].to_list() == ["line 4", "line 6"]
    assert reading.records["raw_text"].to_list() == ["01/03/2025,1.00,a,x", "02/03/2025,2.00,b,y"]
    assert reading.files[0].raw_count == 2


@pytest.mark.parametrize(
    "broken",
    [
        "02/03/2025,2.00,b",
        "02/03/2025",
        "02/03/2025,2.00,b,y,z",
        '02/03/2025,2.00,b,"open',
        '02/03/2025,2.00,b,"closed" late',
        '"',
    ],
)
def test_broken_row_is_set_aside_with_its_line(broken):
    good = ["01/03/2025,1.00,a,x", "03/03/2025,3.00,c,y", '04/03/2025,4.00,"d","z"']
    neighbour = Source(7, "n.csv", f"{NUBANK}\n09/03/2025,9.00,n,n".encode())
    reading = read(nubank(good[0], broken, *good[1:]), neighbour)
    assert reading.records["place"].to_list() == ["line 2", "line 4", "line 5", "line 2"]
    assert reading.records["record_no"].to_list() == [1, 3, 4, 1]
    assert reading.findings.select(
        "place", "code", "record_no", "raw_text", "is_set_aside"
    ).rows() == [("line 3", "unreadable_row", 2, broken, True)]


def test_open_quote_in_the_last_row():
    reading = read(nubank("01/03/2025,1.00,a,x", "01/03/2025,1.00,a,x", '01/03/2025,1.00,a,"x'))
    assert reading.records.height == 2
    assert reading.findings["place"].to_list() == ["line 4"]


def test_cell_over_several_lines_is_one_record():
    text = 'a "quoted"\n\nname; of, several lines'
    quoted = '"' + text.replace('"', '""') + '"'
    reading = read(nubank(f"01/03/2025,1.00,a,{quoted}", "02/03/2025,2.00,b,y"))
    assert reading.records["description"].to_list() == [text, "y"]
    assert reading.records["place"].to_list() == ["line 2", "line 5"]
    assert reading.files[0].raw_count == 2


@pytest.mark.parametrize("last", ["y", "y\nz"])
def test_very_long_cell(last):
    long = "x" * 200_000
    reading = read(nubank(f'01/03/2025,1.00,a,"{long}"', f'02/03/2025,2.00,b,"{last}"'))
    assert reading.records["description"].to_list() == [long, last]


def test_quote_inside_a_cell_is_text():
    reading = read(nubank('01/03/2025,1.00,a,Bar "O Modelo"', '02/03/2025,2.00,b,5" pipe'))
    assert reading.records["description"].to_list() == ['Bar "O Modelo"', '5" pipe']


def test_empty_last_cell_is_no_short_row():
    reading = read(nubank("01/03/2025,1.00,a,"))
    assert reading.records["description"].to_list() == [""]


def test_half_broken_file_is_refused_and_its_neighbour_is_not():
    bad = Source(0, "bad.csv", f"{NUBANK}\n01/03/2025,1.00,a,x\n1;2;3\n".encode())
    good = Source(1, "good.csv", f"{NUBANK}\n01/03/2025,1.00,a,x\n".encode())
    reading = read(bad, good)
    error = reading.files[0].error
    assert isinstance(error, MalformedFile)
    assert error.where == "bad.csv: line 3"
    assert "1 of 2 rows" in error.problem
    assert reading.records["file_no"].to_list() == [1]
    assert reading.findings.is_empty()
    assert reading.statements["file_no"].to_list() == [1]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_nul_is_refused_with_its_place(encoding):
    text = f"{NUBANK}\n01/03/2025"
    error = read(source((text + "\x00").encode(encoding))).files[0].error
    assert isinstance(error, MalformedFile)
    assert error.where == f"x.csv: byte {len(text.encode(encoding))}"


def test_encoding_that_the_layout_does_not_allow_is_refused_with_its_place():
    filler = "01/03/2025,1.00,a,Café no débito\n" * 4000
    data = f"{NUBANK}\n{filler}".encode() + b"01/03/2025,1.00,a,caf\xe9\n"
    error = read(source(data)).files[0].error
    assert isinstance(error, UndecodableFile)
    assert f"byte {data.index(bytes([0xE9, 0x0A]))} is not utf-8" in error.problem


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_large_file_is_read_in_any_encoding_of_its_layout(encoding):
    header = "Data Lançamento;Histórico;Descrição;Valor"
    text = "\n".join([header, *["01/03/2025;Débito;Café;-1,00"] * 4000])
    reading = read(source(text.encode(encoding)), layout="br_inter_conta")
    assert reading.files[0].encoding == encoding
    assert reading.records["description"].to_list() == ["Débito Café"] * 4000


@pytest.mark.parametrize("above", ["", "\n", " \t\n\n", "\r\n" * 50, "\u2028\n"])
@pytest.mark.parametrize("below", ["", "\nno row of it"])
def test_table_without_header_is_known_by_all_its_rows(above, below):
    rows = "01/03/2025;PIX;-1,00\n02/03/2025;TED;1.000,00"
    clues = CSV.sniff(source(above + rows + below))
    assert [clue.layout for clue in clues] == ([] if below else ["br_itau_conta_txt"])


def test_header_printed_again_and_empty_rows_are_markers():
    reading = read(nubank("01/03/2025,1.00,a,x", ",,,", NUBANK, "02/03/2025,2.00,b,y"))
    assert reading.records["place"].to_list() == ["line 2", "line 5"]
    assert reading.files[0].marker_count == 2


def test_name_of_the_file_never_decides_but_may_name_the_account():
    reading = read(source(NUBANK, name="ana/NU_777_x.csv"), Source(1, "other.csv", NUBANK.encode()))
    assert reading.statements["account_text"].to_list() == ["777", None]


ITAU = "data;lançamento;ag./origem;valor (R$);saldos (R$)"
OPENING, DAILY = "28/02/2025;SALDO ANTERIOR;;;10,00", "05/03/2025;SALDO DO DIA;;;15,00"
MOVEMENT = "05/03/2025;PIX;;5,00;"


@pytest.mark.parametrize(
    ("lines", "opening", "closing"),
    [
        ([OPENING, MOVEMENT, DAILY], "10,00", "15,00"),
        ([DAILY, MOVEMENT, OPENING], "10,00", None),
        ([OPENING, MOVEMENT, DAILY, MOVEMENT], "10,00", None),
        ([MOVEMENT, OPENING, MOVEMENT], None, None),
        ([OPENING], "10,00", None),
        ([OPENING, DAILY], "10,00", "15,00"),
        ([OPENING, MOVEMENT, DAILY, "Lançamentos futuros", MOVEMENT, "x"], "10,00", "15,00"),
    ],
)
def test_balances_count_only_at_the_edges(lines, opening, closing):
    reading = read(source("\n".join([ITAU, *lines])), layout="br_itau_conta")
    assert reading.statements.select("opening_text", "closing_text").rows() == [(opening, closing)]
    assert reading.findings.is_empty()


def test_line_that_stops_one_file_does_not_stop_the_next():
    stopped = f"{ITAU}\n{MOVEMENT}\nlançamentos futuros;;;;\n{MOVEMENT}"
    whole = f"{ITAU}\n{MOVEMENT}\n{MOVEMENT}\n{MOVEMENT}"
    reading = read(source(stopped), source(whole, file_no=1), layout="br_itau_conta")
    assert reading.records["file_no"].to_list() == [0, 1, 1, 1]
    assert [one.marker_count for one in reading.files] == [2, 0]


CELL = st.text(st.sampled_from('ab ,;"\n1é\u2028'), max_size=6)
ROWS = st.lists(st.tuples(CELL, CELL, CELL), max_size=8)


def written(rows: list[tuple[str, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(("01/03/2025", *row) for row in rows)
    return f"{NUBANK}\n{text.getvalue()}"


@settings(deadline=None)
@given(ROWS)
def test_cells_come_back_as_they_were_written(rows):
    reading = read(source(written(rows)))
    cells = reading.records.select("amount_text", "bank_ref", "description")
    assert cells.rows() == rows
    assert reading.findings.is_empty()
    assert reading.files[0].raw_count == len(rows)


LINE = st.one_of(
    st.text(st.sampled_from('a1,"\r é'), max_size=12),
    st.sampled_from(["01/03/2025,1.00,a,x", '01/03/2025,1.00,"a",x', "a,b,c,", "a,b,c,d,", ""]),
)
FILE = st.lists(LINE, max_size=8).map(lambda lines: "\n".join([NUBANK, *lines]))


@settings(deadline=None)
@given(st.lists(FILE, max_size=4))
def test_files_read_together_and_alone_give_the_same(texts):
    sources = [source(text, file_no=number) for number, text in enumerate(texts)]
    together = read(*sources)
    alone = [read(one) for one in sources]
    files = [repr(file) for reading in alone for file in reading.files]
    assert [repr(file) for file in together.files] == files
    for name in ("records", "statements", "findings"):
        parts = [getattr(reading, name) for reading in alone]
        joined = pl.concat(parts) if parts else getattr(together, name)
        assert getattr(together, name).equals(joined)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["good", "short", "long", "open"]), max_size=12))
def test_broken_rows_become_findings_with_the_right_line(kinds):
    rows = {
        "good": '01/03/2025,1.00,"a, b",x',
        "short": "01/03/2025,1.00,a",
        "long": "01/03/2025,1.00,a,x,y",
        "open": '01/03/2025,1.00,a,"x',
    }
    kinds = [*kinds, *["good"] * (len(kinds) + 1)]
    reading = read(nubank(*(rows[kind] for kind in kinds)))
    places = [f"line {number}" for number, kind in enumerate(kinds, start=2) if kind != "good"]
    assert reading.findings["place"].to_list() == places
    assert reading.records.height == kinds.count("good")
    assert reading.records["bank_ref"].unique().to_list() == ["a, b"]


@settings(deadline=None)
@given(
    st.binary(max_size=60), st.sampled_from([b"", NUBANK.encode() + b"\n", ITAU.encode() + b"\n"])
)
def test_no_bytes_make_the_reader_stumble(data, head):
    one = source(head + data)
    for clue in CSV.sniff(one):
        read(one, layout=clue.layout)


@pytest.mark.parametrize("tail", [",", ", ", ",,", ',""'])
def test_delimiter_at_the_end_of_rows_is_no_cell(tail):
    row = "01/03/2025,1.00,a,x"
    reading = read(nubank(row + tail, row, row + tail))
    assert reading.records["description"].to_list() == ["x"] * 3
    assert reading.records["raw_text"].to_list() == [row + tail, row, row + tail]
